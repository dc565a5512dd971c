# A status that is followed by anything is malformed.

[run]
  account = PAM_AUTHINFO_UNAVAIL

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    extra 1 status 2

[output]
  log ERR the answer of taglogind makes no sense: are module and daemon of one version?; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
