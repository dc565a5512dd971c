# Host and terminal are what PAM says, byte by byte; the daemon judges them. What is missing is empty.

[pam]
  service = sudo
  rhost   = evil"host\n
  tty     = /dev/pts/3

[run]
  account     = PAM_SUCCESS
  unset rhost
  unset tty
  account     = PAM_SUCCESS

[daemon]
  CheckAccount name="alice" service="sudo" rhost="evil"host\x0a" tty="/dev/pts/3"
    allow TL-ALLOW-RULE
  CheckAccount name="alice" service="sudo" rhost="" tty=""
    allow TL-ALLOW-RULE
