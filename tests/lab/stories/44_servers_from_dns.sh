# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: no server in the settings: DNS and the ping say which, and a dead or strange one harms nobody
srv() { on dc1 samba-tool dns "$1" 127.0.0.1 _msdcs.corp.example _ldap._tcp.dc SRV "$2" -U "administrator%$ADMIN_PASSWORD" >/dev/null; }
address() { on dc1 samba-tool dns "$1" 127.0.0.1 corp.example gone A 10.99.0.77 -U "administrator%$ADMIN_PASSWORD" >/dev/null; }
servers() { on host1 taglogin status --json | json_has "servers.$1" "$2"; }

config_edit '/^servers/d'
taglogind_restart
gets_in alice
kept_out bob TL-DENY-NOGROUP
servers source '"dns"'
servers site '"Default-First-Site-Name"'
servers in_use '"dc1.corp.example"'
servers tried.0.in_site true
servers tried.0.ping.answered true
says 'Default-First-Site-Name' on host1 taglogin status
says 'dc1.corp.example, in use, of this site, answered in' on host1 taglogin status
echo "= $(on host1 taglogin status | sed -n 's/^  server *//p')"

# A host elsewhere is not asked, a host that is switched off is asked last.
srv add 'dc1.corp.example.attacker.test 389 0 100'
defer srv delete 'dc1.corp.example.attacker.test 389 0 100'
address add
defer address delete
srv add 'gone.corp.example 389 0 65535'
defer srv delete 'gone.corp.example 389 0 65535'
on dc1 samba-tool dns add 127.0.0.1 _msdcs.corp.example _ldap._tcp.Default-First-Site-Name._sites.dc SRV \
  'gone.corp.example 389 0 65535' -U "administrator%$ADMIN_PASSWORD" >/dev/null
defer on dc1 samba-tool dns delete 127.0.0.1 _msdcs.corp.example _ldap._tcp.Default-First-Site-Name._sites.dc SRV \
  'gone.corp.example 389 0 65535' -U "administrator%$ADMIN_PASSWORD"
began=$(now_ms)
taglogind_restart
on host1 taglogin refresh >/dev/null
echo "= start and refresh with a dead server in DNS: $(($(now_ms) - began)) ms"
[ $(($(now_ms) - began)) -lt 5000 ] || fail "the dead server cost too much"
wait_for 10 host_status_has 'attacker.test, which is not in corp.example' || fail "the stranger is not refused"
says 'gone.corp.example, of this site, no answer to the ping' on host1 taglogin status
servers in_use '"dc1.corp.example"'
gets_in alice

# The only real one is switched off: status says so, known people get in as fast as before.
ip link set v-dc1 down
defer ip link set v-dc1 up
wait_for 15 host_status_has 'failed' || fail "no failure is told: $(on host1 taglogin status)"
wait_for 15 host_status_has 'PROBLEM' || fail "no problem is told: $(on host1 taglogin status)"
on host1 taglogin status || true
began=$(now_ms)
gets_in alice
echo "= a login without any server: $(($(now_ms) - began)) ms"
