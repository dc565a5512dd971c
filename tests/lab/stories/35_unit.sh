# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: the shipped unit is sound, and exposed no more than promised
# 20 stands for an exposure of 2.0.
on host1 systemd-analyze security --offline=true --threshold=20 taglogind.service >/dev/null
on host1 systemd-analyze verify taglogind.service
# The folders are as the unit and tmpfiles.d say.
for expected in '755 taglogin taglogin /run/taglogin' '700 taglogin taglogin /var/lib/taglogin' \
  '2750 taglogin adm /var/log/taglogin' '666 taglogin taglogin /run/taglogin/socket'; do
  [ "$(on host1 stat -c '%a %U %G %n' "${expected##* }")" = "$expected" ] || fail "$(on host1 stat -c '%a %U %G %n' "${expected##* }")"
done
# The lab runs the daemon with the unit's rights: one capability, no new privileges.
on host1 grep -q '^CapEff:	0000000000000020$' "/proc/$(taglogind_pid)/status"
on host1 grep -q '^NoNewPrivs:	1$' "/proc/$(taglogind_pid)/status"
