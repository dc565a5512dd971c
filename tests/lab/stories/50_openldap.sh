# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: the same with OpenLDAP: nested groups, states and removals count, and an outage does not matter
# set: long
# shellcheck source=tests/lab/openldap.sh
source "$SRC/tests/lab/openldap.sh"

# is_kept_out USER CODE, is_let_in USER: within 10 s, told, recorded.
is_kept_out() {
  wait_for 10 is_refused "$1" || fail "$1 still gets in, where $2 is expected"
  kept_out "$1" "$2"
  says "$2" on host1 taglogin why "$1"
}
is_let_in() { wait_for 10 ssh_as "$1" true || fail "$1 does not get in: $(on host1 taglogin why "$1")"; }

defer openldap_gone
openldap_up
{
  printf '%s\n' "dn: $LDAP_BASE" "objectClass: dcObject" "objectClass: organization" "o: Lab" "dc: corp" ''
  ldap_ou people
  ldap_ou groups
  ldap_person alice 20001
  ldap_person bob 20002
  ldap_person erin 20003
  ldap_group ssh-prod-web "cn=web-team,ou=groups,$LDAP_BASE" "uid=erin,ou=people,$LDAP_BASE"
  ldap_group web-team "uid=alice,ou=people,$LDAP_BASE" "cn=ssh-prod-web,ou=groups,$LDAP_BASE"
  printf '%s\n' "dn: cn=engineers,ou=groups,$LDAP_BASE" "objectClass: groupOfNames" "objectClass: posixGroup" "cn: engineers" \
    "gidNumber: 20000" "member: uid=alice,ou=people,$LDAP_BASE" ''
} | ldap_change
config_write <<CONF
[directory]
type = "ldap"
servers = ["ldap1.corp.example"]
search_base = "$LDAP_BASE"
ca_file = "/etc/taglogin/ldap-ca.pem"
[tags]
sources = ["imds"]
[nss]
home = "/home/ldap-{name}"
[[rule]]
name = "by environment and role"
when = { Environment = ["prod", "staging"] }
login = ["ssh-{Environment}-{Role}"]
users = ["bob"]
CONF
taglogind_restart
on host1 taglogin refresh >/dev/null
gets_in alice
[ "$(on host1 id -u alice)" = 20001 ] || fail "alice is $(on host1 id alice)"
[ "$(on host1 id -gn alice)" = engineers ] || fail "alice's group is $(on host1 id alice)"
says 'ssh-prod-web > web-team' on host1 taglogin why alice
gets_in bob
on host1 taglogin status

# The states of an account, set and lifted.
for state in "TL-DENY-DISABLED nsAccountLock TRUE" "TL-DENY-EXPIRED shadowExpire 1" \
  "TL-DENY-LOCKED pwdAccountLockedTime 000001010000Z"; do
  read -r code attribute value <<<"$state"
  ldap_set erin "$attribute" "$value"
  is_kept_out erin "$code"
  ldap_set erin "$attribute"
  is_let_in erin
done

# Out of a nested group; in again.
printf '%s\n' "dn: cn=web-team,ou=groups,$LDAP_BASE" "changetype: modify" "delete: member" \
  "member: uid=alice,ou=people,$LDAP_BASE" | ldap_change
is_kept_out alice TL-DENY-NOGROUP
printf '%s\n' "dn: cn=web-team,ou=groups,$LDAP_BASE" "changetype: modify" "add: member" \
  "member: uid=alice,ou=people,$LDAP_BASE" | ldap_change
is_let_in alice

# An account made again under the same name and number is not the one that the rule means.
printf '%s\n' "dn: uid=bob,ou=people,$LDAP_BASE" "changetype: delete" '' | ldap_change
ldap_person bob 20002 | ldap_change
is_kept_out bob TL-DENY-NOGROUP

# An id of the system's, or one that two have, is nobody's.
ldap_set erin uidNumber 999
wait_for 10 is_refused erin || fail "erin gets in with uid 999"
ldap_set erin uidNumber 20001
wait_for 10 is_refused erin || fail "erin gets in with alice's uid"
wait_for 10 is_refused alice || fail "alice gets in with erin's uid"
ldap_set erin uidNumber 20003
is_let_in erin
is_let_in alice

# The server goes away.
node_kill ldap1
gets_in alice
