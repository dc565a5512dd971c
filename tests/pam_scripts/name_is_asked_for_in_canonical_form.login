# "Alice" and "ALICE" are alice.

[pam]
  user = ALICE

[run]
  account      = PAM_SUCCESS
  set user     = Alice
  open_session = PAM_PERM_DENIED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    allow TL-ALLOW-RULE
  OpenSession name="alice" service="sshd" rhost="10.0.0.7" tty="ssh" auth_info=""
    deny TL-DENY-KEY The key is not in the directory.

[output]
  tell taglogin: access denied: the key is not in the directory (TL-DENY-KEY)
