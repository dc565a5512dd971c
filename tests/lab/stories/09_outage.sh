# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: the domain controller is off: who is known gets in, who is not is nobody
# "live" ends after two sweeps.
config_edit 's/^sweep_interval = .*/sweep_interval = "5s"/'
taglogind_restart
gets_in alice
node_kill dc1
gets_in alice
kept_out carol TL-DENY-DISABLED
began=$(now_ms)
kept_out judy
[ $(($(now_ms) - began)) -lt 12000 ] || fail "an unknown name took $(($(now_ms) - began)) ms"

# Also after a restart: what is known is on the disk.
taglogind_restart
gets_in alice
sleep 10
gets_in alice
[ "$(record_of alice logon_type_id)" = 12 ] || fail "the record does not say that old data was used: $(audit_last alice)"
