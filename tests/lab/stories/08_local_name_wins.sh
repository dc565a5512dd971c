# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: an account that is in the directory and in /etc/passwd is the local one
gets_in erin
directory_uid=$(on host1 id -u erin)
on host1 useradd --create-home --shell /bin/bash erin
defer on host1 userdel --remove erin
reload_and_wait
local_uid=$(on host1 id -u erin)
[ "$local_uid" -lt 60000 ] && [ "$local_uid" != "$directory_uid" ] || fail "erin is $local_uid"
[ "$(on host1 getent passwd "$directory_uid")" = "" ] || fail "the directory's erin still answers by uid"
# Her directory key is nobody's here: the local account has none.
kept_out erin
says erin on host1 taglogin status
