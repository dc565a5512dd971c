// SPDX-License-Identifier: Apache-2.0
// The small machine of trial_world.h behind its socket in a process of its own, as the daemon is in
// life, and clients that are processes of other users. For what rests on who asks, and on how many.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

#include "protocol/messages.h"

namespace taglogin::test {

// Started as root these run as themselves; without root everybody is who runs the test.
inline constexpr std::uint32_t kDaemonUid = 61001;
inline constexpr std::uint32_t kKeyhelperUid = 61002;
inline constexpr std::uint32_t kPersonUid = 61003;  // a local user, in no directory
inline constexpr std::uint32_t kNobodyUid = 65534;

class ServedWorld {
 public:
  // `prepare` runs in the daemon's process before it gives root up.
  explicit ServedWorld(const std::function<void()>& prepare = {});
  ~ServedWorld();  // ends the process and fails the test if it had ended by itself
  ServedWorld(const ServedWorld&) = delete;
  ServedWorld& operator=(const ServedWorld&) = delete;

  const std::string& socket() const { return socket_; }
  pid_t pid() const { return pid_; }
  std::uint32_t alice_uid() const { return alice_uid_; }
  std::uint32_t carol_uid() const { return carol_uid_; }

 private:
  std::string folder_;
  std::string socket_;
  pid_t pid_ = -1;
  std::uint32_t alice_uid_ = 0;
  std::uint32_t carol_uid_ = 0;
};

template <typename Message>
std::string Packet(const Message& message) {
  std::string packet(protocol::kMaxPacket, '\0');
  protocol::Writer writer(packet.data(), packet.size());
  if (!protocol::EncodeRequest(writer, message)) return {};
  packet.resize(writer.size());
  return packet;
}

// The status that a packet is answered with; 0 when no answer came within `patience_ms`.
int StatusOf(const std::string& socket, const std::string& packet, std::int64_t patience_ms = 10000);

// This process for good: no group but its own, no capability.
void BecomeUser(std::uint32_t uid);

// A process that runs `body` until it ends or this object goes.
class Running {
 public:
  explicit Running(const std::function<void()>& body);
  ~Running();
  Running(Running&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  pid_t pid_ = -1;
};

}  // namespace taglogin::test
