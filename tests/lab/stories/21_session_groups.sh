# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T11, T14: a first session has the groups that docs/install.md names, and no local one
attempt erin 'id -un; id -u; id -g; id -G; id -Gn'
[ "$ssh_status" = 0 ] || fail "erin: $ssh_text"
mapfile -t lines <<<"$ssh_text"
for id in ${lines[1]} ${lines[2]} ${lines[3]}; do
  [ "$id" -ge 200000 ] && [ "$id" -le 2000200000 ] || fail "the id $id is not of the directory's range"
done
[[ " ${lines[4]} " == *" taglogin-users "* ]] || fail "not in everybody's group: ${lines[4]}"
# What SSSD would give: the domain's slice begins at 1815800000.
[ $((lines[2])) = 1815800513 ] || fail "the primary group is ${lines[2]}"
rid=$(on dc1 ldbsearch -H "$SAM" '(sAMAccountName=erin)' objectSid 2>/dev/null | sed -n 's/^objectSid: .*-//p')
[ "${lines[1]}" = $((1815800000 + rid)) ] || fail "erin is ${lines[1]}, RID $rid"
