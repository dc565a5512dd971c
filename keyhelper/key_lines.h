// SPDX-License-Identifier: Apache-2.0
// What taglogin-keys checks before it asks and before it prints. Pure, no allocation.
#pragma once

#include <cstddef>
#include <string_view>

namespace taglogin::keyhelper {

// A fingerprint as sshd's %f gives it: ^SHA256:[A-Za-z0-9+/]{43}$ (sshd_config(5), TOKENS).
bool IsFingerprint(std::string_view text) noexcept;

// A certificate's type as sshd's %t gives it: ^[a-z0-9-]{1,40}-cert-v01@openssh\.com$.
bool IsCertificateType(std::string_view text) noexcept;

// Whether sshd may read `lines` as an authorized_keys or principals file: nothing at all, or complete lines (each
// ends in '\n') of printable ASCII, none empty.
bool ArePrintableLines(std::string_view lines) noexcept;

}  // namespace taglogin::keyhelper
