# The daemon is away when a session ends: that is logged, and the person sees nothing.

[daemon]
  is absent

[run]
  close_session = PAM_SESSION_ERR

[output]
  log ERR taglogind is not running, or has no room for one more request; the end of this session is not recorded yet
