# SPDX-License-Identifier: Apache-2.0
# How each measured host is set up. What is not said here is as Debian and the lab leave it, on all of them alike.
# shellcheck shell=bash

# host_alike NODE MODULE: names from files and MODULE, homes for everybody, the same host key, the same
# sshd without its pad, a log socket, no programs that make a motd, and no delayed ACKs, which add 40 ms to some logins
# and none to others.
host_alike() {
  local node=$1 module=$2 ip
  ip=$(node_ip "$node")
  on "$node" sed -i -E "s/^(passwd|group):.*/\1: files $module/" /etc/nsswitch.conf
  on "$node" ldconfig  # a module that the cache lacks is looked for in 20 folders
  on "$node" bash -c 'mkdir -p /home/u{0000..0999} /home/local'
  on "$node" sh -c 'rm -f /etc/ssh/ssh_host_* /etc/update-motd.d/*'
  on "$node" install -m 600 "$BENCH/host_key" /etc/ssh/ssh_host_ed25519_key
  on "$node" ip route replace 10.99.0.0/24 dev eth0 proto kernel scope link src "$ip" quickack 1
  on "$node" test -S /dev/log ||
    node_start "$node" syslog /usr/bin/python3 "$LAB/src/tests/lab/syslog.py" /dev/log /var/log/syslog
  [ ! -e "$LAB/nodes/$node/sshd-up" ] || return 0
  [ "$node" != host1 ] || node_stop host1 sshd
  node_start "$node" sshd env LD_PRELOAD="$BENCH/bench_unpadded.so" /usr/sbin/sshd -D -e
  touch "$LAB/nodes/$node/sshd-up"
  wait_for 5 on "$node" bash -c ': </dev/tcp/127.0.0.1/22' || lab_fail "sshd: $(on "$node" tail -3 /var/log/sshd.out)"
}

# plain_host NODE: names from files; behind them the module that does nothing, which names in files never reach.
plain_host() {
  node_up "$1"
  on "$1" install -m 644 "$BENCH/libnss_empty.so.2" /usr/lib/x86_64-linux-gnu/
  on "$1" useradd --create-home --shell /bin/bash local
  on "$1" install -d -m 700 -o local -g local /home/local/.ssh
  on "$1" install -m 600 -o local -g local "$BENCH/key.pub" /home/local/.ssh/authorized_keys
  host_alike "$1" empty
}

# taglogin_host host1: installed by the lab as docs/install.md says. Its rule lets in ssh-prod-bench, and sessions get
# the groups that the peers show, too.
taglogin_host() {
  local groups
  groups=$(sed 's/.*/"&"/' "$BENCH/groups" | paste -sd,)
  sed "/^\[\[rule\]\]/i [nss]\ngroups = [$groups]\n" "$SRC/tests/lab/taglogin.toml" | config_write
  imds_set ok Environment=prod Role=bench
  taglogind_stop
  taglogind_spawn
  wait_for 120 taglogind_is_healthy || lab_fail "taglogind is not healthy: $(on "$1" taglogin status)"
  wait_for 60 on "$1" taglogin why u0999 || lab_fail "u0999 is not permitted: $(on "$1" taglogin why u0999)"
  host_alike "$1" taglogin
}

# peer_install NODE PEER: Debian's packages, inside the node only; their services are not started by the installation.
peer_install() {
  mkdir -p "$BENCH/debs"
  cp -r "$BUILD/bench/debs/$2" "$BENCH/debs/"
  on "$1" sh -c 'printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d'
  on "$1" sh -c "DEBIAN_FRONTEND=noninteractive dpkg --install --force-unsafe-io $BENCH/debs/$2/*.deb" </dev/null
}

# sssd_host NODE: joined as host1 is; access by group as taglogin's rule has it; members of groups are not read
# (ignore_group_members), which is what SSSD's own documentation recommends for large groups.
sssd_host() {
  node_up "$1"
  on "$1" adcli join --domain-controller="dc1.$DOMAIN" --stdin-password -U administrator \
    --domain-ou="OU=Hosts,$CORP_DN" --service-name=host "$DOMAIN" <<<"$ADMIN_PASSWORD"
  peer_install "$1" sssd
  on "$1" sh -c 'umask 077; cat >/etc/sssd/sssd.conf' <<CONF
[sssd]
domains = $DOMAIN
services = nss, pam, ssh
config_file_version = 2
[domain/$DOMAIN]
id_provider = ad
access_provider = simple
simple_allow_groups = ssh-prod-bench
ad_domain = $DOMAIN
ad_server = dc1.$DOMAIN
ad_hostname = $1.$DOMAIN
ad_site = Default-First-Site-Name
ad_enable_gc = false
krb5_realm = $REALM
ldap_user_ssh_public_key = altSecurityIdentities
use_fully_qualified_names = false
ignore_group_members = true
fallback_homedir = /home/%u
default_shell = /bin/bash
dyndns_update = false
CONF
  on "$1" sh -c 'cat >/etc/ssh/sshd_config.d/10-bench.conf' <<'CONF'
AuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys %u
AuthorizedKeysCommandUser nobody
CONF
  host_alike "$1" sss
  node_start "$1" sssd /usr/sbin/sssd -i --logger=files
  wait_for 60 on "$1" getent passwd u0999 || lab_fail "sssd knows nobody"
}

# nslcd_host NODE: uids from objectSid; nested groups, as the others have them; access by a search (pam_authz_search).
# nslcd has no SSH keys: the usual way is a script around ldapsearch.
nslcd_host() {
  node_up "$1"
  peer_install "$1" nslcd
  on "$1" sh -c 'umask 077; cat >/etc/nslcd.conf' <<CONF
uid nslcd
gid nslcd
uri ldaps://dc1.$DOMAIN
base $CORP_DN
binddn CN=svc-taglogin,OU=Services,$CORP_DN
bindpw Lab.Us3r.Passw0rd
tls_reqcert never
referrals no
pagesize 1000
nss_nested_groups yes
nss_min_uid 1000
nss_initgroups_ignoreusers ALLLOCAL
filter passwd (&(objectClass=user)(!(objectClass=computer)))
map passwd uid sAMAccountName
map passwd uidNumber objectSid:$DOMAIN_SID
map passwd gidNumber primaryGroupID
map passwd gecos displayName
map passwd homeDirectory "/home/\$sAMAccountName"
map passwd loginShell "/bin/bash"
filter shadow (&(objectClass=user)(!(objectClass=computer)))
map shadow uid sAMAccountName
filter group (objectClass=group)
map group cn sAMAccountName
map group gidNumber objectSid:$DOMAIN_SID
pam_authz_search (&(sAMAccountName=\$username)(memberOf:1.2.840.113556.1.4.1941:=CN=ssh-prod-bench,OU=Groups,$CORP_DN))
CONF
  on "$1" sh -c 'cat >/usr/local/sbin/ldap-keys && chmod 755 /usr/local/sbin/ldap-keys' <<SCRIPT
#!/bin/sh
ldapsearch -x -LLL -o ldif-wrap=no -H ldaps://dc1.$DOMAIN -D CN=svc-taglogin,OU=Services,$CORP_DN \\
  -w Lab.Us3r.Passw0rd -b $CORP_DN "(&(objectClass=user)(sAMAccountName=\$1))" altSecurityIdentities |
  sed -n 's/^altSecurityIdentities: //p'
SCRIPT
  on "$1" sh -c 'printf "TLS_REQCERT never\n" >/etc/ldap/ldap.conf'
  on "$1" sh -c 'cat >/etc/ssh/sshd_config.d/10-bench.conf' <<'CONF'
AuthorizedKeysCommand /usr/local/sbin/ldap-keys %u
AuthorizedKeysCommandUser nobody
CONF
  host_alike "$1" ldap
  on "$1" install -d -o nslcd -g nslcd -m 755 /run/nslcd
  node_start "$1" nslcd /usr/sbin/nslcd --nofork
  wait_for 60 on "$1" getent passwd u0999 || lab_fail "nslcd knows nobody"
}

# client_host NODE: where the measured ssh runs.
client_host() {
  local node
  on "$1" ip route replace 10.99.0.0/24 dev eth0 proto kernel scope link src "$(node_ip "$1")" quickack 1
  for node in host1 host2 host3 host4; do
    printf '%s %s\n' "$(node_ip "$node")" "$(cut -d' ' -f1,2 "$BENCH/host_key.pub")"
  done >"$BENCH/known_hosts"
  cat >"$BENCH/ssh_config" <<CONF
Host *
  BatchMode yes
  IdentitiesOnly yes
  IdentityFile $BENCH/key
  StrictHostKeyChecking yes
  UserKnownHostsFile $BENCH/known_hosts
  LogLevel ERROR
  ConnectTimeout 10
CONF
}
