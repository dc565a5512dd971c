# T18: a module before us changes PAM_USER. Each call is about the name that stands there then: what
# was said about alice is not said about bob.

[run]
  account      = PAM_SUCCESS
  set user     = bob
  account      = PAM_PERM_DENIED
  open_session = PAM_PERM_DENIED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    allow TL-ALLOW-RULE
  CheckAccount name="bob" service="sshd" rhost="10.0.0.7" tty="ssh"
    deny TL-DENY-NOGROUP You are in none of the groups that open this machine.
  OpenSession name="bob" service="sshd" rhost="10.0.0.7" tty="ssh" auth_info=""
    deny TL-DENY-NOGROUP You are in none of the groups that open this machine.

[output]
  tell taglogin: access denied: you are in none of the groups that open this machine (TL-DENY-NOGROUP)
  tell taglogin: access denied: you are in none of the groups that open this machine (TL-DENY-NOGROUP)
