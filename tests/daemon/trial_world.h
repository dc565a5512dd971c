// SPDX-License-Identifier: Apache-2.0
// A small machine for tests of the handlers: rules, tags and a snapshot built by the real builder
// from a hand-made closure; a real loop, socket, audit file and session ledger in a folder of the
// test's own. No directory: a search is answered by the test.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/client.h"
#include "daemon/admin_service.h"
#include "daemon/login_service.h"
#include "daemon/name_service.h"
#include "daemon/server.h"
#include "tests/base/temp_folder.h"

namespace taglogin::test {

inline constexpr char kAliceKey[] = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

class TrialWorld {
 public:
  // Rules: members of ssh-prod-web may log in where Environment=prod. alice is in it; carol is in it
  // and disabled; bob is not.
  // Whoever asks counts as root.
  explicit TrialWorld(const std::string& more_rules = "");
  // Those who ask are who they are, and this uid is the keyhelper's.
  struct RealPeers {
    std::uint32_t keyhelper;
  };
  explicit TrialWorld(RealPeers peers) : TrialWorld("", peers.keyhelper) {}

  // Runs `client` on a thread and the loop until it is done.
  void With(const std::function<void()>& client);
  // A request over the socket; nothing when the status is not kOk (then `status` says which).
  template <typename Answer, typename Message>
  std::optional<Answer> Ask(const Message& message, protocol::Status& status);
  // The audit file's records.
  std::vector<nlohmann::json> Records() const;

  daemon::Core& core() { return *core_; }
  const TempFolder& folder() const { return folder_; }
  const std::string& socket() const { return socket_; }
  const daemon::RequestTable& requests() const { return *requests_; }
  daemon::EventLoop& loop() { return *loop_; }
  std::vector<std::string>& searched() { return searched_; }
  daemon::Lookups& lookups() { return *lookups_; }
  const directory::SshKey& alice_key() const { return core_->view.snapshot->Find("alice")->keys.front(); }

 private:
  TrialWorld(const std::string& more_rules, std::optional<std::uint32_t> keyhelper);
  daemon::AdminActions Actions();
  daemon::View MakeView(const std::string& more_rules) const;

  TempFolder folder_;
  std::string socket_;
  daemon::Settings settings_;
  std::unique_ptr<daemon::EventLoop> loop_;
  std::vector<std::string> searched_;
  std::unique_ptr<daemon::Lookups> lookups_;
  std::unique_ptr<daemon::Recorder> recorder_;
  std::unique_ptr<daemon::Core> core_;
  std::unique_ptr<daemon::SessionKeeper> sessions_;
  std::unique_ptr<daemon::LoginService> logins_;
  std::unique_ptr<daemon::NameService> names_;
  std::unique_ptr<daemon::AdminService> admin_;
  std::unique_ptr<daemon::RequestTable> requests_;
  std::unique_ptr<daemon::Server> server_;
  std::string buffer_;  // what the views of the last answer point into
};

template <typename Answer, typename Message>
std::optional<Answer> TrialWorld::Ask(const Message& message, protocol::Status& status) {
  std::string packet(protocol::kMaxPacket, '\0');
  protocol::Writer writer(packet.data(), packet.size());
  EXPECT_TRUE(protocol::EncodeRequest(writer, message));
  packet.resize(writer.size());
  buffer_.assign(protocol::kMaxPacket, '\0');
  std::size_t size = 0;
  const auto outcome =
      client::Ask(socket_.c_str(), packet, buffer_.data(), buffer_.size(), size, base::Deadline::After(10000));
  EXPECT_EQ(outcome, client::Outcome::kAnswered);
  protocol::Reader reader(buffer_.data(), size);
  std::uint8_t kind = 0;
  EXPECT_TRUE(protocol::DecodeHeader(reader, kind));
  status = static_cast<protocol::Status>(kind);
  if (status != protocol::Status::kOk) return std::nullopt;
  Answer answer;
  EXPECT_TRUE(protocol::DecodeBody(reader, answer));
  return answer;
}

}  // namespace taglogin::test
