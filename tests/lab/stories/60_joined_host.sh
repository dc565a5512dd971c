# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: the machine's own account: rotated, renamed, with stray keys, stale, disabled, gone; and its clock
# set: long
KEYTAB=/etc/krb5.keytab

# restarted: taglogind begins without tickets and has asked the directory, with or without success.
restarted() {
  taglogind_stop
  taglogind_spawn
  wait_for 20 taglogind_answers || fail "taglogind does not answer: $(on host1 tail -5 /var/log/taglogind.out)"
  on host1 taglogin refresh >/dev/null 2>&1 || true
}
works() { on host1 taglogin refresh >/dev/null || fail "$1: $(on host1 taglogin status)"; }
# asks_for_help TEXT: what status says when the directory cannot be had, while known people still get in.
asks_for_help() {
  wait_for 10 host_status_has "$1" || fail "status does not say '$1': $(on host1 taglogin status)"
  gets_in alice
}
key_version() { on host1 klist -k $KEYTAB | awk '/HOST1\$/ { print $1 }' | sort -n | tail -1; }

# Rotated while the daemon runs: the session goes on, and the next one takes the new key.
before=$(key_version)
on host1 adcli update --computer-password-lifetime=0 >/dev/null
[ "$(key_version)" -gt "$before" ] || fail "adcli rotated nothing"
[ "$(on host1 stat -c '%U:%G %a' $KEYTAB)" = 'root:taglogin 640' ] || fail "adcli changed the owner of the keytab"
works "after a rotation, same session"
node_stop dc1 samba
dc_start
works "after a rotation, new session"
restarted
works "after a rotation, started anew"
gets_in alice

# A higher version with a wrong key, as an account that was made anew leaves behind: the others are tried.
on host1 cp -p $KEYTAB $KEYTAB.kept
printf 'rkt %s\naddent -password -p HOST1$ -k 99 -e aes256-cts-hmac-sha1-96\nSome.Wr0ng.Passw0rd\nwkt %s.stray\n' $KEYTAB $KEYTAB |
  on host1 ktutil >/dev/null
on host1 sh -c "cat $KEYTAB.stray >$KEYTAB && rm $KEYTAB.stray"
[ "$(key_version)" = 99 ] || fail "ktutil added no key: $(on host1 klist -k $KEYTAB)"
restarted
works "with a wrong key of a higher version"
on host1 sh -c "cat $KEYTAB.kept >$KEYTAB"

# Renamed, and not joined again: the account in the keytab is still the machine's.
on host1 hostname web9
defer on host1 hostname host1
restarted
works "with another host name"
gets_in alice
on host1 hostname host1
restarted

# The clock: libkrb5 hides it, status must not.
faketime=$(on host1 find /usr/lib -name libfaketime.so.1)
for shift in '+10m:10 min ahead of that of dc1.corp.example' '-10m:10 min behind that of dc1.corp.example'; do
  taglogind_stop
  taglogind_command
  last=$((${#taglogind_command[@]} - 1))
  node_start host1 taglogind "${taglogind_command[@]:0:last}" env "LD_PRELOAD=$faketime" "FAKETIME=${shift%%:*}" \
    DONT_FAKE_MONOTONIC=1 "${taglogind_command[last]}"
  wait_for 20 taglogind_answers || fail "taglogind does not start with another clock"
  works "with a clock of ${shift%%:*}"
  says "${shift#*:}" on host1 taglogin status
done
restarted
host_status_has 'clock' && fail "the clock is right again: $(on host1 taglogin status)"

# The password was set without the keytab, the account disabled, then deleted; each time the host joins again after.
stale() { on dc1 samba-tool user setpassword 'HOST1$' --newpassword=Some.0ther.Passw0rd >/dev/null; }
stale
restarted
asks_for_help 'keys are not the machine account'
joins_again() {
  on host1 adcli join --domain-controller="dc1.$DOMAIN" --stdin-password -U administrator --domain-ou="OU=Hosts,$CORP_DN" \
    --service-name=host "$DOMAIN" <<<"$ADMIN_PASSWORD" >/dev/null
}
joins_again
works "joined again, without a restart"
on dc1 samba-tool user disable 'HOST1$' >/dev/null
restarted
asks_for_help 'disabled or expired'
on dc1 samba-tool user enable 'HOST1$' >/dev/null
works "enabled again, without a restart"
on dc1 samba-tool computer delete 'HOST1$' >/dev/null
restarted
asks_for_help 'the machine account is gone'
joins_again
works "joined again after the account was deleted"
gets_in alice
