# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: thousands of accounts, the directory 10 ms away: how long until all may log in
# set: long
# seconds: 1500
read -ra counts <<<"${COUNTS:-5000 10000 20000}"
program=$LAB/src/tests/lab/many_accounts.py
walk=$LAB/src/build/release/tests/directory/walk_dump
[ -x "$BUILD/tests/directory/walk_dump" ] || fail "walk_dump is not built"

began=$(now_ms)
defer on dc1 /usr/bin/python3 "$program" remove
on dc1 /usr/bin/python3 "$program" make "${counts[@]}" || fail "no accounts"
echo "= ${counts[-1]} accounts made in $((($(now_ms) - began) / 1000)) s"

# The directory's ports on loopback, each byte 5 ms late in either direction.
taglogind_stop
node_start host1 delay /usr/bin/python3 "$LAB/src/tests/lab/delay.py" 5 127.0.0.2 "$(node_ip dc1)" 88 389
defer node_stop host1 delay
on host1 cp /etc/hosts /etc/hosts.kept
defer on host1 sh -c 'cat /etc/hosts.kept >/etc/hosts'
on host1 sh -c "echo '127.0.0.2 dc1.corp.example' >>/etc/hosts"
wait_for 5 on host1 bash -c ': </dev/tcp/127.0.0.2/389' || fail "the proxy does not listen"
on host1 kinit -k "HOST1\$@$REALM"
defer on host1 kdestroy -q

attributes=(objectClass objectSid objectGUID sAMAccountName displayName userAccountControl accountExpires lockoutTime
  msDS-User-Account-Control-Computed msDS-UserPasswordExpiryTimeComputed pwdLastSet userWorkstations logonHours
  primaryGroupID uidNumber gidNumber unixHomeDirectory loginShell altSecurityIdentities sshPublicKey)
# search N: milliseconds of one paged search of the same entries, with the same protection.
search() {
  local began
  began=$(now_ms)
  on host1 ldapsearch -Q -LLL -Y GSSAPI -H ldap://dc1.corp.example -E pr=500/noprompt -o ldif-wrap=no -b "$(base "$1")" \
    '(objectClass=user)' "${attributes[@]}" >"$LAB/many.ldif" || fail "ldapsearch: $?"
  echo $(($(now_ms) - began))
}
base() {
  local count base=$CORP_DN
  for ((i = ${#counts[@]} - 1; i >= 0; --i)); do
    base=OU=many-${counts[i]},$base
    [ "${counts[i]}" != "$1" ] || break
  done
  echo "$base"
}
field() { /usr/bin/python3 -c 'import json, sys; print([json.loads(l) for l in open(sys.argv[1])][int(sys.argv[2])][sys.argv[3]])' "$LAB/many.walk" "$@"; }

for count in "${counts[@]}"; do
  for ((round = 1; round <= ${ROUNDS:-3}; ++round)); do
    searched=$(search "$count")
    [ "$(grep -c ^sAMAccountName: "$LAB/many.ldif")" = "$count" ] || fail "the search found $(grep -c ^sAMAccountName: "$LAB/many.ldif") of $count"
    on host1 "$walk" --domain corp.example --server dc1.corp.example --group "many-$count" --confirm >"$LAB/many.walk" ||
      fail "the walk failed: $(tail -c 500 "$LAB/many.walk")"
    [ "$(field 0 members)" = "$count" ] || fail "the walk found $(field 0 members) of $count"
    echo "= $count accounts, round $round: search $searched ms, walk $(field 0 ms) ms ($(field 0 operations) operations, peak $(field 0 peak_kib) KiB), the rest confirmed in $(field 1 ms) ms ($(field 1 operations) operations in all)"
  done
done

# The daemon as it is installed, from nothing.
sed -e "s/ssh-{Environment}-{Role}/many-${counts[0]}/" "$SRC/tests/lab/taglogin.toml" | config_write
on host1 sh -c 'rm -rf /var/lib/taglogin/*'
searched=$(search "${counts[0]}")
began=$(now_ms)
taglogind_spawn
wait_for 60 would_get_in m00000 || fail "m00000 would not get in: $(on host1 taglogin status)"
known=$(($(now_ms) - began))
[ "$(on host1 taglogin who --json | grep -o '"user"' | wc -l)" = "${counts[0]}" ] || fail "not all are known"
echo "= ${counts[0]} accounts: search $searched ms; taglogind from an empty replica until all may log in $known ms, resident $(on host1 sed -n 's/^VmRSS:[[:space:]]*//p' "/proc/$(taglogind_pid)/status")"
