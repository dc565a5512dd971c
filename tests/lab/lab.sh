# SPDX-License-Identifier: Apache-2.0
# The lab's settings and verbs, sourced by everything that runs in the lab's root.
# shellcheck shell=bash
SRC=${SRC:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
BUILD=${BUILD:-$SRC/build/release}
LAB=/run/taglogin-lab        # tmpfs; the same path in every node
CACHE=$SRC/build/lab         # the provisioned domain is kept here
DOMAIN=corp.example
REALM=CORP.EXAMPLE
CORP_DN=OU=Corp,DC=corp,DC=example
ADMIN_PASSWORD='Lab.Passw0rd'
export SRC BUILD LAB CACHE DOMAIN REALM CORP_DN ADMIN_PASSWORD

# lab_log WORDS...: progress, on standard error, when TAGLOGIN_LAB_VERBOSE is set.
lab_log() {
  [ -n "${TAGLOGIN_LAB_VERBOSE:-}" ] || return 0
  printf '[lab %6d ms] %s\n' "$(($(now_ms) - lab_began))" "$*" >&2
}
now_ms() { echo "$((${EPOCHREALTIME/./} / 1000))"; }
: "${lab_began:=$(now_ms)}"
export lab_began

# lab_fail WORDS...: a fault of the lab itself, not of what it tests.
lab_fail() {
  printf 'lab: %s\n' "$*" >&2
  exit 70
}

# wait_for SECONDS COMMAND...: runs COMMAND until it succeeds; fails when SECONDS are over.
wait_for() {
  local end=$(($(now_ms) + $1 * 1000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(now_ms)" -lt "$end" ] || return 1
    sleep 0.05
  done
}

# shellcheck source=tests/lab/nodes.sh
source "$SRC/tests/lab/nodes.sh"
# shellcheck source=tests/lab/domain.sh
source "$SRC/tests/lab/domain.sh"
# shellcheck source=tests/lab/host.sh
source "$SRC/tests/lab/host.sh"
# shellcheck source=tests/lab/verbs.sh
source "$SRC/tests/lab/verbs.sh"
