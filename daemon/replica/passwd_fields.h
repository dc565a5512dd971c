// SPDX-License-Identifier: Apache-2.0
// The free fields of a passwd entry, made from what the directory says or from the settings.
// Pure. Private to daemon/replica, and used by the settings to check the templates.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/replica/local_accounts.h"
#include "daemon/replica/nss_settings.h"
#include "directory/records.h"
#include "protocol/login_name.h"

namespace taglogin::daemon::replica {

// Whether a home may stand in a passwd entry: absolute, canonical, at most 255 bytes of printable
// ASCII without ':', and neither "/" nor a folder of the system's (/root, /etc, /usr, …) or in one.
bool IsUsableHome(std::string_view home);

// A home template may hold "{name}", the canonical login name, "{user}", what stands before its '@', and "{domain}",
// the account's domain in lower case. False when it gives two accounts one home; `other_domains`: also two of one name
// in different domains.
bool TellsHomesApart(std::string_view home_template, bool other_domains);

// The directory's home if that is wanted, usable and no local account's, else the template filled in. Nothing when
// neither is usable, or when the template would give the account the home of its namesake in the configured domain:
// such an account is not shown.
std::optional<std::string> HomeOf(const directory::Account& account, const protocol::LoginName& login_name,
                                  const NssSettings& nss, const LocalNames& local);

// The directory's shell if that is wanted and /etc/shells has it; "/usr/sbin/nologin" if it asks
// for a shell named nologin or false, so that "no shell" never turns into one; else the setting's.
std::string ShellOf(const directory::Account& account, const NssSettings& nss, const LocalNames& local);

// `display_name` without everything but printable ASCII, and without ':' and ',' (passwd(5)); at
// most 128 bytes.
std::string GecosOf(std::string_view display_name);

}  // namespace taglogin::daemon::replica
