# SPDX-License-Identifier: Apache-2.0
# host1: joined to the domain, with a stock sshd and taglogin as it is installed for real.
# shellcheck shell=bash

host_join() {
  # Samba's DNS listens before it has its zones.
  wait_for 20 on host1 getent hosts "dc1.$DOMAIN" || lab_fail "host1 cannot resolve dc1.$DOMAIN"
  on host1 adcli join --domain-controller="dc1.$DOMAIN" --stdin-password -U administrator --domain-ou="OU=Hosts,$CORP_DN" --service-name=host "$DOMAIN" \
    <<<"$ADMIN_PASSWORD" >"$LAB/join.log" 2>&1 || lab_fail "host1 cannot join: $(tail -3 "$LAB/join.log")"
  lab_log "host1 joined"
}

# host_install: what docs/install.md tells an administrator to do, step by step.
host_install() {
  local init
  init=$(<"$LAB/nodes/host1/init")
  DESTDIR=/proc/$init/root cmake --install "$BUILD" >"$LAB/install.log" || lab_fail "cmake --install: see $LAB/install.log"
  { on host1 ldconfig
    on host1 systemd-sysusers taglogin.conf
    on host1 systemd-tmpfiles --create taglogin.conf
    on host1 bash "$LAB/src/tests/lab/host-enable.sh"
  } >>"$LAB/install.log" 2>&1 || lab_fail "enabling taglogin: $(tail -3 "$LAB/install.log")"
  config_default
  tags_default
  lab_log "taglogin installed on host1"
}

# host_sshd_start: Debian's own sshd_config, host keys of this run.
host_sshd_start() {
  on host1 sh -c 'rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
  on host1 bash "$LAB/src/tests/lab/local-users.sh" "$LAB/keys"
  node_start host1 syslog /usr/bin/python3 "$LAB/src/tests/lab/syslog.py" /dev/log /var/log/syslog
  wait_for 5 on host1 test -S /dev/log
  sshd_start
}
sshd_restart() {
  node_stop host1 sshd
  sshd_start
}
sshd_start() {
  node_start host1 sshd /usr/sbin/sshd -D -e
  wait_for 5 on host1 bash -c ': </dev/tcp/127.0.0.1/22' || lab_fail "sshd: $(on host1 tail -3 /var/log/sshd.out)"
}

host_taglogin_start() {
  imds_start
  taglogind_start
}

# taglogind_start: as the shipped unit does: user taglogin, CAP_KILL and no other capability.
taglogind_start() {
  taglogind_spawn
  wait_for 20 taglogind_answers || lab_fail "taglogind does not answer: $(on host1 tail -5 /var/log/taglogind.out)"
  node_is_on dc1 || return 0
  wait_for 20 taglogind_is_healthy || lab_fail "taglogind is not healthy: $(on host1 taglogin status)"
  lab_log "taglogind ready"
}
taglogind_spawn() {
  taglogind_command
  node_start host1 taglogind "${taglogind_command[@]}"
}
taglogind_command() {
  taglogind_command=(setpriv --reuid taglogin --regid taglogin --init-groups '--inh-caps=-all,+kill'
    '--ambient-caps=-all,+kill' '--bounding-set=-all,+kill' --no-new-privs /usr/sbin/taglogind)
}
taglogind_answers() { [[ $(on host1 taglogin status --json || true) == *'"healthy"'* ]]; }
taglogind_is_healthy() { on host1 taglogin status; }
taglogind_stop() { node_stop host1 taglogind; }
taglogind_restart() {
  taglogind_stop
  taglogind_start
}
taglogind_pid() { on host1 cat /run/taglogind.lab-pid; }
taglogind_reload() { on host1 kill -HUP "$(taglogind_pid)"; }

# The metadata service, on the host's own loopback.
imds_start() {
  on host1 sh -c 'ip addr show dev lo | grep -q 169.254.169.254 || ip addr add 169.254.169.254/32 dev lo'
  node_start host1 imds /usr/bin/python3 "$LAB/src/tests/lab/imds.py" "$LAB/imds.json"
  wait_for 5 on host1 bash -c ': </dev/tcp/169.254.169.254/80' || lab_fail "imds: $(on host1 tail -3 /var/log/imds.out)"
}
imds_stop() { node_stop host1 imds; }

# imds_set MODE [KEY=VALUE...]: what the metadata service answers from now on; modes stand in imds.py.
imds_set() {
  /usr/bin/python3 "$SRC/tests/lab/imds.py" --write "$LAB/imds.json" "$@"
}
tags_default() { imds_set ok Environment=prod Role=web; }

# client_prepare NODE: an ssh that knows host1's key and nothing else.
client_prepare() {
  local node=$1
  on "$node" install -d -m 700 /root/.ssh
  printf 'host1,%s %s\n' "$(node_ip host1)" "$(on host1 cat /etc/ssh/ssh_host_ed25519_key.pub)" |
    on "$node" tee /root/.ssh/known_hosts >/dev/null
  on "$node" tee /root/.ssh/config >/dev/null <<'CONFIG'
Host *
  BatchMode yes
  IdentitiesOnly yes
  StrictHostKeyChecking yes
  ConnectTimeout 10
CONFIG
}
