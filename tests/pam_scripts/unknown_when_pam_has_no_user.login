# PAM does not say who it is about.

[run]
  unset user
  account = PAM_USER_UNKNOWN

[pam]
  service = sshd
