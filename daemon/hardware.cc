// SPDX-License-Identifier: Apache-2.0
#include "daemon/hardware.h"

#include <stdlib.h>

#include <algorithm>

#include "base/file.h"

namespace taglogin::daemon {
namespace {

constexpr std::size_t kMaxFile = 8192;  // sysfs calls its files a page long
constexpr std::size_t kUuidLength = 36;

std::string UuidIn(const std::string& path) {
  const auto text = base::ReadFile(path, kMaxFile);
  std::string uuid = text ? text->substr(0, text->find('\n')) : std::string();
  for (char& c : uuid) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool good = uuid.size() == kUuidLength && std::all_of(uuid.begin(), uuid.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
                    });
  return good ? uuid : std::string();
}

}  // namespace

std::string HardwareId() {
  const char* credentials = ::getenv("CREDENTIALS_DIRECTORY");
  std::string uuid;
  if (credentials != nullptr) uuid = UuidIn(std::string(credentials) + "/product_uuid");
  return uuid.empty() ? UuidIn("/sys/class/dmi/id/product_uuid") : uuid;
}

}  // namespace taglogin::daemon
