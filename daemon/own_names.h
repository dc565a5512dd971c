// SPDX-License-Identifier: Apache-2.0
// The names by which this machine may stand in an account's userWorkstations.
#pragma once

#include <string>
#include <vector>

#include "directory/directory.h"

namespace taglogin::daemon {

// The NetBIOS name (of the machine account that the settings name, else the first 15 characters of the host name)
// and the DNS name (the host name if it has a dot, else with the domain behind it), given what gethostname(2) says.
// None for an empty host name. Pure.
std::vector<std::string> OwnNames(const std::string& host_name, const directory::Connection& connection);

// What gethostname(2) says; empty if it fails.
std::string FullHostName();

}  // namespace taglogin::daemon
