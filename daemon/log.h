// SPDX-License-Identifier: Apache-2.0
// The daemon's own log: one line each on standard error, with the <N> priority prefix that
// systemd reads (sd-daemon(3)). Any thread. Only the daemon logs; libraries return errors.
#pragma once

#include <string_view>

namespace taglogin::daemon {

// Text is made printable here, whatever it quotes.
void LogError(std::string_view text);
void LogWarning(std::string_view text);
void LogNotice(std::string_view text);

}  // namespace taglogin::daemon
