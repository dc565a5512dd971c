# One flipped bit in an allow is not an allow.

[run]
  account = PAM_PERM_DENIED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    verdict 0x5a3c96e0 TL-ALLOW-RULE

[output]
  log ERR taglogind answered with 0x5a3c96e0, which is no verdict; refusing
  tell taglogin: access denied
