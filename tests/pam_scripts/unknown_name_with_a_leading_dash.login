# A name that looks like an option is nobody's.

[pam]
  user = -rf

[run]
  account       = PAM_USER_UNKNOWN
  open_session  = PAM_USER_UNKNOWN
  close_session = PAM_USER_UNKNOWN
