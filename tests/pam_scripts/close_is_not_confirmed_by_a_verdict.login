# An allow is not the answer to a close.

[run]
  close_session = PAM_SESSION_ERR

[daemon]
  CloseSession name="alice" service="sshd"
    allow TL-ALLOW-RULE

[output]
  log ERR the answer of taglogind makes no sense: are module and daemon of one version?; the end of this session is not recorded yet
