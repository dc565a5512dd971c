# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: the site's own domain controller, switched on again, is used again within two minutes
# set: long
# shellcheck source=tests/lab/second_dc.sh
source "$SRC/tests/lab/second_dc.sh"
uses() { on host1 taglogin status --json | json_has servers.in_use "\"$1.corp.example\""; }
uses_after_refresh() {
  on host1 taglogin refresh >/dev/null
  uses "$1"
}

defer second_dc_gone Branch
second_dc_up Branch
config_edit '/^servers/d'
taglogind_restart
wait_for 20 uses_after_refresh dc2 || fail "the site's server is not used: $(on host1 taglogin status)"
ip link set v-dc2 down
defer ip link set v-dc2 up
wait_for 20 uses dc1 || fail "the other server is not used: $(on host1 taglogin status)"
# Long enough for its silence to be noticed, which must not keep it out for good.
wait_for 20 host_status_has 'no answer to the ping' || fail "its silence is not noticed: $(on host1 taglogin status)"
ip link set v-dc2 up
began=$(now_ms)
wait_for 120 uses dc2 || fail "the site's server is not used again: $(on host1 taglogin status)"
echo "= used again after $(($(now_ms) - began)) ms"
gets_in alice
