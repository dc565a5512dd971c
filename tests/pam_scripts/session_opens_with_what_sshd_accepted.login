# At open_session the daemon hears how the person was authenticated; at the end, that it is over.

[pam]
  env SSH_AUTH_INFO_0 = publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\n

[run]
  account       = PAM_SUCCESS
  open_session  = PAM_SUCCESS
  close_session = PAM_SUCCESS

[daemon]
  CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"
    allow TL-ALLOW-RULE
  OpenSession name="alice" service="sshd" rhost="10.0.0.7" tty="ssh" auth_info="publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA\x0a"
    allow TL-ALLOW-RULE
  CloseSession name="alice" service="sshd"
    done
