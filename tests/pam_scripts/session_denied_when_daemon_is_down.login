# The daemon went away between the two decisions: no session.

[daemon]
  is absent

[run]
  open_session = PAM_AUTHINFO_UNAVAIL

[output]
  log ERR taglogind is not running, or has no room for one more request; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
