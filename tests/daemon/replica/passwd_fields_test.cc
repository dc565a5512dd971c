// SPDX-License-Identifier: Apache-2.0
#include "daemon/replica/passwd_fields.h"

#include <gtest/gtest.h>

namespace taglogin::daemon::replica {
namespace {

NssSettings DirectoryFirst() {
  NssSettings nss;
  nss.directory_home = true;
  nss.directory_shell = true;
  return nss;
}

LocalNames Local() {
  LocalNames local;
  local.known = true;
  local.homes = {"/root", "/home/deploy"};
  local.shells = {"/bin/bash", "/bin/zsh", "/bin/sh"};
  return local;
}

protocol::LoginName Name(std::string_view text) {
  protocol::LoginName name;
  EXPECT_TRUE(protocol::LoginName::From(text, name));
  return name;
}

std::string Home(const std::string& from_directory) {
  directory::Account account;
  account.home = from_directory;
  return HomeOf(account, Name("alice"), DirectoryFirst(), Local()).value_or("hidden");
}

std::string Shell(const std::string& from_directory) {
  directory::Account account;
  account.shell = from_directory;
  return ShellOf(account, DirectoryFirst(), Local());
}

TEST(HomeOf, TakesAUsableHomeOfTheDirectory) {
  EXPECT_EQ(Home("/home/a.lice"), "/home/a.lice");
  EXPECT_EQ(Home("/srv/homes/alice"), "/srv/homes/alice");
  EXPECT_EQ(Home("/var/home/alice"), "/var/home/alice");
  EXPECT_EQ(Home("/" + std::string(254, 'x')), "/" + std::string(254, 'x'));
}

// T19
TEST(HomeOf, FallsBackToTheTemplateForHomesNobodyHas) {
  const std::vector<std::string> unusable = {"",
                                             "/",
                                             "//",
                                             "/root",
                                             "/etc",
                                             "/root/x",
                                             "/usr/share",
                                             "../x",
                                             "home/a",
                                             "/home/a/",
                                             "/home//a",
                                             "/home/./a",
                                             "/home/a/../../root",
                                             "/home/a\n",
                                             "/home/a:b",
                                             "/home/\x01",
                                             "/home/\xc3\xa9",
                                             "/home",
                                             "/var",
                                             "/var/home",
                                             "/var/lib/taglogin",
                                             "/tmp/a",
                                             "/proc/self",
                                             "/home/deploy",
                                             "/home/a/..",
                                             "/" + std::string(255, 'x'),
                                             "/" + std::string(4095, 'x')};
  for (const std::string& home : unusable) EXPECT_EQ(Home(home), "/home/alice") << home;
}

TEST(HomeOf, IgnoresTheDirectoryUnlessAskedTo) {
  directory::Account account;
  account.home = "/srv/homes/alice";
  NssSettings nss;
  nss.home_template = "/home/{name}/{name}";
  EXPECT_EQ(HomeOf(account, Name("alice"), nss, Local()), "/home/alice/alice");
}

TEST(HomeOf, GivesNothingWhenTheTemplateIsUnusableToo) {
  NssSettings nss;
  nss.home_template = "/{name}";
  EXPECT_EQ(HomeOf({}, Name("etc"), nss, Local()), std::nullopt);
  EXPECT_EQ(HomeOf({}, Name("alice"), nss, Local()), "/alice");
  nss.home_template = "";
  EXPECT_EQ(HomeOf({}, Name("alice"), nss, Local()), std::nullopt);
  nss.home_template = "/home/{name}";
  EXPECT_EQ(HomeOf({}, Name("deploy"), nss, Local()), std::nullopt);  // a local account lives there
}

// T19
TEST(ShellOf, TakesListedShellsOnly) {
  EXPECT_EQ(Shell("/bin/zsh"), "/bin/zsh");
  for (const char* shell : {"", "zsh", "/bin/fish", "/bin/sh -c id", "/bin/zsh\n", "/bin/zsh/../../tmp/x"}) {
    EXPECT_EQ(Shell(shell), "/bin/bash") << shell;
  }
}

TEST(ShellOf, NoShellStaysNoShell) {
  for (const char* shell : {"/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "nologin"}) {
    EXPECT_EQ(Shell(shell), "/usr/sbin/nologin") << shell;
  }
}

TEST(ShellOf, IgnoresTheDirectoryUnlessAskedTo) {
  directory::Account account;
  account.shell = "/bin/zsh";
  NssSettings nss;
  nss.shell = "/bin/sh";
  EXPECT_EQ(ShellOf(account, nss, Local()), "/bin/sh");
}

TEST(GecosOf, KeepsPrintableAsciiAlone) {
  EXPECT_EQ(GecosOf("Alice Example"), "Alice Example");
  EXPECT_EQ(GecosOf("A:l,i\nc\re\x1b[31m\x7f\xc3\xa9"), "Alice[31m");
  EXPECT_EQ(GecosOf(std::string_view("a\0b", 3)), "ab");
  EXPECT_EQ(GecosOf(std::string(500, 'x')), std::string(128, 'x'));
}

}  // namespace
}  // namespace taglogin::daemon::replica
