# SPDX-License-Identifier: Apache-2.0
# ldap1: Debian's slapd in place of Active Directory, for the stories that need it. Sourced by them.
# shellcheck shell=bash disable=SC2154

LDAP_BASE=dc=corp,dc=example

# openldap_up: ldap1 with its certificate, the schema of RFC 2307's successor, SSH keys and password policies; host1
# knows its name and its CA.
openldap_up() {
  node_up ldap1
  on ldap1 bash "$LAB/src/tests/lab/tls.sh" ldap1.corp.example >"$LAB/tls-ldap1.log" 2>&1
  on ldap1 sh -c 'rm -rf /var/lib/lab-slapd && mkdir -p /var/lib/lab-slapd/data && cd /var/lib/lab-slapd && cat >slapd.conf' <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /var/lib/lab-slapd/rfc2307bis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
attributetype ( 1.3.6.1.4.1.24552.500.1.1.1.13 NAME 'sshPublicKey' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.24552.500.1.1.2.0 NAME 'ldapPublicKey' SUP top AUXILIARY MAY ( sshPublicKey \$ uid \$ nsAccountLock ) )
TLSCertificateFile /var/lib/samba/private/tls/lab-cert.pem
TLSCertificateKeyFile /var/lib/samba/private/tls/lab-key.pem
database mdb
suffix "$LDAP_BASE"
rootdn "cn=admin,$LDAP_BASE"
rootpw lab
directory /var/lib/lab-slapd/data
access to attrs=userPassword by anonymous auth by * none
access to * by * read
overlay ppolicy
CONF
  on ldap1 sh -c "sed -e \"/NAME 'posixGroup'/,/^\$/{s/STRUCTURAL/AUXILIARY/;s/MUST ( cn .* gidNumber )/MUST gidNumber/}\" \
    /etc/ldap/schema/nis.schema >/var/lib/lab-slapd/rfc2307bis.schema"
  node_start ldap1 slapd slapd -f /var/lib/lab-slapd/slapd.conf -h ldap:/// -d 0
  wait_for 10 on ldap1 bash -c ': </dev/tcp/127.0.0.1/389' || fail "slapd does not start: $(on ldap1 tail -3 /var/log/slapd.out)"
  on ldap1 cat /var/lib/samba/private/tls/lab-ca.pem | on host1 sh -c 'cat >/etc/taglogin/ldap-ca.pem'
  on host1 sh -c "echo $(node_ip ldap1) ldap1.corp.example >>/etc/hosts"
}
openldap_gone() {
  node_is_on ldap1 && node_kill ldap1
  on host1 sh -c 'sed "/ldap1.corp.example/d" /etc/hosts >/run/hosts && cat /run/hosts >/etc/hosts'
}

# ldap_change: LDIF from standard input, entries to add or changes.
ldap_change() { on ldap1 ldapmodify -a -x -H ldap://127.0.0.1 -D "cn=admin,$LDAP_BASE" -w lab >/dev/null; }

# ldap_person NAME UID [LINE...]: LDIF of an account with NAME's key.
ldap_person() {
  printf '%s\n' "dn: uid=$1,ou=people,$LDAP_BASE" "objectClass: inetOrgPerson" "objectClass: posixAccount" \
    "objectClass: shadowAccount" "objectClass: ldapPublicKey" "uid: $1" "cn: $1 of LDAP" "sn: x" "uidNumber: $2" \
    "gidNumber: 20000" "homeDirectory: /home/$1" "sshPublicKey: $(cat "$LAB/keys/$1.pub")" "${@:3}" ''
}
# ldap_group NAME DN...: LDIF of a group with these members.
ldap_group() {
  printf '%s\n' "dn: cn=$1,ou=groups,$LDAP_BASE" "objectClass: groupOfNames" "cn: $1"
  printf 'member: %s\n' "${@:2}"
  echo
}
ldap_ou() { printf '%s\n' "dn: ou=$1,$LDAP_BASE" "objectClass: organizationalUnit" "ou: $1" ''; }

# ldap_set NAME ATTRIBUTE [VALUE]: an attribute of an account; without a value, none.
ldap_set() {
  printf '%s\n' "dn: uid=$1,ou=people,$LDAP_BASE" "changetype: modify" "replace: $2" ${3:+"$2: $3"} | ldap_change
}
