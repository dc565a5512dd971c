# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: in through a nested group, refused and told why, disabled, outage, removal within 10 s
gets_in alice
[ "$(record_of alice status_code)" = TL-ALLOW-RULE ] || fail "no record of alice's login"
kept_out bob TL-DENY-NOGROUP
kept_out carol TL-DENY-DISABLED

node_kill dc1
gets_in alice
kept_out carol TL-DENY-DISABLED
node_up dc1
dc_start

group_remove web-oncall alice
defer group_add web-oncall alice
wait_for 10 is_refused alice || fail "alice still gets in 10 s after she left the group"
kept_out alice TL-DENY-NOGROUP
