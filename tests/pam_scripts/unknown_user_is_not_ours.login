# A name that is not in the directory, or a local one, is left to the rest of the stack; no word about it.

[run]
  account = PAM_USER_UNKNOWN

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    unknown TL-UNKNOWN
