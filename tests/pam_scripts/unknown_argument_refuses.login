# A typing error in /etc/pam.d must not open anything.

[options]
  alow_all

[run]
  account      = PAM_SERVICE_ERR
  open_session = PAM_SERVICE_ERR

[output]
  log ERR wrong argument in the PAM configuration: alow_all (only socket=/PATH is known); refusing
  tell taglogin: access denied: the PAM configuration of this machine is wrong (TL-MODULE-ARGUMENT)
  log ERR wrong argument in the PAM configuration: alow_all (only socket=/PATH is known); refusing
  tell taglogin: access denied: the PAM configuration of this machine is wrong (TL-MODULE-ARGUMENT)
