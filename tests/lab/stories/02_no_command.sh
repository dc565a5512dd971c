# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: ssh -N and forwards end when the session is refused; they work when it is allowed
# A key that is only in a file proves alice to sshd; taglogin wants it in the directory and says so at open_session,
# the last moment, when sshd has already let her in.
keys_from_home_too
give_home_key alice bob

# refused_session OPTION...: alice with the key from the file; the connection must end by itself.
refused_session() {
  local began
  began=$(now_ms)
  KEY=bob SSH_TIMEOUT=8 attempt alice "$@"
  [ "$ssh_status" = 255 ] || [ "$ssh_status" = 254 ] || fail "ssh $* was not ended but: $ssh_status $ssh_text"
  [ $(($(now_ms) - began)) -lt 7000 ] || fail "ssh $* stayed connected"
  [ "$(record_of alice status_code)" = TL-DENY-NOKEY ] || fail "record: $(audit_last alice)"
}
refused_session -N
refused_session -T
refused_session id -un
[[ $ssh_text != *alice* ]] || fail "the command ran: $ssh_text"
refused_session -N -L 7001:127.0.0.1:22
refused_session -N -R 7002:127.0.0.1:22
on client1 bash -c ': </dev/tcp/127.0.0.1/7001' 2>/dev/null && fail "the local forward stands"
on host1 bash -c ': </dev/tcp/127.0.0.1/7002' 2>/dev/null && fail "the remote forward stands"

# Who is refused gets no home.
on host1 test ! -e /home/dave || fail "dave was here before"
sshd_takes_key_for dave bob
KEY=bob attempt dave true
[ "$(record_of dave status_code)" = TL-DENY-NOKEY ] || fail "record: $(audit_last dave)"
on host1 test ! -e /home/dave || fail "a home was made for dave, who was refused"

# With her own key the same forward works.
SSH_TIMEOUT=6 ssh_as alice -N -L 7003:127.0.0.1:22 &
wait_for 5 on client1 bash -c 'read -r -t 2 banner </dev/tcp/127.0.0.1/7003 && [[ $banner == SSH-2.0* ]]' || fail "no forward for alice"
wait || true
