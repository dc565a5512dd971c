// SPDX-License-Identifier: Apache-2.0
// One packet of a hostile daemon, as each client reads it: PAM gives success for one packet alone, NSS
// believes what passwd(5) can hold and what was asked for, and the codec agrees with a second reader.
// Input: which request was sent, then the answer's bytes.
#include <security/pam_modules.h>

#include <algorithm>
#include <array>
#include <regex>

#include "client/client.h"
#include "nss_module/ask_daemon.h"
#include "pam_module/login_flow.h"
#include "protocol/messages.h"
#include "tests/fuzz/wire_model.h"

namespace taglogin {
namespace {

std::string_view answer_on_the_wire;

}  // namespace

// The only part of client/ that these parts need, in the place of the real one: no socket.
client::Outcome client::Ask(const char* /*socket_path*/, std::string_view request, char* buffer, std::size_t capacity,
                            std::size_t& size, base::Deadline /*deadline*/) noexcept {
  FUZZ_CHECK(request.substr(0, 3) == "TL\x01");
  if (answer_on_the_wire.size() > capacity) return Outcome::kBroken;
  answer_on_the_wire.copy(buffer, answer_on_the_wire.size());
  size = answer_on_the_wire.size();
  return Outcome::kAnswered;
}

namespace {

using nss_module::Answer;

constexpr char kAllow[] = "\xe1\x96\x3c\x5a";  // 0x5a3c96e1, docs/protocol.md

bool IsOk(std::string_view packet) { return packet.substr(0, 4) == "TL\x01\x01"; }

template <typename Message>
void TryCodec(std::string_view packet, const char* fields, std::size_t most = 0) {
  if (!IsOk(packet)) return;
  protocol::Reader reader(packet.data(), packet.size());
  std::uint8_t status = 0;
  FUZZ_CHECK(protocol::DecodeHeader(reader, status) && status == 1);
  static Message message;
  const bool decoded = protocol::DecodeBody(reader, message);
  const auto expected = fuzz::WireModel::Read(fields, most, packet.substr(4));
  FUZZ_CHECK(decoded == expected.has_value());
  if (!decoded) return;
  FUZZ_CHECK(fuzz::FieldList::Of(message) == *expected);
  std::string written(protocol::kMaxPacket, '\0');
  protocol::Writer writer(written.data(), written.size());
  FUZZ_CHECK(protocol::EncodeAnswer(writer, message));
  FUZZ_CHECK(std::string_view(written).substr(0, writer.size()) == packet);
}

void TryPam(pam_module::Call call, std::string_view packet) {
  pam_module::Facts facts;
  facts.call = call;
  facts.user = "alice";
  facts.service = "sshd";
  static std::optional<pam_module::LoginFlow> flow;
  flow.emplace(facts);
  FUZZ_CHECK(flow->Begin().kind == pam_module::Step::Kind::kAsk);
  pam_module::Step step = flow->Answered(client::Outcome::kAnswered, packet);
  for (int steps = 0; step.kind != pam_module::Step::Kind::kFinish; step = flow->Next()) {
    FUZZ_CHECK(++steps <= 2 && step.kind != pam_module::Step::Kind::kAsk);
    FUZZ_CHECK(fuzz::IsPrintableLine(step.text) && step.text.size() <= pam_module::Line::kMax);
  }
  const auto verdict = IsOk(packet) ? fuzz::WireModel::Read("nss", 0, packet.substr(4)) : std::nullopt;
  const bool yes = call == pam_module::Call::kCloseSession ? packet == std::string_view("TL\x01\x01")
                                                           : verdict && verdict->front() == kAllow;
  FUZZ_CHECK((step.code == PAM_SUCCESS) == yes);
  FUZZ_CHECK(step.code != PAM_IGNORE);
  // A step too many takes a success back.
  FUZZ_CHECK(flow->Answered(client::Outcome::kAnswered, packet).code != PAM_SUCCESS);
}

bool IsPasswdText(std::string_view text) {
  return fuzz::IsPrintableLine(text) && text.find(':') == std::string_view::npos && text.size() <= 1024;
}

void CheckAccount(const protocol::AccountView& account, nss_module::IdRange range) {
  static const std::regex kName("^[a-z_][a-z0-9_.-]{0,31}(@[a-z0-9.-]{1,64})?$");
  FUZZ_CHECK(std::regex_match(account.name.begin(), account.name.end(), kName) && account.name != "root" &&
             !account.name.starts_with("root@"));
  FUZZ_CHECK(account.uid >= range.lower && account.uid <= range.upper && account.gid >= range.lower);
  FUZZ_CHECK(account.gid <= range.upper && IsPasswdText(account.gecos));
  FUZZ_CHECK(IsPasswdText(account.home) && account.home.starts_with('/'));
  FUZZ_CHECK(IsPasswdText(account.shell) && account.shell.starts_with('/'));
}

void TryNss() {
  constexpr nss_module::IdRange kRange{200000, 2000200000};
  static char packet[nss_module::kMaxAnswer];
  std::atomic<std::int64_t> quiet{0};
  const auto line = [&quiet] {
    quiet = 0;
    return nss_module::DaemonLine("/run/taglogin/socket", quiet);
  };
  protocol::AccountView account;
  if (line().Account("alice", kRange, packet, account) == Answer::kFound) {
    CheckAccount(account, kRange);
    FUZZ_CHECK(account.name == "alice");
  }
  // Another spelling may be anybody's; what comes back is a name all the same.
  if (line().Account("alice@corp.example.com", kRange, packet, account) == Answer::kFound)
    CheckAccount(account, kRange);
  if (line().Account(1201104, kRange, packet, account) == Answer::kFound) {
    CheckAccount(account, kRange);
    FUZZ_CHECK(account.uid == 1201104);
  }
  protocol::GroupView group;
  if (line().Group("ssh-prod-web", kRange, packet, group) == Answer::kFound) {
    FUZZ_CHECK(group.name == "ssh-prod-web" && kRange.Holds(group.gid));
  }
  if (line().Group(1201110, kRange, packet, group) == Answer::kFound) {
    FUZZ_CHECK(group.gid == 1201110 && IsPasswdText(group.name) && !group.name.empty() && group.name != "root");
  }
  static nss_module::GroupsExchange groups;
  if (line().Groups("alice", groups) == Answer::kFound) FUZZ_CHECK(groups.said.count <= protocol::kMaxGroups);
}

}  // namespace
}  // namespace taglogin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  fuzz::Input input(data, size);
  const std::uint8_t call = input.Byte();
  const std::string_view packet = input.Rest();
  answer_on_the_wire = packet;
  TryCodec<protocol::AccountAnswer>(packet, "snnsss");
  TryCodec<protocol::GroupAnswer>(packet, "sn");
  TryCodec<protocol::GroupsAnswer>(packet, "*n", protocol::kMaxGroups);
  TryCodec<protocol::KeysAnswer>(packet, "s");
  TryCodec<protocol::VerdictAnswer>(packet, "nss");
  TryCodec<protocol::DoneAnswer>(packet, "");
  TryCodec<protocol::AdminAnswer>(packet, "bbs");
  TryPam(static_cast<pam_module::Call>(call % 3), packet);
  TryNss();
  return 0;
}
