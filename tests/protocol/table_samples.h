// SPDX-License-Identifier: Apache-2.0
// Names to publish, and what must then be answered, written out by hand.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "daemon/replica/published_names.h"

namespace taglogin::tests {

inline constexpr std::uint32_t kLower = 200000;
inline constexpr std::uint32_t kUpper = 2000200000;
inline constexpr std::int64_t kNobodyExpires = 5000;  // boot ms

inline daemon::replica::PublishedNames SampleNames() {
  daemon::replica::PublishedNames names;
  names.id_lower = kLower;
  names.id_upper = kUpper;
  names.accounts = {
      {"alice", 1201104, 1200513, "Alice Arden", "/home/alice", "/bin/bash", {1200513, 1201110, 2000200000}},
      {"bob", 1201105, 1200513, "", "/home/bob", "/bin/sh", {1200513}},
      {"c.d-e_9", 1201103, 1200514, "C", "/srv/c", "/usr/bin/zsh", {}},
  };
  names.groups = {{"ssh-prod-web", 1201110}, {"domain users", 1200513}, {"taglogin-users", 2000200000}};
  names.negatives = {{"nobody2", kNobodyExpires}};
  return names;
}

// The bytes in an allocation of exactly their size, so that a sanitizer sees the first byte read behind it.
class ExactCopy {
 public:
  explicit ExactCopy(const std::string& bytes) : size_(bytes.size()), bytes_(new char[bytes.size()]) {
    std::memcpy(bytes_.get(), bytes.data(), bytes.size());
  }
  char* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace taglogin::tests
