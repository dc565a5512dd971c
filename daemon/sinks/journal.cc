// SPDX-License-Identifier: Apache-2.0
#include "daemon/sinks/journal.h"

#include <sys/uio.h>

#include <vector>

#include "base/printable.h"

// Our own source line is of no use to the reader of a record.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

namespace taglogin::daemon::sinks {
namespace {

const char* MessageId(audit::Kind kind) {
  switch (kind) {
    case audit::Kind::kAccountCheck:
      return kAccountCheckMessageId;
    case audit::Kind::kLogon:
      return kLogonMessageId;
    case audit::Kind::kLogoff:
      return kLogoffMessageId;
    case audit::Kind::kKeyRefused:
      return kKeyRefusedMessageId;
    case audit::Kind::kTags:
      return kTagsMessageId;
  }
  return kLogonMessageId;
}

const char* What(const audit::Event& event) {
  switch (event.kind) {
    case audit::Kind::kAccountCheck:
      return "account check passed";
    case audit::Kind::kLogon:
      return event.allowed ? "login allowed" : "login refused";
    case audit::Kind::kLogoff:
      return event.allowed ? "session over" : "session ended by taglogin";
    case audit::Kind::kKeyRefused:
      return "key offered by an account that would be refused";
    case audit::Kind::kTags:
      return event.allowed ? "a change of the tags counts" : "the tags have changed";
  }
  return "login";
}

std::string Message(const audit::Event& event) {
  std::string text = event.user_name.empty() ? What(event) : event.user_name + ": " + What(event);
  const std::string& client = event.client_address.empty() ? event.client_host : event.client_address;
  if (!client.empty()) text += " from " + client;
  if (!event.reason_code.empty()) text += ", " + event.reason_code;
  if (!event.detail.empty()) text += ": " + event.detail;
  return text;
}

}  // namespace

void SendToJournal(const audit::Event& event, const std::string& line) {
  std::vector<std::string> fields = {
      "MESSAGE=" + base::Printable(Message(event), 1024),
      std::string("MESSAGE_ID=") + MessageId(event.kind),
      std::string("PRIORITY=") + (event.allowed ? "6" : "5"),
      "TAGLOGIN_USER=" + base::Printable(event.user_name),
      "TAGLOGIN_RECORD=" + line,
  };
  if (!event.reason_code.empty()) fields.push_back("TAGLOGIN_REASON=" + base::Printable(event.reason_code));
  if (!event.rule.empty()) fields.push_back("TAGLOGIN_RULE=" + base::Printable(event.rule));
  std::vector<iovec> parts;
  parts.reserve(fields.size());
  for (std::string& field : fields) parts.push_back({field.data(), field.size()});
  static_cast<void>(::sd_journal_sendv(parts.data(), static_cast<int>(parts.size())));
}

}  // namespace taglogin::daemon::sinks
