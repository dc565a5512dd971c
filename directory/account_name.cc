// SPDX-License-Identifier: Apache-2.0
#include "directory/account_name.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "directory/directory_name.h"
#include "directory/ldap_filter.h"

namespace taglogin::directory {
namespace {

constexpr char kName[] = "sAMAccountName";
constexpr char kPrincipal[] = "userPrincipalName";

bool HasAt(std::string_view text) { return text.find('@') != std::string_view::npos; }

}  // namespace

std::string AccountNameFilter(const std::string& name, const std::string& domain) {
  if (!HasAt(name)) return Equals(kName, name);
  std::vector<std::string> filters = {Equals(kPrincipal, name)};
  const std::string short_name = WithoutDomain(name, domain);
  if (short_name != name) filters.push_back(Equals(kName, short_name));
  return AnyOf(filters);
}

std::vector<std::string> AccountNameKeys(const Account& account, const std::string& domain) {
  std::vector<std::string> keys;
  if (!HasAt(account.name)) keys = {NameKey(account.name), NameKey(account.name + "@" + domain)};
  if (HasAt(account.upn)) {
    std::string principal = NameKey(account.upn);
    if (std::find(keys.begin(), keys.end(), principal) == keys.end()) keys.push_back(std::move(principal));
  }
  return keys;
}

bool IsOwnName(const Account& account, const std::string& name, const std::string& domain) {
  if (HasAt(account.name)) return false;
  const std::string key = NameKey(name);
  return key == NameKey(account.name) || key == NameKey(account.name + "@" + domain);
}

std::vector<Account> BearersOf(const std::string& name, const std::string& domain, bool own_first,
                               std::vector<Account> found) {
  const std::string key = NameKey(name);
  std::erase_if(found, [&](const Account& account) {
    const std::vector<std::string> keys = AccountNameKeys(account, domain);
    return std::find(keys.begin(), keys.end(), key) == keys.end();
  });
  const auto owns = [&](const Account& account) { return IsOwnName(account, name, domain); };
  if (own_first && std::any_of(found.begin(), found.end(), owns)) {
    std::erase_if(found, [&](const Account& account) { return !owns(account); });
  }
  return found;
}

std::string WithoutDomain(const std::string& name, const std::string& domain) {
  const std::size_t at = name.find('@');
  const bool has_domain = at != std::string::npos && at > 0 && NameKey(name.substr(at + 1)) == NameKey(domain);
  return has_domain ? name.substr(0, at) : name;
}

std::string SeveralAccounts(const std::string& name, const std::vector<Account>& found) {
  constexpr std::size_t kMaxShown = 5;
  std::string text = "account " + base::Printable(name) + ": several accounts of that name in the directory: ";
  for (std::size_t i = 0; i < std::min(found.size(), kMaxShown); ++i) {
    text += (i == 0 ? "" : ", ") + base::Printable(found[i].name, 64) + " (" + base::Printable(found[i].id, 64) + ")";
  }
  return found.size() > kMaxShown ? text + " …" : text;
}

}  // namespace taglogin::directory
