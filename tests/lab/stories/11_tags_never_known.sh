# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a machine that never learnt its tags lets nobody in through them
gets_in alice
taglogind_stop
imds_set hang
on host1 sh -c 'rm -rf /var/lib/taglogin/*'
taglogind_spawn
wait_for 20 taglogind_answers || fail "taglogind does not start without tags"
kept_out alice
attempt lena id -un
[ "$ssh_text" = lena ] || fail "lena does not get in"
tags_default
on host1 taglogin refresh >/dev/null
wait_for 15 ssh_as alice true || fail "alice does not get in once the tags are known"
