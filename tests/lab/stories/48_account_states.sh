# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: every account state that keeps a person out does so within 10 s, and a lock ends by itself
# set: long

domain_get() { on dc1 ldbsearch -H "$SAM" -b "$DOMAIN_DN" -s base "$1" | sed -n "s/^$1: //p"; }
domain_set() { printf 'dn: %s\nchangetype: modify\nreplace: %s\n%s: %s\n' "$DOMAIN_DN" "$1" "$1" "$2" | ad_modify; }
# domain_is ATTRIBUTE VALUE: until the story ends.
domain_is() {
  defer domain_set "$1" "$(domain_get "$1")"
  domain_set "$1" "$2"
}
# hours_set BASE64: logonHours; they are bytes.
hours_set() {
  printf 'dn: CN=erin,OU=People,%s\nchangetype: modify\nreplace: logonHours\nlogonHours:: %s\n' "$CORP_DN" "$1" | ad_modify
}
# hours_near shut|open: this hour and the two beside it, and they alone, are that; Sunday 00:00 UTC is the lowest bit.
hours_near() {
  /usr/bin/python3 -c '
import base64, sys, time
now = time.gmtime()
hour = (now.tm_wday + 1) % 7 * 24 + now.tm_hour
near = {(hour + beside) % 168 for beside in (-1, 0, 1)}
bits = [(h in near) == (sys.argv[1] == "open") for h in range(168)]
print(base64.b64encode(bytes(sum(bits[8 * i + b] << b for b in range(8)) for i in range(21))).decode())' "$1"
}
# password_is_of TICKS: pwdLastSet; only with this control does Samba take anything but 0 and -1.
password_is_of() {
  printf 'dn: CN=erin,OU=People,%s\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: %s\n' "$CORP_DN" "$1" |
    on dc1 ldbmodify -H "$SAM" --controls=local_oid:1.3.6.1.4.1.7165.4.3.12:0 >/dev/null
}
# now_in_ticks SECONDS: the moment that many seconds from now, in 100 ns since 1601.
now_in_ticks() { echo $((($(date +%s) + $1 + 11644473600) * 10000000)); }
# is_kept_out CODE: from now on, for this reason, and the person and the admin are told.
is_kept_out() {
  wait_for 10 is_refused erin || fail "erin still gets in, where $1 is expected"
  kept_out erin "$1"
  says "$1" on host1 taglogin why erin
}
is_let_in() { wait_for 10 ssh_as erin true || fail "erin does not get in again: $(on host1 taglogin why erin)"; }
# state CODE ATTRIBUTE VALUE [ORDINARY]: the value keeps erin out, the ordinary one (none: no value) lets her in again.
state() {
  defer user_set erin "$2" "${@:4}"
  user_set erin "$2" "$3"
  is_kept_out "$1"
  user_set erin "$2" "${@:4}"
  is_let_in
}

DOMAIN_DN=${CORP_DN#*,}
gets_in erin
state TL-DENY-DISABLED userAccountControl 66050 66048
state TL-DENY-EXPIRED accountExpires "$(now_in_ticks -1)" 0
state TL-DENY-WORKSTATION userWorkstations "WS7,ws8.corp.example"
for names in WS7,Host1 host1.CORP.example; do # its NetBIOS and its DNS name, in any case
  user_set erin userWorkstations "$names"
  on host1 taglogin refresh >/dev/null
  gets_in erin
done
user_set erin userWorkstations

defer user_set erin logonHours
hours_set "$(hours_near shut)"
is_kept_out TL-DENY-LOGONHOURS
hours_set "$(hours_near open)"
is_let_in
user_set erin logonHours

# A password that must be changed keeps out; one that is too old does if the settings say so.
defer user_set erin userAccountControl 66048
defer user_set erin pwdLastSet -1
user_set erin userAccountControl 512
user_set erin pwdLastSet 0
is_kept_out TL-DENY-MUSTCHANGE
[[ $ssh_text == *"must change your password"* ]] || fail "erin is not told what to do: $ssh_text"
user_set erin pwdLastSet -1
is_let_in
domain_is maxPwdAge -77760000000000
password_is_of 133000000000000000 # June 2022
on host1 taglogin refresh >/dev/null
gets_in erin
# shellcheck disable=SC2016
config_edit '$a [account]\npassword_expired = "deny"\npassword_must_change = "allow"'
taglogind_restart
kept_out erin TL-DENY-PWEXPIRED
domain_set maxPwdAge 0 # the domain's change of mind is noticed too
is_let_in
user_set erin pwdLastSet 0
on host1 taglogin refresh >/dev/null
gets_in erin
user_set erin pwdLastSet -1
user_set erin userAccountControl 66048

# Locked by wrong passwords for 20 s; meanwhile the directory goes away, and the lock ends all the same.
domain_is lockOutObservationWindow -200000000
domain_is lockoutDuration -200000000
domain_is lockoutThreshold 2
defer user_set erin lockoutTime 0
for _ in 1 2 3; do
  on dc1 ldbsearch -H ldap://dc1.corp.example -U erin%wrong -s base -b '' >/dev/null 2>&1 && fail "the wrong password was right"
done
is_kept_out TL-DENY-LOCKED
says "locked in the directory until 20" on host1 taglogin why erin
defer lab_restore
node_kill dc1
would_get_in erin && fail "the lock was over before the directory was away"
wait_for 30 ssh_as erin true || fail "the lock does not end: $(on host1 taglogin why erin)"
