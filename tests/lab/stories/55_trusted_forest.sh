# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: people of a trusted forest are members here: read from their own domain, with the machine's own ticket
# set: long
# seconds: 600
# shellcheck source=tests/lab/trusted_forest.sh
source "$SRC/tests/lab/trusted_forest.sh"
walk=$LAB/src/build/release/tests/directory/walk_dump
[ -x "$BUILD/tests/directory/walk_dump" ] || fail "walk_dump is not built"

# look [OPTION...]: one walk from host1, as JSON in $LAB/walk.json.
look() {
  on host1 "$walk" --domain "$DOMAIN" --server "dc1.$DOMAIN" --further "$PARTNER=pdc1.$PARTNER" --group partner-admins \
    --keytab /etc/krb5.keytab --principal 'HOST1$' --json --timeout-ms 5000 "$@" >"$LAB/walk.json" ||
    fail "no walk: $(cat "$LAB/walk.json")"
}
# member NAME: what the walk says of one member, a line; nothing when it is none.
member() {
  /usr/bin/python3 - "$LAB/walk.json" "$1" <<'PYTHON'
import json, sys
with open(sys.argv[1]) as lines:
    closure = json.loads(lines.readlines()[-1])["closure"]
for member in closure["members"].values():
    if f"{member['name']}@{member['domain']}" == sys.argv[2]:
        print(json.dumps(member))
PYTHON
}
is_member() { [[ $(member "$1") == *'"contradicted": false'* ]] || fail "$1 is no member: $(cat "$LAB/walk.json")"; }
is_none() { [[ $(member "$1") != *'"contradicted": false'* ]] || fail "$1 is a member: $(cat "$LAB/walk.json")"; }
partner_sid() { on pdc1 wbinfo -n "$1" | cut -d' ' -f1; }
# holds add|delete NAME: the partner's NAME in our group partner-admins.
holds() {
  printf 'dn: CN=partner-admins,OU=Groups,%s\nchangetype: modify\n%s: member\nmember: <SID=%s>\n' "$CORP_DN" "$1" \
    "$(partner_sid "$2")" | ad_modify
}

defer partner_gone
partner_up
on dc1 samba-tool group add partner-admins --group-scope=Domain --groupou=OU=Groups,OU=Corp >/dev/null
defer on dc1 samba-tool group delete partner-admins
for name in bob carol dave erin; do on pdc1 samba-tool user create "$name" "$ADMIN_PASSWORD" >/dev/null; done
on pdc1 samba-tool group add ops >/dev/null
on pdc1 samba-tool group add inner >/dev/null
on pdc1 samba-tool group add local-ops --group-scope=Domain >/dev/null
on pdc1 samba-tool group addmembers ops bob,inner >/dev/null
on pdc1 samba-tool group addmembers inner carol >/dev/null
on pdc1 samba-tool group addmembers local-ops erin >/dev/null

# Nested groups and a single account; a name that our domain has too; nobody else.
holds add ops
holds add dave
holds add local-ops
began=$(now_ms)
look --find "bob@$PARTNER" --user "erin@$PARTNER"
echo "= ticket of the other realm, bind, lookup and walk: $(($(now_ms) - began)) ms"
for name in bob carol dave; do is_member "$name@$PARTNER"; done
is_none "erin@$PARTNER"
[ -n "$(member "erin@$PARTNER")" ] || fail "erin is not found by her name: $(cat "$LAB/walk.json")"
[[ $(member "bob@$PARTNER") == *"$PARTNER_SID-"* ]] || fail "bob has another SID: $(member "bob@$PARTNER")"
[[ $(member "carol@$PARTNER") == *"ops@$PARTNER"*"inner@$PARTNER"* ]] || fail "no way is told: $(member "carol@$PARTNER")"

# What only the account's own domain says of it.
on pdc1 samba-tool user disable bob
on pdc1 samba-tool group removemembers inner carol >/dev/null
holds delete dave
look
[[ $(member "bob@$PARTNER") == *'"disabled": true'* ]] || fail "bob is not disabled: $(member "bob@$PARTNER")"
is_none "carol@$PARTNER"
is_none "dave@$PARTNER"

# The daemon finds the partner's server in DNS by itself and says whom it reads.
config_edit 's/^login = .*/login = ["ssh-{Environment}-{Role}", "partner-admins"]/; s/^domain = .*/&\ndomains = ["partner.example"]/'
taglogind_restart
on host1 taglogin refresh >/dev/null
on host1 taglogin status --json | json_has servers.domains.0 "\"$PARTNER\""
says "$PARTNER (further ones" on host1 taglogin status
if on host1 taglogin status | grep -q "$PARTNER: not read"; then fail "the daemon cannot read it: $(on host1 taglogin status)"; fi
gets_in alice

# A login of theirs, by the only name they have here; our bob is somebody else.
on pdc1 samba-tool user enable bob
printf 'dn: CN=bob,CN=Users,DC=partner,DC=example\nchangetype: modify\nreplace: altSecurityIdentities\naltSecurityIdentities: SSHKey:%s\n' \
  "$(cut -d' ' -f1,2 "$LAB/keys/kim.pub")" | on pdc1 ldbmodify -H "$SAM" >/dev/null
on host1 taglogin refresh >/dev/null
KEY=kim gets_in "bob@$PARTNER"
[ "$(record_of "bob@$PARTNER" status_code)" = TL-ALLOW-RULE ] || fail "no record of bob: $(audit_last "bob@$PARTNER")"
kept_out bob TL-DENY-NOGROUP
KEY=kim kept_out bob
KEY=kim kept_out "dave@$PARTNER"

# Its server is off: our own people do not notice, and it is said.
node_kill pdc1
began=$(now_ms)
on host1 taglogin refresh >/dev/null || fail "no refresh: $(on host1 taglogin status)"
echo "= refresh with the partner's server switched off: $(($(now_ms) - began)) ms"
gets_in alice
KEY=kim gets_in "bob@$PARTNER"
says "domain $PARTNER: not read, its accounts are as they were" on host1 taglogin status
