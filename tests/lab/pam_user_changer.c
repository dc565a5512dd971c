// SPDX-License-Identifier: Apache-2.0
// A PAM account module for the lab: makes its argument the user.
#define PAM_SM_ACCOUNT
#include <security/pam_modules.h>

int pam_sm_acct_mgmt(pam_handle_t* pamh, int flags, int argc, const char** argv) {
  (void)flags;
  return argc == 1 ? pam_set_item(pamh, PAM_USER, argv[0]) : PAM_SERVICE_ERR;
}
