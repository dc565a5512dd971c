# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T24, T29: the key command's user, its contract with sshd, and odd names
# Its user has no groups but its own, the program and all folders above belong to root.
[ "$(on host1 id -Gn taglogin-keys)" = taglogin-keys ] || fail "groups: $(on host1 id -Gn taglogin-keys)"
path=$(on host1 sed -n 's/^ *AuthorizedKeysCommand \([^ ]*\).*/\1/p' /etc/ssh/sshd_config.d/10-taglogin.conf)
while [ "$path" != / ]; do
  says root:root on host1 stat -c %U:%G "$path"
  [ "$(($(on host1 stat -Lc '0%a' "$path") & 022))" = 0 ] || fail "$path can be written by others"
  path=$(dirname "$path")
done

# A hostile environment changes nothing.
fingerprint=$(ssh-keygen -lf "$LAB/keys/alice.pub" | cut -d' ' -f2)
plain=$(keys_command alice "$fingerprint")
[ "$plain" = "$(cut -d' ' -f1,2 "$LAB/keys/alice.pub")" ] || fail "alice's key: $plain"
odd=$(keys_command alice "$fingerprint" LD_PRELOAD=/x LD_LIBRARY_PATH=/tmp PATH=/tmp IFS=/ LC_ALL=x TAGLOGIN_SOCKET=/tmp/x)
[ "$odd" = "$plain" ] || fail "with a hostile environment: $odd"

# A reader that goes away at once, and 5,000 keys (of which the first hundred count): no signal, exit 0.
many_keys kim 5000
defer user_set kim altSecurityIdentities "SSHKey:$(cut -d' ' -f1,2 "$LAB/keys/kim.pub")"
tags_are Environment=prod Role=mail
defer tags_default
kim=$(ssh-keygen -lf "$LAB/keys/kim.pub" | cut -d' ' -f2)
on host1 bash -c 'set -o pipefail; setpriv --reuid taglogin-keys --regid taglogin-keys --clear-groups "$@" | true; exit "${PIPESTATUS[0]}"' \
  keys "$(keys_program)" kim "$kim" || fail "the command ended with $?"
gets_in kim

# Names that can be nobody's: nothing printed, exit 0.
for name in '' . .. -rf root 'al ice' $'alice\n' $'a\x01b' 'a:b' '../../etc' '%u' '$(id)' 'alice@corp..example' 'alice@corp.example@corp.example' 'CORP\alice' "$(printf 'x%.0s' {1..300})"; do
  [ "$(keys_command "$name" "$fingerprint")" = "" ] || fail "lines for '$name'"
done
for name in $'ali\x01ce' 'alice;id' '$(id)'; do
  refuses ssh_as "$name" -i "$LAB/keys/alice" true
done
