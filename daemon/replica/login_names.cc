// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/login_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/printable.h"

namespace taglogin::daemon::replica {
namespace {

using protocol::LoginName;

std::string Describe(const directory::Account& account) {
  return fmt::format("{} ({})", base::Printable(account.name, 64), base::Printable(account.id, 64));
}

// Whether that userPrincipalName may be a login name of the account: behind the '@' of a further domain stand that
// domain's account names alone, as when rules name them, and the configured domain's is none of the others' business.
bool IsOwnPrincipal(const directory::Account& account, const LoginName& upn, const NssSettings& nss) {
  if (upn.domain().empty() || nss.further_domains.contains(upn.domain())) return false;
  return account.domain.empty() || upn.domain() != nss.domain;
}

}  // namespace

LoginNames LoginNamesOf(const directory::Account& account, const NssSettings& nss) {
  LoginNames names;
  LoginName name;
  // An '@' in it would make it look like somebody else's name with a domain.
  if (!LoginName::From(account.name, name) || !name.domain().empty()) return names;
  const std::string short_name(name.view());
  const std::string& domain = account.domain.empty() ? nss.domain : account.domain;
  std::string qualified;
  if (!domain.empty() && LoginName::From(short_name + "@" + domain, name)) qualified = std::string(name.view());
  const bool only_qualified = nss.qualified_names || !account.domain.empty();
  names.canonical = only_qualified ? qualified : short_name;
  if (names.canonical.empty()) return names;
  if (!qualified.empty() && qualified != names.canonical) names.aliases.push_back(qualified);
  if (LoginName::From(account.upn, name) && IsOwnPrincipal(account, name, nss) && name.view() != qualified) {
    names.aliases.emplace_back(name.view());
  }
  return names;
}

std::string GroupNameOf(const directory::Group& group) {
  std::string name = LowerCase(group.name);
  if (name.find('@') != std::string::npos) return {};
  if (!group.domain.empty()) name += "@" + group.domain;
  return protocol::IsGroupName(name) ? name : std::string();
}

std::string_view WhyNobodys(const LoginName& name, const NssSettings& nss, const LocalNames& local) {
  if (IsReservedUser(name.user())) return "its name is reserved for the system";
  if (local.users.contains(name.view())) return "/etc/passwd has that name";
  if (name.domain().empty()) return nss.qualified_names ? "names have a domain here" : "";
  if (local.system_users.contains(name.user())) return "a system account in /etc/passwd has that name";
  const bool configured = name.domain() == nss.domain;
  if (configured && !nss.qualified_names && local.users.contains(name.user())) return "/etc/passwd has that name";
  if (!configured && !nss.has_upns) return "names have no such domain here";
  return {};
}

Spellings::Spellings(const NssSettings& nss, const LocalNames& local, Warn warn)
    : nss_(nss), local_(local), warn_(std::move(warn)) {}

void Spellings::Add(const directory::Account& account) {
  const LoginNames names = LoginNamesOf(account, nss_);
  if (names.canonical.empty()) return;
  // Of an account that is hidden for its name its entry is told already.
  const bool hidden = IsNobodys(names.canonical, account, false);
  if (!hidden) Put(names.canonical, account, true);
  for (const std::string& alias : names.aliases) {
    if (!IsNobodys(alias, account, !hidden)) Put(alias, account, false);
  }
}

bool Spellings::IsNobodys(const std::string& spelling, const directory::Account& account, bool report) {
  LoginName name;
  if (!LoginName::From(spelling, name)) return true;
  const std::string_view why = WhyNobodys(name, nss_, local_);
  if (!why.empty() && report) {
    warn_(fmt::format("account {} cannot log in as {}: {}", Describe(account), spelling, why));
  }
  return !why.empty();
}

void Spellings::Put(const std::string& spelling, const directory::Account& account, bool canonical) {
  const auto [place, fresh] = claims_.try_emplace(spelling, Claim{&account, canonical, false});
  Claim& claim = place->second;
  if (fresh || claim.account->id == account.id) return;
  if (claim.canonical != canonical) {
    const directory::Account& owner = canonical ? account : *claim.account;
    const directory::Account& other = canonical ? *claim.account : account;
    warn_(fmt::format("account {} cannot log in as {}: that is the name of account {}", Describe(other), spelling,
                      Describe(owner)));
    claim = {&owner, true, false};
    return;
  }
  if (canonical) return;
  claim.contested = true;
  warn_(fmt::format("{} is nobody's login name: it could mean account {} and account {}", spelling,
                    Describe(*claim.account), Describe(account)));
}

}  // namespace taglogin::daemon::replica
