# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T22: what stands in a key attribute beside the key never reaches sshd
key=$(cut -d' ' -f1,2 "$LAB/keys/kim.pub")
fingerprint=$(ssh-keygen -lf "$LAB/keys/kim.pub" | cut -d' ' -f2)
tags_are Environment=prod Role=mail
defer tags_default
# The key as it was comes back at the end.
defer user_set kim altSecurityIdentities "SSHKey:$key"
# with VALUES...: the lines that sshd gets for kim's key when the directory holds VALUES.
with() {
  user_set kim altSecurityIdentities "$@"
  on host1 taglogin refresh >/dev/null
  lines=$(keys_command kim "$fingerprint")
}
[ "$(keys_command kim "$fingerprint")" = "$key" ] || fail "kim's key: $(keys_command kim "$fingerprint")"
for good in "SSHKey:$key comment, with \"quotes\"" "sshkey: $key" "$key evil\",command=\"/bin/sh" "junk" \
  "SSHKey:$key"$'\n'"command=\"id\" $key"; do
  with "$good" 'X509:<I>DC=example' 'Kerberos:kim@OTHER.EXAMPLE'
  [ "$good" = junk ] && expected='' || expected=$key
  [ "$lines" = "$expected" ] || fail "'$good' gives: $lines"
done
for bad in "command=\"id\" $key" "cert-authority $key" "environment=\"A=B\" $key" "principals=\"root\" $key" \
  "ssh-rsa ${key#* }" "ssh-dss ${key#* }" "${key}AAAA" "restrict,$key" "SSHKey:SSHKey:$key"; do
  with "$bad"
  [ "$lines" = "" ] || fail "'$bad' gives: $lines"
done
# One bad value hides no good one.
with "command=\"id\" $key" "SSHKey:$key"
[ "$lines" = "$key" ] || fail "the good key beside a bad one gives: $lines"
gets_in kim
