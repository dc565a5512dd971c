// SPDX-License-Identifier: Apache-2.0
// Stands in for taglogind: a real SOCK_SEQPACKET socket in a folder of its own, whose every answer
// a test decides. Its thread starts in Open() and ends in Stop().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace taglogin::tests {

struct Reply {
  enum class Kind {
    kPacket,   // answers with `bytes`
    kClose,    // hangs up without an answer
    kSilence,  // never answers, and keeps the connection open until Stop()
  };
  Kind kind = Kind::kPacket;
  std::string bytes;
};

class FakeDaemon {
 public:
  // Called in the fake's thread with each request packet.
  using Handler = std::function<Reply(std::string_view request)>;

  // `folder_mode` is the mode of the socket's folder; clients do not trust one that others can write.
  static std::unique_ptr<FakeDaemon> Open(Handler handler, unsigned folder_mode = 0755);
  ~FakeDaemon();

  const std::string& socket_path() const { return socket_path_; }
  void Stop();

 private:
  FakeDaemon() = default;
  void Serve();
  void ServeOne(int connection);

  Handler handler_;
  std::string folder_;
  std::string socket_path_;
  base::UniqueFd listening_;
  base::UniqueFd stop_;
  std::vector<base::UniqueFd> held_;
  std::thread thread_;
};

// A request as text: `CheckAccount name="alice" service="sshd" rhost="10.0.0.7" tty="ssh"`; bytes that
// are not printable are escaped. "malformed …" when it does not decode.
std::string DescribeRequest(std::string_view packet);

// Answer packets, encoded with the real codec.
std::string VerdictPacket(std::uint32_t verdict, std::string_view code, std::string_view message);
std::string StatusPacket(std::uint8_t status);
std::string DonePacket();
std::string KeysPacket(std::string_view lines);

}  // namespace taglogin::tests
