# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: a broken rule file is refused whole, with line and reason; the last good one stays in force
gets_in alice
config_edit '/^login = /s/login/logins/'
says 'taglogin.toml:18' on host1 taglogin check-config
says '"login"' on host1 taglogin check-config
taglogind_reload
wait_for 5 host_log_has 'taglogin.toml:18' /var/log/taglogind.out || fail "the daemon does not say what is wrong"
gets_in alice
kept_out bob TL-DENY-NOGROUP

# Half a file, as a crashed editor leaves it.
head -c 300 "$SRC/tests/lab/taglogin.toml" | config_write
taglogind_reload
gets_in alice

# A start finds no last good file and refuses.
taglogind_stop
refuses start_and_see
says taglogin.toml on host1 cat /run/refusal
