// SPDX-License-Identifier: Apache-2.0
// Carries a LoginFlow out for one PAM call: collects what PAM says, asks the daemon within the
// call's deadline, logs and tells. Runs in the caller's thread, keeps nothing between calls.
#pragma once

#include <security/pam_modules.h>

#include "pam_module/login_flow.h"

namespace taglogin::pam_module {

// `flags`, `argc`, `argv` as PAM hands them to the module. Known argument: socket=/PATH, where the
// daemon listens (default protocol::kSocketPath). Returns a PAM code; never PAM_IGNORE.
int Run(pam_handle_t* pam, Call call, int flags, int argc, const char** argv) noexcept;

}  // namespace taglogin::pam_module
