// SPDX-License-Identifier: Apache-2.0
#include "cli/sssd_conf.h"

#include <gtest/gtest.h>

namespace taglogin::cli {
namespace {

TEST(SssdConf, ReadsSectionsKeysAndContinuedLines) {
  SssdConf conf;
  const auto read = ParseSssdConf(
      "# comment\n; another\n\n[sssd]\ndomains = a, b\n[domain/Corp.example]\r\nID_Provider=ad\r\n"
      "ldap_uri = ldap://a,\n\tldap://b\nempty =\n[sssd]\nservices = nss\n",
      "s.conf", conf);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(
      conf,
      (SssdConf{{"sssd", {{"domains", "a, b"}, {"services", "nss"}}},
                {"domain/Corp.example", {{"id_provider", "ad"}, {"ldap_uri", "ldap://a, ldap://b"}, {"empty", ""}}}}));
  ASSERT_TRUE(ParseSssdConf("[sssd]\ndomains = c\n", "conf.d/x.conf", conf));
  EXPECT_EQ(conf["sssd"]["domains"], "c");
}

TEST(SssdConf, RefusesLinesThatSayNothing) {
  SssdConf conf;
  const auto error = [&conf](const char* text) {
    const auto read = ParseSssdConf(text, "s.conf", conf);
    return read ? "accepted" : read.error().detail;
  };
  EXPECT_EQ(error("[sssd]\nwords\n"), "s.conf:2: no KEY = VALUE: words");
  EXPECT_EQ(error("key = value\n"), "s.conf:1: no KEY = VALUE: key = value");
  EXPECT_EQ(error("[sssd]\n= value\n"), "s.conf:2: no KEY = VALUE: = value");
  EXPECT_EQ(error("[sssd\n"), "s.conf:1: no section: [sssd");
  EXPECT_EQ(error("[sssd]\n\x1b[31m\n"), "s.conf:2: no KEY = VALUE: \\x1b[31m");
}

}  // namespace
}  // namespace taglogin::cli
