# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a rule's hours, in its zone
day=$(TZ=Asia/Tokyo LC_ALL=C date +%a)
other=$(TZ=Asia/Tokyo LC_ALL=C date -d '+3 days' +%a)
hours_are() { config_edit "/^login = /a hours = [\"$1\"]\nzone = \"Asia/Tokyo\"" && reload_and_wait; }
# Two days wide: the story may run over Tokyo's midnight.
hours_are "$day-$(TZ=Asia/Tokyo LC_ALL=C date -d '+1 day' +%a) 00:00-24:00"
gets_in alice
hours_are "$other 00:00-24:00"
kept_out alice TL-DENY-HOURS
kept_out bob TL-DENY-NOGROUP
