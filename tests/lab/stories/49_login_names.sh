# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2153,SC2154
# story: one person under every name that is theirs, and nobody under any other
# set: long
# seconds: 180

upn_is() { # upn_is ACCOUNT PRINCIPAL: written as an administrator's tool would
  printf 'dn: CN=%s,OU=People,%s\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: %s\n\n' \
    "$1" "$CORP_DN" "$2" | ad_modify
}
passwd_of() { on host1 getent passwd "$1" | cut -d: -f1 || true; }
is() { [ "$(passwd_of "$1")" = "$2" ]; } # is SPELLING NAME: whose it is; an empty name: nobody's
settles() { wait_for 10 is "$1" "$2" || fail "$1 is \"$(passwd_of "$1")\", not \"$2\""; }

defer upn_is alice alice@corp.example
defer upn_is carol carol@corp.example
upn_is alice Alice.Example@mail.example
on host1 taglogin refresh >/dev/null
settles alice.example@mail.example alice

# A whole login under each: groups, home, name, and what is written down.
plain=$(ssh_as alice 'id; pwd; id -un; echo "$USER $LOGNAME $HOME"')
[[ $plain == *"alice alice /home/alice" ]] || fail "alice is $plain"
for spelling in alice@corp.example ALICE@Corp.Example alice.example@mail.example Alice ALICE.EXAMPLE@MAIL.EXAMPLE; do
  before=$(audit_records | wc -l)
  now=$(KEY=alice ssh_as "$spelling" 'id; pwd; id -un; echo "$USER $LOGNAME $HOME"') || fail "$spelling does not get in"
  [ "$now" = "$plain" ] || fail "$spelling is $now, alice is $plain"
  names=$(audit_records | tail -n "+$((before + 1))" | /usr/bin/python3 -c '
import json, sys
print(*sorted({json.loads(line).get("user", {}).get("name", "alice") for line in sys.stdin}))')
  [ "$names" = alice ] || fail "the records of $spelling name $names"
  says "alice" on host1 taglogin why "$spelling"
  [ "$(on host1 id -G "$spelling")" = "$(on host1 id -G alice)" ] || fail "$spelling has other groups"
done
# sshd's Match Group saw the person and not the spelling: a key in the home is none.
give_home_key alice bob
KEY=bob is_refused alice@corp.example || fail "a key from the home counts under another spelling"

# Nobody.
print=$(ssh-keygen -lf "$LAB/keys/alice.pub" | cut -d' ' -f2)
[ -n "$(keys_command alice@corp.example "$print")" ] || fail "the key command has no key for alice@corp.example"
for none in 'CORP\alice' alice@ alice@@corp.example root@corp.example administrator@corp.example sshd@mail.example; do
  is "$none" '' || fail "$none is $(passwd_of "$none")"
  ! on host1 pamtester taglogin-only "$none" acct_mgmt >/dev/null 2>&1 || fail "the module lets $none in"
  [ -z "$(keys_command "$none" "$print")" ] || fail "the key command has keys for $none"
done
# Whoever is called root by a principal is not root, and not by that name.
upn_is carol root@mail.example
on host1 taglogin refresh >/dev/null
is root@mail.example '' || fail "root@mail.example is $(passwd_of root@mail.example)"
says 'cannot log in as root@mail.example' on host1 taglogin status

# A principal that is somebody else's name. Samba refuses to write it, so it goes into the file behind its back.
printf 'dn: CN=carol,OU=People,%s\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: %s\n\n' \
  "$CORP_DN" BOB@CORP.EXAMPLE | on dc1 ldbmodify -H "$SAM.d/DC=CORP,DC=EXAMPLE.ldb" >/dev/null
on host1 taglogin refresh >/dev/null
on host1 id bob >/dev/null
settles bob@corp.example ''
is bob bob || fail "bob is $(passwd_of bob)"
says "bob@corp.example is nobody's login name" on host1 taglogin status
upn_is carol carol@corp.example

# Rules take every spelling, and keeping out is no matter of spelling.
rules_add '[[rule]]
name = "not alice"
deny_users = ["Alice.Example@Mail.Example"]'
for spelling in alice alice@corp.example alice.example@mail.example; do
  KEY=alice attempt "$spelling" id -un
  [ "$ssh_status" != 0 ] && [[ $ssh_text == *TL-DENY-RULE* ]] || fail "$spelling is not kept out: $ssh_text"
done
config_default
reload_and_wait

# Qualified: the bare name is nobody's, and the home has the name that the settings give it.
{ sed 's/^search_base/login_names = "qualified"\n&/' "$SRC/tests/lab/taglogin.toml"
  printf '[nss]\nhome = "/home/%s"\n' '{domain}/{user}'; } | config_write
taglogind_restart
on host1 taglogin refresh >/dev/null
settles alice.example@mail.example alice@corp.example
is alice '' || fail "alice is $(passwd_of alice)"
defer on host1 rm -rf /home/corp.example
now=$(KEY=alice ssh_as alice.example@mail.example 'id -un; echo "$HOME"') || fail "alice does not get in by her principal"
[ "$now" = $'alice@corp.example\n/home/corp.example/alice' ] || fail "she is $now"
KEY=alice gets_in alice@corp.example
is root@corp.example '' || fail "root@corp.example is $(passwd_of root@corp.example)"
