# A name with a line break is nobody's: not even asked for.

[pam]
  user = alice\nroot

[run]
  account       = PAM_USER_UNKNOWN
  open_session  = PAM_USER_UNKNOWN
  close_session = PAM_USER_UNKNOWN
