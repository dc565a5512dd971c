// SPDX-License-Identifier: Apache-2.0
// Keytabs for tests, byte by byte (file format 0x0502 of MIT krb5).
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace taglogin::directory {

class KeytabFile {
 public:
  struct Key {
    std::string account = "HOST1$";  // parts divided by '/'
    std::string realm = "CORP.EXAMPLE";
    std::uint8_t version = 2;
    std::uint32_t written = 0;  // seconds since 1970
  };

  explicit KeytabFile(const std::vector<Key>& keys) {
    const int fd = ::mkstemp(path_);
    if (fd >= 0) ::close(fd);
    std::ofstream file(path_);
    file << std::string("\x05\x02", 2);
    for (const Key& key : keys) {
      const std::string entry = Entry(key);
      file << Number(static_cast<std::uint32_t>(entry.size())) << entry;
    }
  }
  ~KeytabFile() { ::unlink(path_); }
  KeytabFile(const KeytabFile&) = delete;
  KeytabFile& operator=(const KeytabFile&) = delete;
  const char* path() const { return path_; }

 private:
  static std::string Number(std::uint32_t number) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
    return out;
  }
  static std::string Counted(const std::string& text) {
    return Number(static_cast<std::uint32_t>(text.size())).substr(2) + text;
  }
  // An AES-256 key.
  static std::string Entry(const Key& key) {
    std::string names;
    std::uint32_t count = 0;
    for (std::size_t from = 0; from != std::string::npos; ++count) {
      const std::size_t to = key.account.find('/', from);
      names += Counted(key.account.substr(from, to == std::string::npos ? to : to - from));
      from = to == std::string::npos ? to : to + 1;
    }
    constexpr std::uint32_t kNtPrincipal = 1;
    constexpr std::uint32_t kAes256 = 18;
    return Number(count).substr(2) + Counted(key.realm) + names + Number(kNtPrincipal) + Number(key.written) +
           static_cast<char>(key.version) + Number(kAes256).substr(2) + Counted(std::string(32, 'k'));
  }

  char path_[32] = "/tmp/taglogin-keytab-XXXXXX";
};

}  // namespace taglogin::directory
