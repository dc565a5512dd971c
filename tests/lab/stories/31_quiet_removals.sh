# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: what the directory does not announce is found by the sweep: a deleted user, a deleted nested group
config_edit 's/^sweep_interval = .*/sweep_interval = "6s"/'
taglogind_restart
printf 'dn: CN=web-guests,OU=Groups,%s\nchangetype: add\nobjectClass: group\nsAMAccountName: web-guests\nmember: CN=judy,OU=People,%s\n' "$CORP_DN" "$CORP_DN" | ad_modify
defer on_dc_delete "CN=web-guests,OU=Groups,$CORP_DN"
printf 'dn: CN=ssh-prod-web,OU=Groups,%s\nchangetype: modify\nadd: member\nmember: CN=web-guests,OU=Groups,%s\n' "$CORP_DN" "$CORP_DN" | ad_modify
wait_for 10 ssh_as judy true || fail "judy does not get in after she joined"
on dc1 ldbdel -H "$SAM" "CN=web-guests,OU=Groups,$CORP_DN" >/dev/null
wait_for 15 is_refused judy || fail "judy still gets in after her group was deleted"
