# SPDX-License-Identifier: Apache-2.0
# What stories and the demo are told in.
# shellcheck shell=bash

# ssh_as USER [ARGUMENT...]: a real ssh from client1 (or $FROM) to host1 with USER's key (or $KEY's).
# Arguments that begin with `-` go before the host, the rest is the remote command.
ssh_as() {
  local user=$1 options=()
  shift
  while [ $# -gt 0 ] && [[ $1 == -* ]]; do
    case $1 in
      -o | -L | -R | -p | -i) options+=("$1" "$2"); shift 2 ;;
      *) options+=("$1"); shift ;;
    esac
  done
  on "${FROM:-client1}" timeout "${SSH_TIMEOUT:-20}" ssh -i "$LAB/keys/${KEY:-$user}" "${options[@]}" "$user@host1" "$@"
}

is_refused() { ! ssh_as "$1" true; }

# would_get_in USER: whether the daemon would let USER in now.
would_get_in() { on host1 taglogin why "$1"; }

# config_default: the settings and rules that the stories start from.
config_default() { config_write <"$SRC/tests/lab/taglogin.toml"; }
# config_write: the whole of /etc/taglogin/taglogin.toml from standard input; replaced in one step.
config_write() {
  # shellcheck disable=SC2016
  on host1 sh -c 'umask 022; cat >/etc/taglogin/taglogin.toml.new && mv /etc/taglogin/taglogin.toml.new /etc/taglogin/taglogin.toml'
}

# audit_records: everything that was recorded, one JSON object a line.
audit_records() { on host1 cat /var/log/taglogin/audit.jsonl; }
# audit_last USER: the last decision about USER (the end of a session is none).
audit_last() {
  audit_records | /usr/bin/python3 -c '
import json, sys
last = None
for line in sys.stdin:
    record = json.loads(line)
    if record.get("user", {}).get("name") == sys.argv[1] and record["activity_id"] != 2:
        last = line
print(last or "", end="")' "$1"
}

# lab_restore: everything as stories find it. What a story changed in the directory it undoes itself.
lab_restore() {
  if ! node_is_on dc1; then
    node_up dc1
    dc_start
  fi
  on host1 cmp -s /etc/taglogin/taglogin.toml - <"$SRC/tests/lab/taglogin.toml" || taglogind_stop
  config_default
  tags_default
  taglogind_answers || { taglogind_stop && taglogind_start; }
  on host1 taglogin refresh >/dev/null
}
node_is_on() { [ -e "$LAB/nodes/$1/init" ] && ! node_is_off "$1"; }
