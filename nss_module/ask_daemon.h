// SPDX-License-Identifier: Apache-2.0
// Asks taglogind what the table does not say. The socket's other end is checked by client/, what it says
// is checked here as if a stranger had said it: an answer that is not about what was asked, or that no
// passwd(5) or group(5) could hold, is no answer.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nss_module/answer.h"
#include "protocol/messages.h"
#include "protocol/table_reader.h"

namespace taglogin::nss_module {

inline constexpr std::int64_t kAskDeadlineMs = 500;
inline constexpr std::int64_t kQuietMs = 5000;  // after a timeout or kUnavailable, for the process

// The ids that an answer may hold: the table's, or all that a directory may give out.
struct IdRange {
  std::uint32_t lower = protocol::kLowestId;
  std::uint32_t upper = protocol::kHighestId;
  bool Holds(std::uint32_t id) const noexcept { return protocol::IsDirectoryId(id) && id >= lower && id <= upper; }
};

// One packet of an account or group, on the caller's stack.
inline constexpr std::size_t kMaxAnswer = 4096;
static_assert(kMaxAnswer > 3 * protocol::kMaxTableText + 128);

// Room to ask for an account's groups: too much for the stack of a small thread.
struct GroupsExchange {
  protocol::GroupsAnswer said;
  char packet[sizeof(protocol::GroupsAnswer) + 16];
};

class DaemonLine {
 public:
  // `quiet_until_ms` (CLOCK_BOOTTIME) is the process's: set by whoever meets a timeout, obeyed by all.
  DaemonLine(const char* socket, std::atomic<std::int64_t>& quiet_until_ms) noexcept
      : socket_(socket), quiet_until_ms_(quiet_until_ms) {}

  // kFound fills `out` with views into `packet`; else kNotFound or kUnavailable. Names are canonical, but for an
  // account asked for by a name with a domain, which may be another spelling of the name that comes back.
  Answer Account(std::string_view name, IdRange range, char (&packet)[kMaxAnswer], protocol::AccountView& out) noexcept;
  Answer Account(std::uint32_t uid, IdRange range, char (&packet)[kMaxAnswer], protocol::AccountView& out) noexcept;
  Answer Group(std::string_view name, IdRange range, char (&packet)[kMaxAnswer], protocol::GroupView& out) noexcept;
  Answer Group(std::uint32_t gid, IdRange range, char (&packet)[kMaxAnswer], protocol::GroupView& out) noexcept;

  // kFound fills `exchange.said`; its gids are as the daemon said them, of any range.
  Answer Groups(std::string_view name, GroupsExchange& exchange) noexcept;

 private:
  template <typename Request, typename Reply>
  Answer Ask(const Request& request, char* packet, std::size_t capacity, Reply& reply) noexcept;
  void BeQuiet() noexcept;

  const char* socket_;
  std::atomic<std::int64_t>& quiet_until_ms_;
};

}  // namespace taglogin::nss_module
