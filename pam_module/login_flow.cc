// SPDX-License-Identifier: Apache-2.0
#include "pam_module/login_flow.h"

#include <security/pam_modules.h>

#include <cstring>

#include "protocol/login_name.h"
#include "protocol/messages.h"

namespace taglogin::pam_module {
namespace {

using protocol::Status;
using protocol::Verdict;

constexpr std::size_t kMaxMessage = 300;  // bytes of the daemon's sentence that are shown

bool IsUpper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) noexcept { return c >= 'a' && c <= 'z'; }

// ^TL-[A-Z-]{1,40}$
bool IsReasonCode(std::string_view code) noexcept {
  if (code.size() < 4 || code.size() > 43 || std::memcmp(code.data(), "TL-", 3) != 0) return false;
  code.remove_prefix(3);
  for (const char c : code) {
    if (!IsUpper(c) && c != '-') return false;
  }
  return true;
}

std::string_view WhyNot(client::Outcome outcome) noexcept {
  switch (outcome) {
    case client::Outcome::kAbsent:
      return "taglogind is not running, or has no room for one more request";
    case client::Outcome::kTimeout:
      return "taglogind did not answer in time";
    case client::Outcome::kUntrusted:
      return "whoever listens at taglogind's socket is not trusted: look at owner and mode of its folder";
    case client::Outcome::kBroken:
      return "taglogind broke the connection off, or its answer is too long";
    case client::Outcome::kAnswered:
      break;
  }
  return "no answer from taglogind";
}

std::string_view WhyNot(Status status) noexcept {
  switch (status) {
    case Status::kNotPermitted:
      return "taglogind does not take this request from this user: does the service run as root?";
    case Status::kMalformed:
      return "taglogind did not understand the request: are module and daemon of one version?";
    case Status::kUnavailable:
      return "taglogind cannot say now: see its log";
    case Status::kOk:
    case Status::kNotFound:
      break;
  }
  return "the answer of taglogind makes no sense: are module and daemon of one version?";
}

}  // namespace

Step LoginFlow::Begin() noexcept {
  if (state_ != State::kNew) return End(PAM_SERVICE_ERR);
  if (!facts_.wrong_argument.empty()) {
    log_.Add("wrong argument in the PAM configuration: ").Add(facts_.wrong_argument);
    log_.Add(" (only socket=/PATH is known); refusing");
    TellDenied("the PAM configuration of this machine is wrong", "TL-MODULE-ARGUMENT");
    return End(PAM_SERVICE_ERR);
  }
  protocol::LoginName name;
  if (!protocol::LoginName::From(facts_.user, name)) return End(PAM_USER_UNKNOWN);
  if (!Encode(name.view())) {
    log_.Add("what PAM says about ").Add(name.view()).Add(" does not fit into a request; refusing");
    TellDenied("this login carries too much to be judged", "TL-MODULE-TOOLONG");
    return End(PAM_SERVICE_ERR);
  }
  state_ = State::kAsked;
  return {Step::Kind::kAsk, {packet_, packet_size_}, PAM_SERVICE_ERR};
}

Step LoginFlow::Answered(client::Outcome outcome, std::string_view packet) noexcept {
  if (state_ != State::kAsked) return End(PAM_SERVICE_ERR);
  if (outcome != client::Outcome::kAnswered) return NoAnswer(WhyNot(outcome));
  return Read(packet);
}

Step LoginFlow::Next() noexcept {
  // Steps that were handed out are not handed out again.
  if (state_ != State::kEnding) return End(PAM_SERVICE_ERR);
  if (!log_.empty() && !logged_) {
    logged_ = true;
    return {Step::Kind::kLog, log_.view(), PAM_SERVICE_ERR};
  }
  if (!tell_.empty() && !told_) {
    told_ = true;
    return {Step::Kind::kTell, tell_.view(), PAM_SERVICE_ERR};
  }
  return {Step::Kind::kFinish, {}, code_};
}

bool LoginFlow::Encode(std::string_view name) noexcept {
  protocol::Writer writer(packet_, sizeof packet_);
  bool fits = false;
  switch (facts_.call) {
    case Call::kAccount:
      fits = protocol::EncodeRequest(writer, protocol::CheckAccount{name, facts_.service, facts_.rhost, facts_.tty});
      break;
    case Call::kOpenSession:
      fits = protocol::EncodeRequest(
          writer, protocol::OpenSession{name, facts_.service, facts_.rhost, facts_.tty, facts_.auth_info});
      break;
    case Call::kCloseSession:
      fits = protocol::EncodeRequest(writer, protocol::CloseSession{name, facts_.service});
      break;
  }
  if (fits) packet_size_ = writer.size();
  return fits;
}

Step LoginFlow::Read(std::string_view packet) noexcept {
  protocol::Reader reader(packet.data(), packet.size());
  std::uint8_t kind = 0;
  if (!protocol::DecodeHeader(reader, kind)) return NoAnswer(WhyNot(Status::kOk));
  if (kind != static_cast<std::uint8_t>(Status::kOk)) {
    if (!reader.AtEnd()) return NoAnswer(WhyNot(Status::kOk));
    if (kind == static_cast<std::uint8_t>(Status::kNotFound) && !Closing()) return End(PAM_USER_UNKNOWN);
    return NoAnswer(WhyNot(static_cast<Status>(kind)));
  }
  if (Closing()) {
    protocol::DoneAnswer done;
    return protocol::DecodeBody(reader, done) ? End(PAM_SUCCESS) : NoAnswer(WhyNot(Status::kOk));
  }
  protocol::VerdictAnswer answer;
  if (!protocol::DecodeBody(reader, answer)) return NoAnswer(WhyNot(Status::kOk));
  return ReadVerdict(answer.verdict, answer.code, answer.message);
}

Step LoginFlow::ReadVerdict(std::uint32_t verdict, std::string_view code, std::string_view message) noexcept {
  switch (static_cast<Verdict>(verdict)) {
    case Verdict::kAllow:
      return End(PAM_SUCCESS);
    case Verdict::kUnknownUser:
      return End(PAM_USER_UNKNOWN);
    case Verdict::kAccountExpired:
      TellDenied(message, code);
      return End(facts_.call == Call::kAccount ? PAM_ACCT_EXPIRED : PAM_PERM_DENIED);
    case Verdict::kDeny:
      TellDenied(message, code);
      return End(PAM_PERM_DENIED);
  }
  log_.Add("taglogind answered with ").AddHex(verdict).Add(", which is no verdict; refusing");
  TellDenied({}, {});
  return End(PAM_PERM_DENIED);
}

Step LoginFlow::NoAnswer(std::string_view why) noexcept {
  log_.Add(why);
  if (Closing()) {
    log_.Add("; the end of this session is not recorded yet");
    return End(PAM_SESSION_ERR);
  }
  log_.Add("; refusing");
  TellDenied("the login service of this machine does not answer", "TL-DAEMON-UNAVAILABLE");
  return End(PAM_AUTHINFO_UNAVAIL);
}

void LoginFlow::TellDenied(std::string_view message, std::string_view code) noexcept {
  if (Closing()) return;
  tell_.Add("taglogin: access denied");
  if (message.size() > kMaxMessage) message = {message.data(), kMaxMessage};
  if (message.ends_with('.')) message.remove_suffix(1);
  if (!message.empty()) {
    tell_.Add(": ");
    // The daemon's sentence goes on behind a colon.
    if (message.size() > 1 && IsUpper(message[0]) && IsLower(message[1])) {
      const char lower = static_cast<char>(message[0] - 'A' + 'a');
      tell_.Add({&lower, 1});
      message.remove_prefix(1);
    }
    tell_.Add(message);
  }
  if (IsReasonCode(code)) tell_.Add(" (").Add(code).Add(")");
}

Step LoginFlow::End(int code) noexcept {
  // A step asked for out of order is a fault of ours: it never keeps an earlier success.
  code_ = state_ == State::kEnding ? PAM_SERVICE_ERR : code;
  state_ = State::kEnding;
  return Next();
}

}  // namespace taglogin::pam_module
