# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: tags from this machine's object in the directory: its unit, an attribute, its groups; what is not certain is none
# set: long
HOST_DN=CN=HOST1,OU=Hosts,$CORP_DN
tags_config() { # SOURCES TABLE-LINE...
  { sed '/^\[tags\]/,/^$/d' "$SRC/tests/lab/taglogin.toml"
    printf '[tags]\nrefresh_interval = "1s"\nhold = "%s"\nsources = [%s]\n[tags.directory]\n' "${HOLD:-0s}" "$1"
    printf '%s\n' "${@:2}"; } | config_write
  taglogind_restart
}
host_set() { # ATTRIBUTE [VALUE]
  printf '%s\n' "dn: $HOST_DN" "changetype: modify" "replace: $1" ${2:+"$1: $2"} | ad_modify
}
group_new() { # NAME MEMBER-DN [PARENT]
  local dn=CN=$1,${3:-OU=Groups,$CORP_DN}
  printf '%s\n' "dn: $dn" "changetype: add" "objectClass: group" "sAMAccountName: $1" "groupType: -2147483646" \
    "member: $2" | ad_modify
  defer on_dc_delete "$dn"
}
shows() { wait_for 10 tags_show "$@" || fail "no $*: $(on host1 taglogin tags)"; }
hides() { wait_for 10 shows_no "$1" || fail "still $1: $(on host1 taglogin tags)"; }
shows_no() { [[ $(on host1 taglogin tags) != *"$1"* ]]; }
is_in() { (gets_in "$1") >/dev/null 2>&1; }
kept_out_soon() { wait_for 10 is_refused "$1" || fail "$1 still gets in"; kept_out "$@"; }

defer taglogind_restart
defer config_default
defer host_set department
host_set department prod
group_new web-hosts "$HOST_DN"
group_new role-web "CN=web-hosts,OU=Groups,$CORP_DN"
all=('attributes = { Environment = "department" }' 'groups = { Role = "role-*" }' 'ou = "Unit"')
tags_config '"directory"' "${all[@]}"
shows Environment=prod Role=web Unit=Hosts
says 'directory' on host1 taglogin tags
gets_in alice

# Out of the nested group; in again.
printf '%s\n' "dn: CN=web-hosts,OU=Groups,$CORP_DN" "changetype: modify" "delete: member" "member: $HOST_DN" | ad_modify
hides Role
kept_out_soon alice TL-DENY-NORULE
printf '%s\n' "dn: CN=web-hosts,OU=Groups,$CORP_DN" "changetype: modify" "add: member" "member: $HOST_DN" | ad_modify
shows Role=web
wait_for 10 is_in alice || fail "alice does not come back"

# A group of that name outside the search base counts for nothing; a second one inside makes the tag unusable.
group_new role-mail "$HOST_DN" OU=Lookalikes,DC=corp,DC=example
on host1 taglogin refresh >/dev/null
gets_in alice
group_new role-db "$HOST_DN"
hides Role
kept_out_soon alice TL-DENY-NORULE
host_log_has 'in several groups "role-*", for "db" and "web"' /var/log/taglogind.out || fail "the log does not say why"
on_dc_delete "CN=role-db,OU=Groups,$CORP_DN"
shows Role=web

# Moved to another unit.
printf '%s\n' "dn: OU=mail,OU=Hosts,$CORP_DN" "changetype: add" "objectClass: organizationalUnit" | ad_modify
defer on_dc_delete "OU=mail,OU=Hosts,$CORP_DN"
on dc1 ldbrename -H "$SAM" "$HOST_DN" "CN=HOST1,OU=mail,OU=Hosts,$CORP_DN" >/dev/null
defer on dc1 ldbrename -H "$SAM" "CN=HOST1,OU=mail,OU=Hosts,$CORP_DN" "$HOST_DN"
shows Unit=mail Role=web
on dc1 ldbrename -H "$SAM" "CN=HOST1,OU=mail,OU=Hosts,$CORP_DN" "$HOST_DN" >/dev/null
unset 'deferred[0]'
shows Unit=Hosts

# The root-owned file's word goes before the directory's.
on host1 sh -c 'printf "Environment = \"staging\"\n" >/etc/taglogin/tags.toml'
defer on host1 rm -f /etc/taglogin/tags.toml
tags_config '"directory", "file:/etc/taglogin/tags.toml"' "${all[@]}"
shows Environment=staging Role=web
gets_in bob
kept_out alice TL-DENY-NOGROUP

# What the machine's own account may write is no tag, whatever it says.
defer host_set info
host_set info prod
tags_config '"directory"' 'attributes = { Environment = "info" }' "${all[@]:1}"
shows Role=web
hides Environment
host_log_has 'info may be written by this machine' /var/log/taglogind.out || fail "the log does not say why"
kept_out alice TL-DENY-NORULE

# What a change adds is held; and without the directory the tags stay as they are.
HOLD=10m tags_config '"directory"' "${all[@]}"
shows Environment=prod
wait_for 5 host_status_has HELD || true
on host1 taglogin tags accept >/dev/null || true
gets_in alice
host_set department staging
on host1 taglogin refresh >/dev/null
kept_out bob TL-DENY-TAGSHELD
host_set department prod
on host1 taglogin refresh >/dev/null
on host1 taglogin tags accept >/dev/null
gets_in alice
dc_back() {
  node_up dc1
  dc_start
}
defer dc_back
node_kill dc1
wait_for 20 host_status_has 'tags from directory' || fail "no word of the outage: $(on host1 taglogin status)"
gets_in alice
