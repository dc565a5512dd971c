// SPDX-License-Identifier: Apache-2.0
// Which keys the sshd of one connection was told to take with and without their user's verification. SSH_AUTH_INFO_0
// says which key was used and not whether it verified its user: that is known only from what sshd was told to demand.
// Loop only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/key_lines.h"
#include "policy/decide.h"

namespace taglogin::daemon {

// How long a line counts: from sshd's question about a key to the session may pass sshd's LoginGraceTime (two minutes
// unless it is set).
inline constexpr std::int64_t kVerifyMemoryMs = 10 * 60 * 1000;
inline constexpr std::size_t kMaxVerifyMemory = 200;

// Of one account: who makes sshd ask about very many keys blinds that account's memory and nobody else's.
class VerifyMemory {
 public:
  explicit VerifyMemory(std::size_t most = kMaxVerifyMemory) : most_(most) {}

  // sshd is about to be given these lines for what `key` names: sshd's process, key, principal. Times are
  // CLOCK_BOOTTIME.
  void Note(const std::string& key, const KeyLines& lines, std::int64_t now_ms);

  // Whether whoever got in from that client with any of `keys` must have been verified: sshd was told to demand it
  // for one of them, and, from there, for none to do without. When in doubt, no.
  bool MustHaveVerified(const std::vector<std::string>& keys, const policy::Request& from, std::int64_t now_ms) const;

  // Whether nothing is remembered any more.
  bool IsIdle(std::int64_t now_ms) const;

 private:
  struct Entry {
    std::int64_t verified_until = 0;
    std::int64_t unverified_until = 0;
    bool unverified_anywhere = false;
    std::vector<policy::Network> unverified_from;
  };
  bool MakeRoom(std::int64_t now_ms);
  static void AddNetworks(Entry& entry, const std::vector<policy::Network>& networks);

  std::size_t most_;
  std::map<std::string, Entry> entries_;
  std::int64_t blind_until_ = 0;  // there was no room for an entry
};

}  // namespace taglogin::daemon
