// SPDX-License-Identifier: Apache-2.0
// What the request handlers share. Everything here belongs to the loop.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/event_loop.h"
#include "daemon/lookups.h"
#include "daemon/recorder.h"
#include "daemon/settings.h"
#include "daemon/view.h"
#include "directory/server_finder.h"
#include "directory/ssh_key.h"

namespace taglogin::daemon {

// What is not as it should be, for `taglogin status`. Empty texts: all is well.
struct Health {
  std::int64_t started_s = 0;  // wall clock
  std::string directory_error;
  std::map<std::string, std::string> tag_errors;  // by source
  std::string rules_error;
  directory::FinderState servers;  // empty when the settings name them
};

struct Core {
  const Settings& settings;
  EventLoop& loop;
  Lookups& lookups;
  Recorder& recorder;
  View view;
  Health health;
  std::map<std::string, std::string> decisions;  // by login name: the last decision, JSON text
  // Tells the replica that an account was used here, with its latest decision as JSON text.
  std::function<void(const replica::AccountEntry&, const std::string& decision_json)> used;
  std::vector<directory::SshKey> user_authorities = {};  // whose certificates count; none: no certificate does

  // By any of its login names, in lower case.
  const replica::AccountEntry* Find(const std::string& login_name) const { return view.snapshot->Find(login_name); }
};

}  // namespace taglogin::daemon
