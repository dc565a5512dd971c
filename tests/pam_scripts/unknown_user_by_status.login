# "No such account" as a status is the same answer.

[run]
  account = PAM_USER_UNKNOWN

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    status 2
