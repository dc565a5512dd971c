#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# story.sh FILE: runs one story with the lab's verbs and the words below. A story fails when a command fails.
set -euo pipefail
trap 'echo "stopped at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR
set -E
# shellcheck source=tests/lab/lab.sh
source "$(dirname "${BASH_SOURCE[0]}")/lab.sh"

# defer COMMAND...: runs it when the story ends, well or not; the last one first.
deferred=()
defer() { deferred=("$(printf '%q ' "$@")" "${deferred[@]}"); }
run_deferred() {
  local status=$? command
  trap - ERR
  for command in "${deferred[@]}"; do eval "$command" || echo "cleaning up failed: $command"; done
  exit "$status"
}
trap run_deferred EXIT

fail() {
  echo "FAILED: $*"
  exit 1
}

# attempt USER [SSH ARGUMENT...]: ssh_as that keeps its status and text in ssh_status and ssh_text.
attempt() {
  ssh_status=0
  ssh_text=$(ssh_as "$@" 2>&1) || ssh_status=$?
}

# gets_in USER [OPTION...]: a login whose command ran as USER.
gets_in() {
  attempt "$@" id -un
  [ "$ssh_status" = 0 ] && [ "$(tail -1 <<<"$ssh_text")" = "$1" ] || fail "$1 does not get in ($ssh_status): $ssh_text"
}

# kept_out USER [CODE [OPTION...]]: a login that was refused; with CODE, told to the person and recorded.
kept_out() {
  local user=$1 code=${2:-}
  attempt "$user" "${@:3}" id -un
  # 254: sshd's, when PAM opens no session.
  case $ssh_status in 1 | 254 | 255) ;; *) false ;; esac || fail "$user was not refused ($ssh_status): $ssh_text"
  [[ $ssh_text != *"$user"$'\n'* ]] || fail "$user's command ran: $ssh_text"
  [ -n "$code" ] || return 0
  [[ $ssh_text == *"$code"* ]] || fail "$user was not told $code: $ssh_text"
  [ "$(record_of "$user" status_code)" = "$code" ] || fail "$user's last record is not $code: $(audit_last "$user")"
}

# record_of USER PATH: a field of the last record about USER, by path: user.uid_alt, metadata.sequence.
record_of() {
  audit_last "$1" | /usr/bin/python3 -c '
import json, sys
value = json.loads(sys.stdin.read() or "{}")
for part in sys.argv[1].split("."):
    value = value[int(part)] if part.isdigit() else value.get(part, {})
print(value if value != {} else "")' "$2"
}

# json_has PATH VALUE: whether the JSON on standard input has VALUE (as JSON) there.
json_has() {
  /usr/bin/python3 -c '
import json, sys
value = json.load(sys.stdin)
for part in sys.argv[1].split("."):
    value = value[int(part)] if isinstance(value, list) else value.get(part)
sys.exit(0 if value == json.loads(sys.argv[2]) else 1)' "$1" "$2"
}

# says TEXT COMMAND...: the command's output holds TEXT.
says() {
  local text=$1 output
  shift
  output=$("$@" 2>&1) || true
  [[ $output == *"$text"* ]] || fail "'$*' does not say '$text' but: $output"
}

# refuses COMMAND...: the command fails, and by itself: not by a timeout or a signal.
refuses() {
  local status=0
  "$@" || status=$?
  case $status in 0 | 124 | 13[0-9]) fail "'$*' ended with $status" ;; esac
}

# config_edit SED-SCRIPT: changes the settings that are in force by default.
config_edit() { sed "$1" "$SRC/tests/lab/taglogin.toml" | config_write; }
# rules_add TOML...: appends rules and has them read.
rules_add() {
  { cat "$SRC/tests/lab/taglogin.toml"; printf '%s\n' "$@"; } | config_write
  reload_and_wait
}
# reload_and_wait: the daemon has read its rules again and walked the directory for them.
reload_and_wait() {
  local version
  version=$(on host1 sha256sum /etc/taglogin/taglogin.toml | cut -c1-16)
  taglogind_reload
  wait_for 5 rules_are "$version" || fail "the daemon has not read its rules: $(on host1 taglogin status)"
  on host1 taglogin refresh >/dev/null
}
rules_are() { [[ $(on host1 taglogin status --json || true) == *"\"$1\""* ]]; }
# tags_are KEY=VALUE...: the machine has these tags, and the daemon has read the directory for them.
tags_are() {
  imds_set ok "$@"
  on host1 taglogin refresh >/dev/null
  wait_for 5 tags_show "$@" || fail "the daemon does not know the new tags: $(on host1 taglogin tags)"
  on host1 taglogin refresh >/dev/null
}
tags_have_a_problem() { ! on host1 taglogin status; }
tags_show() {
  local pair shown
  shown=$(on host1 taglogin tags)
  for pair in "$@"; do [[ $shown == *"${pair%%=*}"*"${pair#*=}"* ]] || return 1; done
}

# keys_from_home_too: sshd looks into ~/.ssh/authorized_keys for directory accounts as well, until the story ends.
keys_from_home_too() {
  on host1 sed -i 's/AuthorizedKeysFile none/AuthorizedKeysFile .ssh\/authorized_keys/' /etc/ssh/sshd_config.d/10-taglogin.conf
  defer sshd_restart
  defer on host1 sed -i 's/AuthorizedKeysFile .*/AuthorizedKeysFile none/' /etc/ssh/sshd_config.d/10-taglogin.conf
  sshd_restart
}
# give_home_key USER OWNER: OWNER's public key goes into USER's ~/.ssh/authorized_keys on host1.
give_home_key() {
  local uid
  uid=$(on host1 id -u "$1")
  on host1 install -d -m 700 -o "$uid" "/home/$1" "/home/$1/.ssh"
  on host1 install -m 600 -o "$uid" "$LAB/keys/$2.pub" "/home/$1/.ssh/authorized_keys"
  defer on host1 rm -r "/home/$1/.ssh"
}

# sshd_takes_key_for USER OWNER: sshd takes OWNER's key for USER, who need not have a home; needs keys_from_home_too.
sshd_takes_key_for() {
  on host1 install -m 644 "$LAB/keys/$2.pub" "/etc/ssh/extra-keys-$1"
  defer on host1 rm "/etc/ssh/extra-keys-$1"
  on host1 sed -i "s|AuthorizedKeysFile .*|& /etc/ssh/extra-keys-%u|" /etc/ssh/sshd_config.d/10-taglogin.conf
  sshd_restart
}

# module_path FILE: where a module of taglogin lies on host1.
module_path() { on host1 find /usr/lib /usr/lib64 -name "$1" -print -quit; }

# start_and_see: runs taglogind, which is expected to end by itself; its words go to /run/refusal on host1.
start_and_see() {
  taglogind_command
  # shellcheck disable=SC2154  # set by taglogind_command
  on host1 sh -c 'exec "$@" >/run/refusal 2>&1' start timeout -s KILL 10 "${taglogind_command[@]}"
}

# keys_program, keys_command USER FINGERPRINT [NAME=VALUE...]: the AuthorizedKeysCommand as sshd runs it.
keys_program() {
  on host1 sed -n 's/^ *AuthorizedKeysCommand \([^ ]*\).*/\1/p' /etc/ssh/sshd_config.d/10-taglogin.conf
}
keys_command() {
  on host1 env "${@:3}" /usr/bin/setpriv --reuid taglogin-keys --regid taglogin-keys --clear-groups "$(keys_program)" "$1" "$2"
}

# many_keys USER N: N further keys for USER beside the one in use.
many_keys() {
  /usr/bin/python3 "$SRC/tests/lab/many_keys.py" "CN=$1,OU=People,$CORP_DN" "$2" "$LAB/keys/$1.pub" | ad_modify
}

# count_packets_begin, count_packets_end: packets with content from host1 to dc1, counted where the server is plugged in.
count_packets_begin() {
  rm -f "$LAB/packets"
  /usr/bin/python3 "$SRC/tests/lab/count_packets.py" v-dc1 "$(node_ip host1)" "$LAB/packets" &
  counter=$!
  wait_for 5 test -e "$LAB/packets"
}
count_packets_end() {
  kill "$counter"
  wait "$counter" || true
  cat "$LAB/packets"
}
wire_is_silent() {
  count_packets_begin
  sleep 2
  [ "$(count_packets_end)" = 0 ]
}

fleet_is_known() { [ "$(on host1 taglogin who --json | grep -o '"user"' | wc -l)" -gt 300 ]; }
logoff_is_recorded() { [[ $(audit_records) == *'"activity_id":2,'* ]]; }
host_status_has() { [[ $(on host1 taglogin status || true) == *"$1"* ]]; }
# on_dc_delete DN: deletes an object, if it is there.
on_dc_delete() { on dc1 ldbdel -H "$SAM" "$1" >/dev/null 2>&1 || true; }

# build_user_changer: /run/pam_user_changer.so on host1, a PAM module that makes its argument the user.
build_user_changer() {
  cc -shared -fPIC -o "$LAB/pam_user_changer.so" "$SRC/tests/lab/pam_user_changer.c" -lpam
  on host1 install -m 644 "$LAB/pam_user_changer.so" /run/pam_user_changer.so
}

# host_log_has TEXT FILE: whether a file on host1 holds TEXT.
host_log_has() { on host1 grep -qF -- "$1" "$2"; }

# build_security_keys: $LAB/touch.so and $LAB/verify.so, for ssh's SecurityKeyProvider; the second verifies its user.
build_security_keys() {
  local source=$SRC/tests/lab/soft_security_key.c
  cc -shared -fPIC -o "$LAB/touch.so" "$source" -lcrypto
  cc -shared -fPIC -DUSER_IS_VERIFIED -o "$LAB/verify.so" "$source" -lcrypto
}
# make_key NAME [SSH-KEYGEN ARGUMENT...]: a key pair in $LAB/keys, until the story ends.
make_key() {
  rm -f "$LAB/keys/$1"*
  defer rm -f "$LAB/keys/$1" "$LAB/keys/$1.pub" "$LAB/keys/$1-cert.pub"
  ssh-keygen -q -N '' -C '' -f "$LAB/keys/$1" "${@:2}"
}
# give_key USER NAME: that key is USER's in the directory, until the story ends.
give_key() {
  defer user_set "$1" altSecurityIdentities "SSHKey:$(cut -d' ' -f1,2 "$LAB/keys/$1.pub")"
  user_set "$1" altSecurityIdentities "SSHKey:$(cut -d' ' -f1,2 "$LAB/keys/$1.pub")" \
    "SSHKey:$(cut -d' ' -f1,2 "$LAB/keys/$2.pub")"
  on host1 taglogin refresh >/dev/null
}

# shellcheck source=/dev/null
source "$1"
