# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: type "freeipa", tried on 389 Directory Server with FreeIPA's tree, classes, attributes and rights (not on FreeIPA)
# set: long
# shellcheck source=tests/lab/389ds.sh
source "$SRC/tests/lab/389ds.sh"

USERS_DN=cn=users,cn=accounts,$LDAP_BASE
GROUPS_DN=cn=groups,cn=accounts,$LDAP_BASE
is_kept_out() {
  wait_for 10 is_refused "$1" || fail "$1 still gets in, where $2 is expected"
  kept_out "$1" "$2"
}
is_let_in() { wait_for 10 ssh_as "$1" true || fail "$1 does not get in: $(on host1 taglogin why "$1")"; }
time_in() { date -u -d "$1" +%Y%m%d%H%M%SZ; }

# What of FreeIPA's schema matters, by its public names and numbers.
ipa_schema() {
  printf '%s\n' 'dn: cn=schema' 'changetype: modify' 'add: attributeTypes'
  while read -r oid name syntax; do
    printf "attributeTypes: ( %s NAME '%s' SYNTAX 1.3.6.1.4.1.1466.115.121.1.%s X-ORIGIN 'lab' )\n" "$oid" "$name" "$syntax"
  done <<'ATTRIBUTES'
2.16.840.1.113730.3.8.3.1 ipaUniqueID 15
2.16.840.1.113730.3.8.11.31 ipaSshPubKey 40
2.16.840.1.113719.1.301.4.6.1 krbPrincipalExpiration 24
2.16.840.1.113719.1.301.4.37.1 krbPasswordExpiration 24
2.16.840.1.113719.1.301.4.45.1 krbLastPwdChange 24
2.16.840.1.113719.1.301.4.49.1 krbLoginFailedCount 27
ATTRIBUTES
  printf '%s\n' '-' 'add: objectClasses' \
    "objectClasses: ( 2.16.840.1.113730.3.8.4.12 NAME 'ipaObject' SUP top AUXILIARY MUST ipaUniqueID X-ORIGIN 'lab' )" \
    "objectClasses: ( 2.16.840.1.113730.3.8.4.3 NAME 'nestedGroup' SUP groupOfNames STRUCTURAL MAY memberOf X-ORIGIN 'lab' )" \
    "objectClasses: ( 2.16.840.1.113730.3.8.4.4 NAME 'ipaUserGroup' SUP nestedGroup STRUCTURAL X-ORIGIN 'lab' )" \
    "objectClasses: ( 2.16.840.1.113730.3.8.4.5 NAME 'ipaHostGroup' SUP nestedGroup STRUCTURAL X-ORIGIN 'lab' )" \
    "objectClasses: ( 2.16.840.1.113730.3.8.12.11 NAME 'ipaSshUser' SUP top AUXILIARY MAY ipaSshPubKey X-ORIGIN 'lab' )" \
    "objectClasses: ( 2.16.840.1.113719.1.301.6.8.1 NAME 'krbPrincipalAux' SUP top AUXILIARY MAY ( krbPrincipalExpiration \$ krbPasswordExpiration \$ krbLastPwdChange \$ krbLoginFailedCount ) X-ORIGIN 'lab' )"
}
ipa_container() { # CN PARENT
  printf '%s\n' "dn: cn=$1,$2" 'objectClass: nsContainer' "cn: $1" ''
}
ipa_person() { # NAME UID
  printf '%s\n' "dn: uid=$1,$USERS_DN" 'objectClass: inetOrgPerson' 'objectClass: posixAccount' 'objectClass: ipaObject' \
    'objectClass: ipaSshUser' 'objectClass: krbPrincipalAux' "uid: $1" "cn: $1 of IPA" 'sn: x' "uidNumber: $2" "gidNumber: $2" \
    "homeDirectory: /home/$1" "ipaUniqueID: $(cat /proc/sys/kernel/random/uuid)" "ipaSshPubKey: $(cat "$LAB/keys/$1.pub")" ''
  # Its own group, without members.
  printf '%s\n' "dn: cn=$1,$GROUPS_DN" 'objectClass: posixGroup' 'objectClass: ipaObject' 'objectClass: nsContainer' "cn: $1" \
    "gidNumber: $2" "ipaUniqueID: $(cat /proc/sys/kernel/random/uuid)" ''
}
ipa_group() { # KIND NAME DN...
  printf '%s\n' "dn: cn=$2,cn=${1}s,cn=accounts,$LDAP_BASE" "objectClass: ${kinds[$1]}" 'objectClass: ipaObject' "cn: $2" \
    "ipaUniqueID: $(cat /proc/sys/kernel/random/uuid)"
  [ $# -lt 3 ] || printf 'member: %s\n' "${@:3}"
  echo
}
declare -A kinds=([group]=ipaUserGroup [hostgroup]=ipaHostGroup)
# Everybody reads names; members, keys and states only those who say who they are.
ipa_rights() {
  printf '%s\n' "dn: $LDAP_BASE" 'changetype: modify' 'add: aci' \
    'aci: (targetattr="objectClass || cn || uid || displayName || gidNumber || uidNumber || homeDirectory || loginShell || entryUSN")(version 3.0; acl "all"; allow (read, search, compare)(userdn="ldap:///anyone");)' \
    'aci: (targetattr="member || ipaUniqueID || ipaSshPubKey || nsAccountLock || krbPrincipalExpiration || krbPasswordExpiration || krbLastPwdChange")(version 3.0; acl "known"; allow (read, search, compare)(userdn="ldap:///all");)'
}

defer ds_gone
ds_up 'create_suffix_entry = yes'
printf '%s\n' 'dn: cn=USN,cn=plugins,cn=config' 'changetype: modify' 'replace: nsslapd-pluginEnabled' 'nsslapd-pluginEnabled: on' | ldap_change
ds_restart
ipa_schema | ldap_change
ipa_rights | ldap_change
{
  ipa_container accounts "$LDAP_BASE"
  for kind in users groups hostgroups; do ipa_container "$kind" "cn=accounts,$LDAP_BASE"; done
  ipa_container etc "$LDAP_BASE"
  ipa_container sysaccounts "cn=etc,$LDAP_BASE"
  printf '%s\n' "dn: uid=taglogin,cn=sysaccounts,cn=etc,$LDAP_BASE" 'objectClass: account' 'objectClass: simpleSecurityObject' \
    'uid: taglogin' 'userPassword: a machine 1' ''
  ipa_person alice 20001
  ipa_person bob 20002
  ipa_person erin 20003
  ipa_group group web-team "uid=alice,$USERS_DN"
  ipa_group group ssh-prod-web "cn=web-team,$GROUPS_DN" "uid=erin,$USERS_DN"
  # A group of hosts with the same name, and the copies that are kept for old clients.
  ipa_group hostgroup ssh-prod-web "uid=bob,$USERS_DN"
  ipa_container compat "$LDAP_BASE"
  printf '%s\n' "dn: uid=bob,cn=compat,$LDAP_BASE" 'objectClass: account' 'objectClass: posixAccount' 'uid: bob' 'cn: bob' \
    'uidNumber: 20002' 'gidNumber: 20002' 'homeDirectory: /home/bob' ''
  printf '%s\n' "dn: cn=ssh-prod-web,cn=compat,$LDAP_BASE" 'objectClass: groupOfNames' 'objectClass: posixGroup' 'cn: ssh-prod-web' \
    'gidNumber: 20100' 'memberUid: bob' ''
} | ldap_change

on host1 sh -c 'printf "a machine 1" >/etc/taglogin/ldap-password; chgrp taglogin /etc/taglogin/ldap-password; chmod 640 /etc/taglogin/ldap-password'
config_write <<CONF
[directory]
type = "freeipa"
domain = "corp.example"
servers = ["ldap1.corp.example"]
ca_file = "/etc/taglogin/ldap-ca.pem"
bind_dn = "uid=taglogin,cn=sysaccounts,cn=etc,$LDAP_BASE"
bind_password_file = "/etc/taglogin/ldap-password"
[account]
password_expired = "deny"
[tags]
sources = ["imds"]
[nss]
home = "/home/ldap-{name}"
[[rule]]
name = "by environment and role"
when = { Environment = ["prod", "staging"] }
login = ["ssh-{Environment}-{Role}"]
CONF
taglogind_restart
on host1 taglogin refresh >/dev/null
gets_in alice
[ "$(on host1 id -gn alice)" = alice ] || fail "alice's group is $(on host1 id alice)"
says 'ssh-prod-web > web-team' on host1 taglogin why alice
kept_out bob TL-DENY-NOGROUP
gets_in erin

past=$(time_in '1 hour ago')
for state in "TL-DENY-DISABLED nsAccountLock TRUE" "TL-DENY-EXPIRED krbPrincipalExpiration $past" \
  "TL-DENY-PWEXPIRED krbPasswordExpiration $past"; do
  read -r code attribute value <<<"$state"
  ldap_set "uid=erin,$USERS_DN" "$attribute" "$value"
  is_kept_out erin "$code"
  ldap_set "uid=erin,$USERS_DN" "$attribute"
  is_let_in erin
done
# A password that somebody else has set ends when it begins; failed logins alone are no lock.
ldap_set "uid=erin,$USERS_DN" krbLastPwdChange "$past"
ldap_set "uid=erin,$USERS_DN" krbPasswordExpiration "$past"
is_kept_out erin TL-DENY-MUSTCHANGE
ldap_set "uid=erin,$USERS_DN" krbPasswordExpiration "$(time_in tomorrow)"
ldap_set "uid=erin,$USERS_DN" krbLoginFailedCount 99
is_let_in erin

ldap_members delete "cn=web-team,$GROUPS_DN" "uid=alice,$USERS_DN"
is_kept_out alice TL-DENY-NOGROUP
