# "Recorded" answers a close, not an open.

[run]
  open_session = PAM_AUTHINFO_UNAVAIL

[daemon]
  OpenSession name="alice" service="sshd" rhost="10.0.0.7" tty="ssh" auth_info=""
    done

[output]
  log ERR the answer of taglogind makes no sense: are module and daemon of one version?; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
