// SPDX-License-Identifier: Apache-2.0
// Audit records: whatever the bytes of an event, one line of valid JSON that shows what it holds and from
// which every value is read back. Input: numbers, then texts, each ended by a byte 0xff.
#include <nlohmann/json.hpp>

#include "audit/encode.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::audit {
namespace {

using nlohmann::json;

constexpr char kReplacement[] = "\xef\xbf\xbd";

bool IsUtf8(const std::string& text) {
  const std::string kept = json(text).dump(-1, ' ', false, json::error_handler_t::ignore);
  return json::parse(kept).get_ref<const std::string&>() == text;
}

// What is no UTF-8 is replaced; the rest comes back in its order, up to the limit.
void CheckReplaced(std::string_view said, std::string_view given) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (said.substr(i).starts_with(kReplacement) || said.substr(i) == "\u2026") {
      i += 2;
      continue;
    }
    at = given.find(said[i], at);
    FUZZ_CHECK(at != std::string_view::npos);
    ++at;
  }
}

void CheckText(const json& record, const char* pointer, const std::string& given) {
  const json::json_pointer place(pointer);
  FUZZ_CHECK(record.contains(place) == !given.empty());
  if (given.empty()) return;
  const std::string said = record.at(place).get<std::string>();
  if (given.size() <= kMaxString && IsUtf8(given)) {
    FUZZ_CHECK(said == given);
  } else {
    CheckReplaced(said, given);
    FUZZ_CHECK(said.size() <= kMaxString * 3 + 3);
  }
}

// One line, and nothing that acts instead of showing: no control character, no bidi or zero-width one.
void CheckShown(const std::string& line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    FUZZ_CHECK(byte >= 0x20 && byte != 0x7f);
    if (byte == 0xc2) FUZZ_CHECK(static_cast<unsigned char>(line.at(i + 1)) >= 0xa0);
  }
  for (const char* hidden :
       {"\u00ad", "\u061c", "\u200b", "\u200e", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\U000e0041"}) {
    FUZZ_CHECK(line.find(hidden) == std::string::npos);
  }
}

Event EventFrom(fuzz::Input& input) {
  Event event;
  const std::uint8_t flags = input.Byte();
  event.kind = static_cast<Kind>(flags & 3);
  event.allowed = (flags & 4) != 0;
  if ((flags & 8) != 0) event.uid = input.Number<std::uint32_t>();
  event.time =
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(input.Number<std::int64_t>()));
  event.peer_pid = input.Number<std::int32_t>();
  event.data_age_s = input.Number<std::int64_t>();
  for (auto* text : {&event.user_name, &event.detail, &event.message, &event.reason_code, &event.user_id, &event.domain,
                     &event.service, &event.client_address, &event.client_host, &event.tty, &event.auth_method,
                     &event.key_fingerprint, &event.rule, &event.group, &event.freshness}) {
    *text = input.Field();
  }
  // Long enough to be cut, from a short input.
  while ((flags & 16) != 0 && !event.detail.empty() && event.detail.size() <= kMaxString) event.detail += event.detail;
  for (auto* texts : {&event.group_path, &event.would_suffice}) {
    if (!input.AtEnd()) texts->emplace_back(input.Field());
  }
  if (!input.AtEnd()) event.tags.push_back({std::string(input.Field()), std::string(input.Field()), "imds", 3});
  return event;
}

void CheckValues(const json& record, const Event& event) {
  CheckText(record, "/status_detail", event.detail);
  CheckText(record, "/message", event.message);
  CheckText(record, "/status_code", event.reason_code);
  CheckText(record, "/user/uid_alt", event.user_id);
  CheckText(record, "/user/domain", event.domain);
  CheckText(record, "/session/terminal", event.tty);
  CheckText(record, "/session/credential_uid", event.key_fingerprint);
  CheckText(record, "/unmapped/taglogin/rule", event.rule);
  CheckText(record, "/unmapped/taglogin/group", event.group);
  CheckText(record, "/src_endpoint/hostname", event.client_host);
  if (!event.group_path.empty()) {
    FUZZ_CHECK(record["/unmapped/taglogin/group_path"_json_pointer].size() == event.group_path.size());
  }
  for (std::size_t i = 0; i < event.tags.size(); ++i) {
    const json& tag = record["/unmapped/taglogin/tags"_json_pointer][i];
    if (!event.tags[i].value.empty()) CheckText(tag, "/value", event.tags[i].value);
  }
  FUZZ_CHECK(record["time"].get<std::int64_t>() == event.time.time_since_epoch().count());
  FUZZ_CHECK(record["user"].contains("uid") == event.uid.has_value());
  if (event.uid) FUZZ_CHECK(record["user"]["uid"] == std::to_string(*event.uid));
  const bool success = event.allowed || event.kind == Kind::kLogoff;
  FUZZ_CHECK(record["status_id"] == (success ? 1 : 2) && record["class_uid"] == 3002);
}

}  // namespace
}  // namespace taglogin::audit

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  fuzz::Input input(data, size);
  const auto sequence = input.Number<std::uint64_t>();
  const audit::Event event = audit::EventFrom(input);
  const std::string line = audit::Encode(event, {"web1", "", "", "", "0.1"}, sequence);
  audit::CheckShown(line);
  const auto record = nlohmann::json::parse(line, nullptr, false);
  FUZZ_CHECK(record.is_object());
  FUZZ_CHECK(record["metadata"]["sequence"].get<std::uint64_t>() == sequence);
  audit::CheckValues(record, event);
  return 0;
}
