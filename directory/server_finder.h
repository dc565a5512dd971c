// SPDX-License-Identifier: Apache-2.0
// Finds the domain controllers of a domain: DNS SRV records, this machine's site by the netlogon ping,
// the site's own servers first. Look runs on one thread of the caller's; everything else is safe from any
// thread and short, but for Wait.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/server_list.h"

namespace taglogin::directory {

class FinderNetwork;
struct SrvRecord;
struct Pinged;

// For status. Times in milliseconds of CLOCK_BOOTTIME.
struct FinderState {
  std::vector<FoundServer> servers;  // in the order to try them
  std::string site;                  // of this machine; empty: not known, or none
  std::int64_t looked_ms = 0;        // when DNS was asked last; 0: not yet
  std::string problem;               // why the last look found nothing new; empty: it went well
  std::vector<std::string> refused;  // records of DNS that were not used, a sentence each
};

class ServerFinder {
 public:
  using Clock = std::function<std::int64_t()>;
  // `seed`: of the random choice that RFC 2782 wants.
  ServerFinder(std::string domain, std::unique_ptr<FinderNetwork> network, std::uint64_t seed, Clock now_ms);
  // With the real network, clock and randomness.
  explicit ServerFinder(std::string domain);
  ~ServerFinder();
  ServerFinder(const ServerFinder&) = delete;
  ServerFinder& operator=(const ServerFinder&) = delete;

  // Looks when it is time to; gives the milliseconds until the next time, at least 1. Takes at most 12 s
  // when DNS is dead, else the time of a ping or two. Due at first; again when the records' TTL is
  // over (60 s to 15 min; 60 s while a server of the site is silent, so that it is used again soon); 5 s after the last
  // look when a server has failed since; after 2 s, doubled each time up to 30 s, while it finds nothing. What was
  // found before stays until something is found.
  std::int64_t Look();
  // Runs on the thread of Failed or Worked, without a lock: State gives something else now, and Look may be
  // due earlier than it said. Set before there is another thread.
  void OnChange(std::function<void()> changed) { changed_ = std::move(changed); }

  // The servers in the order to try them, at least one; waits for the first look. Errors: kUnavailable,
  // kNotFound (why none is known), kDeadline.
  base::Result<std::vector<FoundServer>> Wait(base::Deadline deadline);
  void Failed(const std::string& host, const std::string& why);
  void Worked(const std::string& host);
  // See ServerList.
  bool ShouldLeave(const std::string& host, std::int64_t since_ms) const;
  FinderState State() const;

 private:
  struct Found;  // what one look gathers
  Found Ask(std::string site);
  bool AskSite(Found& found, const std::string& site);
  void Ping(Found& found);
  void TakePing(Found& found, FoundServer& server, Pinged pinged);
  void Publish(Found found, std::int64_t begun_ms);

  const std::string domain_;
  const std::unique_ptr<FinderNetwork> network_;
  const Clock now_ms_;
  std::function<void()> changed_;
  std::mt19937_64 random_;        // Look's
  std::int64_t begun_ms_ = 0;     // Look's: when the last one began
  std::int64_t patience_ms_ = 0;  // Look's: between looks that find nothing

  mutable std::mutex mutex_;
  std::condition_variable looked_;
  ServerList list_;      // guarded by mutex_, as all below
  FinderState state_;    // but its servers
  base::Error problem_;  // if nothing is known
  std::int64_t due_ms_ = 0;
};

}  // namespace taglogin::directory
