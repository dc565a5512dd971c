# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: without a tag source the last good tags count
gets_in alice
for mode in no-tags hang error redirect huge no-token v1-only wrong-token; do
  imds_set "$mode" Environment=prod Role=web
  on host1 timeout 30 taglogin refresh >/dev/null 2>&1 || true
  wait_for 10 tags_have_a_problem || fail "the daemon does not notice the mode $mode: $(on host1 taglogin tags)"
  gets_in alice
  tags_are Environment=prod Role=web
done
imds_stop
gets_in alice
imds_start
