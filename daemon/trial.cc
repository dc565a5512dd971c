// SPDX-License-Identifier: Apache-2.0
#include "daemon/trial.h"

#include <utility>

#include "daemon/replica/builder.h"
#include "daemon/replica/freshness.h"

namespace taglogin::daemon {

base::Result<View> TrialView(directory::Directory& directory, std::shared_ptr<const policy::RuleSet> rules,
                             const policy::TagSet& tags, const replica::NssSettings& nss,
                             const directory::KeyDemands& keys, const policy::AccountChecks& checks,
                             const std::string& user, base::Deadline deadline) {
  const policy::SelectedNames selected = policy::Select(*rules, tags);
  directory::WalkRequest request;
  request.groups = selected.groups;
  request.users = selected.users;
  request.users.push_back(user);
  auto closure = directory.Walk(request, deadline);
  if (!closure) return closure.error();
  replica::LocalAccounts local;
  if (auto refreshed = local.Refresh(); !refreshed) return refreshed.error();
  const replica::Moment now = replica::Now();
  replica::Contents contents;
  replica::ApplyClosure(contents, *std::move(closure), selected, now);
  View view;
  view.walked_at = view.tags_read_at = now;
  view.wall_high_water_s = now.wall_s;
  replica::BuildInput input;
  input.rules = std::move(rules);
  input.contents = &contents;
  input.tags = &tags;
  input.tags_read_at = now;
  input.nss = &nss;
  input.local = &local.names();
  input.keys = keys;
  input.checks = checks;
  view.snapshot = replica::Build(input);
  return view;
}

}  // namespace taglogin::daemon
