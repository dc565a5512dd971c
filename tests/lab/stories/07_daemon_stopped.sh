# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: with the daemon stopped a directory user is refused, and told so
gets_in alice
taglogind_stop
defer taglogind_start
began=$(now_ms)
kept_out alice
[ $(($(now_ms) - began)) -lt 8000 ] || fail "refusing took $(($(now_ms) - began)) ms"
says 'taglogind is not running' on host1 cat /var/log/syslog
