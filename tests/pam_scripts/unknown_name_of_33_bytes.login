# A name that is longer than any account's.

[pam]
  user = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

[run]
  account       = PAM_USER_UNKNOWN
  open_session  = PAM_USER_UNKNOWN
  close_session = PAM_USER_UNKNOWN
