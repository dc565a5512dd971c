// SPDX-License-Identifier: Apache-2.0
// Audit records to the systemd journal. Called on the audit thread, after the record is in the file.
#pragma once

#include <string>

#include "audit/event.h"

namespace taglogin::daemon::sinks {

// Sends one record: MESSAGE (one printable line), MESSAGE_ID (one per audit::Kind, below), PRIORITY
// (6 for yes, 5 for no), TAGLOGIN_REASON, TAGLOGIN_USER, TAGLOGIN_RULE, and the whole record in
// TAGLOGIN_RECORD. Best effort: the file is the record, so a journal that is absent or full is no
// error.
void SendToJournal(const audit::Event& event, const std::string& line);

// journalctl MESSAGE_ID=…
inline constexpr char kAccountCheckMessageId[] = "e6e3b258194c4d12a6b2cb5e7c80868b";
inline constexpr char kLogonMessageId[] = "5e21df6f40464f66b92d88904b130ee7";
inline constexpr char kLogoffMessageId[] = "96dd24b5894247eeacab04a060339854";
inline constexpr char kKeyRefusedMessageId[] = "98d849524d3049d99ed2c75c34892b19";
inline constexpr char kTagsMessageId[] = "c1f6a3d2b8e94f0a9d5e7b3c24610f8e";

}  // namespace taglogin::daemon::sinks
