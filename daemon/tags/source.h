// SPDX-License-Identifier: Apache-2.0
// A place that tags come from. Blocking, called on the tags worker thread only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/deadline.h"
#include "base/result.h"

namespace taglogin::daemon::tags {

struct Reading {
  std::map<std::string, std::string> tags;  // keys and values valid UTF-8, NFC, without control characters
  std::string instance_id;                  // empty if this source does not know
  std::string account_id;
  std::string region;
};

class Source {
 public:
  virtual ~Source() = default;
  // As it stands in records: "imds", "file:/etc/taglogin/tags.toml".
  virtual std::string Name() const = 0;
  // All tags, or an error (then the caller keeps the last good reading and its age). kNotFound:
  // the source answers and says that this machine shows no tags.
  virtual base::Result<Reading> Read(base::Deadline deadline) = 0;
};

// IMDSv2 at the literal address 169.254.169.254 (`endpoint` is for tests): token by PUT first, no
// proxy, no redirect, no DNS, each body at most 64 KiB, at most 64 keys.
std::unique_ptr<Source> MakeImdsSource(std::string endpoint = "http://169.254.169.254");

// A TOML file of `Key = "value"` lines, root-owned, not writable by others.
std::unique_ptr<Source> MakeFileSource(std::string path);

}  // namespace taglogin::daemon::tags
