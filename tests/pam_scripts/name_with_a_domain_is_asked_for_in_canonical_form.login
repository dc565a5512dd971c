# A login may use the name with its domain, however it is written.

[pam]
  user = Alice@Corp.Example.COM

[run]
  account = PAM_SUCCESS

[daemon]
  CheckAccount name="alice@corp.example.com" service="sshd" rhost="10.0.0.7" tty="ssh"
    allow TL-ALLOW-RULE
