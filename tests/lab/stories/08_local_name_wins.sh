# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: an account that is in the directory and in /etc/passwd is the local one
gets_in erin
directory_uid=$(on host1 id -u erin)
on host1 sh -c "echo 'erin:*:1234:1234:the local erin:/home/erin:/bin/bash' >>/etc/passwd; echo 'erin:*:20000:0:99999:7:::' >>/etc/shadow"
defer on host1 sed -i /^erin:/d /etc/passwd /etc/shadow
reload_and_wait
local_uid=$(on host1 id -u erin)
[ "$local_uid" = 1234 ] || fail "erin is $local_uid"
[ "$(on host1 getent passwd "$directory_uid")" = "" ] || fail "the directory's erin still answers by uid"
# Her directory key is nobody's here: the local account has none.
kept_out erin
says erin on host1 taglogin status
