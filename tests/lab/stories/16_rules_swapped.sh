# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T01: while rules are swapped under logins, no verdict is a mixture of the two files
# One file lets alice in by one rule, the other keeps her out by another; both are whole at any moment. In the moment
# after a swap, before the directory has been asked for the new rules' names, the daemon may refuse to say.
allow=$(cat "$SRC/tests/lab/taglogin.toml")
deny="$allow"$'\n[[rule]]\nname = "out"\ndeny_users = ["alice"]\n'
swap() {
  while [ -e "$LAB/swapping" ]; do
    config_write <<<"$deny"
    taglogind_reload
    sleep 0.1
    config_write <<<"$allow"
    taglogind_reload
    sleep 0.1
  done
}
touch "$LAB/swapping"
defer rm -f "$LAB/swapping"
swap &
allowed=0 denied=0 unsaid=0
for _ in {1..1000}; do
  status=0
  answer=$(on host1 pamtester -I rhost=10.99.0.31 sshd alice acct_mgmt 2>&1) || status=$?
  case $status:$answer in
    0:*"account management done"*) allowed=$((allowed + 1)) ;;
    *TL-DAEMON-UNAVAILABLE*) unsaid=$((unsaid + 1)) ;;
    *TL-DENY-RULE*) denied=$((denied + 1)) ;;
    *) rm "$LAB/swapping"; fail "neither file says: $answer" ;;
  esac
done
rm "$LAB/swapping"
wait
echo "$allowed allowed, $denied denied, $unsaid unsaid"
[ "$allowed" -gt 0 ] && [ "$denied" -gt 0 ] || fail "the rules were not swapped"
/usr/bin/python3 "$SRC/tests/lab/records.py" told alice:TL-ALLOW-RULE alice:TL-DENY-RULE <<<"$(audit_records)"
