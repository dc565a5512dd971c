// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/name_calls.h"

#include <dlfcn.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include "protocol/table_reader.h"
#include "tests/bench/timing.h"

namespace taglogin::bench {
namespace {

struct Module {
  nss_status (*by_name)(const char*, passwd*, char*, std::size_t, int*) = nullptr;
  nss_status (*by_uid)(uid_t, passwd*, char*, std::size_t, int*) = nullptr;
  nss_status (*groups)(const char*, gid_t, long*, long*, gid_t**, long, int*) = nullptr;
};

const Module& Load(const std::string& name) {
  static std::map<std::string, Module> loaded;
  const auto known = loaded.find(name);
  if (known != loaded.end()) return known->second;
  void* handle = ::dlopen(("libnss_" + name + ".so.2").c_str(), RTLD_NOW);
  if (handle == nullptr) throw std::runtime_error(::dlerror());
  const auto find = [&](const char* what) { return ::dlsym(handle, ("_nss_" + name + "_" + what).c_str()); };
  Module module;
  module.by_name = reinterpret_cast<decltype(module.by_name)>(find("getpwnam_r"));
  module.by_uid = reinterpret_cast<decltype(module.by_uid)>(find("getpwuid_r"));
  module.groups = reinterpret_cast<decltype(module.groups)>(find("initgroups_dyn"));
  if (module.by_name == nullptr || module.by_uid == nullptr || module.groups == nullptr) {
    throw std::runtime_error("libnss_" + name + " lacks an entry point");
  }
  return loaded[name] = module;
}

template <typename Call>
double PerCall(std::int64_t count, nss_status expected, Call call) {
  const std::int64_t began = NowNs();
  for (std::int64_t i = 0; i < count; ++i) {
    const nss_status status = call();
    if (status != expected) throw std::runtime_error("the module answers " + std::to_string(status));
  }
  return static_cast<double>(NowNs() - began) / static_cast<double>(count);
}

double TimeGroups(const Module& module, const std::string& name, std::int64_t count) {
  // As glibc calls it: room for the primary group and some more, which the module lets grow.
  long capacity = 64;
  auto* gids = static_cast<gid_t*>(std::malloc(static_cast<std::size_t>(capacity) * sizeof(gid_t)));
  const double ns = PerCall(count, NSS_STATUS_SUCCESS, [&] {
    long used = 1;
    int error = 0;
    gids[0] = 1;
    return module.groups(name.c_str(), 1, &used, &capacity, &gids, 0, &error);
  });
  std::free(gids);
  return ns;
}

}  // namespace

double TimeModule(const std::string& module_name, NameCall call, const std::string& key, std::int64_t count) {
  const Module& module = Load(module_name);
  if (call == NameCall::kGroups) return TimeGroups(module, key, count);
  passwd found{};
  char buffer[1024];
  int error = 0;
  if (call == NameCall::kUid) {
    const auto uid = static_cast<uid_t>(std::stoul(key));
    return PerCall(count, NSS_STATUS_SUCCESS,
                   [&] { return module.by_uid(uid, &found, buffer, sizeof buffer, &error); });
  }
  return PerCall(count, call == NameCall::kAbsent ? NSS_STATUS_NOTFOUND : NSS_STATUS_SUCCESS,
                 [&] { return module.by_name(key.c_str(), &found, buffer, sizeof buffer, &error); });
}

double TimeTable(const std::string& name, std::int64_t count) {
  std::ifstream file(std::string(protocol::kTableFolder) + "/" + protocol::kTableFile, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  protocol::TableView table;
  if (!protocol::TableView::Open(bytes.data(), bytes.size(), table)) throw std::runtime_error("no published table");
  return PerCall(count, NSS_STATUS_SUCCESS, [&] {
    protocol::AccountView found;
    return table.FindAccount(name, found) ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
  });
}

GroupListTime TimeGroupList(const std::string& name, bool with_account) {
  // The primary group does not matter to the modules; none is looked up for it.
  constexpr gid_t kPrimary = 1;
  gid_t gids[1024];
  int count = std::size(gids);
  const std::int64_t began = NowNs();
  if (with_account && ::getpwnam(name.c_str()) == nullptr) throw std::runtime_error("there is no " + name);
  if (::getgrouplist(name.c_str(), kPrimary, gids, &count) < 0) throw std::runtime_error("too many groups");
  const std::int64_t ns = NowNs() - began;
  return {ns, static_cast<std::size_t>(count)};
}

}  // namespace taglogin::bench
