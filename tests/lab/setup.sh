#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# setup.sh demo|check: installs the Debian packages that are missing (without letting their services start) and
# builds taglogin in build/release. Prints a line for what takes long; quick and silent when nothing is to do.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_root=$(cd "$here/../.." && pwd)
purpose=${1:?demo or check}
logs=$source_root/build/lab
policy=/usr/sbin/policy-rc.d
kept=$policy.before-taglogin-lab
ours='# taglogin lab: no service starts while packages are installed'

# wanted_packages: what ./demo needs, or also what only ./check needs.
wanted_packages() {
  if [ "$purpose" = demo ]; then sed '/^# -- only for/,$d' "$here/packages"; else cat "$here/packages"; fi |
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d'
}

missing_packages() {
  comm -23 <(wanted_packages | sort -u) <(installed_packages | sort -u)
}
installed_packages() {
  # shellcheck disable=SC2016  # dpkg-query's variables
  wanted_packages | xargs dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p'
}

# Services must not start: while packages are installed policy-rc.d(8) says no. What stood there comes back
# exactly as it was, also after an interruption (a killed run is put right by the next one).
forbid_services() {
  allow_services
  if [ -e "$policy" ] || [ -L "$policy" ]; then mv "$policy" "$kept"; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$ours" >"$policy"
  chmod 755 "$policy"
}
allow_services() {
  if [ -f "$policy" ] && grep -qxF "$ours" "$policy"; then rm "$policy"; fi
  if [ -e "$kept" ] || [ -L "$kept" ]; then mv "$kept" "$policy"; fi
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@"
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "These packages are missing and only root can install them: ${missing[*]}" >&2
    exit 77
  fi
  echo "Installing ${#missing[@]} Debian packages (log: build/lab/apt.log) ..."
  trap allow_services EXIT
  trap 'exit 130' INT TERM HUP
  forbid_services
  if ! { apt_install "${missing[@]}" || { apt-get -qq update && apt_install "${missing[@]}"; }; } >"$logs/apt.log" 2>&1; then
    tail -20 "$logs/apt.log" >&2
    echo "Some packages could not be installed." >&2
    exit 1
  fi
  allow_services
  trap - EXIT INT TERM HUP
}

# build TARGET: configures when needed, and builds.
build() {
  cd "$source_root"
  if ! ninja -C build/release -n "$1" 2>/dev/null | grep -q 'no work to do'; then
    echo "Building taglogin (log: build/lab/build.log) ..."
  fi
  if ! { cmake --preset release && cmake --build --preset release --target "$1"; } >"$logs/build.log" 2>&1; then
    grep -E 'error|Error|FAILED' -A5 "$logs/build.log" | head -40 >&2
    echo "taglogin does not build: see build/lab/build.log" >&2
    exit 1
  fi
}

mkdir -p "$logs"
install_packages
case $purpose in
  demo) build product ;;
  check) build all ;;
  packages) ;;
  *) echo "setup.sh: demo, check or packages" >&2; exit 2 ;;
esac
