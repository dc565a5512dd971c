# Others can write the socket's folder, so whoever listens there may be anybody: its "yes" is never
# asked for.

[daemon]
  is not trusted

[run]
  account      = PAM_AUTHINFO_UNAVAIL
  open_session = PAM_AUTHINFO_UNAVAIL

[output]
  log ERR whoever listens at taglogind's socket is not trusted: look at owner and mode of its folder; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
  log ERR whoever listens at taglogind's socket is not trusted: look at owner and mode of its folder; refusing
  tell taglogin: access denied: the login service of this machine does not answer (TL-DAEMON-UNAVAILABLE)
