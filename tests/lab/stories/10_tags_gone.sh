# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: without a tag source the last good tags count; after a start without any, nobody gets in
gets_in alice
for mode in hang no-tags error redirect huge no-token v1-only wrong-token; do
  imds_set "$mode"
  on host1 timeout 30 taglogin refresh >/dev/null 2>&1 || true
  gets_in alice
done
imds_stop
defer imds_start
gets_in alice
