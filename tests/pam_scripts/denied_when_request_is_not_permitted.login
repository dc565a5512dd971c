# A service that does not run as root may not ask.

[run]
  account = PAM_AUTHINFO_UNAVAIL

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    status 3

[output]
  log ERR taglogind does not take this request from this user: does the service run as root?; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
