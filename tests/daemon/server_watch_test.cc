// SPDX-License-Identifier: Apache-2.0
#include "daemon/server_watch.h"

#include <gtest/gtest.h>

#include <future>

#include "directory/finder_network.h"

namespace taglogin::daemon {
namespace {

using std::chrono::seconds;

// One server, dc1, which always answers.
class OneServer : public directory::FinderNetwork {
 public:
  base::Result<directory::SrvAnswer> LookUp(const std::string& name) override {
    if (name != "_ldap._tcp.dc._msdcs.corp.example") return base::NotFound("no " + name);
    return directory::SrvAnswer{{{0, 0, 389, "dc1.corp.example"}}, {}, 600};
  }
  std::vector<directory::Pinged> Ping(const std::vector<directory::SrvRecord>& servers, base::Deadline) override {
    directory::NetlogonReply reply;
    reply.flags = directory::kServesLdap;
    reply.domain = "corp.example";
    return std::vector<directory::Pinged>(servers.size(), {{}, {reply, 10}});
  }
};

TEST(ServerWatch, ReportsTheFirstLookAndEveryFailure) {
  auto finder = std::make_shared<directory::ServerFinder>("corp.example", std::make_unique<OneServer>(), 1,
                                                          [] { return base::ClockMs(CLOCK_BOOTTIME); });
  std::promise<void> looked, failed;
  bool seen_looked = false, seen_failed = false;
  const ServerWatch watch(finder, [&](const directory::FinderState& state) {
    if (!seen_looked && !state.servers.empty()) {
      seen_looked = true;
      looked.set_value();
    }
    if (!seen_failed && !state.servers.empty() && state.servers[0].failures == 1) {
      seen_failed = true;
      failed.set_value();
    }
  });
  ASSERT_EQ(looked.get_future().wait_for(seconds(10)), std::future_status::ready);
  finder->Failed("dc1.corp.example", "gone");
  ASSERT_EQ(failed.get_future().wait_for(seconds(10)), std::future_status::ready);
}

}  // namespace
}  // namespace taglogin::daemon
