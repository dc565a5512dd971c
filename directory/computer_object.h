// SPDX-License-Identifier: Apache-2.0
// What Active Directory says of this machine itself: its computer object, read with the machine's own credentials.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/directory.h"

namespace taglogin::directory {

struct Computer {
  std::string dn;    // for people
  std::string unit;  // the organizational unit that it lies in, the nearest one, by its name; empty: in none
  // Values of the attributes that were asked for, raw, by the name asked for; only of those that have any.
  std::map<std::string, std::vector<std::string>> attributes;
  std::set<std::string> writable;  // of those, the ones that the machine's own account may write
  // sAMAccountName of the security groups within the search base that it is in, directly or not, raw.
  std::vector<std::string> groups;
};

struct ComputerQuestion {
  std::vector<std::string> attributes;
  bool groups = false;  // whether anybody wants to know
};

// Whether an attribute holds what a computer's account may set by rights that are no plain write access (validated
// writes, MS-ADTS 3.1.1.5.3.1.1) or what the domain controller sets on its word (MS-NRPC 3.5.4.4.10).
bool IsSetByComputer(std::string_view attribute);

// Whether `text` may name an attribute (RFC 4512 1.4).
bool IsComputerAttribute(std::string_view text);

// Blocking; every call ends by its deadline. One thread at a time. Owns a connection of its own.
class ComputerObject {
 public:
  // kInvalid unless the connection is one to Active Directory as a machine's own account (bind "gssapi", no principal
  // or one that ends in '$'). `finder` as for OpenDirectory.
  static base::Result<std::unique_ptr<ComputerObject>> Open(Connection connection,
                                                            std::shared_ptr<ServerFinder> finder);
  ~ComputerObject();
  ComputerObject(const ComputerObject&) = delete;
  ComputerObject& operator=(const ComputerObject&) = delete;

  // Of the account that the connection is made with. kNotFound: there is none with a SID of the domain; kUnavailable:
  // several, or the server does not tell all; and errors of the connection.
  base::Result<Computer> Read(const ComputerQuestion& question, base::Deadline deadline);

 private:
  class Impl;
  explicit ComputerObject(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace taglogin::directory
