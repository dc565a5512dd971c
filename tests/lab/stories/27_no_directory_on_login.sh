# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a login of a known user costs the directory no packet, counted at the server's wire
config_edit 's/^poll_interval = .*/poll_interval = "3600s"/; s/^sweep_interval = .*/sweep_interval = "3600s"/'
taglogind_restart
gets_in alice
kept_out bob TL-DENY-NOGROUP
# Whatever the start has begun is over when the wire is silent.
wait_for 20 wire_is_silent || fail "host1 keeps talking to dc1"
count_packets_begin
for _ in {1..20}; do gets_in alice; done
kept_out bob TL-DENY-NOGROUP
packets=$(count_packets_end)
[ "$packets" = 0 ] || fail "$packets packets went from host1 to dc1 during 21 logins"
# The counter counts: one refresh is seen.
count_packets_begin
on host1 taglogin refresh >/dev/null
packets=$(count_packets_end)
[ "$packets" -gt 0 ] || fail "the counter sees nothing"
