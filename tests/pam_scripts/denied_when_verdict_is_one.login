# "True" is not an allow.

[run]
  account = PAM_PERM_DENIED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    verdict 1 TL-ALLOW-RULE

[output]
  log ERR taglogind answered with 0x00000001, which is no verdict; refusing
  tell taglogin: access denied
