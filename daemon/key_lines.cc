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

// A line that lets in.
void Add(KeyLines& lines, bool verify, const std::vector<policy::Network>& from, const std::string& key) {
  std::string options = verify ? "verify-required" : "";
  if (!from.empty()) options += (verify ? ",from=\"" : "from=\"") + Networks(from) + "\"";
  lines.text += options + (options.empty() ? "" : " ") + key + "\n";
  if (verify) {
    lines.verified = true;
  } else {
    lines.unverified = true;
    lines.unverified_from = from;
  }
}

// Whether some are let in only when their key verifies them.
bool AddsSomething(const KeyDecisions& decisions) {
  if (!decisions.plain.allow) return true;
  const auto& plain = decisions.plain.from_limits;
  return !plain.empty() && Networks(plain) != Networks(decisions.verified.from_limits);
}

}  // namespace

KeyLines LinesForKey(const directory::SshKey& key, const KeyDecisions& decisions, const std::string& refused_program) {
  const std::string text = key.type + " " + key.Base64();
  const auto& [plain, verified] = decisions;
  KeyLines lines;
  if (!verified.allow) {
    lines.text = Refusal(refused_program, verified.reason, text);
    return lines;
  }
  if (plain.allow) Add(lines, false, plain.from_limits, text);
  if (AddsSomething(decisions)) Add(lines, true, verified.from_limits, text);
  if (!verified.from_limits.empty()) lines.text += Refusal(refused_program, policy::Reason::kDenyFrom, text);
  return lines;
}

KeyLines LineForPrincipal(const std::string& principal, const KeyDecisions& decisions,
                          const std::string& refused_program) {
  KeyLines lines;
  if (!decisions.verified.allow) {
    lines.text = Refusal(refused_program, decisions.verified.reason, principal);
  } else {
    const bool verify = AddsSomething(decisions);
    Add(lines, verify, (verify ? decisions.verified : decisions.plain).from_limits, principal);
  }
  return lines;
}

}  // namespace taglogin::daemon
