# Nothing is trimmed: " alice" is nobody.

[pam]
  user = \x20alice

[run]
  account       = PAM_USER_UNKNOWN
  open_session  = PAM_USER_UNKNOWN
  close_session = PAM_USER_UNKNOWN
