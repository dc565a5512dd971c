// SPDX-License-Identifier: Apache-2.0
// Copies a found entry into the caller's struct and buffer (getpwnam_r(3)): sizes first, copies then.
// Every pointer handed out points into that buffer, the constant "x" included: a caller may outlive us.
#pragma once

#include <grp.h>
#include <pwd.h>

#include <cstddef>

#include "nss_module/answer.h"
#include "protocol/table_reader.h"

namespace taglogin::nss_module {

struct CallerBuffer {
  char* start = nullptr;
  std::size_t bytes = 0;
};

// kFound, or kTooSmall with `out` and the buffer untouched. pw_passwd is "x" and no hash: pam_unix then
// refuses a directory user whom a broken PAM stack sends its way.
Answer PackAccount(const protocol::AccountView& account, passwd& out, CallerBuffer buffer) noexcept;

// The same for a group; its member list is empty: who is in a group is not told to everybody.
Answer PackGroup(const protocol::GroupView& found, group& out, CallerBuffer buffer) noexcept;

}  // namespace taglogin::nss_module
