// SPDX-License-Identifier: Apache-2.0
#include "nss_module/ask_daemon.h"

#include <time.h>

#include <algorithm>

#include "base/deadline.h"
#include "client/client.h"
#include "protocol/codec.h"
#include "protocol/login_name.h"

namespace taglogin::nss_module {
namespace {

constexpr std::size_t kMaxRequest = 160;
static_assert(kMaxRequest > protocol::kMaxGroupName + 8);

bool IsField(std::string_view text) noexcept {
  return text.size() <= protocol::kMaxTableText &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f && c != ':'; });
}

bool IsPath(std::string_view text) noexcept { return IsField(text) && !text.empty() && text.front() == '/'; }

bool IsCanonical(std::string_view name) noexcept {
  protocol::LoginName canonical;
  return protocol::LoginName::From(name, canonical) && canonical.view() == name && canonical.user() != "root";
}

// Whether an account of the name `said` can be what `asked` means. Only a name with a domain has other spellings.
bool CanMean(std::string_view asked, std::string_view said) noexcept {
  return said == asked || asked.find('@') != std::string_view::npos;
}

Answer CheckAccount(const protocol::AccountAnswer& said, IdRange range, protocol::AccountView& out) noexcept {
  if (!IsCanonical(said.name) || !range.Holds(said.uid) || !range.Holds(said.gid) || !IsField(said.gecos) ||
      !IsPath(said.home) || !IsPath(said.shell)) {
    return Answer::kUnavailable;
  }
  out = {said.name, said.uid, said.gid, said.gecos, said.home, said.shell, nullptr, 0};
  return Answer::kFound;
}

Answer CheckGroup(const protocol::GroupAnswer& said, IdRange range, protocol::GroupView& out) noexcept {
  if (!protocol::IsGroupName(said.name) || said.name == "root" || !range.Holds(said.gid)) return Answer::kUnavailable;
  out = {said.name, said.gid};
  return Answer::kFound;
}

}  // namespace

void DaemonLine::BeQuiet() noexcept {
  quiet_until_ms_.store(base::ClockMs(CLOCK_BOOTTIME) + kQuietMs, std::memory_order_relaxed);
}

template <typename Request, typename Reply>
Answer DaemonLine::Ask(const Request& request, char* packet, std::size_t capacity, Reply& reply) noexcept {
  const std::int64_t now = base::ClockMs(CLOCK_BOOTTIME);
  if (now < quiet_until_ms_.load(std::memory_order_relaxed)) return Answer::kUnavailable;

  char asked[kMaxRequest];
  protocol::Writer writer(asked, sizeof asked);
  if (!protocol::EncodeRequest(writer, request)) return Answer::kNotFound;
  std::size_t size = 0;
  const client::Outcome outcome = client::Ask(socket_, std::string_view(asked, writer.size()), packet, capacity, size,
                                              base::Deadline::After(kAskDeadlineMs));
  if (outcome == client::Outcome::kTimeout) BeQuiet();
  if (outcome != client::Outcome::kAnswered) return Answer::kUnavailable;

  protocol::Reader reader(packet, size);
  std::uint8_t status = 0;
  if (!protocol::DecodeHeader(reader, status)) return Answer::kUnavailable;
  if (status == static_cast<std::uint8_t>(protocol::Status::kNotFound) && reader.AtEnd()) return Answer::kNotFound;
  // One process, one truth: sshd asks twice, and must not be told "unknown" first and "known" then.
  if (status == static_cast<std::uint8_t>(protocol::Status::kUnavailable)) BeQuiet();
  if (status != static_cast<std::uint8_t>(protocol::Status::kOk)) return Answer::kUnavailable;
  return protocol::DecodeBody(reader, reply) ? Answer::kFound : Answer::kUnavailable;
}

Answer DaemonLine::Account(std::string_view name, IdRange range, char (&packet)[kMaxAnswer],
                           protocol::AccountView& out) noexcept {
  protocol::AccountAnswer said;
  const Answer answer = Ask(protocol::AccountByName{name}, packet, sizeof packet, said);
  if (answer != Answer::kFound) return answer;
  return CanMean(name, said.name) ? CheckAccount(said, range, out) : Answer::kUnavailable;
}

Answer DaemonLine::Account(std::uint32_t uid, IdRange range, char (&packet)[kMaxAnswer],
                           protocol::AccountView& out) noexcept {
  protocol::AccountAnswer said;
  const Answer answer = Ask(protocol::AccountByUid{uid}, packet, sizeof packet, said);
  if (answer != Answer::kFound) return answer;
  return said.uid == uid ? CheckAccount(said, range, out) : Answer::kUnavailable;
}

Answer DaemonLine::Group(std::string_view name, IdRange range, char (&packet)[kMaxAnswer],
                         protocol::GroupView& out) noexcept {
  protocol::GroupAnswer said;
  const Answer answer = Ask(protocol::GroupByName{name}, packet, sizeof packet, said);
  if (answer != Answer::kFound) return answer;
  return said.name == name ? CheckGroup(said, range, out) : Answer::kUnavailable;
}

Answer DaemonLine::Group(std::uint32_t gid, IdRange range, char (&packet)[kMaxAnswer],
                         protocol::GroupView& out) noexcept {
  protocol::GroupAnswer said;
  const Answer answer = Ask(protocol::GroupByGid{gid}, packet, sizeof packet, said);
  if (answer != Answer::kFound) return answer;
  return said.gid == gid ? CheckGroup(said, range, out) : Answer::kUnavailable;
}

Answer DaemonLine::Groups(std::string_view name, GroupsExchange& exchange) noexcept {
  exchange.said.count = 0;
  return Ask(protocol::GroupsOfAccount{name}, exchange.packet, sizeof exchange.packet, exchange.said);
}

}  // namespace taglogin::nss_module
