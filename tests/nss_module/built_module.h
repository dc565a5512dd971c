// SPDX-License-Identifier: Apache-2.0
// The built module, loaded as the C library does it, at the paths it ships with. /run is the test's own
// (a mount namespace), so that the machine's own daemon, if any, has no say.
#pragma once

#include <dlfcn.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <nss.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstddef>
#include <memory>
#include <string>

#include "daemon/replica/table_publisher.h"
#include "tests/protocol/table_samples.h"

namespace taglogin::tests {

inline constexpr char kRunFolder[] = "/run/taglogin";
inline constexpr char kTables[] = "/run/taglogin/nss";

// Once in a process, before it has threads. False without the right to do so.
inline bool EnterRunOfOurOwn() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", "/run", "tmpfs", 0, "mode=755") == 0 && ::mkdir(kRunFolder, 0755) == 0;
}

// The entry points. Loading looks nothing up: a child of fork() starts as a fresh process does.
struct BuiltModule {
  explicit BuiltModule(const char* path = TAGLOGIN_MODULE) : handle(::dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_NE(handle, nullptr) << path;
    Find(getpwnam_r, "getpwnam_r");
    Find(getpwuid_r, "getpwuid_r");
    Find(getgrnam_r, "getgrnam_r");
    Find(getgrgid_r, "getgrgid_r");
    Find(initgroups_dyn, "initgroups_dyn");
    Find(setpwent, "setpwent");
    Find(endpwent, "endpwent");
    Find(getpwent_r, "getpwent_r");
    Find(setgrent, "setgrent");
    Find(endgrent, "endgrent");
    Find(getgrent_r, "getgrent_r");
  }

  void* handle;
  nss_status (*getpwnam_r)(const char*, passwd*, char*, std::size_t, int*);
  nss_status (*getpwuid_r)(uid_t, passwd*, char*, std::size_t, int*);
  nss_status (*getgrnam_r)(const char*, group*, char*, std::size_t, int*);
  nss_status (*getgrgid_r)(gid_t, group*, char*, std::size_t, int*);
  nss_status (*initgroups_dyn)(const char*, gid_t, long*, long*, gid_t**, long, int*);
  nss_status (*setpwent)(int);
  nss_status (*endpwent)();
  nss_status (*getpwent_r)(passwd*, char*, std::size_t, int*);
  nss_status (*setgrent)(int);
  nss_status (*endgrent)();
  nss_status (*getgrent_r)(group*, char*, std::size_t, int*);

 private:
  template <typename Function>
  void Find(Function& out, const std::string& name) const {
    void* found = ::dlsym(handle, ("_nss_taglogin_" + name).c_str());
    EXPECT_NE(found, nullptr) << name;
    out = reinterpret_cast<Function>(found);
  }
};

// A /run of the program's own, the module, and a table of `names` published there.
class BuiltModuleTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    static const bool entered = EnterRunOfOurOwn();
    static const BuiltModule loaded;
    in_namespace_ = entered;
    module_ = &loaded;
  }
  void SetUp() override {
    if (!in_namespace_) GTEST_SKIP() << "needs to be root, to have a /run of its own";
    auto names = SampleNames();
    names.enumerate = true;
    Publish(names);
  }
  void Publish(const daemon::replica::PublishedNames& names) {
    if (publisher_ == nullptr) {
      auto opened = daemon::replica::TablePublisher::Open(kTables);
      ASSERT_TRUE(opened.has_value()) << opened.error().detail;
      publisher_ = *std::move(opened);
    }
    const auto published = publisher_->Publish(names);
    ASSERT_TRUE(published.has_value()) << published.error().detail;
  }

  static inline bool in_namespace_ = false;
  static inline const BuiltModule* module_ = nullptr;
  std::unique_ptr<daemon::replica::TablePublisher> publisher_;
};

}  // namespace taglogin::tests
