# SPDX-License-Identifier: Apache-2.0
# pdc1: the domain controller of partner.example, a forest of its own that corp.example trusts both ways, for the
# stories that need one. Sourced by them.
# shellcheck shell=bash
PARTNER=partner.example
PARTNER_SID=S-1-5-21-1004336348-1177238915-682003330
export PARTNER PARTNER_SID

# partner_up: makes the domain, switches it on and makes the trust. Everybody asks dc1's DNS, which asks pdc1 for the rest.
partner_up() {
  node_up pdc1
  on pdc1 sh -c "sed -i 's/pdc1.corp.example/pdc1.$PARTNER/' /etc/hosts; : >/etc/krb5.conf"
  on pdc1 samba-tool domain provision --realm="${PARTNER^^}" --domain=PARTNER --server-role=dc \
    --dns-backend=SAMBA_INTERNAL --adminpass="$ADMIN_PASSWORD" --function-level=2008_R2 --host-name=pdc1 \
    --host-ip="$(node_ip pdc1)" --domain-sid="$PARTNER_SID" >"$LAB/provision-pdc1.log" 2>&1 ||
    lab_fail "pdc1 cannot be provisioned: $(tail -3 "$LAB/provision-pdc1.log")"
  on pdc1 sh -c 'cp /var/lib/samba/private/krb5.conf /etc/krb5.conf'
  on pdc1 sed -i -e '/dns forwarder/d' -e '/^\[global\]/a\
	dns forwarder =\
	prefork children:ldap = 1\
	dnsupdate:name interval = 3600' /etc/samba/smb.conf
  partner_start
  on dc1 sed -i "s/dns forwarder =.*/dns forwarder = $(node_ip pdc1)/" /etc/samba/smb.conf
  dc_restart
  wait_for 20 on host1 host -t SRV "_ldap._tcp.dc._msdcs.$PARTNER" || lab_fail "host1 cannot find $PARTNER in DNS"
  lab_log "pdc1 answers"
  on dc1 samba-tool domain trust create "$PARTNER" --type=forest --direction=both --create-location=both \
    -U "administrator@$PARTNER%$ADMIN_PASSWORD" --skip-validation >"$LAB/trust.log" 2>&1 ||
    lab_fail "no trust: $(tail -5 "$LAB/trust.log")"
  lab_log "the trust is made"
}
partner_start() {
  on pdc1 mkdir -p /run/samba
  node_start pdc1 samba samba -F --no-process-group
  wait_for 60 on pdc1 ldapsearch -x -LLL -o nettimeout=1 -H ldap://127.0.0.1 -s base -b '' highestCommittedUSN ||
    lab_fail "pdc1 does not answer: $(on pdc1 tail -3 /var/log/samba.out)"
  wait_for 10 on pdc1 bash -c ': </dev/tcp/127.0.0.1/88 && : </dev/tcp/127.0.0.1/53' || lab_fail "no KDC or DNS on pdc1"
}
dc_restart() {
  node_stop dc1 samba
  dc_start
}
# partner_gone: as it was.
partner_gone() {
  on dc1 ldbdel -H "$SAM" "CN=$PARTNER,CN=System,DC=corp,DC=example" >/dev/null || true
  node_is_on pdc1 && node_kill pdc1
  on dc1 sed -i 's/dns forwarder =.*/dns forwarder =/' /etc/samba/smb.conf
  dc_restart
}
