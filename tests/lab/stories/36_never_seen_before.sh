# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: somebody who may log in, never did, and then loses the right is told so at the first try
cat <<NEWCOMER | ad_modify
dn: CN=nina,OU=People,$CORP_DN
changetype: add
objectClass: user
sAMAccountName: nina
userAccountControl: 66080
altSecurityIdentities: SSHKey:$(cut -d' ' -f1,2 "$LAB/keys/kim.pub")

dn: CN=ssh-prod-web,OU=Groups,$CORP_DN
changetype: modify
add: member
member: CN=nina,OU=People,$CORP_DN
NEWCOMER
defer on_dc_delete "CN=nina,OU=People,$CORP_DN"
# `who` shows her; `why`, and any login, would make her somebody who was seen here.
nina_is_listed() { [[ $(on host1 taglogin who) == *nina* ]]; }
nina_is_gone() { ! nina_is_listed; }
wait_for 10 nina_is_listed || fail "nina is not known after she joined"
group_remove ssh-prod-web nina
wait_for 10 nina_is_gone || fail "nina is still listed"
KEY=kim kept_out nina TL-DENY-NOGROUP
