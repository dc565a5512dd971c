# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2153,SC2154
# story: ids once given stay whatever the settings say; SSSD's can be taken over, or the directory's own numbers
# set: long

uid_of() { on host1 id -u "$1" 2>/dev/null || true; }
has_uid() { [ "$(uid_of "$1")" = "$2" ]; }
# ids_are LINE...: with these lines under [ids], after a restart.
ids_are() {
  { cat "$SRC/tests/lab/taglogin.toml"; printf '[ids]\n'; printf '%s\n' "$@"; } | config_write
  on host1 taglogin check-config >/dev/null || fail "these settings are refused: $*"
  taglogind_restart
  on host1 taglogin refresh >/dev/null
}

sid=$(on dc1 ldbsearch -H "$SAM" '(sAMAccountName=alice)' objectSid | sed -n 's/^objectSid: //p')
domain=${sid%-*} rid=${sid##*-}
uid=$(uid_of alice)
[ "$((uid % 200000))" = "$rid" ] || fail "alice's uid $uid is not made of her RID $rid"
gets_in alice

# Another slice in the settings moves nobody; another size of slices leaves nobody an id.
ids_are "slices.\"$domain\" = 5"
has_uid alice "$uid" || fail "alice's uid has moved to $(uid_of alice)"
says "its ids begin with $((uid - rid)) here and stay, although [ids] says 1200000" on host1 taglogin status
gets_in alice
ids_are "slice_size = 100000"
is_refused alice || fail "alice gets in with another size of slices"
[ -z "$(uid_of alice)" ] || fail "alice has the uid $(uid_of alice)"
says "[ids] slice_size is 100000, so who is in it is hidden" on host1 taglogin status

# Who accepts that gets the new ids, and the other way round.
ids_are "slices.\"$domain\" = 5"
defer on host1 rm -rf /home/alice
on host1 taglogin refresh --repin "$domain" >/dev/null
wait_for 5 has_uid alice "$((200000 + 5 * 200000 + rid))" || fail "alice's uid is $(uid_of alice)"
config_default
taglogind_restart
on host1 taglogin refresh --repin "$domain" >/dev/null
wait_for 5 has_uid alice "$uid" || fail "alice's uid is $(uid_of alice) in the end"

# What SSSD had chosen, out of its settings and a cache made by ldb's own tools.
on host1 mkdir -p /tmp/sssd/db
on host1 sh -c 'cat >/tmp/sssd/sssd.conf' <<CONF
[sssd]
domains = $DOMAIN
[domain/$DOMAIN]
id_provider = ad
ldap_idmap_range_size = 100000
fallback_homedir = /home/%d/%u
default_shell = /bin/sh
CONF
on host1 ldbadd -H "tdb:///tmp/sssd/db/cache_$DOMAIN.ldb" >/dev/null <<LDIF
dn: objectSID=$domain,cn=id_mappings,cn=$DOMAIN,cn=sysdb
objectClass: id_mapping
objectSID: $domain
name: $DOMAIN
slice: 17
LDIF
lines=$(on host1 taglogin import-sssd --conf /tmp/sssd/sssd.conf --cache /tmp/sssd/db)
{ cat "$SRC/tests/lab/taglogin.toml"; printf '%s\n' "$lines"; } | config_write
on host1 taglogin check-config >/dev/null || fail "what was imported is refused: $lines"
taglogind_restart
on host1 taglogin refresh --repin "$domain" >/dev/null
wait_for 5 has_uid alice "$((200000 + 17 * 100000 + rid))" || fail "alice's uid is $(uid_of alice), imported: $lines"
[[ $(on host1 getent passwd alice) == *":/home/$DOMAIN/alice:/bin/sh" ]] || fail "$(on host1 getent passwd alice)"
config_default
taglogind_restart
on host1 taglogin refresh --repin "$domain" >/dev/null

# Numbers of the directory's own: in the range, one account each; nothing else has an id.
numbers() {
  defer user_set "$1" uidNumber
  defer user_set "$1" gidNumber
  user_set "$1" uidNumber "$2"
  user_set "$1" gidNumber "$3"
}
numbers alice 5001 5000
numbers erin 5002 5000
ids_are 'source = "directory"' 'upper = 60000'
has_uid alice 5001 || fail "alice's uid is $(uid_of alice)"
[ "$(on host1 id -g alice)" = 5000 ] || fail "alice's gid is $(on host1 id -g alice)"
gets_in alice
gets_in erin
for number in 0 999 1000000; do
  user_set alice uidNumber "$number"
  on host1 taglogin refresh >/dev/null
  is_refused alice || fail "alice gets in with the uidNumber $number"
  says "uidNumber $number" on host1 taglogin status
done
user_set alice uidNumber 5002
on host1 taglogin refresh >/dev/null
is_refused alice && is_refused erin || fail "two accounts have one uid"
says "another account has the name alice or uid 5002" on host1 taglogin status
user_set alice uidNumber 5001
on host1 taglogin refresh >/dev/null
gets_in alice
gets_in erin
