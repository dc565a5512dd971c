# A socket path that depends on the current folder is not a path we use.

[options]
  socket=run/taglogin/socket

[run]
  account = PAM_SERVICE_ERR

[output]
  log ERR wrong argument in the PAM configuration: socket=run/taglogin/socket (only socket=/PATH is known); refusing
  tell taglogin: access denied: the PAM configuration of this machine is wrong (TL-MODULE-ARGUMENT)
