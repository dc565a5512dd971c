// SPDX-License-Identifier: Apache-2.0
#include "directory/netlogon_reply.h"

#include <cstddef>
#include <optional>

namespace taglogin::directory {
namespace {

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kGuid = 16;
// MS-ADTS 6.3.1.3
constexpr std::uint32_t kPaused = 24;    // LOGON_SAM_PAUSE_RESPONSE_EX
constexpr std::uint32_t kResponse = 23;  // LOGON_SAM_LOGON_RESPONSE_EX

class Reader {
 public:
  explicit Reader(std::string_view blob) : blob_(blob) {}

  std::optional<std::uint32_t> Number(std::size_t bytes) {
    if (blob_.size() - at_ < bytes) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = bytes; i > 0; --i) value = (value << 8) | Byte(at_ + i - 1);
    at_ += bytes;
    return value;
  }
  bool Skip(std::size_t bytes) {
    if (blob_.size() - at_ < bytes) return false;
    at_ += bytes;
    return true;
  }
  std::optional<std::string> Name() {
    std::string out;
    std::size_t place = at_;
    std::size_t limit = at_;  // a pointer leads in front of where the part that holds it began
    bool jumped = false;
    while (place < blob_.size()) {
      const std::size_t length = Byte(place);
      if (length >= 0xc0) {
        if (place + 1 >= blob_.size()) return std::nullopt;
        const std::size_t target = (length & 0x3f) << 8 | Byte(place + 1);
        if (!jumped) at_ = place + 2;
        jumped = true;
        if (target >= limit) return std::nullopt;
        place = limit = target;
        continue;
      }
      if (length == 0) {
        if (!jumped) at_ = place + 1;
        return out;
      }
      if (length > 0x3f || length > blob_.size() - place - 1 || out.size() + length + 1 > kMaxName) return std::nullopt;
      if (!out.empty()) out += '.';
      out += blob_.substr(place + 1, length);
      place += 1 + length;
    }
    return std::nullopt;
  }

 private:
  std::uint8_t Byte(std::size_t at) const { return static_cast<std::uint8_t>(blob_[at]); }

  std::string_view blob_;
  std::size_t at_ = 0;
};

}  // namespace

base::Result<NetlogonReply> DecodeNetlogonReply(std::string_view blob) {
  const base::Error broken = base::Invalid("the answer to the netlogon ping cannot be read");
  Reader reader(blob);
  const auto opcode = reader.Number(2);
  if (opcode == kPaused) return base::Unavailable("its net logon service is paused");
  if (opcode != kResponse || !reader.Skip(2)) return broken;
  const auto flags = reader.Number(4);
  if (!flags || !reader.Skip(kGuid)) return broken;
  NetlogonReply reply;
  reply.flags = *flags;
  std::string forest, netbios_domain, netbios_host, user;
  for (std::string* name : {&forest, &reply.domain, &reply.host, &netbios_domain, &netbios_host, &user,
                            &reply.server_site, &reply.client_site}) {
    auto read = reader.Name();
    if (!read) return broken;
    *name = *std::move(read);
  }
  return reply;
}

}  // namespace taglogin::directory
