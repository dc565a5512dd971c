# A code that does not look like ours is left out.

[run]
  account = PAM_PERM_DENIED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    deny TL-deny\x0a No.

[output]
  tell taglogin: access denied: no
