# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T01: while rules are swapped under logins, each verdict is one of the two files'
# One file lets alice in by one rule, the other keeps her out by another; both are whole at any moment.
allow=$(cat "$SRC/tests/lab/taglogin.toml")
deny="$allow"$'\n[[rule]]\nname = "out"\ndeny_users = ["alice"]\n'
swap() {
  while [ -e "$LAB/swapping" ]; do
    config_write <<<"$deny"
    taglogind_reload
    config_write <<<"$allow"
    taglogind_reload
  done
}
touch "$LAB/swapping"
defer rm -f "$LAB/swapping"
swap &
allowed=0 denied=0
for _ in {1..1000}; do
  status=0
  answer=$(on host1 pamtester -I rhost=10.99.0.31 sshd alice acct_mgmt 2>&1) || status=$?
  case $status:$answer in
    0:*"account management done"*) allowed=$((allowed + 1)) ;;
    *TL-DENY-RULE*) denied=$((denied + 1)) ;;
    *) rm "$LAB/swapping"; fail "neither file says: $answer" ;;
  esac
done
rm "$LAB/swapping"
wait
echo "$allowed allowed, $denied denied"
[ "$allowed" -gt 0 ] && [ "$denied" -gt 0 ] || fail "the rules were not swapped"
/usr/bin/python3 "$SRC/tests/lab/records.py" told alice:TL-ALLOW-RULE alice:TL-DENY-RULE <<<"$(audit_records)"
