// SPDX-License-Identifier: Apache-2.0
// The entry points of pam_taglogin.so: the C ABI and nothing else.
//
// Authentication and passwords are not offered, and there are no credentials to set: those three
// decline with PAM_CRED_UNAVAIL, which is a failure wherever somebody stacks us there.
#include <security/pam_modules.h>

#include "pam_module/pam_call.h"

#define TAGLOGIN_ENTRY extern "C" __attribute__((visibility("default"))) int

TAGLOGIN_ENTRY pam_sm_acct_mgmt(pam_handle_t* pam, int flags, int argc, const char** argv) {
  return taglogin::pam_module::Run(pam, taglogin::pam_module::Call::kAccount, flags, argc, argv);
}

TAGLOGIN_ENTRY pam_sm_open_session(pam_handle_t* pam, int flags, int argc, const char** argv) {
  return taglogin::pam_module::Run(pam, taglogin::pam_module::Call::kOpenSession, flags, argc, argv);
}

TAGLOGIN_ENTRY pam_sm_close_session(pam_handle_t* pam, int flags, int argc, const char** argv) {
  return taglogin::pam_module::Run(pam, taglogin::pam_module::Call::kCloseSession, flags, argc, argv);
}

TAGLOGIN_ENTRY pam_sm_authenticate(pam_handle_t*, int, int, const char**) { return PAM_CRED_UNAVAIL; }

TAGLOGIN_ENTRY pam_sm_setcred(pam_handle_t*, int, int, const char**) { return PAM_CRED_UNAVAIL; }

TAGLOGIN_ENTRY pam_sm_chauthtok(pam_handle_t*, int, int, const char**) { return PAM_CRED_UNAVAIL; }
