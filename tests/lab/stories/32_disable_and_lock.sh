# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: account states in the directory take effect within 10 s
gets_in erin
user_set erin userAccountControl 66050
defer user_set erin userAccountControl 66048
wait_for 10 is_refused erin || fail "erin still gets in although she is disabled"
kept_out erin TL-DENY-DISABLED
user_set erin userAccountControl 66048
wait_for 10 ssh_as erin true || fail "erin does not get in again"
user_set erin accountExpires 131000000000000000
defer user_set erin accountExpires 0
wait_for 10 is_refused erin || fail "erin still gets in although she is expired"
kept_out erin TL-DENY-EXPIRED
