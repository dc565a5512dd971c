# PAM_SILENT: the code is the same, the person is told nothing.

[run]
  account silent = PAM_PERM_DENIED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    deny TL-DENY-NOGROUP You are in none of the groups that open this machine.
