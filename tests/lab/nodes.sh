# SPDX-License-Identifier: Apache-2.0
# "Machines": each node is PID 1 of its own PID namespace with its own network, mounts and host name.
# shellcheck shell=bash

node_ip() {
  case $1 in
    dc1) echo 10.99.0.10 ;;
    dc2) echo 10.99.0.11 ;; # second_dc.sh only
    ldap1) echo 10.99.0.12 ;; # openldap.sh only
    pdc1) echo 10.99.0.13 ;; # trusted_forest.sh only
    host1) echo 10.99.0.21 ;;
    host[2-4]) echo "10.99.0.2${1#host}" ;;  # tests/bench only
    client1) echo 10.99.0.31 ;;
    client2) echo 10.99.0.32 ;;
    *) lab_fail "no node is called '$1'" ;;
  esac
}

# lab_make: the wire between the nodes, and the folder they share.
lab_make() {
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p "$LAB/nodes" "$LAB/src"
  install -d -m 700 "$LAB/keys"
  mount --rbind "$SRC" "$LAB/src"
  hostname lab
  ip link set lo up
  ip link add lan type bridge
  ip addr add 10.99.0.1/24 dev lan
  ip link set lan up
}

# node_up NAME: switches a machine on. One that was on before keeps its disk (the overlays' upper layers).
node_up() {
  local node=$1 folder=$LAB/nodes/$1 ip outer
  ip=$(node_ip "$node")
  mkdir -p "$folder"
  rm -f "$folder/ready"
  unshare -m -n -u -p --fork --kill-child --mount-proc -- \
    env -i PATH="$PATH" LAB="$LAB" NODE="$node" IP="$ip" bash "$SRC/tests/lab/node-init.sh" \
    </dev/null >"$folder/console" 2>&1 &
  outer=$!
  disown "$outer"
  echo "$outer" >"$folder/outer"
  wait_for 10 test -e "$folder/ready" || lab_fail "$node did not come up: $(tail -3 "$folder/console")"
  tr -d ' ' <"/proc/$outer/task/$outer/children" >"$folder/init"
  node_plug_in "$node" "$ip"
}

# node_plug_in NAME IP: a cable from the node to the lab's bridge. The MAC is fixed, so that neighbours
# find a machine again that was switched off and on.
node_plug_in() {
  local node=$1 ip=$2 init
  init=$(<"$LAB/nodes/$node/init")
  ip link add "v-$node" type veth peer name eth0 netns "$init"
  ip link set "v-$node" master lan up
  nsenter -t "$init" -n -- sh -e <<PLUG
ip link set lo up
ip link set eth0 address 02:00:00:63:00:${ip##*.}
ip addr add $ip/24 dev eth0
ip link set eth0 up
PLUG
}

# node_kill NAME: a power cut.
node_kill() {
  local folder=$LAB/nodes/$1
  kill -KILL "$(<"$folder/outer")"
  wait_for 5 node_is_off "$1" || lab_fail "$1 is still running"
  ip link del "v-$1" 2>/dev/null || true
  rm -f "$folder/init" "$folder/outer"
}
node_is_off() { ! kill -0 "$(<"$LAB/nodes/$1/init")" 2>/dev/null; }

# on NODE COMMAND...: runs COMMAND there, as root, with a plain environment.
# Root folder (-r) and working folder (-w) are the node's: those of its mount namespace lie outside of a lab in a chroot.
on() {
  local init
  init=$(<"$LAB/nodes/$1/init") || lab_fail "$1 is switched off"
  shift
  nsenter -t "$init" -r -w -m -u -n -p -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root USER=root LANG=C.UTF-8 TERM="${TERM:-dumb}" LAB="$LAB" "$@"
}

# node_start NODE NAME COMMAND...: a service of the node; its pid is in /run/NAME.lab-pid, what it prints in
# /var/log/NAME.out.
node_start() {
  local node=$1 name=$2
  shift 2
  # shellcheck disable=SC2016  # $0 and $@ are for the inner shell
  on "$node" bash -c 'exec </dev/null >>"/var/log/$0.out" 2>&1; "$@" & echo $! >"/run/$0.lab-pid"' "$name" "$@"
}

# node_stop NODE NAME [SIGNAL]: ends a service and waits until it is gone.
node_stop() {
  # shellcheck disable=SC2016
  on "$1" bash -c 'pid=$(cat "/run/$0.lab-pid") || exit 0; kill "-$1" "$pid" 2>/dev/null || exit 0
    for _ in {1..200}; do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.05; done; exit 1' "$2" "${3:-TERM}" ||
    lab_fail "$2 on $1 does not stop"
}
