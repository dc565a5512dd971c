// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "daemon/tags/computer_tags.h"
#include "daemon/tags/source.h"
#include "directory/computer_object.h"

namespace taglogin::daemon::tags {
namespace {

class DirectorySource final : public Source {
 public:
  DirectorySource(std::unique_ptr<directory::ComputerObject> computer, DirectoryTags wanted)
      : computer_(std::move(computer)), wanted_(std::move(wanted)) {
    for (const auto& [key, attribute] : wanted_.attributes) question_.attributes.push_back(attribute);
    question_.groups = !wanted_.groups.empty();
  }
  std::string Name() const override { return "directory"; }

  base::Result<Reading> Read(base::Deadline deadline) override {
    const auto computer = computer_->Read(question_, deadline);
    if (!computer) return computer.error();
    return TagsOf(*computer, wanted_);
  }

 private:
  std::unique_ptr<directory::ComputerObject> computer_;
  DirectoryTags wanted_;
  directory::ComputerQuestion question_;
};

}  // namespace

std::unique_ptr<Source> MakeDirectorySource(std::unique_ptr<directory::ComputerObject> computer, DirectoryTags wanted) {
  return std::make_unique<DirectorySource>(std::move(computer), std::move(wanted));
}

}  // namespace taglogin::daemon::tags
