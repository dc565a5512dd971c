# A name that only looks like a known one.

[pam]
  user = r\xd0\xbe\xd0\xbet

[run]
  account       = PAM_USER_UNKNOWN
  open_session  = PAM_USER_UNKNOWN
  close_session = PAM_USER_UNKNOWN
