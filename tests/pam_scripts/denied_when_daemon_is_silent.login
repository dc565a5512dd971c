# The daemon takes the request and never answers: after 5 s the answer is no.

[run]
  account = PAM_AUTHINFO_UNAVAIL

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    silence

[output]
  log ERR taglogind did not answer in time; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
