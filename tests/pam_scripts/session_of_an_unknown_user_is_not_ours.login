# At open_session, too, a name that is not in the directory gets no session from us.

[run]
  open_session = PAM_USER_UNKNOWN

[daemon]
  OpenSession name="alice" service="sshd" rhost="10.0.0.7" tty="ssh" auth_info=""
    unknown TL-UNKNOWN
