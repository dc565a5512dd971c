# The daemon stops answering between the two decisions: after 5 s there is no session.

[run]
  open_session = PAM_AUTHINFO_UNAVAIL

[daemon]
  OpenSession name="alice" service="sshd" rhost="10.0.0.7" tty="ssh" auth_info=""
    silence

[output]
  log ERR taglogind did not answer in time; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
