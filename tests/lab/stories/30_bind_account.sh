# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a host without a keytab: a bind account over StartTLS and LDAPS
on dc1 cat /var/lib/samba/private/tls/lab-ca.pem | on host1 sh -c 'cat >/etc/taglogin/ca.pem'
printf 'Lab.Us3r.Passw0rd\n' | on host1 sh -c 'umask 027; cat >/etc/taglogin/bind-password; chgrp taglogin /etc/taglogin/bind-password'
on host1 mv /etc/krb5.keytab /etc/krb5.keytab.away
defer on host1 mv /etc/krb5.keytab.away /etc/krb5.keytab
for transport in starttls ldaps; do
  config_edit "/^servers/a bind = \"simple\"\ntransport = \"$transport\"\nbind_dn = \"CN=svc-taglogin,OU=Services,$CORP_DN\"\nbind_password_file = \"/etc/taglogin/bind-password\"\nca_file = \"/etc/taglogin/ca.pem\""
  on host1 sh -c 'rm -rf /var/lib/taglogin/*'
  taglogind_restart
  gets_in alice
  kept_out bob TL-DENY-NOGROUP
done
# A server whose certificate another authority made is not believed.
on host1 cp /etc/ssl/certs/ca-certificates.crt /etc/taglogin/ca.pem
taglogind_stop
taglogind_spawn
wait_for 20 taglogind_answers
wait_for 15 host_status_has directory || fail "no problem is reported: $(on host1 taglogin status)"
