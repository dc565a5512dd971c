# PAM has a code of its own for an account that has expired.

[run]
  account = PAM_ACCT_EXPIRED

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    expired TL-DENY-EXPIRED Your account has expired.

[output]
  tell taglogin: access denied: your account has expired (TL-DENY-EXPIRED)
