# The daemon runs but has nothing to decide with yet.

[run]
  account = PAM_AUTHINFO_UNAVAIL

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    status 5

[output]
  log ERR taglogind cannot say now: see its log; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
