# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T52: how long the key command takes does not tell a denied account from an unknown one, nor from what is no name
# set: long
fingerprint_of() { ssh-keygen -lf "$LAB/keys/$1.pub" | cut -d' ' -f2; }
stranger=SHA256:AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/AbCdE
own=$(fingerprint_of alice)
# 5 x 500: as a stranger asks who offers a key that is nobody's; and, to compare, as the owner of a key is answered.
on host1 /usr/bin/python3 "$LAB/src/tests/lab/time_key_command.py" "$(keys_program)" "$(on host1 id -u taglogin-keys)" "${ROUNDS:-500}" \
  "allowed, own key=alice:$own" "allowed=alice:$stranger" "denied=bob:$stranger" "unknown=nobodyhere:$stranger" \
  "no name=0day:$stranger" | sed 's/^/= /'
