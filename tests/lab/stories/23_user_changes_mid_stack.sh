# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# story: T18: when PAM_USER changes on the way, the decision is about the final name
# pam_taglogin stands behind a module that changes the user; what is decided is about the name it finds.
build_user_changer
stack() {
  printf 'account required /run/pam_user_changer.so %s\naccount required pam_taglogin.so\n' "$1" |
    on host1 tee /etc/pam.d/changing >/dev/null
}
defer on host1 rm -f /etc/pam.d/changing
stack bob
refuses on host1 pamtester changing alice acct_mgmt
[ "$(record_of bob status_code)" = TL-DENY-NOGROUP ] || fail "record: $(audit_last)"
stack alice
on host1 pamtester changing bob acct_mgmt
stack root
refuses on host1 pamtester changing alice acct_mgmt
