# A session is refused with one code, whatever the reason.

[run]
  open_session = PAM_PERM_DENIED

[daemon]
  OpenSession name="alice" service="sshd" rhost="10.0.0.7" tty="ssh" auth_info=""
    expired TL-DENY-EXPIRED Your account has expired.

[output]
  tell taglogin: access denied: your account has expired (TL-DENY-EXPIRED)
