// SPDX-License-Identifier: Apache-2.0
// SSH keys out of directory values: what is accepted is put out again as one line that reads as the very
// same key, in every kind of line that sshd gets. Input: values, each ended by a byte 0xff.
#include <set>

#include "daemon/key_lines.h"
#include "directory/ssh_key.h"
#include "keyhelper/key_lines.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::directory {
namespace {

void CheckFingerprint(const SshKey& key) {
  const std::string fingerprint = key.Fingerprint();
  FUZZ_CHECK(keyhelper::IsFingerprint(fingerprint));
}

void CheckReadsAgain(const std::string& value, const SshKey& key) {
  const KeyReading again = ReadKeys({value});
  FUZZ_CHECK(again.rejected.empty() && again.keys.size() == 1);
  FUZZ_CHECK(again.keys[0].type == key.type && again.keys[0].blob == key.blob);
}

// Both answers that the daemon makes of a key are whole lines that end in it.
void CheckLines(const SshKey& key, const std::string& line) {
  policy::Decision decision;
  decision.reason = policy::Reason::kDenyFrom;
  const std::string refusal = "restrict,command=\"/usr/libexec/taglogin/taglogin-refused TL-DENY-FROM\" " + line + "\n";
  const std::string program = "/usr/libexec/taglogin/taglogin-refused";
  FUZZ_CHECK(daemon::LinesForKey(key, {decision, decision}, program).text == refusal);
  decision.allow = true;
  FUZZ_CHECK(daemon::LinesForKey(key, {decision, decision}, program).text == line + "\n");
  decision.from_limits = {*policy::Network::Parse("10.0.0.0/8"), *policy::Network::Parse("2001:db8::/32")};
  const std::string limited = daemon::LinesForKey(key, {decision, decision}, program).text;
  FUZZ_CHECK(limited == "from=\"10.0.0.0/8,2001:db8::/32\" " + line + "\n" + refusal);
  FUZZ_CHECK(keyhelper::ArePrintableLines(limited));
}

void CheckKey(const SshKey& key) {
  const std::string base64 = key.Base64();
  FUZZ_CHECK(key.type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789@.-") == std::string::npos);
  FUZZ_CHECK(base64.size() % 4 == 0 && base64.find('=') >= base64.size() - 2);
  FUZZ_CHECK(base64.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") ==
             std::string::npos);
  // RFC 4253 6.6: a blob begins with its type.
  FUZZ_CHECK(key.blob.size() > 4 + key.type.size() && key.blob.compare(4, key.type.size(), key.type) == 0);
  SshKey decoded;
  FUZZ_CHECK(DecodeKey(key.type, base64, decoded) && decoded.blob == key.blob);
  const std::string line = key.type + ' ' + base64;
  CheckReadsAgain(line, key);
  CheckReadsAgain("SSHKey: " + line + " a comment", key);
  CheckFingerprint(key);
  CheckLines(key, line);
}

void Try(const std::vector<std::string>& values) {
  const KeyReading reading = ReadKeys(values);
  FUZZ_CHECK(reading.keys.size() <= 500 && reading.rejected.size() <= 100);
  for (const std::string& reason : reading.rejected) FUZZ_CHECK(fuzz::IsPrintableLine(reason));
  std::set<std::string> blobs;
  for (const SshKey& key : reading.keys) {
    CheckKey(key);
    FUZZ_CHECK(blobs.insert(key.blob).second);
  }
  // One bad value never hides a good one.
  for (const std::string& value : values) {
    for (const SshKey& key : ReadKeys({value}).keys) FUZZ_CHECK(reading.keys.size() == 500 || blobs.contains(key.blob));
  }
}

}  // namespace
}  // namespace taglogin::directory

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  taglogin::fuzz::Input input(data, size);
  std::vector<std::string> values;
  while (!input.AtEnd()) values.emplace_back(input.Field());
  taglogin::directory::Try(values);
  return 0;
}
