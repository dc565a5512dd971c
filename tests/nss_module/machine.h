// SPDX-License-Identifier: Apache-2.0
// A machine of one test's own: a folder with a published table, and a daemon that answers what the test
// says. A request that the test did not announce, and one that never came, fail it.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/printable.h"
#include "daemon/replica/table_publisher.h"
#include "fake_daemon.h"
#include "nss_module/lookup.h"
#include "protocol/messages.h"
#include "tests/base/temp_folder.h"
#include "tests/protocol/table_samples.h"

namespace taglogin::tests {

template <typename Message>
std::string AnswerPacket(const Message& message) {
  std::string bytes(protocol::kMaxPacket, '\0');
  protocol::Writer writer(bytes.data(), bytes.size());
  EXPECT_TRUE(protocol::EncodeAnswer(writer, message));
  bytes.resize(writer.size());
  return bytes;
}

template <typename Message>
std::string RequestPacket(const Message& message) {
  std::string bytes(protocol::kMaxPacket, '\0');
  protocol::Writer writer(bytes.data(), bytes.size());
  EXPECT_TRUE(protocol::EncodeRequest(writer, message));
  bytes.resize(writer.size());
  return bytes;
}

// What the process was told so far.
inline void ForgetTheStory(nss_module::ProcessState& state) {
  for (auto* recent : {&state.denied, &state.unanswered, &state.nameless, &state.no_group, &state.vouched}) {
    std::construct_at(recent);
  }
  state.quiet_until_ms = 0;
}

class Machine : public testing::Test {
 protected:
  Machine() : folder_(temp_.File("nss")) {
    auto opened = daemon::replica::TablePublisher::Open(folder_);
    EXPECT_TRUE(opened.has_value());
    publisher_ = std::move(*opened);
    daemon_ = FakeDaemon::Open([this](std::string_view request) { return ReplyTo(request); });
    socket_ = daemon_->socket_path();
  }
  ~Machine() override {
    daemon_.reset();
    EXPECT_TRUE(script_.empty()) << script_.size() << " requests never came";
  }

  void Publish(const daemon::replica::PublishedNames& names) {
    const auto published = publisher_->Publish(names);
    ASSERT_TRUE(published.has_value()) << published.error().detail;
    ASSERT_TRUE(published->empty());
  }

  // The next request will be this one, and is answered so.
  template <typename Message>
  void Expect(const Message& request, Reply reply) {
    const std::lock_guard lock(mutex_);
    script_.push_back({RequestPacket(request), std::move(reply)});
  }
  template <typename Message>
  void Expect(const Message& request, std::string packet) {
    Expect(request, Reply{Reply::Kind::kPacket, std::move(packet)});
  }
  template <typename Message>
  void Expect(const Message& request, protocol::Status status) {
    Expect(request, StatusPacket(static_cast<std::uint8_t>(status)));
  }

  // As if another process asked next.
  void NewProcess() { ForgetTheStory(state_); }

  nss_module::Lookup Look() {
    places_ = {folder_.c_str(), socket_.c_str()};
    return {places_, state_};
  }

  // The answer as one line: "NOT FOUND", "UNAVAILABLE", … or what passwd(5) and group(5) would hold.
  static std::string Say(nss_module::Answer answer) {
    switch (answer) {
      case nss_module::Answer::kFound:
        return "FOUND";
      case nss_module::Answer::kNotFound:
        return "NOT FOUND";
      case nss_module::Answer::kUnavailable:
        return "UNAVAILABLE";
      case nss_module::Answer::kTooSmall:
        return "TOO SMALL";
      case nss_module::Answer::kNoMemory:
        return "NO MEMORY";
    }
    return "?";
  }
  static std::string Line(const passwd& p) {
    return std::string(p.pw_name) + ":" + p.pw_passwd + ":" + std::to_string(p.pw_uid) + ":" +
           std::to_string(p.pw_gid) + ":" + p.pw_gecos + ":" + p.pw_dir + ":" + p.pw_shell;
  }
  static std::string Line(const group& g) {
    std::string line = std::string(g.gr_name) + ":" + g.gr_passwd + ":" + std::to_string(g.gr_gid) + ":";
    for (char** member = g.gr_mem; *member != nullptr; ++member) line += std::string(*member) + ",";
    return line;
  }
  std::string Account(const char* name) {
    passwd out{};
    const auto answer = Look().AccountByName(name, out, {buffer_, sizeof buffer_});
    return answer == nss_module::Answer::kFound ? Line(out) : Say(answer);
  }
  std::string Account(uid_t uid) {
    passwd out{};
    const auto answer = Look().AccountByUid(uid, out, {buffer_, sizeof buffer_});
    return answer == nss_module::Answer::kFound ? Line(out) : Say(answer);
  }
  std::string Group(const char* name) {
    group out{};
    const auto answer = Look().GroupByName(name, out, {buffer_, sizeof buffer_});
    return answer == nss_module::Answer::kFound ? Line(out) : Say(answer);
  }
  std::string Group(gid_t gid) {
    group out{};
    const auto answer = Look().GroupByGid(gid, out, {buffer_, sizeof buffer_});
    return answer == nss_module::Answer::kFound ? Line(out) : Say(answer);
  }
  // The gids that initgroups adds, "1 2 ", behind what stands in the list already.
  std::string Groups(const char* name, gid_t skip = 0, long limit = 0, long capacity = 1) {
    auto* gids = static_cast<gid_t*>(::malloc(sizeof(gid_t) * static_cast<std::size_t>(capacity)));
    long used = 0;
    nss_module::GroupList list{&used, &capacity, &gids, limit, skip};
    const auto answer = Look().GroupsOf(name, list);
    std::string out = answer == nss_module::Answer::kFound ? "" : Say(answer);
    for (long i = 0; i < used; ++i) out += std::to_string(gids[i]) + " ";
    EXPECT_LE(used, capacity);
    ::free(gids);
    return out;
  }

  test::TempFolder temp_;
  std::string folder_;
  std::string socket_;
  std::unique_ptr<daemon::replica::TablePublisher> publisher_;
  nss_module::ProcessState state_;

 private:
  struct Expected {
    std::string request;
    Reply reply;
  };
  Reply ReplyTo(std::string_view request) {
    const std::lock_guard lock(mutex_);
    if (script_.empty()) {
      ADD_FAILURE() << "the daemon was asked: " << base::Printable(request);
      return {Reply::Kind::kClose, {}};
    }
    EXPECT_EQ(base::Printable(request), base::Printable(script_.front().request));
    Reply reply = std::move(script_.front().reply);
    script_.pop_front();
    return reply;
  }

  nss_module::Places places_{};
  char buffer_[8192];
  std::mutex mutex_;
  std::deque<Expected> script_;
  std::unique_ptr<FakeDaemon> daemon_;
};

}  // namespace taglogin::tests
