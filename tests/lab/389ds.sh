# SPDX-License-Identifier: Apache-2.0
# ldap1: Debian's 389 Directory Server in place of Active Directory, for the stories that need it. Sourced by them.
# shellcheck shell=bash disable=SC2154

LDAP_BASE=dc=corp,dc=example
DS_PASSWORD=lab-admin-1

# ds_up [INF-LINE...]: ldap1 with an instance as dscreate makes it, and a certificate; INF-LINEs are for its backend.
# host1 knows its name and its CA.
ds_up() {
  node_up ldap1
  on ldap1 bash "$LAB/src/tests/lab/tls.sh" ldap1.corp.example >"$LAB/tls-ldap1.log" 2>&1
  on ldap1 sh -c 'hostname ldap1; echo "127.0.0.1 ldap1.corp.example ldap1" >>/etc/hosts
    sed -i "s/^with_systemd = 1/with_systemd = 0/" /usr/share/dirsrv/inf/defaults.inf; cat >/root/lab.inf' <<CONF
[general]
full_machine_name = ldap1.corp.example
selinux = False
strict_host_checking = False
[slapd]
instance_name = lab
root_password = $DS_PASSWORD
self_sign_cert = False
[backend-userroot]
suffix = $LDAP_BASE
$(printf '%s\n' "$@")
CONF
  on ldap1 sh -ec 'dscreate from-file /root/lab.inf; tls=/var/lib/samba/private/tls
    dsctl lab tls import-ca $tls/lab-ca.pem lab-ca; dsctl lab tls import-server-key-cert $tls/lab-cert.pem $tls/lab-key.pem' \
    >"$LAB/389ds.log" 2>&1 || lab_fail "389 Directory Server: $(tail -3 "$LAB/389ds.log")"
  ds_config nsslapd-security on
  ds_restart
  on ldap1 cat /var/lib/samba/private/tls/lab-ca.pem | on host1 sh -c 'cat >/etc/taglogin/ldap-ca.pem'
  on host1 sh -c "echo $(node_ip ldap1) ldap1.corp.example >>/etc/hosts"
}
ds_gone() {
  node_is_on ldap1 && node_kill ldap1
  on host1 sh -c 'sed "/ldap1.corp.example/d" /etc/hosts >/run/hosts && cat /run/hosts >/etc/hosts'
}
ds_stop() {
  on ldap1 sh -c 'pid=$(cat /run/dirsrv/slapd-lab.pid) && kill "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done'
}
ds_start() {
  on ldap1 /usr/sbin/ns-slapd -D /etc/dirsrv/slapd-lab -i /run/dirsrv/slapd-lab.pid </dev/null >/dev/null 2>&1
  wait_for 20 on ldap1 ldapsearch -x -H ldap://127.0.0.1 -s base -b '' vendorName || lab_fail "389 Directory Server does not answer"
}
ds_restart() {
  ds_stop
  ds_start
}

# ldap_change: LDIF from standard input, entries to add or changes.
ldap_change() {
  on ldap1 ldapmodify -a -x -H ldap://127.0.0.1 -D 'cn=Directory Manager' -w "$DS_PASSWORD" >/dev/null
}
# ds_config ATTRIBUTE VALUE: a setting of the server (cn=config).
ds_config() { printf '%s\n' "dn: cn=config" "changetype: modify" "replace: $1" "$1: $2" | ldap_change; }
# ldap_binds DN PASSWORD: as a login with a password does.
ldap_binds() { on ldap1 ldapwhoami -x -H ldap://127.0.0.1 -D "$1" -w "$2" >/dev/null 2>&1; }
# ldap_set DN ATTRIBUTE [VALUE...]: an attribute of an entry; without a value, none.
ldap_set() {
  { printf '%s\n' "dn: $1" "changetype: modify" "replace: $2"
    [ $# -lt 3 ] || printf "$2: %s\n" "${@:3}"; } | ldap_change
}
# ldap_members add|delete GROUP-DN DN...
ldap_members() {
  { printf '%s\n' "dn: $2" "changetype: modify" "$1: member"
    printf 'member: %s\n' "${@:3}"; } | ldap_change
}

# ds_person NAME UID [LINE...]: LDIF of an account as dsidm writes it, with NAME's key.
ds_person() {
  printf '%s\n' "dn: uid=$1,ou=people,$LDAP_BASE" "objectClass: nsPerson" "objectClass: nsAccount" "objectClass: nsOrgPerson" \
    "objectClass: posixAccount" "uid: $1" "cn: $1 of 389" "displayName: $1 of 389" "uidNumber: $2" "gidNumber: 20000" \
    "homeDirectory: /home/$1" "userPassword: $1-secret-1" "nsSshPublicKey: $(cat "$LAB/keys/$1.pub")" "${@:3}" ''
}
# ds_group NAME GID DN...: LDIF of a group as dsidm writes it.
ds_group() {
  printf '%s\n' "dn: cn=$1,ou=groups,$LDAP_BASE" "objectClass: groupOfNames" "objectClass: posixGroup" "objectClass: nsMemberOf" \
    "cn: $1" "gidNumber: $2"
  [ $# -lt 3 ] || printf 'member: %s\n' "${@:3}"
  echo
}
