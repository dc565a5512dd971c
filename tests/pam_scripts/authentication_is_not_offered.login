# Passwords and credentials are not ours: stacked there by mistake, we decline and ask nobody.

[run]
  authenticate = PAM_CRED_UNAVAIL
  setcred      = PAM_CRED_UNAVAIL
  chauthtok    = PAM_CRED_UNAVAIL
