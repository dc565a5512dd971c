// SPDX-License-Identifier: Apache-2.0
// TLS on a connection to a directory server. Private to the libldap adapter.
#pragma once

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"
#include "directory/ldap_handle.h"

namespace taglogin::directory {

// Puts TLS in place as the settings' transport says (kSignSeal: none), and checks the server's certificate. Ends by
// the deadline. Errors: kRefused (certificate, version, StartTLS refused), kInvalid (settings), kDeadline,
// kUnavailable.
base::Result<void> Secure(LdapHandle& handle, const Connection& settings, base::Deadline deadline);

}  // namespace taglogin::directory
