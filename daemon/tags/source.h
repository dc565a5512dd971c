// SPDX-License-Identifier: Apache-2.0
// A place that tags come from. Blocking, called on the tags worker thread only.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace taglogin::directory {
class ComputerObject;
}

namespace taglogin::daemon::tags {

struct Reading {
  std::map<std::string, std::string> tags;  // keys and values valid UTF-8, NFC, without control characters
  std::string instance_id;                  // empty if this source does not know
  std::string account_id;
  std::string region;
  // What was left out and why: printable, one sentence each. A tag is left out when its key or
  // value is not plain text (see check_tag.h); keys that differ by case alone are different keys.
  std::vector<std::string> warnings;
};

class Source {
 public:
  virtual ~Source() = default;
  // As it stands in records: "imds", "directory", "file:/etc/taglogin/tags.toml".
  virtual std::string Name() const = 0;
  // All tags, or an error (then the caller keeps the last good reading and its age). kNotFound:
  // the source answers and says that this machine shows no tags.
  virtual base::Result<Reading> Read(base::Deadline deadline) = 0;
};

inline constexpr std::size_t kMaxTags = 64;

// IMDSv2 at the literal address 169.254.169.254 (`endpoint` is for tests): token by PUT first and
// never without one (version 1 is not spoken), no proxy, no redirect, no DNS, each body at most
// 64 KiB, at most kMaxTags keys. The token is kept in memory between readings. With `certificates` (PEM) a reading
// without an identity document that one of them has signed, of this instance, is an error (kRefused, kInvalid).
inline constexpr char kImdsEndpoint[] = "http://169.254.169.254";
std::unique_ptr<Source> MakeImdsSource(std::string endpoint = kImdsEndpoint, std::string certificates = {});

// DescribeTags of the EC2 API, asked with the credentials of the instance's role, which IMDSv2 gives along with the
// instance id and the region. At most kMaxTags tags. The API's words come back as errors: kRefused (what the role may
// not, credentials that are not accepted, a clock that is wrong), kInvalid (an answer that is none).
struct Ec2ApiPlace {
  std::string endpoint;      // "https://HOST", empty: the region's own
  std::string ca_file;       // PEM; empty: the system's
  std::string certificates;  // as MakeImdsSource
  std::string imds = kImdsEndpoint;
};
std::unique_ptr<Source> MakeEc2ApiSource(Ec2ApiPlace place);

// The metadata servers of Google Compute Engine and Azure, by literal address, as ImdsSource in all else. Neither was
// ever asked: what is known of them are the formats in their makers' documentation. Nothing is signed. A reading
// without the ids of machine and account is none (kInvalid). GCE shows no labels; each attribute of the instance whose
// name begins with "taglogin-" is the tag of the rest of it.
std::unique_ptr<Source> MakeGceSource(std::string endpoint = kImdsEndpoint);
std::unique_ptr<Source> MakeAzureSource(std::string endpoint = kImdsEndpoint);

// A TOML file of `Key = "value"` lines, root-owned, not writable by others, at most 64 KiB and
// kMaxTags keys. Refused whole (kInvalid) where a line is wrong; kUnavailable when it does not exist.
std::unique_ptr<Source> MakeFileSource(std::string path);

// This machine's computer object in Active Directory. What becomes a tag; keys are as CheckKey gives them, and in one
// of these alone.
struct DirectoryTags {
  std::map<std::string, std::string> attributes;  // key -> attribute with one value
  std::map<std::string, std::string> groups;      // key -> pattern with one '*', "env-*": what stands there in the name
                                                  // of the one such group that the machine is in, directly or not
  std::string unit;                               // key for the name of the nearest organizational unit; empty: none
  bool empty() const { return attributes.empty() && groups.empty() && unit.empty(); }
};
std::unique_ptr<Source> MakeDirectorySource(std::unique_ptr<directory::ComputerObject> computer, DirectoryTags wanted);

// Whether a PEM text holds certificates, all of them sound, as MakeImdsSource takes them.
bool AreCertificates(const std::string& pem);

}  // namespace taglogin::daemon::tags
