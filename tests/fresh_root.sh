#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fresh_root.sh [--worktree] [--only-demo] [--keep DIR]: proves ./demo and ./check where nobody has been before.
#
# Makes a fresh Debian 12 (debootstrap: the base system and git) from the mirror that this machine's apt uses, clones
# the repository into it, runs ./demo twice and ./check, and says how long each took. --worktree takes the files as they
# lie here, committed or not. The folder is removed at the end unless --keep names it.
set -euo pipefail
source_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
suite=bookworm
worktree='' only_demo='' keep=''

while [ $# -gt 0 ]; do
  case $1 in
    --worktree) worktree=1 ;;
    --only-demo) only_demo=1 ;;
    --keep) keep=${2:?--keep needs a folder}; shift ;;
    *) sed -n '3,7s/^# //p' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ "$(id -u)" = 0 ] || { echo "fresh_root.sh needs root: debootstrap, chroot and namespaces." >&2; exit 77; }
command -v debootstrap >/dev/null || { echo "fresh_root.sh needs debootstrap: tests/lab/setup.sh check installs it." >&2; exit 77; }

folder=${keep:-$(mktemp -d /var/tmp/taglogin-fresh.XXXXXX)}
root=$folder/root
[ -n "$keep" ] || trap 'rm -rf --one-file-system "$folder"' EXIT

# The mirror that apt uses here for the suite's main component.
mirror() {
  apt-get indextargets --format '$(SITE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v suite=$suite '$2 == suite && $3 == "main" { print $1; exit }'
}

make_root() {
  local site
  site=$(mirror)
  [ -n "$site" ] || { echo "apt knows no mirror of $suite here." >&2; exit 1; }
  mkdir -p "$folder"
  debootstrap --include=git "$suite" "$root" "$site" >"$folder/debootstrap.log" ||
    { tail -5 "$folder/debootstrap.log" >&2; exit 1; }
  # How apt reaches the mirror from here (proxies and the like).
  apt-config dump Acquire | grep -E '^Acquire::(http|https|ftp)::' >"$root/etc/apt/apt.conf.d/50fresh-root" || true
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
}

take_sources() {
  mkdir -p "$root/srv/taglogin"
  if [ -n "$worktree" ]; then
    git -C "$source_root" ls-files -z --cached --others --exclude-standard |
      tar -C "$source_root" --null --files-from=- --ignore-failed-read -cf - | tar -C "$root/srv/taglogin" -xf -
  else
    git clone -q "$source_root" "$root/srv/taglogin"
  fi
}

# inside NAME COMMAND...: runs it in the fresh root with mounts and processes of its own; prints how long it took.
# pivot_root(2), not chroot(2): what is in a chroot may make no user namespace, and tests do.
inside() {
  local name=$1 began=$SECONDS status=0
  shift
  unshare -m -p -u --fork --kill-child -- bash -euc '
    mount --bind "$1" "$1"
    mount -t proc proc "$1/proc"
    mount --rbind /sys "$1/sys"
    mount --rbind /dev "$1/dev"
    cd "$1"
    pivot_root . .
    umount -l .
    exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "${@:2}"
  ' inside "$root" "$@" >"$folder/$name.log" 2>&1 </dev/null || status=$?
  times+=("$(printf '%-12s %4d s  status %d  (%s)' "$name" $((SECONDS - began)) "$status" "$folder/$name.log")")
  if [ "$status" != 0 ]; then
    failed=1
    tail -n 30 "$folder/$name.log" | sed "s/^/$name | /"
  fi
}

times=() failed=''
make_root
take_sources
inside demo-first /srv/taglogin/demo
inside demo-again /srv/taglogin/demo
[ -n "$only_demo" ] || inside check /srv/taglogin/check
printf '%s\n' "${times[@]}"
[ -z "$failed" ]
