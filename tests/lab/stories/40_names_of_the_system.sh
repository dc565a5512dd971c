# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T13: names of the system are the system's, also when NSS asks taglogin first
users="root bin daemon sshd nobody mail _apt taglogin taglogin-keys taglogin-users www-data lena"
groups="root sudo wheel docker lxd adm disk shadow kmem staff video taglogin taglogin-keys systemd-journal"
# The directory has them all; those that populate.py did not make are in a unit of their own.
unit="OU=System,$CORP_DN"
drop_unit() { on dc1 ldbdel -r -H "$SAM" "$unit" >/dev/null; }
defer drop_unit
names_in_directory() { on dc1 ldbsearch -H "$SAM" '(sAMAccountName=*)' sAMAccountName 2>/dev/null | sed -n 's/^sAMAccountName: //p'; }
there=$(names_in_directory)
{ printf 'dn: %s\nchangetype: add\nobjectClass: organizationalUnit\n\n' "$unit"
  # A name is one object's in a domain, be it a person or a group.
  for name in $users; do
    grep -qxF "$name" <<<"$there" || printf 'dn: CN=%s,%s\nchangetype: add\nobjectClass: user\nsAMAccountName: %s\nuserAccountControl: 544\n\n' \
      "$name" "$unit" "$name"
  done
  for name in $groups; do
    grep -qxF "$name" <<<"$there"$'\n'"${users// /$'\n'}" || printf 'dn: CN=g-%s,%s\nchangetype: add\nobjectClass: group\nsAMAccountName: %s\nmember: CN=alice,OU=People,%s\n\n' \
      "$name" "$unit" "$name" "$CORP_DN"
  done
} | ad_modify
there=$(names_in_directory)
for name in $users $groups; do grep -qxF "$name" <<<"$there" || fail "the directory has no $name"; done
{ printf 'dn: CN=ssh-prod-system,%s\nchangetype: add\nobjectClass: group\nsAMAccountName: ssh-prod-system\n' "$unit"
  on dc1 ldbsearch -H "$SAM" "(&(objectClass=user)(|(sAMAccountName=${users// /)(sAMAccountName=})))" dn 2>/dev/null | sed -n 's/^dn: /member: /p'
  printf '\n'
} | ad_modify

on host1 sed -i -E 's/^(passwd|group):(\s+)files taglogin/\1:\2taglogin files/' /etc/nsswitch.conf
defer on host1 sed -i -E 's/^(passwd|group):(\s+)taglogin files/\1:\2files taglogin/' /etc/nsswitch.conf
on host1 grep -q '^passwd:.*taglogin files' /etc/nsswitch.conf
config_edit "\$a [nss]\ngroups = [\"${groups// /\", \"}\", \"web-team\"]"
taglogind_restart
tags_are Environment=prod Role=system
defer tags_default

# Hidden, and reported; a session's groups are the local ones alone.
status=$(on host1 taglogin status)
for name in $users; do [[ $status == *"account $name ("* ]] || fail "$name is not reported: $status"; done
for name in $groups; do
  grep -qwF -- "$name" <<<"$users" || [[ $status == *"group $name ("* ]] || fail "the group $name is not reported: $status"
done
# shellcheck disable=SC2016
on host1 bash -euc '
  wrong() { echo "$*"; exit 1; }
  for name in $1; do
    [ -z "$(getent -s taglogin passwd "$name")" ] || wrong "taglogin knows the account $name"
    [ "$(getent passwd "$name")" = "$(grep "^$name:" /etc/passwd)" ] || wrong "$name is $(getent passwd "$name")"
    ! pamtester taglogin-only "$name" acct_mgmt >/dev/null 2>&1 || wrong "$name is let in by the module alone"
  done
  for name in $2; do
    [ -z "$(getent -s taglogin group "$name")" ] || wrong "taglogin knows the group $name"
    [ "$(getent group "$name")" = "$(grep "^$name:" /etc/group)" ] || wrong "the group is $(getent group "$name")"
  done
  while IFS=: read -r name _ uid gid _; do
    read -r u g all < <(id -u "$name" | tr "\n" " "; id -g "$name" | tr "\n" " "; id -G "$name")
    [ "$u:$g" = "$uid:$gid" ] || wrong "$name is $u:$g"
    for id in $all; do [ "$id" -lt 200000 ] || wrong "$name is in the group $id"; done
  done </etc/passwd' - "$users" "$groups" || fail "a name of the system is not the system's"

# alice, who is in the directory's docker, lxd and so on, is in none of them here.
tags_default
on host1 taglogin refresh >/dev/null
gets_in alice
attempt alice id -G
for id in $ssh_text; do [ "$id" -ge 200000 ] || fail "alice's session has the local group $id"; done
gets_in root
gets_in lena
