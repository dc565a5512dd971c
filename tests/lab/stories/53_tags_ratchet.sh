# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: what a change of the tags takes away is gone at once; what it adds waits, across a restart, or for root
# set: long
tag_records() { audit_records | grep -F '"class_uid":3004' || true; }
is_in() { (gets_in "$1") >/dev/null 2>&1; }
tag_codes() { tag_records | grep -o '"status_code":"[^"]*"' | cut -d'"' -f4 | tail -n "$1" | xargs; }

config_edit 's/^refresh_interval = .*/refresh_interval = "1s"/; s/^hold = .*/hold = "8s"/'
taglogind_restart
defer taglogind_restart
defer config_default
defer tags_default
gets_in alice

# Seen, taken away at once; what it adds is held, and everybody asking is told so.
imds_set ok Environment=prod Role=db
wait_for 5 host_status_has "HELD"
on host1 taglogin refresh >/dev/null
kept_out alice TL-DENY-NOGROUP
kept_out frank TL-DENY-TAGSHELD
says "held until 20" on host1 taglogin why frank
says "kept out" on host1 taglogin tags
says frank on host1 taglogin tags
host_log_has 'TL-TAGS-HELD: held until' /var/log/taglogind.out || fail "the log says nothing of the hold"

# Going back and forth helps nobody, nor does a new taglogind.
imds_set ok Environment=prod Role=web
sleep 2
imds_set ok Environment=prod Role=db
sleep 2
taglogind_restart
wait_for 5 host_status_has "HELD"
kept_out frank TL-DENY-TAGSHELD
wait_for 20 is_in frank
[[ $(tag_codes 2) = "TL-TAGS-ELAPSED TL-TAGS-APPLIED" ]] || fail "recorded: $(tag_codes 9)"

# Where root has to confirm, nothing else does.
config_edit 's/^refresh_interval = .*/refresh_interval = "1s"/; s/^hold = .*/hold = "confirm"/'
taglogind_restart
imds_set ok Environment=prod Role=web
wait_for 5 host_status_has "HELD"
on host1 taglogin refresh >/dev/null
kept_out frank TL-DENY-NOGROUP
kept_out alice TL-DENY-TAGSHELD
refuses on host1 setpriv --reuid nobody --regid nogroup --clear-groups taglogin tags accept
refuses on host1 taglogin tags accept 00000000
kept_out alice TL-DENY-TAGSHELD
id=$(on host1 taglogin tags --json | grep -o '"id": "[0-9a-f]*"' | cut -d'"' -f4)
on host1 taglogin tags accept "$id"
gets_in alice
[[ $(tag_codes 4) = "TL-TAGS-CHANGED TL-TAGS-HELD TL-TAGS-ACCEPTED TL-TAGS-APPLIED" ]] || fail "recorded: $(tag_codes 9)"
tag_records | /usr/bin/python3 "$SRC/tests/lab/ocsf_check.py"
