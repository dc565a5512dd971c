# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: sftp follows the same decision
# sftp_as USER: fetches a file that everybody may read.
sftp_as() {
  on client1 timeout 20 sftp -b - -i "$LAB/keys/$1" "$1@host1" <<<'get /etc/hostname /tmp/fetched'
}
on client1 rm -f /tmp/fetched
sftp_as alice || fail "no sftp for alice"
[ "$(on client1 cat /tmp/fetched)" = host1 ] || fail "a wrong file came"
on client1 rm -f /tmp/fetched
refuses sftp_as bob
on client1 test ! -e /tmp/fetched || fail "bob fetched a file"

keys_from_home_too
give_home_key alice bob
refuses on client1 timeout 20 sftp -b - -i "$LAB/keys/bob" alice@host1 <<<'get /etc/hostname /tmp/fetched'
on client1 test ! -e /tmp/fetched || fail "a file came through a refused session"
