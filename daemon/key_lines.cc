// SPDX-License-Identifier: Apache-2.0
#include "daemon/key_lines.h"

namespace taglogin::daemon {
namespace {

std::string Refusal(const std::string& program, policy::Reason reason, const std::string& key) {
  return "restrict,command=\"" + program + " " + std::string(policy::ReasonCode(reason)) + "\" " + key + "\n";
}

std::string Networks(const std::vector<policy::Network>& networks) {
  std::string out;
  for (const auto& network : networks) {
    if (!out.empty()) out += ",";
    out += network.ToString();
  }
  return out;
}

}  // namespace

std::string KeyLines(const directory::SshKey& key, const policy::Decision& decision,
                     const std::string& refused_program) {
  const std::string text = key.type + " " + key.Base64();
  if (!decision.allow) return Refusal(refused_program, decision.reason, text);
  if (decision.from_limits.empty()) return text + "\n";
  return "from=\"" + Networks(decision.from_limits) + "\" " + text + "\n" +
         Refusal(refused_program, policy::Reason::kDenyFrom, text);
}

}  // namespace taglogin::daemon
