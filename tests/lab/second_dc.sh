# SPDX-License-Identifier: Apache-2.0
# dc2: a second domain controller, for the stories that need one. Sourced by them.
# shellcheck shell=bash

# second_dc_up SITE: joins dc2 in that site, which is made, with host1 in it; host1 asks its DNS too.
second_dc_up() {
  local site=$1
  on dc1 samba-tool sites create "$site" >/dev/null
  on dc1 samba-tool sites subnet create "$(node_ip host1)/32" "$site" >/dev/null
  node_up dc2
  on dc2 samba-tool domain join "$DOMAIN" DC -U administrator --password="$ADMIN_PASSWORD" --site="$site" \
    --dns-backend=SAMBA_INTERNAL --option='dns forwarder=' >"$LAB/join-dc2.log" 2>&1 ||
    lab_fail "dc2 cannot join: $(tail -3 "$LAB/join-dc2.log")"
  on dc2 sed -i -e '/dns forwarder/d' -e '/^\[global\]/a\
	dns forwarder =\
	tls certfile = tls/lab-cert.pem\
	tls keyfile = tls/lab-key.pem\
	tls cafile = tls/lab-ca.pem\
	prefork children:ldap = 1' /etc/samba/smb.conf
  on dc1 tar -C /var/lib/samba/private -cf - tls | on dc2 tar -C /var/lib/samba/private -xpf -
  second_dc_start
  wait_for 60 on host1 host -t SRV "_ldap._tcp.$site._sites.dc._msdcs.$DOMAIN" || lab_fail "DNS does not know dc2 in $site"
  wait_for 20 on host1 getent hosts "dc2.$DOMAIN" || lab_fail "DNS does not know dc2"
  on host1 sh -c "echo nameserver $(node_ip dc2) >>/etc/resolv.conf"
  lab_log "dc2 answers"
}
second_dc_start() {
  on dc2 mkdir -p /run/samba
  node_start dc2 samba samba -F --no-process-group
  wait_for 60 on dc2 ldapsearch -x -LLL -o nettimeout=1 -H ldap://127.0.0.1 -s base -b '' highestCommittedUSN ||
    lab_fail "dc2 does not answer: $(on dc2 tail -3 /var/log/samba.out)"
  wait_for 10 on dc2 bash -c ': </dev/tcp/127.0.0.1/88 && : </dev/tcp/127.0.0.1/53' || lab_fail "no KDC or DNS on dc2"
}

# second_dc_gone SITE: as it was.
second_dc_gone() {
  node_is_on dc2 && node_kill dc2
  on host1 sed -i "/^nameserver $(node_ip dc2)/d" /etc/resolv.conf
  on dc1 samba-tool domain demote --remove-other-dead-server=dc2 >/dev/null 2>&1 || echo "dc2 cannot be removed"
  on dc1 samba-tool sites subnet remove "$(node_ip host1)/32" >/dev/null
  on dc1 samba-tool sites remove "$1" >/dev/null
}
