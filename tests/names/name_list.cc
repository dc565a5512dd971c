// SPDX-License-Identifier: Apache-2.0
#include "tests/names/name_list.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace taglogin::tests {
namespace {

[[noreturn]] void Die(const std::string& why) {
  (void)std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::strtoul(hex.substr(i, 2).c_str(), nullptr, 16));
  }
  return bytes;
}

std::vector<OddName> Read(const std::string& path, std::size_t at_least) {
  std::ifstream file(path);
  std::vector<OddName> names;
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    if (second == std::string::npos) Die(path + ": not three fields: " + line);
    OddName name{line.substr(0, first), FromHex(line.substr(first + 1, second - first - 1)), {}};
    if (std::string canonical = line.substr(second + 1); canonical != "-") name.canonical = std::move(canonical);
    names.push_back(std::move(name));
  }
  if (names.size() < at_least) Die(path + ": holds " + std::to_string(names.size()) + " strings only");
  return names;
}

}  // namespace

const std::vector<OddName>& LoginNames() {
  static const std::vector<OddName> names = Read(TAGLOGIN_NAME_LISTS "/login_names.tsv", 600);
  return names;
}

const std::vector<OddName>& NaughtyStrings() {
  static const std::vector<OddName> names = Read(TAGLOGIN_NAME_LISTS "/naughty_strings.tsv", 200);
  return names;
}

std::vector<OddName> AllOddStrings() {
  std::vector<OddName> all = LoginNames();
  all.insert(all.end(), NaughtyStrings().begin(), NaughtyStrings().end());
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  std::vector<OddName> some;
  for (std::size_t i = 0; i < all.size(); i += 5) some.push_back(std::move(all[i]));
  return some;
#else
  return all;
#endif
}

}  // namespace taglogin::tests
