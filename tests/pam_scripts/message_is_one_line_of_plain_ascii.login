# Line breaks, escape sequences and non-ASCII bytes in an answer reach nobody's terminal.

[run]
  account = PAM_PERM_DENIED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    deny TL-DENY-RULE Stop\x1b[2J\nlogin: \xc3\xa9

[output]
  tell taglogin: access denied: stop?[2J?login: ?? (TL-DENY-RULE)
