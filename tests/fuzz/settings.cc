// SPDX-License-Identifier: Apache-2.0
// Settings, whatever the text: refused with a place and a reason, or within their bounds.
#include "daemon/settings.h"

#include "protocol/login_name.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::daemon {
namespace {

using std::chrono::seconds;

bool IsWithin(seconds value, int low, int high) { return value >= seconds(low) && value <= seconds(high); }

// policy/toml_keys.h: no empty text and no control character, C1 ones included.
void CheckText(const std::string& text) {
  FUZZ_CHECK(!text.empty());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    FUZZ_CHECK(byte >= 0x20 && byte != 0x7f);
    if (byte == 0xc2) FUZZ_CHECK(static_cast<unsigned char>(text.at(i + 1)) >= 0xa0);
  }
}

void CheckTexts(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) CheckText(text);
}

void Check(const Settings& settings) {
  const directory::Connection& directory = settings.directory;
  CheckText(directory.domain);
  FUZZ_CHECK(!settings.tag_sources.empty());
  CheckTexts(directory.servers);
  CheckTexts(directory.key_attributes);
  CheckTexts(settings.tag_sources);
  CheckTexts(settings.nss.groups);
  FUZZ_CHECK(IsWithin(settings.poll_interval, 1, 3600) && IsWithin(settings.sweep_interval, 5, 86400));
  FUZZ_CHECK(IsWithin(settings.timeout, 1, 60) && directory.timeout == settings.timeout);
  FUZZ_CHECK(IsWithin(settings.tags_refresh, 1, 86400));
  for (const std::string& source : settings.tag_sources) FUZZ_CHECK(source == "imds" || source.starts_with("file:/"));
  CheckText(settings.nss.home_template);
  CheckText(settings.nss.shell);
  const std::string& home = settings.nss.home_template;
  FUZZ_CHECK(home.find("{name}") != std::string::npos || home.find("{user}") != std::string::npos);
  FUZZ_CHECK(settings.nss.shell.starts_with('/'));
  FUZZ_CHECK(protocol::IsGroupName(settings.nss.everyone_group));
  FUZZ_CHECK(settings.nss.everyone_group.find('@') == std::string::npos);
  FUZZ_CHECK(settings.nss.domain.empty() ? !settings.nss.qualified_names : protocol::IsDomainName(settings.nss.domain));
  CheckText(settings.audit_file);
  FUZZ_CHECK(settings.audit_file.starts_with('/'));
}

}  // namespace
}  // namespace taglogin::daemon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  const auto settings = daemon::ParseSettings({reinterpret_cast<const char*>(data), size}, "s.toml");
  if (settings) {
    daemon::Check(*settings);
  } else {
    FUZZ_CHECK(settings.error().code == base::ErrorCode::kInvalid && settings.error().detail.starts_with("s.toml:"));
    fuzz::CheckError(settings.error());
  }
  return 0;
}
