# What stands behind the @ is no DNS name.

[pam]
  user = alice@corp..example.com

[run]
  account       = PAM_USER_UNKNOWN
  open_session  = PAM_USER_UNKNOWN
  close_session = PAM_USER_UNKNOWN
