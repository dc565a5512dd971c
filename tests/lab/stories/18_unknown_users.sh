# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T03: a name that is nobody's is never let in, and only called unknown
names=$(/usr/bin/python3 -c '
import random
rng = random.Random(3)
print("\n".join("x" + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=rng.randint(3, 20))) for _ in range(1000)))')
while read -r name; do
  status=0
  answer=$(on host1 pamtester sshd "$name" acct_mgmt 2>&1 </dev/null) || status=$?
  [ "$status" != 0 ] || fail "$name: $answer"
  # The look-ups are rationed: beyond the ration the daemon says that it cannot say.
  [[ $answer == *"User not known"* || $answer == *"Authentication service cannot retrieve"* ]] || fail "$name: $answer"
done <<<"$names"
kept_out nobodyhere
