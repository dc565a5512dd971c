# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T23: a certificate lets in under the rule's principals, of the trusted authority, and no other one does
make_key user-ca -t ed25519
make_key other-ca -t ed25519
make_key badge -t ed25519
# certify CA SSH-KEYGEN ARGUMENT...: the badge's certificate.
certify() { ssh-keygen -q -s "$LAB/keys/$1" -I 'badge of "alice"' "${@:2}" "$LAB/keys/badge.pub"; }
# badge COMMAND: with the badge for a key.
badge() { KEY=badge "$@"; }

# As shipped: no authority, no certificate.
certify user-ca -n alice
badge kept_out alice
on host1 install -m 644 "$LAB/keys/user-ca.pub" /etc/taglogin/user_ca.pub
defer on host1 rm -f /etc/taglogin/user_ca.pub
badge kept_out alice

config_edit '1a [ssh]\ntrusted_user_ca_keys = "/etc/taglogin/user_ca.pub"'
taglogind_restart
on host1 taglogin refresh >/dev/null
certify user-ca -n alice -z 7
badge gets_in alice
certified='{"key_id": "badge of \"alice\"", "serial": "7", "authority": "'$(ssh-keygen -lf "$LAB/keys/user-ca.pub" | cut -d' ' -f2)'"}'
audit_last alice | json_has unmapped.taglogin.certificate "$certified" || fail "recorded: $(audit_last alice)"
# The badge's own key is none of the directory's.
mv "$LAB/keys/badge-cert.pub" "$LAB/keys/badge-cert.pub.away"
badge kept_out alice
mv "$LAB/keys/badge-cert.pub.away" "$LAB/keys/badge-cert.pub"
badge kept_out dave
badge kept_out bob

# Whose certificate it is makes no difference to who may enter, and who may not is told.
certify user-ca -n bob
badge kept_out bob TL-DENY-NOGROUP
badge kept_out alice

# With principals by tag, one for another kind of machine does not do, nor the plain name.
{ sed '/^login = /a principals = ["{name}+{Environment}"]' "$SRC/tests/lab/taglogin.toml"
  printf '[ssh]\ntrusted_user_ca_keys = "/etc/taglogin/user_ca.pub"\n'; } | config_write
reload_and_wait
for lacking in alice alice+dev bob+prod ''; do
  rm -f "$LAB/keys/badge-cert.pub"
  certify user-ca ${lacking:+-n "$lacking"}
  badge kept_out alice
done
certify user-ca -n 'root,alice+prod,alice+dev'
badge gets_in alice
for options in '-V 20200101:20200102' '-V +1d:+2d' '-h'; do
  # shellcheck disable=SC2086
  certify user-ca -n alice+prod $options
  badge kept_out alice
done
certify other-ca -n alice+prod
badge kept_out alice

# A file of principals in the home is none: sshd itself refuses what it names.
on host1 sh -c 'echo alice+dev >/home/alice/none && chown alice /home/alice/none'
defer on host1 rm /home/alice/none
certify user-ca -n alice+dev
badge kept_out alice
[[ $ssh_text != *TL-* ]] || fail "sshd went by ~/none: $ssh_text"

# What sshd would let through if it were told to (another authority, the plain name), the session does not.
dropin=/etc/ssh/sshd_config.d/10-taglogin.conf
on host1 cp "$dropin" /run/dropin
defer sshd_restart
defer on host1 cp /run/dropin "$dropin"
on host1 install -m 644 "$LAB/keys/other-ca.pub" /etc/ssh/other_ca.pub
on host1 sh -c 'echo alice >/etc/ssh/lax_principals'
defer on host1 rm /etc/ssh/other_ca.pub /etc/ssh/lax_principals
on host1 sed -i -e 's|AuthorizedPrincipalsFile .*|AuthorizedPrincipalsFile /etc/ssh/lax_principals|' \
  -e 's|TrustedUserCAKeys .*|TrustedUserCAKeys /etc/ssh/other_ca.pub|' "$dropin"
sshd_restart
certify other-ca -n alice,alice+prod
badge kept_out alice TL-DENY-CERT
on host1 sed -i 's|TrustedUserCAKeys .*|TrustedUserCAKeys /etc/taglogin/user_ca.pub|' "$dropin"
sshd_restart
certify user-ca -n alice
badge kept_out alice TL-DENY-PRINCIPAL
certify user-ca -n alice,alice+prod
badge gets_in alice

# An authority that is taken out of the file is trusted no longer after a reload; a broken file changes nothing.
on host1 cp /run/dropin "$dropin"
sshd_restart
on host1 sh -c 'echo garbage >>/etc/taglogin/user_ca.pub'
taglogind_reload
wait_for 5 host_status_has user_ca.pub:2 || fail "$(on host1 taglogin status)"
badge gets_in alice
on host1 install -m 644 "$LAB/keys/other-ca.pub" /etc/taglogin/user_ca.pub
reload_and_wait
badge kept_out alice
certify other-ca -n alice+prod
badge gets_in alice
