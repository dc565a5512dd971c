// SPDX-License-Identifier: Apache-2.0
#include "policy/key_demand.h"

#include <algorithm>

#include "policy/principal.h"

namespace taglogin::policy {
namespace {

bool Contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool ShareOne(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  for (const std::string& one : some) {
    if (Contains(others, one)) return true;
  }
  return false;
}

// In the order of nearness.
enum class Fit { kPrincipal, kType, kVerify, kGood };

Fit FitOf(const Credential& key, const BoundRule& bound, const Account& account) {
  const Rule& rule = *bound.rule;
  if (key.principals && !ShareOne(*key.principals, PrincipalsOf(bound, account))) return Fit::kPrincipal;
  if (!rule.key_types.empty() && !Contains(rule.key_types, key.type)) return Fit::kType;
  if (!rule.verify_required) return Fit::kGood;
  // Of other keys nobody could verify anything, whatever sshd was told.
  if (!IsSecurityKey(key.type)) return Fit::kType;
  return key.verified ? Fit::kGood : Fit::kVerify;
}

}  // namespace

std::optional<Reason> KeyMiss(const BoundRule& bound, const Case& c) {
  if (!c.request.proof) return std::nullopt;
  const Proof& proof = *c.request.proof;
  const bool demands = !bound.rule->key_types.empty() || bound.rule->verify_required;
  if (proof.otherwise && !demands) return std::nullopt;
  // A password is no key of the wrong principal, but no key of any type.
  Fit best = proof.keys.empty() || proof.otherwise ? Fit::kType : Fit::kPrincipal;
  for (const Credential& key : proof.keys) best = std::max(best, FitOf(key, bound, c.account));
  switch (best) {
    case Fit::kPrincipal:
      return Reason::kDenyPrincipal;
    case Fit::kType:
      return Reason::kDenyKeyType;
    case Fit::kVerify:
      return Reason::kDenyVerify;
    case Fit::kGood:
      break;
  }
  return std::nullopt;
}

std::vector<std::string> PrincipalsOf(const BoundRule& bound, const Account& account) {
  std::vector<std::string> principals;
  for (const std::string& principal : bound.principals) {
    auto text = WithName(principal, account.name);
    if (text && !Contains(principals, *text)) principals.push_back(*std::move(text));
  }
  return principals;
}

std::vector<std::string> PrincipalsOf(const BoundRules& rules, const Account& account) {
  std::vector<std::string> principals;
  for (const BoundRule& bound : rules.rules) {
    if (bound.keeps_out || !bound.applies) continue;
    for (std::string& principal : PrincipalsOf(bound, account)) {
      if (principals.size() == kMaxPrincipals) return principals;
      if (!Contains(principals, principal)) principals.push_back(std::move(principal));
    }
  }
  if (!principals.empty()) return principals;
  if (auto name = WithName(kNamePlaceholder, account.name)) principals.push_back(*std::move(name));
  return principals;
}

}  // namespace taglogin::policy
