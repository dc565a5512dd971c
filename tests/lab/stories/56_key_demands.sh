# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a rule lets in only with a security key, or only with one that has verified its user
build_security_keys
make_key token -t ed25519-sk -w "$LAB/touch.so"
give_key alice token
touch_key=(-o "SecurityKeyProvider=$LAB/touch.so")
verify_key=(-o "SecurityKeyProvider=$LAB/verify.so")
fingerprint=$(ssh-keygen -lf "$LAB/keys/token.pub" | cut -d' ' -f2)
line=$(cut -d' ' -f1,2 "$LAB/keys/token.pub")
KEY=token gets_in alice "${touch_key[@]}"
gets_in alice

# Only a security key. With another one the person is told, by sshd's forced command and by PAM.
config_edit '/^login = /a key_types = ["sk"]'
reload_and_wait
KEY=token gets_in alice "${touch_key[@]}"
[ "$(record_of alice session.credential_uid)" = "$fingerprint" ] || fail "recorded: $(audit_last alice)"
kept_out alice TL-DENY-KEYTYPE
kept_out bob TL-DENY-NOGROUP
says '; it demands a key of type' on host1 taglogin why alice

# Only a verified user: sshd demands it.
config_edit '/^login = /a verify_required = true'
reload_and_wait
[ "$(keys_command alice "$fingerprint")" = "verify-required $line" ] || fail "$(keys_command alice "$fingerprint")"
KEY=token kept_out alice '' "${touch_key[@]}"
KEY=token gets_in alice "${verify_key[@]}"
kept_out alice TL-DENY-KEYTYPE

# From one network without, from elsewhere with it.
{
  sed '/^login = /a verify_required = true' "$SRC/tests/lab/taglogin.toml"
  printf '%s\n' '[[rule]]' 'name = "bastion"' 'login = ["ssh-prod-web"]' 'from = ["10.99.0.32/32"]'
} | config_write
reload_and_wait
[ "$(keys_command alice "$fingerprint")" = "from=\"10.99.0.32/32\" $line"$'\n'"verify-required $line" ] ||
  fail "$(keys_command alice "$fingerprint")"
KEY=token kept_out alice '' "${touch_key[@]}"
KEY=token gets_in alice "${verify_key[@]}"
FROM=client2 KEY=token gets_in alice "${touch_key[@]}"
[ "$(record_of alice unmapped.taglogin.rule)" = bastion ] || fail "not by the bastion's rule: $(audit_last alice)"
FROM=client2 gets_in alice

# A key that sshd took from a file, without being told to demand it, is not known to have verified anybody.
config_edit '/^login = /a verify_required = true'
reload_and_wait
KEY=token gets_in alice "${verify_key[@]}"
keys_from_home_too
give_home_key alice token
KEY=token kept_out alice TL-DENY-VERIFY "${verify_key[@]}"
