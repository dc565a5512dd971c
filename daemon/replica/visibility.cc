// SPDX-License-Identifier: Apache-2.0
// Who of a snapshot is shown to every process of this machine.
#include <set>
#include <utility>

#include "daemon/replica/builder.h"

namespace taglogin::daemon::replica {

bool IsVisible(const AccountEntry& entry, const NssSettings& nss, std::int64_t wall_now_s) {
  switch (nss.visible) {
    case NssSettings::Visible::kAll:
      return true;
    case NssSettings::Visible::kUsed:
      return entry.permitted || (entry.last_used_s > 0 && entry.last_used_s > wall_now_s - kIdentityKeptS);
    case NssSettings::Visible::kPermitted:
      return entry.permitted;
  }
  return false;
}

PublishedNames Published(const Snapshot& snapshot, const NssSettings& nss, std::int64_t wall_now_s,
                         std::vector<PublishedNegative> negatives) {
  PublishedNames names;
  names.id_lower = nss.ids.lower;
  names.id_upper = nss.ids.upper;  // the everyone group's gid is still ours
  names.enumerate = nss.enumerate;
  std::set<std::uint32_t> gids = {nss.ids.upper};
  for (const AccountEntry& entry : snapshot.accounts) {
    if (!IsVisible(entry, nss, wall_now_s)) continue;
    names.accounts.push_back(
        {entry.login_name, entry.uid, entry.gid, entry.gecos, entry.home, entry.shell, entry.gids});
    gids.insert(entry.gids.begin(), entry.gids.end());
  }
  for (const GroupEntry& group : snapshot.groups) {
    if (gids.contains(group.gid)) names.groups.push_back({group.name, group.gid});
  }
  // A name that exists by now is no longer a negative one.
  for (PublishedNegative& negative : negatives) {
    if (!snapshot.by_name.contains(negative.name)) names.negatives.push_back(std::move(negative));
  }
  return names;
}

}  // namespace taglogin::daemon::replica
