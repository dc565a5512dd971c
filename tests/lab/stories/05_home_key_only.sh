# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T06: a key in ~/.ssh/authorized_keys opens nothing for a directory account
# As shipped, sshd does not even look into the file.
gets_in alice
give_home_key alice bob
KEY=bob kept_out alice

# On a host where it does: the account phase still refuses who is in no group, with a record.
keys_from_home_too
group_remove web-oncall alice
defer group_add web-oncall alice
wait_for 10 is_refused alice || fail "alice still gets in"
KEY=bob kept_out alice TL-DENY-NOGROUP
