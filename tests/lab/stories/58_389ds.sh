# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: the same with 389 Directory Server as dscreate and dsidm leave it: anonymous, with a password, with a certificate
# set: long
# shellcheck source=tests/lab/389ds.sh
source "$SRC/tests/lab/389ds.sh"

PEOPLE_DN=ou=people,$LDAP_BASE
GROUPS_DN=ou=groups,$LDAP_BASE
is_kept_out() {
  wait_for 10 is_refused "$1" || fail "$1 still gets in, where $2 is expected"
  kept_out "$1" "$2"
}
is_let_in() { wait_for 10 ssh_as "$1" true || fail "$1 does not get in: $(on host1 taglogin why "$1")"; }
ds_settings() { # LINE... of [directory]
  { printf '%s\n' '[directory]' 'type = "ldap"' 'servers = ["ldap1.corp.example"]' 'ca_file = "/etc/taglogin/ldap-ca.pem"' "$@"
    cat <<'CONF'
[tags]
sources = ["imds"]
[nss]
home = "/home/ldap-{name}"
[[rule]]
name = "by environment and role"
when = { Environment = ["prod", "staging"] }
login = ["ssh-{Environment}-{Role}"]
users = ["bob"]
[[rule]]
name = "leavers"
deny = ["leavers"]
CONF
  } | config_write
  taglogind_restart
  on host1 taglogin refresh >/dev/null
}

defer ds_gone
ds_up 'sample_entries = yes'
{
  ds_person alice 20001
  ds_person bob 20002
  ds_person erin 20003
  ds_person frank 20004
  ds_group engineers 20000
  ds_group web-team 20101 "uid=alice,$PEOPLE_DN"
  ds_group ssh-prod-web 20102 "cn=web-team,$GROUPS_DN" "uid=erin,$PEOPLE_DN" "uid=frank,$PEOPLE_DN"
  ds_group leavers 20103
} | ldap_change
# A ring, which the server does not mind.
ldap_members add "cn=web-team,$GROUPS_DN" "cn=ssh-prod-web,$GROUPS_DN"

# Nothing said but where it is: anonymous, StartTLS, the base found out.
ds_settings
gets_in alice
[ "$(on host1 id -u alice)" = 20001 ] || fail "alice is $(on host1 id alice)"
[ "$(on host1 id -gn alice)" = engineers ] || fail "alice's group is $(on host1 id alice)"
says 'ssh-prod-web > web-team' on host1 taglogin why alice
gets_in bob
gets_in frank

# An account that is switched off, on again; out of the nested group, in again; kept out by a group.
ldap_set "uid=erin,$PEOPLE_DN" nsAccountLock TRUE
is_kept_out erin TL-DENY-DISABLED
ldap_set "uid=erin,$PEOPLE_DN" nsAccountLock
is_let_in erin
ldap_members delete "cn=web-team,$GROUPS_DN" "uid=alice,$PEOPLE_DN"
is_kept_out alice TL-DENY-NOGROUP
ldap_members add "cn=web-team,$GROUPS_DN" "uid=alice,$PEOPLE_DN"
is_let_in alice
ldap_members add "cn=leavers,$GROUPS_DN" "uid=frank,$PEOPLE_DN"
is_kept_out frank TL-DENY-RULE
ldap_members delete "cn=leavers,$GROUPS_DN" "uid=frank,$PEOPLE_DN"
is_let_in frank

# Made again under the same name and number, it is another.
printf '%s\n' "dn: uid=bob,$PEOPLE_DN" "changetype: delete" '' | ldap_change
ds_person bob 20002 | ldap_change
is_kept_out bob TL-DENY-NOGROUP

# With an account of the machine's own, over ldaps, and the memberOf and USN plugins on: lockouts and passwords count.
for plugin in "MemberOf Plugin" USN; do
  printf '%s\n' "dn: cn=$plugin,cn=plugins,cn=config" "changetype: modify" "replace: nsslapd-pluginEnabled" \
    "nsslapd-pluginEnabled: on" | ldap_change
done
ds_restart
{
  printf '%s\n' "dn: cn=taglogin,ou=services,$LDAP_BASE" "objectClass: netscapeServer" "objectClass: nsAccount" "cn: taglogin" \
    "userPassword: a machine 1" ''
  printf '%s\n' "dn: $LDAP_BASE" "changetype: modify" "add: aci" \
    "aci: (targetattr=\"accountUnlockTime || passwordExpirationTime || entryUSN\")(version 3.0; acl \"taglogin\"; allow (read, search, compare)(userdn=\"ldap:///cn=taglogin,ou=services,$LDAP_BASE\");)"
} | ldap_change
for setting in "passwordLockout on" "passwordMaxFailure 3" "passwordLockoutDuration 30" "passwordIsGlobalPolicy on" \
  "passwordMustChange on"; do
  # shellcheck disable=SC2086
  ds_config $setting
done
on host1 sh -c 'printf "a machine 1" >/etc/taglogin/ldap-password; chgrp taglogin /etc/taglogin/ldap-password; chmod 640 /etc/taglogin/ldap-password'
bound=("bind_dn = \"cn=taglogin,ou=services,$LDAP_BASE\"" 'bind_password_file = "/etc/taglogin/ldap-password"')
ds_settings 'transport = "ldaps"' "${bound[@]}"
gets_in alice
for _ in 1 2 3 4; do ldap_binds "uid=erin,$PEOPLE_DN" wrong || true; done
is_kept_out erin TL-DENY-LOCKED
ldap_set "uid=erin,$PEOPLE_DN" accountUnlockTime
ldap_set "uid=erin,$PEOPLE_DN" passwordRetryCount 0
is_let_in erin
ds_config passwordUnlock off
for _ in 1 2 3 4; do ldap_binds "uid=erin,$PEOPLE_DN" wrong || true; done
is_kept_out erin TL-DENY-LOCKED
ldap_set "uid=erin,$PEOPLE_DN" accountUnlockTime
is_let_in erin
# A password that somebody else has set.
ldap_set "uid=alice,$PEOPLE_DN" userPassword another-secret-1
is_kept_out alice TL-DENY-MUSTCHANGE
on ldap1 ldappasswd -x -H ldap://127.0.0.1 -D "uid=alice,$PEOPLE_DN" -w another-secret-1 -s my-own-secret-1 >/dev/null 2>&1 ||
  on ldap1 sh -c "LDAPTLS_CACERT=/var/lib/samba/private/tls/lab-ca.pem ldappasswd -ZZ -x -H ldap://ldap1.corp.example -D 'uid=alice,$PEOPLE_DN' -w another-secret-1 -s my-own-secret-1"
is_let_in alice

# As a certificate says who it is.
on ldap1 sh -ec 'cd /var/lib/samba/private/tls; openssl req -new -newkey rsa:2048 -nodes -keyout /root/host1.key -out /root/host1.csr \
  -subj "/DC=example/DC=corp/OU=services/CN=taglogin"; openssl x509 -req -in /root/host1.csr -CA lab-ca.pem -CAkey lab-ca-key.pem \
  -CAcreateserial -days 2 -out /root/host1.pem' >"$LAB/client-cert.log" 2>&1 || fail "$(tail -2 "$LAB/client-cert.log")"
for part in key pem; do
  on ldap1 cat "/root/host1.$part" | on host1 sh -c "cat >/etc/taglogin/ldap-client.$part; chgrp taglogin /etc/taglogin/ldap-client.$part; chmod 640 /etc/taglogin/ldap-client.$part"
done
ds_settings 'client_certificate = "/etc/taglogin/ldap-client.pem"' 'client_key = "/etc/taglogin/ldap-client.key"'
for _ in 1 2 3 4; do ldap_binds "uid=erin,$PEOPLE_DN" wrong || true; done
is_kept_out erin TL-DENY-LOCKED
gets_in alice

# The server goes away.
node_kill ldap1
gets_in alice
