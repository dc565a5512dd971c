#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PID 1 of a lab node: makes its file system, then stays to bury the dead. NODE, IP and LAB are set.
set -euo pipefail
disk=$LAB/nodes/$NODE

mount_disks() {
  local tree
  for tree in etc var home root usr; do
    mkdir -p "$disk/$tree.up" "$disk/$tree.work"
    mount -t overlay overlay -o "lowerdir=/$tree,upperdir=$disk/$tree.up,workdir=$disk/$tree.work" "/$tree"
  done
}

# An empty /run and /tmp, with nothing but the lab's folder carried over.
mount_run_and_tmp() {
  mount -t tmpfs -o mode=1777 tmpfs /tmp
  mkdir /tmp/lab
  mount --rbind "$LAB" /tmp/lab
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p "$LAB" /run/lock /run/sshd /run/samba
  mount --move /tmp/lab "$LAB"
  rmdir /tmp/lab
}

# A /dev of its own: terminals and the log socket belong to the node, not to the machine underneath.
mount_dev() {
  local dev=/tmp/dev name
  mkdir "$dev"
  mount -t tmpfs -o mode=755 tmpfs "$dev"
  for name in null zero full random urandom tty; do
    touch "$dev/$name"
    mount --bind "/dev/$name" "$dev/$name"
  done
  mkdir "$dev/pts" "$dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$dev/shm"
  ln -s pts/ptmx "$dev/ptmx"
  ln -s /proc/self/fd "$dev/fd"
  ln -s fd/0 "$dev/stdin"
  ln -s fd/1 "$dev/stdout"
  ln -s fd/2 "$dev/stderr"
  mount --move "$dev" /dev
  rmdir "$dev"
}

first_boot() {
  rm -rf /etc/resolv.conf /etc/hosts /etc/krb5.conf /etc/krb5.keytab /etc/samba /var/lib/samba /var/log/samba /var/cache/samba
  mkdir -p /etc/samba /var/lib/samba/private /var/log/samba /var/cache/samba
  echo "$NODE" >/etc/hostname
  printf '127.0.0.1 localhost\n%s %s.corp.example %s\n' "$IP" "$NODE" "$NODE" >/etc/hosts
  if [ "$NODE" != host1 ]; then echo '10.99.0.21 host1.corp.example host1' >>/etc/hosts; fi
  printf 'search corp.example\nnameserver 10.99.0.10\noptions timeout:1 attempts:2\n' >/etc/resolv.conf
  cat >/etc/krb5.conf <<KRB5
[libdefaults]
  default_realm = CORP.EXAMPLE
  dns_lookup_kdc = true
  dns_canonicalize_hostname = false
  rdns = false
KRB5
  touch "$disk/booted"
}

mount_disks
mount_run_and_tmp
mount_dev
cd /
hostname "$NODE"
[ -e "$disk/booted" ] || first_boot
touch "$disk/ready"
while :; do
  sleep 86400 &
  wait -n || true
done
