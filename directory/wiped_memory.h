// SPDX-License-Identifier: Apache-2.0
// libldap encodes a bind password into memory of its own and frees it as it is. From here on what it
// frees is wiped first. Private to directory/.
#pragma once

namespace taglogin::directory {

// For the whole process and for good; before any other call of libldap. False when libldap was in use
// already. Any thread, any number of times.
bool WipeWhatLdapFrees() noexcept;

}  // namespace taglogin::directory
