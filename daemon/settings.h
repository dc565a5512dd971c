// SPDX-License-Identifier: Apache-2.0
// taglogin.toml but for its [[rule]] tables, which policy/ reads.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/replica/nss_settings.h"
#include "daemon/replica/tag_hold.h"
#include "daemon/tags/source.h"
#include "directory/directory.h"
#include "directory/ssh_key.h"
#include "policy/account.h"

namespace taglogin::daemon {

struct Settings {
  directory::Connection directory;
  bool is_freeipa = false;                  // directory.kind is kLdap then
  std::chrono::seconds poll_interval{3};    // how often the directory is asked what has changed
  std::chrono::seconds sweep_interval{45};  // how often everything is read again, changed or not
  std::chrono::seconds timeout{5};          // of one directory operation
  std::vector<std::string> tag_sources{"imds"};
  std::chrono::seconds tags_refresh{60};
  replica::HoldSettings tags_hold;
  std::vector<std::string> tags_agree;  // sources that must say the same; empty or two and more of tag_sources
  std::string identity_certificate;     // path of a PEM file; empty: the identity document is taken unsigned
  std::string ec2_endpoint;             // "https://HOST"; empty: the region's own
  std::string ec2_ca_file;
  tags::DirectoryTags directory_tags;  // not empty if and only if "directory" is one of tag_sources
  replica::NssSettings nss;
  bool require_directory_key = true;
  directory::KeyDemands keys;
  std::string trusted_user_ca_keys;  // path; empty: no certificate counts
  policy::AccountChecks account;     // but for host_names
  std::string audit_file = "/var/log/taglogin/audit.jsonl";
  bool journal = true;
};

// Errors are kInvalid: "PATH:LINE: what is wrong and what would be right".
base::Result<Settings> ParseSettings(std::string_view toml, const std::string& path);

}  // namespace taglogin::daemon
