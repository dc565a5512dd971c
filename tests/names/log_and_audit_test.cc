// SPDX-License-Identifier: Apache-2.0
// T26, T28: whatever a string holds, what is written about it is the one line that was meant.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <security/pam_modules.h>
#include <unistd.h>
#include <utf8proc.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/encode.h"
#include "audit/json_line.h"
#include "audit/trail.h"
#include "base/printable.h"
#include "base/unique_fd.h"
#include "daemon/log.h"
#include "fake_daemon.h"
#include "fake_pam.h"
#include "protocol/messages.h"
#include "tests/base/temp_folder.h"
#include "tests/names/name_list.h"

namespace taglogin::tests {
namespace {

using nlohmann::json;

std::string Show(const OddName& odd) { return odd.kind + ": " + base::Printable(odd.text, 80); }

bool IsPlainAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// The first character of `text`, valid UTF-8, that does something to a terminal or to the order of letters, or that
// ends a line; 0 when there is none.
utf8proc_int32_t FirstThatActs(const std::string& text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t point = 0;
    const auto length = utf8proc_iterate(at, left, &point);
    if (length <= 0) return -1;
    const auto category = utf8proc_category(point);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_ZL ||
        category == UTF8PROC_CATEGORY_ZP || category == UTF8PROC_CATEGORY_CS) {
      return point == 0 ? -1 : point;
    }
    at += length;
    left -= length;
  }
  return 0;
}

audit::Event EventOf(const std::string& text) {
  audit::Event event;
  for (std::string* field : {&event.reason_code, &event.detail, &event.message, &event.user_name, &event.user_id,
                             &event.domain, &event.service, &event.client_address, &event.client_host, &event.tty,
                             &event.auth_method, &event.key_fingerprint, &event.session_uid, &event.rule,
                             &event.rules_version, &event.group, &event.group_id, &event.freshness}) {
    *field = text;
  }
  event.group_path = {text, text};
  event.would_suffice = {text};
  event.tags = {{text, text, text, 1}};
  return event;
}

// What a reader of the record should find where `text` was given: foreign bytes replaced, too much cut.
bool IsReading(const std::string& read, const std::string& text) {
  if (text.size() > audit::kMaxString) return read.ends_with("\u2026");
  const bool sound = json(text).dump(-1, ' ', false, json::error_handler_t::ignore) ==
                     json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return sound ? read == text : read.find("\ufffd") != std::string::npos;
}

TEST(OddStrings, AnAuditRecordIsOneLineThatSaysNothingElse) {
  const audit::Host plain{"web-1", "", "", "", ""};
  const json model = json::parse(audit::Encode(EventOf("x"), plain, 1));
  for (const OddName& odd : AllOddStrings()) {
    if (odd.text.empty()) continue;  // leaves its fields out
    for (int kind = 0; kind < 4; ++kind) {
      audit::Event event = EventOf(odd.text);
      event.kind = static_cast<audit::Kind>(kind);
      const std::string line = audit::Encode(event, {odd.text, odd.text, odd.text, odd.text, odd.text}, 7);
      ASSERT_EQ(FirstThatActs(line), 0) << Show(odd);
      const json record = json::parse(line, nullptr, false);
      ASSERT_TRUE(record.is_object()) << Show(odd);
      ASSERT_EQ(record["metadata"]["sequence"], 7) << Show(odd);
      ASSERT_TRUE(IsReading(record["user"]["name"], odd.text)) << Show(odd);
      ASSERT_TRUE(IsReading(record["unmapped"]["taglogin"]["tags"][0]["value"], odd.text)) << Show(odd);
    }
    // No string can add, hide or rename a field.
    const json record = json::parse(audit::Encode(EventOf(odd.text), plain, 1));
    for (const auto& [name, value] : record.items()) ASSERT_TRUE(model.contains(name)) << name << " of " << Show(odd);
    ASSERT_EQ(record["unmapped"]["taglogin"].size(), model["unmapped"]["taglogin"].size()) << Show(odd);
  }
}

bool IsOneOf(utf8proc_int32_t point, std::initializer_list<std::pair<utf8proc_int32_t, utf8proc_int32_t>> ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [point](const auto& r) { return point >= r.first && point <= r.second; });
}

// Every character there is: what acts is escaped, what shows is left alone, by Unicode's own tables.
TEST(EscapeInvisible, EscapesExactlyWhatDoesNotShow) {
  int escaped = 0;
  for (utf8proc_int32_t point = 0x20; point < 0x110000; ++point) {
    const auto category = utf8proc_category(point);
    if (category == UTF8PROC_CATEGORY_CS || category == UTF8PROC_CATEGORY_CO) continue;
    utf8proc_uint8_t bytes[4];
    const auto size = utf8proc_encode_char(point, bytes);
    const std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    const bool changed = audit::EscapeInvisible(text) != text;
    escaped += changed ? 1 : 0;
    if (category == UTF8PROC_CATEGORY_CN) continue;  // not assigned
    // Format characters that stand in front of a number and are seen (Prepended_Concatenation_Mark).
    const bool seen = IsOneOf(point, {{0x600, 0x605},
                                      {0x6dd, 0x6dd},
                                      {0x70f, 0x70f},
                                      {0x890, 0x891},
                                      {0x8e2, 0x8e2},
                                      {0x110bd, 0x110bd},
                                      {0x110cd, 0x110cd}});
    const bool acts = category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL ||
                      category == UTF8PROC_CATEGORY_ZP || (category == UTF8PROC_CATEGORY_CF && !seen);
    // Letters and marks that are drawn as nothing at all (Default_Ignorable_Code_Point).
    const bool nothing = IsOneOf(point, {{0x34f, 0x34f},
                                         {0x115f, 0x1160},
                                         {0x17b4, 0x17b5},
                                         {0x180b, 0x180f},
                                         {0x3164, 0x3164},
                                         {0xfe00, 0xfe0f},
                                         {0xffa0, 0xffa0},
                                         {0xe0100, 0xe01ef},
                                         {0x13430, 0x1345f}});
    if (nothing && !acts) continue;
    ASSERT_EQ(changed, acts) << std::hex << point;
  }
  EXPECT_GT(escaped, 200);
}

TEST(OddStrings, TheAuditFileHoldsTheRecordsThatWereAppended) {
  const test::TempFolder folder;
  const std::string path = folder.File("audit.jsonl");
  std::vector<audit::Event> events;
  for (const OddName& odd : AllOddStrings()) {
    if (odd.text.size() <= 4096) events.push_back(EventOf(odd.text));
  }
  auto trail = audit::Trail::Open(path, {"web-1", "", "", "", ""});
  ASSERT_TRUE(trail) << trail.error().detail;
  ASSERT_TRUE((*trail)->Append(events));
  std::istringstream lines(folder.Read("audit.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    ASSERT_LT(count, events.size());
    const json record = json::parse(line);
    ASSERT_EQ(record["metadata"]["sequence"], count + 1);
    ASSERT_TRUE(IsReading(record["user"]["name"], events[count].user_name)) << count;
  }
  EXPECT_EQ(count, events.size());
  // Whoever opens it next finds the same last record.
  trail->reset();
  trail = audit::Trail::Open(path, {"web-1", "", "", "", ""});
  ASSERT_TRUE(trail);
  EXPECT_EQ((*trail)->last_sequence(), count);
  EXPECT_EQ((*trail)->cut_bytes(), 0u);
}

// What `write` writes to standard error.
template <typename Write>
std::string ErrorsOf(Write write) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  EXPECT_GE(::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20), 1 << 16);
  const base::UniqueFd before(::dup(STDERR_FILENO));
  ::dup2(writing.get(), STDERR_FILENO);
  write();
  ::dup2(before.get(), STDERR_FILENO);
  writing.reset();
  std::string out;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(reading.get(), buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<std::size_t>(got));
  }
  return out;
}

TEST(OddStrings, ALineOfTheDaemonsLogIsOneLine) {
  using Log = void (*)(std::string_view);
  const std::pair<Log, std::string> logs[] = {{daemon::LogError, "<3>taglogind: "},
                                              {daemon::LogWarning, "<4>taglogind: "},
                                              {daemon::LogNotice, "<5>taglogind: "}};
  for (const OddName& odd : AllOddStrings()) {
    for (const auto& [log, prefix] : logs) {
      const std::string out = ErrorsOf([&, log = log] { log("before " + odd.text + " behind"); });
      ASSERT_TRUE(out.starts_with(prefix + "before ")) << Show(odd);
      ASSERT_EQ(out.find('\n'), out.size() - 1) << Show(odd);
      ASSERT_TRUE(IsPlainAscii(std::string_view(out).substr(0, out.size() - 1))) << Show(odd);
      ASSERT_LE(out.size(), 8192u) << Show(odd);
    }
  }
}

TEST(OddStrings, WhatThePamModuleLogsAndTellsIsOneLine) {
  std::string answer;
  const auto daemon = FakeDaemon::Open([&](std::string_view) { return Reply{Reply::Kind::kPacket, answer}; });
  const std::string socket = "socket=" + daemon->socket_path();
  std::size_t lines = 0;
  for (const OddName& odd : AllOddStrings()) {
    if (odd.text.size() > 30000) continue;  // does not fit beside itself
    answer = VerdictPacket(static_cast<std::uint32_t>(protocol::Verdict::kDeny), odd.text, odd.text);
    for (const std::string& argument : {socket, odd.text}) {
      const char* arguments[] = {argument.c_str()};
      pam_handle pam;
      pam.items[PAM_USER] = "alice";
      pam.items[PAM_SERVICE] = pam.items[PAM_RHOST] = pam.items[PAM_TTY] = odd.text;
      const int code = pam_sm_acct_mgmt(&pam, 0, 1, arguments);
      ASSERT_NE(code, PAM_SUCCESS) << Show(odd);
      ASSERT_NE(code, PAM_IGNORE) << Show(odd);
      for (const std::string& line : pam.output) ASSERT_TRUE(IsPlainAscii(line)) << Show(odd) << ": " << line;
      lines += pam.output.size();
    }
  }
  EXPECT_GT(lines, AllOddStrings().size());
}

TEST(OddStrings, PrintableIsOneLineThatCanBeReadBack) {
  for (const OddName& odd : AllOddStrings()) {
    const std::string shown = base::Printable(odd.text, odd.text.size());
    ASSERT_TRUE(IsPlainAscii(shown)) << Show(odd);
    std::string back;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (shown[i] != '\\') {
        back += shown[i];
      } else if (shown[i + 1] == '\\') {
        back += shown[++i];
      } else {
        back += static_cast<char>(std::stoi(shown.substr(i + 2, 2), nullptr, 16));
        i += 3;
      }
    }
    ASSERT_EQ(back, odd.text) << Show(odd);
  }
}

}  // namespace
}  // namespace taglogin::tests
