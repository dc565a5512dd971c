# The account may log in, but not with this key: no session.

[pam]
  env SSH_AUTH_INFO_0 = password

[run]
  open_session = PAM_PERM_DENIED

[daemon]
  OpenSession name="alice" service="sshd" rhost="10.0.0.7" tty="ssh" auth_info="password"
    deny TL-DENY-KEY This machine wants a key from the directory.

[output]
  tell taglogin: access denied: this machine wants a key from the directory (TL-DENY-KEY)
