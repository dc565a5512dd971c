// SPDX-License-Identifier: Apache-2.0
// The daemon-side error: a code that says what the caller does next, and a sentence for people.
// Thin code (the modules and what they link) uses bare enums instead and never includes this.
#pragma once

#include <string>
#include <utility>

namespace taglogin::base {

enum class ErrorCode {
  kInvalid,      // the input is wrong: report it, keep what was there before, do not retry
  kNotFound,     // it does not exist: an answer, not a fault
  kAmbiguous,    // several could be meant: likewise
  kUnavailable,  // the other side does not answer now: keep the last good value, retry later
  kDeadline,     // the time given is over: as kUnavailable
  kRefused,      // the other side, or the kernel, says no: report it, retry later
  kCorrupt,      // stored bytes make no sense: rebuild them
  kInternal,     // a fault of ours: fail this one request, closed
};

// `detail` says what happened, to what, and what to do; one line, no trailing period, already
// made printable where it quotes foreign bytes (see base/printable.h).
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string detail;
};

inline Error Invalid(std::string detail) { return {ErrorCode::kInvalid, std::move(detail)}; }
inline Error NotFound(std::string detail) { return {ErrorCode::kNotFound, std::move(detail)}; }
inline Error Ambiguous(std::string detail) { return {ErrorCode::kAmbiguous, std::move(detail)}; }
inline Error Unavailable(std::string detail) { return {ErrorCode::kUnavailable, std::move(detail)}; }
inline Error Internal(std::string detail) { return {ErrorCode::kInternal, std::move(detail)}; }

}  // namespace taglogin::base
