# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T10: directory accounts named like local ones do not exist here
key=$(cut -d' ' -f1,2 "$LAB/keys/bob.pub")
for name in root daemon sshd taglogin lena; do
  printf 'dn: CN=%s,OU=Impostors,%s\nchangetype: modify\nreplace: altSecurityIdentities\naltSecurityIdentities: SSHKey:%s\n\n' \
    "$name" "$CORP_DN" "$key"
done | ad_modify
tags_are Environment=prod Role=local
defer tags_default
fingerprint=$(ssh-keygen -lf "$LAB/keys/bob.pub" | cut -d' ' -f2)
for name in root daemon sshd taglogin lena; do
  says "" on host1 true
  [ "$(on host1 getent -s taglogin passwd "$name")" = "" ] || fail "NSS knows the directory's $name"
  [ "$(keys_command "$name" "$fingerprint")" = "" ] || fail "a key for $name"
  refuses on host1 sh -c 'pamtester taglogin-only "$1" acct_mgmt >/dev/null 2>&1' sh "$name"
  KEY=bob kept_out "$name"
done
# Known to everybody, never allowed: the built-in administrator.
kept_out administrator
# Groups named like local ones give nothing: alice is in the directory's sudo and adm.
tags_default
on host1 taglogin refresh >/dev/null
gets_in alice
attempt alice id -G
for gid in $ssh_text; do
  [ "$gid" -ge 200000 ] || fail "alice's session has the local group $gid"
done
