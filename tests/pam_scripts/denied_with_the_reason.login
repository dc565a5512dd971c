# The person reads why, and the code to quote to the help desk.

[run]
  account = PAM_PERM_DENIED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    deny TL-DENY-NOGROUP You are in none of the groups that open this machine.

[output]
  tell taglogin: access denied: you are in none of the groups that open this machine (TL-DENY-NOGROUP)
