// SPDX-License-Identifier: Apache-2.0
// What goes into the published NSS table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace taglogin::daemon::replica {

struct PublishedAccount {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string gecos;
  std::string home;
  std::string shell;
  std::vector<std::uint32_t> gids;
};

struct PublishedGroup {
  std::string name;
  std::uint32_t gid = 0;
};

struct PublishedNegative {
  std::string name;                  // canonical login name that was looked up and does not exist
  std::int64_t expires_boot_ms = 0;  // CLOCK_BOOTTIME
};

struct PublishedNames {
  std::vector<PublishedAccount> accounts;
  std::vector<PublishedGroup> groups;
  std::vector<PublishedNegative> negatives;
  // Ids outside [id_lower, id_upper] are nobody's here and are answered without the socket.
  std::uint32_t id_lower = 0;
  std::uint32_t id_upper = 0;
  bool enumerate = false;
};

}  // namespace taglogin::daemon::replica
