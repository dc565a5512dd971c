# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: the site's own domain controller is used; switched off, the next refresh succeeds on the other within 3 s
# shellcheck source=tests/lab/second_dc.sh
source "$SRC/tests/lab/second_dc.sh"
servers() { on host1 taglogin status --json | json_has "servers.$1" "$2"; }
# login_ms: what one login takes.
login_ms() {
  local began
  began=$(now_ms)
  gets_in alice
  echo "$(($(now_ms) - began))"
}
fastest_of_5() { for _ in 1 2 3 4 5; do login_ms; done | sort -n | head -1; }

defer second_dc_gone Branch
second_dc_up Branch
# No sweep and no poll of its own finds the dead server first.
config_edit '/^servers/d; s/^poll_interval = .*/poll_interval = "3600s"/; s/^sweep_interval = .*/sweep_interval = "3600s"/'
taglogind_restart
wait_for 10 servers site '"Branch"' || fail "the site is not known: $(on host1 taglogin status)"
on host1 taglogin refresh >/dev/null
wait_for 5 servers in_use '"dc2.corp.example"' || fail "the site's server is not used: $(on host1 taglogin status)"
servers tried.0.host '"dc2.corp.example"'
servers tried.0.in_site true
servers tried.1.host '"dc1.corp.example"'
servers tried.1.in_site false
before=$(fastest_of_5)

# No answer at all: the cable is out.
ip link set v-dc2 down
defer ip link set v-dc2 up
began=$(now_ms)
on host1 taglogin refresh >/dev/null || fail "the refresh failed: $(on host1 taglogin status)"
took=$(($(now_ms) - began))
echo "= refresh with the server in use switched off: $took ms"
[ "$took" -lt 3000 ] || fail "the refresh took $took ms"
wait_for 5 servers in_use '"dc1.corp.example"'
began=$(now_ms)
on host1 taglogin refresh >/dev/null
echo "= the next one: $(($(now_ms) - began)) ms"
after=$(fastest_of_5)
echo "= a login before: $before ms, after: $after ms"
says 'dc2.corp.example, of this site' on host1 taglogin status
says '; failed ' on host1 taglogin status
on host1 taglogin status

# A start with the site's server dead.
taglogind_stop
on host1 sh -c 'rm -rf /var/lib/taglogin/*'
began=$(now_ms)
taglogind_start
echo "= start from nothing with the site's server switched off: $(($(now_ms) - began)) ms"
gets_in alice
