# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: without a tag source the last good tags count
gets_in alice
for mode in no-tags hang error redirect huge no-token wrong-token; do
  imds_set "$mode" Environment=prod Role=web
  on host1 timeout 30 taglogin refresh >/dev/null 2>&1 || true
  wait_for 10 tags_have_a_problem || fail "the daemon does not notice the mode $mode: $(on host1 taglogin tags)"
  gets_in alice
  tags_are Environment=prod Role=web
done
imds_stop
gets_in alice
imds_start

# A service that knows no tokens is not asked without one, also when nothing is known yet.
imds_set v1-only Environment=prod Role=web
taglogind_stop
taglogind_spawn
wait_for 20 taglogind_answers
wait_for 10 tags_have_a_problem || fail "tags were read without a token: $(on host1 taglogin tags)"
gets_in alice
