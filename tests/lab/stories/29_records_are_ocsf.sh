# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: every record so far is valid OCSF 1.8.0, and the numbers have no gap
gets_in alice
kept_out bob TL-DENY-NOGROUP
wait_for 10 logoff_is_recorded || fail "no logoff was recorded"
audit_records >"$LAB/records"
/usr/bin/python3 "$SRC/tests/lab/ocsf_check.py" <"$LAB/records"
/usr/bin/python3 "$SRC/tests/lab/records.py" told alice:TL-ALLOW-RULE bob:TL-DENY-NOGROUP <"$LAB/records"
taglogind_restart
gets_in alice
audit_records | /usr/bin/python3 "$SRC/tests/lab/records.py" told alice:TL-ALLOW-RULE
[ "$(on host1 stat -c '%a %U %G' /var/log/taglogin/audit.jsonl)" = '640 taglogin adm' ] || fail "$(on host1 ls -l /var/log/taglogin)"
