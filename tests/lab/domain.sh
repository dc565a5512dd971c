# SPDX-License-Identifier: Apache-2.0
# dc1: a Samba Active Directory domain controller for corp.example.
# shellcheck shell=bash
DOMAIN_SID=S-1-5-21-288540394-4251287102-2931737137   # fixed, so that uids computed from SIDs are too
SAM=/var/lib/samba/private/sam.ldb
PEOPLE="alice bob carol dave erin frank grace heidi ivan judy kim lars"
export DOMAIN_SID SAM PEOPLE

# domain_load: the domain as populate.py describes it, from the cache when it was made before, and fresh
# keys for its people.
domain_load() {
  local pack
  pack=$CACHE/domain-$(domain_version).tar.gz
  if [ -s "$pack" ]; then
    gzip -dc "$pack" | on dc1 tar --xattrs --xattrs-include='*' --numeric-owner -C / -xpf -
    lab_log "domain unpacked"
  else
    domain_provision
    domain_pack "$pack"
  fi
  people_make_keys
}

# What the cached domain depends on. It is renewed each week: passwords and tickets age.
domain_version() {
  { cat "$SRC/tests/lab/domain.sh" "$SRC/tests/lab/populate.py" "$SRC/tests/lab/tls.sh" "$SRC/tests/lab/node-init.sh"
    samba --version
    date +%G-%V
  } | sha256sum | cut -c1-16
}

domain_provision() {
  on dc1 samba-tool domain provision --realm="$REALM" --domain=CORP --server-role=dc --dns-backend=SAMBA_INTERNAL \
    --adminpass="$ADMIN_PASSWORD" --function-level=2008_R2 --host-name=dc1 --host-ip="$(node_ip dc1)" \
    --domain-sid="$DOMAIN_SID" >"$LAB/provision.log" 2>&1 || lab_fail "provision failed: $(grep ^ERROR "$LAB/provision.log" || tail -5 "$LAB/provision.log")"
  lab_log "domain provisioned"
  domain_configure
  on dc1 samba-tool domain passwordsettings set --max-pwd-age=90 --min-pwd-age=0 --history-length=0 \
    --account-lockout-threshold=5 --account-lockout-duration=99998 >>"$LAB/provision.log" 2>&1
  on dc1 bash "$LAB/src/tests/lab/tls.sh" "dc1.$DOMAIN" >>"$LAB/provision.log" 2>&1
  on dc1 /usr/bin/python3 "$LAB/src/tests/lab/populate.py" >>"$LAB/provision.log" 2>&1 ||
    lab_fail "populate.py failed: $(tail -5 "$LAB/provision.log")"
  lab_log "domain populated"
}

# domain_configure: no DNS forwarder (a name outside the domain fails at once), our own certificate.
domain_configure() {
  on dc1 sed -i -e '/dns forwarder/d' -e '/^\[global\]/a\
	dns forwarder =\
	tls certfile = tls/lab-cert.pem\
	tls keyfile = tls/lab-key.pem\
	tls cafile = tls/lab-ca.pem\
	prefork children:ldap = 1\
	dnsupdate:name interval = 3600' /etc/samba/smb.conf
}

domain_pack() {
  mkdir -p "$CACHE"
  rm -f "$CACHE"/domain-*.tar.gz
  on dc1 tar --sparse --xattrs --xattrs-include='*' -C / -cf - etc/samba var/lib/samba | gzip -1 >"$1.new"
  mv "$1.new" "$1"
  lab_log "domain packed"
}

# people_make_keys: a key pair for each person in $LAB/keys, the public half in altSecurityIdentities.
people_make_keys() {
  local person
  for person in $PEOPLE lena root; do
    ssh-keygen -q -t ed25519 -N '' -C "$person" -f "$LAB/keys/$person" </dev/null
  done
  for person in $PEOPLE; do
    printf 'dn: CN=%s,OU=People,%s\nchangetype: modify\nreplace: altSecurityIdentities\naltSecurityIdentities: SSHKey:%s\n\n' \
      "$person" "$CORP_DN" "$(cut -d' ' -f1,2 "$LAB/keys/$person.pub")"
  done | ad_modify
}

# dc_start: switches Samba on and waits until LDAP, Kerberos and DNS answer.
dc_start() {
  on dc1 mkdir -p /run/samba
  node_start dc1 samba samba -F --no-process-group
  wait_for 60 on dc1 ldapsearch -x -LLL -o nettimeout=1 -H ldap://127.0.0.1 -s base -b '' highestCommittedUSN ||
    lab_fail "samba does not answer: $(on dc1 tail -3 /var/log/samba.out)"
  wait_for 10 on dc1 bash -c ': </dev/tcp/127.0.0.1/88 && : </dev/tcp/127.0.0.1/53' || lab_fail "no KDC or DNS on dc1"
  lab_log "dc1 answers"
}

# ad_modify: LDIF from standard input into the directory. The DC must be switched on, Samba need not run.
ad_modify() { on dc1 ldbmodify -H "$SAM" >/dev/null; }

# group_add GROUP USER, group_remove GROUP USER: both by cn; the group in OU=Groups, the user in OU=People.
group_add() { group_change add "$@"; }
group_remove() { group_change delete "$@"; }
group_change() {
  printf 'dn: CN=%s,OU=Groups,%s\nchangetype: modify\n%s: member\nmember: CN=%s,OU=People,%s\n' \
    "$2" "$CORP_DN" "$1" "$3" "$CORP_DN" | ad_modify
}

# user_set USER ATTRIBUTE [VALUE...]: replaces an attribute of a person; without values it is removed.
user_set() {
  local user=$1 attribute=$2 value
  shift 2
  { printf 'dn: CN=%s,OU=People,%s\nchangetype: modify\nreplace: %s\n' "$user" "$CORP_DN" "$attribute"
    for value in "$@"; do printf '%s:: %s\n' "$attribute" "$(printf %s "$value" | base64 -w0)"; done
  } | ad_modify
}
