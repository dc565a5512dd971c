// SPDX-License-Identifier: Apache-2.0
// taglogin-refused CODE: the forced command of a key whose owner is refused here. Says so and exits 1;
// on a host where PAM is not asked it is what stands between a right key and a shell.
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

namespace {

// ^TL-[A-Z-]{1,40}$
bool IsReasonCode(std::string_view code) noexcept {
  if (code.size() < 4 || code.size() > 43 || std::memcmp(code.data(), "TL-", 3) != 0) return false;
  code.remove_prefix(3);
  for (const char c : code) {
    if ((c < 'A' || c > 'Z') && c != '-') return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view code = argc == 2 ? argv[1] : "";
  const bool show = IsReasonCode(code);
  const std::string_view parts[] = {"taglogin: access denied", show ? " (" : "", show ? code : "", show ? ")\n" : "\n"};
  iovec line[4];
  for (int i = 0; i < 4; ++i) line[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
  // The person may already be gone; the refusal stands.
  (void)!::writev(STDERR_FILENO, line, 4);
  return 1;
}
