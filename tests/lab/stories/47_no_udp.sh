# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a firewall lets no UDP but DNS through: site and tickets are had over TCP
# These ports' datagrams go to a neighbour who is not there.
on host1 ip neigh add 10.99.0.99 lladdr 02:00:00:63:00:99 dev eth0
defer on host1 ip neigh del 10.99.0.99 dev eth0
on host1 ip route add default via 10.99.0.99 dev eth0 table 100
defer on host1 ip route flush table 100
for port in 88 389 464; do
  on host1 ip rule add ipproto udp dport "$port" table 100
  defer on host1 ip rule del ipproto udp dport "$port" table 100
done
# They do get lost: a search that is answered otherwise.
ping_by_udp='
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.connect(("10.99.0.10", 389))
s.send(bytes.fromhex("3025020101632004000a01000a0100020100020100010100870b6f626a656374436c6173733000"))
s.recv(100)'
refuses on host1 /usr/bin/python3 -c "$ping_by_udp"
config_edit '/^servers/d'
on host1 sh -c 'rm -rf /var/lib/taglogin/*'
taglogind_restart
on host1 taglogin status --json | json_has servers.site '"Default-First-Site-Name"' || fail "$(on host1 taglogin status)"
on host1 taglogin status --json | json_has servers.tried.0.ping.answered true || fail "$(on host1 taglogin status)"
gets_in alice
