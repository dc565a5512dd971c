# Nobody listens at the socket: no entry, and one line in the log.

[daemon]
  is absent

[run]
  account = PAM_AUTHINFO_UNAVAIL

[output]
  log ERR taglogind is not running, or has no room for one more request; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
