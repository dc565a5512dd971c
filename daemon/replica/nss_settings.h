// SPDX-License-Identifier: Apache-2.0
// The [nss] and [ids] tables of taglogin.toml, and what [directory] says about names.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "directory/id_map.h"

namespace taglogin::daemon::replica {

struct NssSettings {
  enum class Visible { kPermitted, kUsed, kAll };
  Visible visible = Visible::kUsed;
  std::vector<std::string> groups;  // directory groups that sessions get besides those of rules
  std::string home_template = "/home/{name}";
  std::string shell = "/bin/bash";
  bool directory_home = false;   // take unixHomeDirectory where it is usable
  bool directory_shell = false;  // take loginShell where /etc/shells has it
  bool enumerate = false;
  std::string everyone_group = "taglogin-users";
  directory::IdSettings ids;
  std::string domain;  // what stands behind an '@' for accounts of the configured domain; empty: nothing does
  std::set<std::string, std::less<>> further_domains;  // … and for accounts of these
  bool qualified_names = false;                        // … of their canonical login names, too
  bool has_upns = true;  // accounts may have a userPrincipalName of any domain: Active Directory
};

}  // namespace taglogin::daemon::replica
