// SPDX-License-Identifier: Apache-2.0
#include "daemon/verify_memory.h"

#include <algorithm>
#include <set>

namespace taglogin::daemon {
namespace {

// Many different lists within minutes are no limit worth keeping.
constexpr std::size_t kMaxNetworks = 256;

bool MayBeIn(const std::vector<policy::Network>& networks, const policy::Request& from) {
  // sshd knows the address of a client of which only a name is known here.
  if (from.client != policy::Request::Client::kAddress) return true;
  return std::any_of(networks.begin(), networks.end(),
                     [&](const policy::Network& network) { return network.Contains(from.address); });
}

}  // namespace

bool VerifyMemory::MakeRoom(std::int64_t now_ms) {
  if (entries_.size() < most_) return true;
  std::erase_if(entries_, [now_ms](const auto& entry) {
    return entry.second.verified_until <= now_ms && entry.second.unverified_until <= now_ms;
  });
  return entries_.size() < most_;
}

void VerifyMemory::Note(const std::string& key, const KeyLines& lines, std::int64_t now_ms) {
  if (!lines.verified && !lines.unverified) return;
  if (!entries_.contains(key) && !MakeRoom(now_ms)) {
    blind_until_ = now_ms + kVerifyMemoryMs;
    return;
  }
  Entry& entry = entries_[key];
  if (lines.verified) entry.verified_until = now_ms + kVerifyMemoryMs;
  if (!lines.unverified) return;
  if (entry.unverified_until <= now_ms) {
    entry.unverified_from.clear();
    entry.unverified_anywhere = false;
  }
  entry.unverified_until = now_ms + kVerifyMemoryMs;
  const std::size_t further = lines.unverified_from.size();
  if (further == 0 || further > kMaxNetworks) entry.unverified_anywhere = true;
  if (!entry.unverified_anywhere) AddNetworks(entry, lines.unverified_from);
  if (entry.unverified_anywhere) entry.unverified_from.clear();
}

void VerifyMemory::AddNetworks(Entry& entry, const std::vector<policy::Network>& networks) {
  std::set<std::string> known;
  for (const auto& network : entry.unverified_from) known.insert(network.ToString());
  for (const auto& network : networks) {
    if (known.insert(network.ToString()).second) entry.unverified_from.push_back(network);
  }
  entry.unverified_anywhere = known.size() > kMaxNetworks;
}

bool VerifyMemory::IsIdle(std::int64_t now_ms) const {
  return blind_until_ <= now_ms && std::all_of(entries_.begin(), entries_.end(), [now_ms](const auto& entry) {
           return entry.second.verified_until <= now_ms && entry.second.unverified_until <= now_ms;
         });
}

bool VerifyMemory::MustHaveVerified(const std::vector<std::string>& keys, const policy::Request& from,
                                    std::int64_t now_ms) const {
  if (now_ms < blind_until_) return false;
  bool verified = false;
  for (const std::string& key : keys) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) continue;
    const Entry& entry = found->second;
    const bool applies = entry.unverified_anywhere || MayBeIn(entry.unverified_from, from);
    if (entry.unverified_until > now_ms && applies) return false;
    verified = verified || entry.verified_until > now_ms;
  }
  return verified;
}

}  // namespace taglogin::daemon
