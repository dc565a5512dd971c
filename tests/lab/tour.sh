# SPDX-License-Identifier: Apache-2.0
# The demo's story, told while it happens. Sourced by ./demo inside the lab; descriptor 7 is the --audit file.
# shellcheck shell=bash
wrong=0
step_number=0

# --- telling

say() { printf '%s\n' "$*"; }
quote() { sed 's/^/      | /'; }
heading() {
  say
  if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$@"; else printf '%s\n' "$@"; fi
}
step() {
  step_number=$((step_number + 1))
  heading "$step_number. $*"
}
as_told() { say "   ok: $*"; }
not_as_told() {
  wrong=$((wrong + 1))
  say "   NOT AS TOLD: $*"
}

# try_ssh USER: logs in from client1, shows what USER sees, keeps status and text.
try_ssh() {
  # shellcheck disable=SC2016  # for the remote shell
  local remote='echo "logged in as $(id -un) on $(hostname); groups: $(id -Gnz | tr "\0" "," | sed "s/,$//; s/,/, /g")"'
  say "   client1\$ ssh $1@host1"
  ssh_status=0
  ssh_text=$(ssh_as "$1" "$remote" 2>&1) || ssh_status=$?
  # What stays the same for every refusal is left out: sshd's own last words.
  grep -vE '^(Connection closed by|Received disconnect|Disconnected from|Warning: Permanently)' <<<"$ssh_text" | quote || true
}

# expect_in USER WHY, expect_out USER CODE WHY: tries, and compares with what was told.
expect_in() {
  try_ssh "$1"
  if [ "$ssh_status" = 0 ] && [[ $ssh_text == *"logged in as $1 on host1;"* ]]; then
    as_told "$1 is in. $2"
  else
    not_as_told "$1 should be in (ssh ended with $ssh_status)"
  fi
}
expect_out() {
  local code
  try_ssh "$1"
  code=$(record_field "$1" status_code)
  if [ "$ssh_status" != 0 ] && [[ $ssh_text != *"logged in as"* ]] && [ "$code" = "$2" ] && [[ $ssh_text == *"$2"* ]]; then
    as_told "$1 stays out. $3"
  else
    not_as_told "$1 should be refused with $2 (ssh ended with $ssh_status, the record says '$code')"
  fi
}
record_field() {
  audit_last "$1" | /usr/bin/python3 -c 'import json, sys; print(json.loads(sys.stdin.read() or "{}").get(sys.argv[1], ""))' "$2"
}

# show_on_host COMMAND...: runs it as root on host1 and shows what it says.
show_on_host() {
  say "   host1# $*"
  on host1 "$@" 2>&1 | quote || true
}

# --- the story

introduce() {
  heading "taglogin decides who may log in over SSH: the directory says who is in which group, the machine's tags" \
    "say which groups count here, and a short rule joins the two."
  say
  say "   dc1      10.99.0.10   Active Directory domain controller of corp.example (Samba)"
  say "   host1    10.99.0.21   joined to the domain; stock sshd; taglogin; its EC2 tags: Environment=prod, Role=web"
  say "   client1  10.99.0.31   where people type ssh, each with a key of their own; the public half is in the directory"
  say
  say "   The only rule on host1 (/etc/taglogin/taglogin.toml):"
  on host1 sed -n '/^\[\[rule\]\]/,$p' /etc/taglogin/taglogin.toml | quote
  say "   With host1's tags this means: members of the group ssh-prod-web, nested groups included."
}

tell_who_gets_in() {
  step "Alice is in ssh-prod-web: ssh-prod-web contains web-team, which contains web-oncall, which contains Alice."
  expect_in alice "No account was made on host1 for her; her key and her groups come from the directory."
  step "Bob has an account and a key too, but is in none of the groups that open this machine."
  expect_out bob TL-DENY-NOGROUP "He proved his key, so he was told why."
  step "Carol is in ssh-prod-web and her key is right, but her account is disabled."
  expect_out carol TL-DENY-DISABLED "sshd alone would have let her in: it checks keys, not accounts."
}

tell_tags() {
  step "The machine's tags decide: somebody makes host1 a database server (Role=db)."
  imds_set ok Environment=prod Role=db
  on host1 taglogin refresh >/dev/null
  wait_for 10 would_get_in frank || true
  expect_out alice TL-DENY-NOGROUP "Now it takes ssh-prod-db, and she is not in it."
  expect_in frank "He is in ssh-prod-db."
  tags_default
  on host1 taglogin refresh >/dev/null
  wait_for 10 would_get_in alice || true
  say "   (host1 is a web server again.)"
}

tell_outage() {
  step "Somebody pulls the domain controller's plug."
  node_kill dc1
  expect_in alice "Everything a login needs is kept on host1."
  expect_out bob TL-DENY-NOGROUP "And nothing opens because of the outage."
  node_up dc1
  dc_start
  say "   (The domain controller is back.)"
}

tell_removal() {
  local began seconds
  step "Alice leaves the team: she is taken out of web-oncall, the innermost group."
  group_remove web-oncall alice
  began=$(now_ms)
  if wait_for 10 is_refused alice; then
    seconds=$(LC_ALL=C printf '%d.%d' $((($(now_ms) - began) / 1000)) $((($(now_ms) - began) / 100 % 10)))
    expect_out alice TL-DENY-NOGROUP "Refused $seconds s after the change in the directory (promised: within 10 s)."
  else
    not_as_told "alice could still log in 10 s after she left the group"
  fi
}

tell_reasons() {
  step "An administrator asks why, and who."
  show_on_host taglogin why alice
  show_on_host taglogin why bob
  show_on_host taglogin who
}

tell_records() {
  step "Every decision left a record (OCSF 1.8 JSON, numbered without gaps, in /var/log/taglogin/audit.jsonl):"
  audit_records >"$LAB/records"
  cat "$LAB/records" >&7
  /usr/bin/python3 "$SRC/tests/lab/records.py" short <"$LAB/records" | quote
  say "   The record of Bob's refusal in full:"
  /usr/bin/python3 "$SRC/tests/lab/records.py" full bob <"$LAB/records" | quote
  if /usr/bin/python3 "$SRC/tests/lab/records.py" told alice:TL-ALLOW-RULE bob:TL-DENY-NOGROUP carol:TL-DENY-DISABLED \
    frank:TL-ALLOW-RULE alice:TL-DENY-NOGROUP <"$LAB/records"; then
    as_told "each decision above is there with its reason, and no number is missing."
  else
    not_as_told "records are missing"
  fi
}

tour_story() {
  introduce
  tell_who_gets_in
  tell_tags
  tell_outage
  tell_removal
  tell_reasons
  tell_records
  say
  if [ "$wrong" = 0 ]; then
    say "All $step_number steps came out as told."
  else
    say "$wrong things did NOT come out as told."
    return 1
  fi
}

tour_shell() {
  say
  say "This is a root shell on host1. Things to try:"
  say "   ssh -i $LAB/keys/alice alice@host1        (also: bob, carol)"
  say "   taglogin status; taglogin who; taglogin why bob; taglogin tags"
  say "   tail -f /var/log/taglogin/audit.jsonl"
  say "Everything ends with this shell."
  on client1 cat /root/.ssh/known_hosts | on host1 sh -c 'cat >>/etc/ssh/ssh_known_hosts'
  on host1 bash -i || true
  audit_records >&7
}
