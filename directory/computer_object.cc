// SPDX-License-Identifier: Apache-2.0
#include "directory/computer_object.h"

#include <utility>

#include "base/printable.h"
#include "directory/computer_entry.h"
#include "directory/connection_check.h"
#include "directory/directory_name.h"
#include "directory/session_keeper.h"

namespace taglogin::directory {
namespace {

// sAMAccountName of "HOST1$@CORP.EXAMPLE"; empty when it is no machine's.
std::string AccountOf(const std::string& principal) {
  std::string name = principal.substr(0, principal.find('@'));
  const bool machines =
      name.size() > 1 && name.size() <= kMaxNameBytes && name.back() == '$' && name.find('/') == std::string::npos;
  return machines ? name : std::string();
}

}  // namespace

class ComputerObject::Impl : private SessionKeeper {
 public:
  Impl(Connection connection, std::shared_ptr<ServerFinder> finder)
      : SessionKeeper(std::move(connection), std::move(finder)) {}

  base::Result<Computer> Read(const ComputerQuestion& question, base::Deadline deadline) {
    return Twice([&] { return ReadOnce(question, deadline); }, deadline);
  }

 private:
  base::Result<Computer> ReadOnce(const ComputerQuestion& question, base::Deadline deadline) {
    const BrokenPipeGuard guard;
    if (const auto begun = Connected(deadline); !begun) return begun.error();
    const EntryReader reader(session_->domain, {});
    // Whatever the keytab holds: the server has let this one in.
    const std::string account = AccountOf(pool_.account());
    if (account.empty()) return base::Invalid(base::Printable(pool_.account()) + " is no machine's account");
    auto computer = ReadComputer(*session_->connection, reader, account, question, deadline);
    // That there is no such object is no failure of the server's, which others use too.
    if (!computer && computer.error().code == base::ErrorCode::kNotFound) return computer;
    return Checked(std::move(computer));
  }
};

ComputerObject::ComputerObject(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ComputerObject::~ComputerObject() = default;

base::Result<std::unique_ptr<ComputerObject>> ComputerObject::Open(Connection connection,
                                                                   std::shared_ptr<ServerFinder> finder) {
  if (connection.kind != DirectoryKind::kActiveDirectory || connection.bind != Bind::kGssapi) {
    return base::Invalid("tags from the directory need Active Directory and bind \"gssapi\"");
  }
  const std::string& principal = connection.principal;
  if (!principal.empty() && AccountOf(principal).empty()) {
    return base::Invalid("tags from the directory: principal " + base::Printable(principal) +
                         " is no machine's account");
  }
  if (auto checked = CheckConnection(connection, finder != nullptr); !checked) return checked.error();
  return std::unique_ptr<ComputerObject>(
      new ComputerObject(std::make_unique<Impl>(std::move(connection), std::move(finder))));
}

base::Result<Computer> ComputerObject::Read(const ComputerQuestion& question, base::Deadline deadline) {
  return impl_->Read(question, deadline);
}

}  // namespace taglogin::directory
