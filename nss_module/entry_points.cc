// SPDX-License-Identifier: Apache-2.0
// The functions that glibc looks up by name (nss(5), "NSS Modules Interface" in its manual): collect the
// arguments, call Lookup, put the answer into glibc's words. Runs on whatever thread asks for a name.
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>

#include <cstddef>

#include "nss_module/lookup.h"
#include "protocol/messages.h"
#include "protocol/table_layout.h"

namespace taglogin::nss_module {
namespace {

constexpr Places kPlaces{protocol::kTableFolder, protocol::kSocketPath};
constinit ProcessState process_state{};

Lookup Here() noexcept { return {kPlaces, process_state}; }

// Keeps the caller's errno over a look-up. glibc passes &errno as `errnop`, so it is set last.
class ErrnoGuard {
 public:
  ErrnoGuard() noexcept : saved_(errno) {}
  // The pairs of status and error that the glibc manual allows: ERANGE means "larger buffer, please" and
  // nothing else does.
  nss_status Say(Answer answer, int* errnop) const noexcept {
    errno = saved_;
    switch (answer) {
      case Answer::kFound:
        return NSS_STATUS_SUCCESS;
      case Answer::kNotFound:
        *errnop = ENOENT;
        return NSS_STATUS_NOTFOUND;
      case Answer::kTooSmall:
        *errnop = ERANGE;
        return NSS_STATUS_TRYAGAIN;
      case Answer::kNoMemory:
        *errnop = ENOMEM;
        return NSS_STATUS_TRYAGAIN;
      case Answer::kUnavailable:
        break;
    }
    *errnop = ENOENT;
    return NSS_STATUS_UNAVAIL;
  }

 private:
  int saved_;
};

}  // namespace
}  // namespace taglogin::nss_module

using taglogin::nss_module::ErrnoGuard;
using taglogin::nss_module::GroupList;
using taglogin::nss_module::Here;

// Declared here because glibc publishes no header for them; nss.map exports exactly these.
#define TAGLOGIN_NSS extern "C" __attribute__((visibility("default"))) nss_status

TAGLOGIN_NSS _nss_taglogin_getpwnam_r(const char* name, passwd* result, char* buffer, size_t size,
                                      int* errnop) noexcept {
  const ErrnoGuard guard;
  return guard.Say(Here().AccountByName(name, *result, {buffer, size}), errnop);
}

TAGLOGIN_NSS _nss_taglogin_getpwuid_r(uid_t uid, passwd* result, char* buffer, size_t size, int* errnop) noexcept {
  const ErrnoGuard guard;
  return guard.Say(Here().AccountByUid(uid, *result, {buffer, size}), errnop);
}

TAGLOGIN_NSS _nss_taglogin_getgrnam_r(const char* name, group* result, char* buffer, size_t size,
                                      int* errnop) noexcept {
  const ErrnoGuard guard;
  return guard.Say(Here().GroupByName(name, *result, {buffer, size}), errnop);
}

TAGLOGIN_NSS _nss_taglogin_getgrgid_r(gid_t gid, group* result, char* buffer, size_t size, int* errnop) noexcept {
  const ErrnoGuard guard;
  return guard.Say(Here().GroupByGid(gid, *result, {buffer, size}), errnop);
}

TAGLOGIN_NSS _nss_taglogin_initgroups_dyn(const char* name, gid_t skip, long* used, long* capacity, gid_t** gids,
                                          long limit, int* errnop) noexcept {
  const ErrnoGuard guard;
  GroupList list{used, capacity, gids, limit, skip};
  return guard.Say(Here().GroupsOf(name, list), errnop);
}

TAGLOGIN_NSS _nss_taglogin_setpwent(int) noexcept {
  Here().RewindAccounts();
  return NSS_STATUS_SUCCESS;
}

TAGLOGIN_NSS _nss_taglogin_getpwent_r(passwd* result, char* buffer, size_t size, int* errnop) noexcept {
  const ErrnoGuard guard;
  return guard.Say(Here().NextAccount(*result, {buffer, size}), errnop);
}

TAGLOGIN_NSS _nss_taglogin_endpwent() noexcept {
  Here().RewindAccounts();
  return NSS_STATUS_SUCCESS;
}

TAGLOGIN_NSS _nss_taglogin_setgrent(int) noexcept {
  Here().RewindGroups();
  return NSS_STATUS_SUCCESS;
}

TAGLOGIN_NSS _nss_taglogin_getgrent_r(group* result, char* buffer, size_t size, int* errnop) noexcept {
  const ErrnoGuard guard;
  return guard.Say(Here().NextGroup(*result, {buffer, size}), errnop);
}

TAGLOGIN_NSS _nss_taglogin_endgrent() noexcept {
  Here().RewindGroups();
  return NSS_STATUS_SUCCESS;
}
