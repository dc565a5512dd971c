// SPDX-License-Identifier: Apache-2.0
// Runs a program under test as sshd would: its own standard streams, given environment, nothing else.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace taglogin::tests {

class Child {
 public:
  // `inherited`, if not -1, is left open in the child as descriptor 9.
  Child(const std::vector<std::string>& arguments, const std::vector<std::string>& environment, int inherited = -1);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  int output() const { return output_.get(); }
  void CloseOutput() { output_.reset(); }
  std::string ReadAll();     // standard output until its end
  std::string ReadErrors();  // standard error until its end
  bool Running();
  // As waitpid(2): the exit code, or 1000 + the signal that ended it.
  int Wait();

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  base::UniqueFd output_;
  base::UniqueFd errors_;
};

}  // namespace taglogin::tests
