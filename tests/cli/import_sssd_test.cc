// SPDX-License-Identifier: Apache-2.0
#include "cli/import_sssd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/settings.h"

namespace taglogin::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SssdConf Domain(std::map<std::string, std::string> options) {
  options.emplace("id_provider", "ad");
  return {{"sssd", {{"domains", "corp.example"}}}, {"domain/corp.example", std::move(options)}};
}

SssdImport Import(const SssdConf& conf, const std::map<std::string, std::uint32_t>& slices = {}) {
  const auto import = ImportSssd(conf, "", slices);
  EXPECT_TRUE(import) << import.error().detail;
  return import ? *import : SssdImport{};
}

std::string ErrorOf(const SssdConf& conf, const std::string& domain = "") {
  const auto import = ImportSssd(conf, domain, {});
  return import ? "imported" : import.error().detail;
}

TEST(ImportSssd, TakesDefaultsOverAsTheyAre) {
  const SssdImport import = Import(Domain({}));
  EXPECT_EQ(import.toml, "[ids]\nsource = \"sid\"\n\n[nss]\ndirectory_home = true\ndirectory_shell = true\n");
  EXPECT_THAT(import.notes, IsEmpty());
}

TEST(ImportSssd, TakesRangesSlicesHomesAndShells) {
  const SssdImport import = Import(Domain({{"ldap_idmap_range_min", "10000000"},
                                           {"ldap_idmap_range_max", "20000000"},
                                           {"ldap_idmap_range_size", "100000"},
                                           {"ldap_idmap_helper_table_size", "0"},
                                           {"ldap_idmap_autorid_compat", "True"},
                                           {"ldap_idmap_default_domain_sid", "S-1-5-21-9-9-9"},
                                           {"override_homedir", "/srv/%d/%u"},
                                           {"fallback_homedir", "/nowhere/%u"},
                                           {"default_shell", "/bin/zsh"}}),
                                   {{"S-1-5-21-1-2-3", 7}, {"S-1-5-21-4-5-6", 0}});
  EXPECT_THAT(import.notes, IsEmpty());
  const auto settings = daemon::ParseSettings("[directory]\ndomain = \"corp.example\"\n" + import.toml, "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail << import.toml;
  const directory::IdSettings& ids = settings->nss.ids;
  EXPECT_EQ(ids.lower, 10000000U);
  EXPECT_EQ(ids.upper, 20000000U);
  EXPECT_EQ(ids.slice_size, 100000U);
  EXPECT_FALSE(ids.secondary_slices);
  EXPECT_TRUE(ids.autorid);
  EXPECT_EQ(ids.default_domain_sid, "");  // SSSD no longer looks at it
  EXPECT_EQ(ids.slices, (std::map<std::string, std::uint32_t>{{"S-1-5-21-1-2-3", 7}, {"S-1-5-21-4-5-6", 0}}));
  EXPECT_EQ(settings->nss.home_template, "/srv/corp.example/{name}");
  EXPECT_FALSE(settings->nss.directory_home);
  EXPECT_EQ(settings->nss.shell, "/bin/zsh");
  EXPECT_TRUE(settings->nss.directory_shell);
}

TEST(ImportSssd, TakesNumbersOfTheDirectory) {
  const SssdImport import = Import(
      Domain({{"ldap_id_mapping", "false"}, {"min_id", "5000"}, {"max_id", "59999"}, {"override_shell", "/bin/sh"}}));
  const auto settings = daemon::ParseSettings("[directory]\ndomain = \"corp.example\"\n" + import.toml, "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail << import.toml;
  EXPECT_EQ(settings->nss.ids.source, directory::IdSettings::Source::kDirectory);
  EXPECT_EQ(settings->nss.ids.lower, 5000U);
  EXPECT_EQ(settings->nss.ids.upper, 60000U);
  EXPECT_FALSE(settings->nss.directory_shell);
  EXPECT_THAT(Import(Domain({{"id_provider", "ldap"}})).notes, ElementsAre(HasSubstr("ids below 1000")));
}

TEST(ImportSssd, TakesTheDefaultDomainWhereTheCacheIsEmpty) {
  EXPECT_THAT(Import(Domain({{"ldap_idmap_default_domain_sid", "S-1-5-21-9-9-9"}})).toml,
              HasSubstr("default_domain_sid = \"S-1-5-21-9-9-9\"\n"));
  EXPECT_THAT(Import(Domain({{"ldap_idmap_default_domain_sid", "x\ny"}})).notes, ElementsAre(HasSubstr("x\\x0ay")));
}

TEST(ImportSssd, LooksForHomesAndShellsUnderNssToo) {
  SssdConf conf = Domain({{"default_shell", "/bin/dash"}});
  conf["nss"] = {{"fallback_homedir", "/home/%u"}, {"default_shell", "/bin/zsh"}};
  const SssdImport import = Import(conf);
  EXPECT_THAT(import.toml, HasSubstr("home = \"/home/{name}\"\ndirectory_home = true\n"));
  EXPECT_THAT(import.toml, HasSubstr("shell = \"/bin/dash\"\n"));
}

TEST(ImportSssd, SaysWhatItCannotTakeOver) {
  for (const char* home :
       {"/home/%f", "/home/%U", "%o", "/home/%", "/home/all", "/home/%u\"\nshell = \"/bin/x", "home/%u"}) {
    const SssdImport import = Import(Domain({{"override_homedir", home}}));
    EXPECT_EQ(import.notes.size(), 1U) << home;
    EXPECT_EQ(import.toml.find("\nhome ="), std::string::npos) << home;
  }
  EXPECT_EQ(Import(Domain({{"default_shell", "bash"}})).notes.size(), 1U);
}

TEST(ImportSssd, RefusesWhatMakesNoSense) {
  EXPECT_EQ(ErrorOf({}), "sssd.conf has no [domain/NAME]");
  SssdConf two = Domain({});
  two["domain/other"] = {{"id_provider", "ipa"}};
  EXPECT_EQ(ErrorOf(two), "sssd.conf has several domains, say --domain and one of: corp.example, other");
  EXPECT_EQ(ErrorOf(two, "third"), "sssd.conf has no domain third, but corp.example, other");
  EXPECT_EQ(ErrorOf(two, "other"), "sssd.conf: id_provider of other is ipa; ad and ldap can be imported");
  EXPECT_EQ(ErrorOf(two, "corp.example"), "imported");
  EXPECT_EQ(ErrorOf(Domain({{"ldap_idmap_range_min", "-5"}})), "sssd.conf: ldap_idmap_range_min is -5");
  EXPECT_EQ(ErrorOf(Domain({{"ldap_idmap_range_max", "4294967296"}})), "sssd.conf: ldap_idmap_range_max is 4294967296");
  EXPECT_EQ(ErrorOf(Domain({{"ldap_id_mapping", "perhaps"}})), "sssd.conf: ldap_id_mapping is perhaps");
}

}  // namespace
}  // namespace taglogin::cli
