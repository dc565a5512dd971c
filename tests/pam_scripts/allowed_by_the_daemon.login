# The daemon says yes: nothing is shown and nothing is logged.

[run]
  account = PAM_SUCCESS

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    allow TL-ALLOW-RULE
