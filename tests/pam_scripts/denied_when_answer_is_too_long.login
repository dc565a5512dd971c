# An allow with 70,000 bytes behind it.

[run]
  account = PAM_AUTHINFO_UNAVAIL

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    extra 70000 allow TL-ALLOW-RULE

[output]
  log ERR taglogind broke the connection off, or its answer is too long; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
