# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T28: no secret of the daemon's is in any log, record, state or answer
# What is secret: the password of the bind account, the keys in the keytab, the tokens of the metadata service.
password=Lab.Us3r.Passw0rd
keys=$(on host1 klist -k -e -K /etc/krb5.keytab | sed -n 's/.*(0x\([0-9a-f]*\)).*/hex:\1/p' | sort -u)
[ -n "$keys" ] || fail "the keytab shows no keys"
tokens=$LAB/imds.json.tokens  # those that imds.py has given out

# All that taglogin writes, all that is written about it, and all that it answers.
logs() {
  on host1 sh -c 'cat /var/log/*.out /var/log/syslog /run/krb5-trace /var/log/taglogin/* /run/taglogin/nss/*
    find /var/lib/taglogin -type f -exec cat {} +
    for verb in status tags who "why alice"; do taglogin $verb; taglogin $verb --json; done' 2>/dev/null || true
}
# logs_hold: whether a line of standard input is in those logs: as it is, in hex, or in base64. What begins with hex: is bytes.
logs_hold() {
  /usr/bin/python3 -c '
import base64, sys
text = open(sys.argv[1], "rb").read()
for line in sys.stdin:
    secret = bytes.fromhex(line[4:]) if line.startswith("hex:") else line.strip().encode()
    forms = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for lead in range(3):  # wherever it begins within what was encoded, without the edges that it shares
        forms.append(base64.b64encode(b"\0" * lead + secret)[4 if lead else 0:-4])
    if any(form in text for form in forms):
        sys.exit(0)
sys.exit(1)' "$LAB/all-logs"
}
none_is_logged() {
  logs >"$LAB/all-logs"
  [ "$(wc -c <"$LAB/all-logs")" -gt 5000 ] || fail "there are no logs to look into"
  [ -s "$tokens" ] || fail "no token was given out"
  ! logs_hold <<<"$keys" || fail "a key of the keytab is in a log"
  ! logs_hold <<<"$password" || fail "the bind password is in a log"
  ! logs_hold <"$tokens" || fail "a metadata token is in a log"
}
# The search can find what it looks for.
for form in "$password" "$(printf %s "$password" | base64)" "$(printf 'xy%s' "$password" | base64)" "$(printf %s "$password" | od -An -v -tx1 | tr -d ' \n')"; do
  echo "some text $form and more" >"$LAB/all-logs"
  logs_hold <<<"$password" || fail "the search does not see '$form'"
done

# Kerberos at its most talkative.
on host1 install -m 666 /dev/null /run/krb5-trace
taglogind_spawn() {
  taglogind_command
  node_start host1 taglogind env KRB5_TRACE=/run/krb5-trace "${taglogind_command[@]}"
}
taglogind_restart
gets_in alice
kept_out bob
none_is_logged
on host1 grep -q 'Initialized CC\|Getting credentials\|Sending request' /run/krb5-trace || fail "Kerberos says nothing"

# With a bind account; also when it is refused, and when the settings are wrong around it.
on dc1 cat /var/lib/samba/private/tls/lab-ca.pem | on host1 sh -c 'cat >/etc/taglogin/ca.pem'
defer on host1 rm -f /etc/taglogin/ca.pem /etc/taglogin/bind-password
bind() {
  printf '%s\n' "$1" | on host1 sh -c 'umask 027; cat >/etc/taglogin/bind-password; chgrp taglogin /etc/taglogin/bind-password'
  config_edit "/^servers/a bind = \"simple\"\ntransport = \"starttls\"\nbind_dn = \"CN=svc-taglogin,OU=Services,$CORP_DN\"\nbind_password_file = \"/etc/taglogin/bind-password\"\nca_file = \"/etc/taglogin/ca.pem\""
}
bind "$password"
taglogind_restart
gets_in alice
none_is_logged
right=$password
password=Wrong.Passw0rd.of.the.Lab
bind "$password"
taglogind_stop
taglogind_spawn
wait_for 20 taglogind_answers
wait_for 15 host_status_has directory || fail "no problem is reported: $(on host1 taglogin status)"
none_is_logged
password=$right
none_is_logged
