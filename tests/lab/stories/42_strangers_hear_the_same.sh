# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T52: without a key that counts, sshd says the same about the allowed, the denied, the unknown and what is no name
# With passwords on for others, sshd itself tells directory accounts (who have none) by the methods it offers: they are
# off for everybody here, as docs/install.md advises.
on host1 sh -c 'printf "PasswordAuthentication no\nKbdInteractiveAuthentication no\n" >/etc/ssh/sshd_config.d/20-keys-only.conf'
defer sshd_restart
defer on host1 rm /etc/ssh/sshd_config.d/20-keys-only.conf
sshd_restart
ssh-keygen -q -t ed25519 -N '' -C stranger -f "$LAB/keys/stranger" </dev/null
defer rm "$LAB/keys/stranger" "$LAB/keys/stranger.pub"
# what_is_said NAME: all that a client hears, but for the name.
what_is_said() {
  local status=0 text
  text=$(on client1 timeout 20 ssh -v -i "$LAB/keys/stranger" -l "$1" host1 id -un 2>&1) || status=$?
  [ "$status" = 255 ] || fail "$1: $text"
  /usr/bin/python3 -c '
import re, sys
name, text = sys.argv[1:]
shown = "|".join(map(re.escape, {name, name.replace("\\", "\\" * 2)}))
print(re.sub(r"(?<![\w/.-])(" + shown + r")(?![\w-])", "NAME", text))' "$1" "$text"
}
allowed=$(what_is_said alice)
[[ $allowed == *"Permission denied (publickey)"* ]] || fail "alice: $allowed"
# Denied by rule, disabled, by a local name, unknown, and what is no name.
for name in bob carol taglogin nobodyhere 0day 'alice@corp.example' 'CORP\alice' "$(printf 'x%.0s' {1..33})" 'a b'; do
  said=$(what_is_said "$name")
  [ "$said" = "$allowed" ] || fail "$name hears: $(diff <(echo "$allowed") <(echo "$said"))"
done
