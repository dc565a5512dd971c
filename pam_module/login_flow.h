// SPDX-License-Identifier: Apache-2.0
// What one PAM call means: a pure state machine. Events go in (what PAM said, what the daemon
// answered), steps come out (ask the daemon, log, tell the person, finish with a code). No libpam
// call, no socket, no clock: pam_call.cc carries the steps out.
//
// Every path ends in a denying code unless an answer was decoded to its last byte and says
// Verdict::kAllow (or, for a closed session, that it was recorded). PAM_IGNORE is never an end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "client/client.h"
#include "pam_module/line.h"

namespace taglogin::pam_module {

enum class Call : std::uint8_t {
  kAccount,       // pam_sm_acct_mgmt: who, where, in what state
  kOpenSession,   // pam_sm_open_session: how; a refusal here leaves sshd without a session
  kCloseSession,  // pam_sm_close_session: tells the daemon
};

inline constexpr std::int64_t kAccountDeadlineMs = 5000;
inline constexpr std::int64_t kSessionDeadlineMs = 5000;

// Bytes of the largest request sent. Several certificates fit into SSH_AUTH_INFO_0; a call whose
// facts do not fit is refused.
inline constexpr std::size_t kMaxRequest = 32768;

// What PAM says at this call, read anew each time (a module before us may have changed PAM_USER).
// The views outlive the flow; empty when PAM has no such item.
struct Facts {
  Call call = Call::kAccount;
  std::string_view user;            // PAM_USER
  std::string_view service;         // PAM_SERVICE
  std::string_view rhost;           // PAM_RHOST
  std::string_view tty;             // PAM_TTY
  std::string_view auth_info;       // SSH_AUTH_INFO_0 of the PAM environment; for kOpenSession
  std::string_view wrong_argument;  // the module argument that is not known; empty: all are
};

struct Step {
  enum class Kind : std::uint8_t {
    kAsk,     // send `text`, one packet, to the daemon; then Answered()
    kLog,     // write `text`, one line of printable ASCII, to the system log; then Next()
    kTell,    // show `text`, one line of printable ASCII, to the person; then Next()
    kFinish,  // return `code` to PAM
  };
  Kind kind = Kind::kFinish;
  std::string_view text;  // lives as long as the flow
  int code = 0;           // kFinish: a PAM return code
};

class LoginFlow {
 public:
  explicit LoginFlow(const Facts& facts) noexcept : facts_(facts) {}

  Step Begin() noexcept;
  // `packet` is looked at when `outcome` is kAnswered. Without a question asked: a denial.
  Step Answered(client::Outcome outcome, std::string_view packet) noexcept;
  Step Next() noexcept;

 private:
  enum class State : std::uint8_t { kNew, kAsked, kEnding };

  bool Encode(std::string_view name) noexcept;
  Step Read(std::string_view packet) noexcept;
  Step ReadVerdict(std::uint32_t verdict, std::string_view code, std::string_view message) noexcept;
  Step End(int code) noexcept;
  Step NoAnswer(std::string_view why) noexcept;
  void TellDenied(std::string_view message, std::string_view code) noexcept;
  bool Closing() const noexcept { return facts_.call == Call::kCloseSession; }

  Facts facts_;
  State state_ = State::kNew;
  int code_ = 0;
  bool logged_ = false;
  bool told_ = false;
  Line log_;
  Line tell_;
  std::size_t packet_size_ = 0;
  char packet_[kMaxRequest];
};

}  // namespace taglogin::pam_module
