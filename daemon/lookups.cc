// SPDX-License-Identifier: Apache-2.0
#include "daemon/lookups.h"

#include <algorithm>
#include <utility>

#include "base/deadline.h"

namespace taglogin::daemon {
namespace {

constexpr double kBurst = 50;                // searches at once
constexpr double kPerSecond = 20;            // searches in the long run
constexpr std::int64_t kNegativeMs = 15000;  // how long a missing name is believed missing
constexpr std::size_t kMaxNegatives = 10000;

std::int64_t BootMs() { return base::ClockMs(CLOCK_BOOTTIME); }

}  // namespace

Lookups::Lookups(EventLoop& loop, Search search)
    : loop_(loop), search_(std::move(search)), tokens_(kBurst), tokens_at_ms_(BootMs()) {}

void Lookups::Want(const std::string& name, std::chrono::milliseconds deadline, Waiter waiter) {
  if (const auto missing = negatives_.find(name); missing != negatives_.end()) {
    if (missing->second > BootMs()) return waiter(Result::kNotFound);
    negatives_.erase(missing);
  }
  const bool running = waiting_.contains(name);
  if (!running && !TakeToken()) return waiter(Result::kUnavailable);
  const std::uint64_t id = next_id_++;
  auto timer = loop_.After(deadline, [this, name, id] { GiveUp(name, id); });
  waiting_[name].emplace(id, Waiting{std::move(waiter), std::move(timer)});
  if (!running) search_(name);
}

void Lookups::GiveUp(const std::string& name, std::uint64_t id) {
  const auto waiting = waiting_.find(name);
  if (waiting == waiting_.end()) return;
  const auto one = waiting->second.find(id);
  if (one == waiting->second.end()) return;
  // The entry for the name stays, even empty: its search still runs and must not be started twice.
  const Waiter waiter = std::move(one->second.waiter);
  waiting->second.erase(one);
  waiter(Result::kUnavailable);
}

void Lookups::Finish(const std::string& name, Result result) {
  if (result == Result::kNotFound) Remember(name);
  const auto waiting = waiting_.find(name);
  if (waiting == waiting_.end()) return;
  const auto waiters = std::move(waiting->second);
  waiting_.erase(waiting);
  for (const auto& [id, one] : waiters) one.waiter(result);
}

void Lookups::Exists(const std::string& name) { negatives_.erase(name); }

void Lookups::Remember(const std::string& name) {
  const std::int64_t now = BootMs();
  if (negatives_.size() >= kMaxNegatives) std::erase_if(negatives_, [now](const auto& n) { return n.second <= now; });
  if (negatives_.size() >= kMaxNegatives) negatives_.erase(negatives_.begin());
  negatives_[name] = now + kNegativeMs;
}

bool Lookups::TakeToken() {
  const std::int64_t now = BootMs();
  tokens_ = std::min(kBurst, tokens_ + kPerSecond * static_cast<double>(now - tokens_at_ms_) / 1000.0);
  tokens_at_ms_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace taglogin::daemon
