// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <unistd.h>

#include <string>

#include "base/printable.h"

namespace taglogin::daemon {
namespace {

constexpr std::size_t kMaxLine = 2000;

void Line(char priority, std::string_view text) {
  std::string line = "<";
  line += priority;
  line += ">taglogind: " + base::Printable(text, kMaxLine) + "\n";
  // One write keeps lines of different threads apart; a log that cannot be written is nobody's gain to report.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void LogError(std::string_view text) { Line('3', text); }
void LogWarning(std::string_view text) { Line('4', text); }
void LogNotice(std::string_view text) { Line('5', text); }

}  // namespace taglogin::daemon
