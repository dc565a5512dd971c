// SPDX-License-Identifier: Apache-2.0
// A directory behind one kept session: what each kind of directory has to bring is one try of each call. Private to
// this room. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/deadline.h"
#include "base/result.h"
#include "directory/broken_pipe.h"
#include "directory/directory.h"
#include "directory/session_keeper.h"

namespace taglogin::directory {

class KeptDirectory : public Directory, protected SessionKeeper {
 public:
  base::Result<Closure> Walk(const WalkRequest& request, base::Deadline deadline) final {
    const BrokenPipeGuard guard;
    return Twice([&] { return WalkOnce(request, deadline); }, deadline);
  }
  base::Result<Member> FindAccount(const std::string& login_name, base::Deadline deadline) final {
    const BrokenPipeGuard guard;
    return Twice([&] { return FindOnce(login_name, deadline); }, deadline);
  }
  base::Result<bool> Changed(base::Deadline deadline) final {
    const BrokenPipeGuard guard;
    return Twice([&] { return ChangedOnce(deadline); }, deadline);
  }
  std::string server() const override { return SessionKeeper::server(); }
  std::uint64_t operations() const override { return SessionKeeper::operations(); }

 protected:
  KeptDirectory(Connection connection, std::shared_ptr<ServerFinder> finder)
      : SessionKeeper(std::move(connection), std::move(finder)) {}

  // As the calls of Directory; Twice tries them.
  virtual base::Result<Closure> WalkOnce(const WalkRequest& request, base::Deadline deadline) = 0;
  virtual base::Result<Member> FindOnce(const std::string& login_name, base::Deadline deadline) = 0;
  virtual base::Result<bool> ChangedOnce(base::Deadline deadline) = 0;
};

}  // namespace taglogin::directory
