// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings.h"

#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

constexpr char kSmallest[] = "[directory]\ndomain = \"corp.example\"\nservers = [\"dc1.corp.example\"]\n";

std::string ErrorOf(const std::string& toml) {
  const auto settings = ParseSettings(toml, "t.toml");
  return settings ? "accepted" : settings.error().detail;
}

TEST(ParseSettings, TakesTheSmallestFileWithDefaults) {
  const auto settings = ParseSettings(kSmallest, "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->directory.domain, "corp.example");
  EXPECT_EQ(settings->directory.transport, directory::Transport::kSignSeal);
  EXPECT_EQ(settings->tag_sources, std::vector<std::string>{"imds"});
  EXPECT_TRUE(settings->require_directory_key);
  EXPECT_EQ(settings->nss.visible, replica::NssSettings::Visible::kUsed);
  EXPECT_TRUE(settings->account.must_change_denies);
  EXPECT_FALSE(settings->account.password_expired_denies);
}

constexpr char kSmallestLdap[] =
    "[directory]\ntype = \"ldap\"\nservers = [\"ldap.example\"]\nsearch_base = \"ou=x, dc=corp,DC=example\"\n";

TEST(ParseSettings, AnLdapDirectoryNeedsItsServersAlone) {
  const auto settings = ParseSettings(kSmallestLdap, "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  const directory::Connection& connection = settings->directory;
  EXPECT_EQ(connection.kind, directory::DirectoryKind::kLdap);
  EXPECT_EQ(connection.bind, directory::Bind::kAnonymous);
  EXPECT_EQ(connection.transport, directory::Transport::kStartTls);
  EXPECT_EQ(connection.domain, "corp.example");
  EXPECT_EQ(connection.key_attributes, (std::vector<std::string>{"sshPublicKey", "nsSshPublicKey"}));
  EXPECT_TRUE(directory::OpenDirectory(connection));
  EXPECT_EQ(settings->nss.ids.source, directory::IdSettings::Source::kDirectory);
  EXPECT_EQ(settings->nss.ids.lower, 1000U);
  EXPECT_NE(ErrorOf(std::string(kSmallestLdap) + "[ids]\nsource = \"sid\"\n").find("has SIDs"), std::string::npos);
  const auto bind = [](const std::string& more) {
    const auto read = ParseSettings(kSmallestLdap + more, "t.toml");
    return read ? read->directory.bind : directory::Bind::kGssapi;
  };
  EXPECT_EQ(bind("bind_dn = \"cn=x\"\n"), directory::Bind::kSimple);
  EXPECT_EQ(bind("client_certificate = \"/etc/c\"\nclient_key = \"/etc/k\"\n"), directory::Bind::kExternal);
  EXPECT_EQ(bind("bind = \"gssapi\"\n"), directory::Bind::kGssapi) << "refused";
}

TEST(ParseSettings, KnowsWhatFreeIpaIs) {
  const std::string bare = "[directory]\ntype = \"freeipa\"\nservers = [\"i\"]\n";
  const std::string bound = bare + "bind_dn = \"uid=a\"\nbind_password_file = \"/p\"\n";
  const std::string smallest = bound + "domain = \"ipa.example\"\n";
  const auto settings = ParseSettings(smallest + "[account]\npassword_expired = \"deny\"\n", "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  const directory::Connection& connection = settings->directory;
  EXPECT_EQ(connection.kind, directory::DirectoryKind::kLdap);
  EXPECT_EQ(connection.search_base, "cn=accounts,DC=ipa,DC=example");
  EXPECT_EQ(connection.key_attributes, std::vector<std::string>{"ipaSshPubKey"});
  EXPECT_EQ(connection.schema.members, directory::LdapSchema::Members::kDns);
  EXPECT_EQ(connection.schema.id, "ipaUniqueID");
  EXPECT_TRUE(settings->account.password_expired_denies);
  EXPECT_TRUE(directory::OpenDirectory(connection));
  const auto own = ParseSettings(
      smallest + "search_base = \"cn=a,dc=b\"\nkey_attributes = [\"k\"]\n" + "[ldap]\nid = \"nsUniqueId\"\n", "t.toml");
  ASSERT_TRUE(own) << own.error().detail;
  EXPECT_EQ(own->directory.search_base, "cn=a,dc=b");
  EXPECT_EQ(own->directory.key_attributes, std::vector<std::string>{"k"});
  EXPECT_EQ(own->directory.schema.id, "nsUniqueId");
  EXPECT_NE(ErrorOf(smallest + "[ldap]\nschema = \"rfc2307\"\n").find("is a schema itself"), std::string::npos);
  EXPECT_NE(ErrorOf(bound).find("domain is missing"), std::string::npos);
  EXPECT_NE(ErrorOf(bare + "domain = \"ipa.example\"\n").find("shows no members to strangers"), std::string::npos);
}

TEST(ParseSettings, FurtherDomainsHaveNoNumbersOfTheirOwn) {
  const std::string two = "[directory]\ndomain = \"corp.example\"\ndomains = [\"Branch.Example\"]\n";
  const auto settings = ParseSettings(two, "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->nss.further_domains, (std::set<std::string, std::less<>>{"branch.example"}));
  EXPECT_NE(ErrorOf(two + "[ids]\nsource = \"directory\"\n").find("do not go together"), std::string::npos);
}

TEST(ParseSettings, LoginNamesStandOnTheDomainThatIsSet) {
  const auto brief = ParseSettings("[directory]\ndomain = \"corp.example\"\n", "t.toml");
  ASSERT_TRUE(brief) << brief.error().detail;
  EXPECT_FALSE(brief->nss.qualified_names);
  EXPECT_EQ(brief->nss.domain, "corp.example");
  EXPECT_TRUE(brief->nss.has_upns);
  const auto full = ParseSettings(
      "[directory]\ndomain = \"Corp.Example\"\nlogin_names = \"qualified\"\n[nss]\nhome = \"/h/{domain}/{user}\"\n",
      "t.toml");
  ASSERT_TRUE(full) << full.error().detail;
  EXPECT_TRUE(full->nss.qualified_names);
  EXPECT_TRUE(full->directory.qualified_names);
  EXPECT_EQ(full->nss.domain, "corp.example");
  EXPECT_NE(ErrorOf("[directory]\ndomain = \"corp.example\"\nlogin_names = \"upn\"\n").find("must be one of"),
            std::string::npos);
  EXPECT_NE(ErrorOf("[directory]\ndomain = \"" + std::string(65, 'x') + "\"\nlogin_names = \"qualified\"\n")
                .find("at most 64 bytes"),
            std::string::npos);
}

// The domain that an LDAP directory's records are given by default is nobody's name.
TEST(ParseSettings, AnLdapDirectoryHasQualifiedNamesIfItsDomainIsSet) {
  const auto settings = ParseSettings(kSmallestLdap, "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->nss.domain, "");
  EXPECT_FALSE(settings->nss.has_upns);
  EXPECT_NE(ErrorOf(std::string(kSmallestLdap) + "login_names = \"qualified\"\n").find("needs domain"),
            std::string::npos);
  EXPECT_NE(
      ErrorOf(std::string(kSmallestLdap) + "[nss]\nhome = \"/h/{domain}/{user}\"\n").find("needs [directory] domain"),
      std::string::npos);
  const auto named = ParseSettings(std::string(kSmallestLdap) + "domain = \"people.example\"\n", "t.toml");
  ASSERT_TRUE(named) << named.error().detail;
  EXPECT_EQ(named->nss.domain, "people.example");
}

TEST(ParseSettings, ReadsTheNamesOfAttributes) {
  const auto settings = ParseSettings(std::string(kSmallestLdap) +
                                          "[ldap]\nschema = \"rfc2307\"\naccount_name = \"a\"\nmember_names = \"m\"\n"
                                          "id = \"ipaUniqueID\"\nmember_dns = [\"d\", \"e\"]\n",
                                      "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  const directory::LdapSchema& schema = settings->directory.schema;
  EXPECT_EQ(schema.members, directory::LdapSchema::Members::kNames);
  EXPECT_EQ(schema.group_classes, std::vector<std::string>{"posixGroup"});
  EXPECT_EQ(schema.account_name, "a");
  EXPECT_EQ(schema.member_names, "m");
  EXPECT_EQ(schema.id, "ipaUniqueID");
  EXPECT_EQ(schema.member_dns, (std::vector<std::string>{"d", "e"}));
  EXPECT_NE(ErrorOf(std::string(kSmallest) + "[ldap]\nschema = \"auto\"\n").find("type = \"ldap\" only"),
            std::string::npos);
  EXPECT_NE(ErrorOf("[directory]\ntype = \"ldap\"\n").find("servers is missing"), std::string::npos);
  // What would be a promise that nobody keeps.
  EXPECT_NE(ErrorOf(std::string(kSmallestLdap) + "[account]\npassword_expired = \"deny\"\n")
                .find("goes with type \"ad\" and \"freeipa\" only"),
            std::string::npos);
}

TEST(ParseSettings, ReadsEveryTable) {
  const std::string text = R"([directory]
domain = "corp.example"
servers = ["dc1.corp.example", "dc2.corp.example"]
bind = "simple"
transport = "ldaps"
bind_dn = "cn=x"
bind_password_file = "/etc/p"
poll_interval = "5s"
[tags]
sources = ["file:/etc/taglogin/tags.toml"]
[nss]
visible = "permitted"
groups = []
home = "/srv/home/{name}"
enumerate = true
[account]
password_must_change = "allow"
password_expired = "deny"
[ssh]
require_directory_key = false
key_types = ["ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ssh-rsa"]
min_rsa_bits = 3072
trusted_user_ca_keys = "/etc/taglogin/user_ca.pub"
[audit]
journal = false
)";
  const auto settings = ParseSettings(text, "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->directory.servers.size(), 2U);
  EXPECT_EQ(settings->directory.bind, directory::Bind::kSimple);
  EXPECT_EQ(settings->poll_interval, std::chrono::seconds(5));
  EXPECT_EQ(settings->tag_sources.front(), "file:/etc/taglogin/tags.toml");
  EXPECT_TRUE(settings->nss.enumerate);
  EXPECT_FALSE(settings->require_directory_key);
  EXPECT_EQ(settings->keys.types.size(), 3U);
  EXPECT_EQ(settings->keys.min_rsa_bits, 3072);
  EXPECT_EQ(settings->trusted_user_ca_keys, "/etc/taglogin/user_ca.pub");
  EXPECT_FALSE(settings->journal);
  EXPECT_FALSE(settings->account.must_change_denies);
  EXPECT_TRUE(settings->account.password_expired_denies);
}

struct Wrong {
  const char* more;
  const char* expected;  // part of the message
};

TEST(ParseSettings, ReadsHowFarTagsAreTrusted) {
  const std::string smallest = kSmallest;
  const auto plain = ParseSettings(smallest, "t.toml");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->tags_hold.delay, std::chrono::minutes(10));
  EXPECT_FALSE(plain->tags_hold.until_confirmed);
  const auto full =
      ParseSettings(smallest +
                        "[tags]\nsources = [\"imds\", \"ec2-api\"]\nagree = [\"imds\", \"ec2-api\"]\n"
                        "hold = \"confirm\"\nidentity_certificate = \"/etc/c.pem\"\n"
                        "ec2_endpoint = \"https://vpce-1.ec2.example:443\"\nec2_ca_file = \"/etc/ca.pem\"\n",
                    "t.toml");
  ASSERT_TRUE(full) << full.error().detail;
  EXPECT_TRUE(full->tags_hold.until_confirmed);
  EXPECT_EQ(full->tags_agree, (std::vector<std::string>{"imds", "ec2-api"}));
  EXPECT_EQ(full->identity_certificate, "/etc/c.pem");
  EXPECT_EQ(full->ec2_endpoint, "https://vpce-1.ec2.example:443");
  const auto off = ParseSettings(smallest + "[tags]\nhold = \"0s\"\n", "t.toml");
  ASSERT_TRUE(off);
  EXPECT_EQ(off->tags_hold.delay.count(), 0);
  for (const char* bad :
       {"hold = \"soon\"", "hold = 5", "hold = \"31d\"", "agree = [\"imds\"]", "agree = [\"imds\", \"imds\"]",
        "agree = [\"imds\", \"ec2-api\"]", "ec2_endpoint = \"http://x\"", "ec2_endpoint = \"https://x/y\"",
        "ec2_endpoint = \"https://\"", "ec2_endpoint = \"https://user@x\"", "sources = [\"alibaba\"]"}) {
    EXPECT_TRUE(ErrorOf(smallest + "[tags]\n" + bad + "\n").starts_with("t.toml:5: ")) << bad;
  }
}

TEST(ParseSettings, ReadsWhatTheDirectorySaysOfThisMachine) {
  const std::string tags = std::string(kSmallest) + "[tags]\nsources = [\"directory\"]\n";
  const auto full = ParseSettings(tags +
                                      "[tags.directory]\nattributes = { Environment = \"extensionAttribute1\" }\n"
                                      "groups = { Site = \"site-*\" }\nou = \"Role\"\n",
                                  "t.toml");
  ASSERT_TRUE(full) << full.error().detail;
  EXPECT_EQ(full->directory_tags.attributes.at("Environment"), "extensionAttribute1");
  EXPECT_EQ(full->directory_tags.groups.at("Site"), "site-*");
  EXPECT_EQ(full->directory_tags.unit, "Role");
  const Wrong cases[] = {
      {"", "needs attributes, groups or ou in [tags.directory]"},
      {"[tags.directory]\n", "needs attributes, groups or ou"},
      {"[tags.directory]\nattribute = \"x\"\n", "did you mean \"attributes\""},
      {"[tags.directory]\nattributes = { A = \"a b\" }\n", "t.toml:7: a b is no attribute's name"},
      {"[tags.directory]\nattributes = { A = \"dnshostname\" }\n", "is set by the machine itself"},
      {"[tags.directory]\nattributes = { A = 5 }\n", "t.toml:7: "},
      {"[tags.directory]\nattributes = \"a\"\n", "must be a table"},
      {"[tags.directory]\ngroups = { A = \"env\" }\n", "with one '*'"},
      {"[tags.directory]\ngroups = { A = \"*\" }\n", "with one '*'"},
      {"[tags.directory]\ngroups = { A = \"*-*\" }\n", "with one '*'"},
      {"[tags.directory]\ngroups = { A = \"a*\" }\nou = \"A\"\n", "\"A\" stands there twice"},
      {"[tags.directory]\ngroups = { \"\" = \"a*\" }\n", "key is empty"},
      {"directory = 1\n", "must be a table"},
  };
  for (const auto& [more, expected] : cases) {
    EXPECT_NE(ErrorOf(tags + more).find(expected), std::string::npos) << more << ErrorOf(tags + more);
  }
  EXPECT_NE(ErrorOf(std::string(kSmallest) + "[tags.directory]\nou = \"A\"\n").find("none of the sources"),
            std::string::npos);
  const std::string rest = "[tags]\nsources = [\"directory\"]\n[tags.directory]\nou = \"A\"\n";
  for (const char* kind : {"type = \"ldap\"\nservers = [\"a\"]\n", "domain = \"a.b\"\nbind = \"simple\"\n"}) {
    EXPECT_NE(ErrorOf(std::string("[directory]\n") + kind + rest).find("bind \"gssapi\" alone"), std::string::npos);
  }
}

TEST(ParseSettings, RefusesWithLineAndReason) {
  const Wrong cases[] = {
      {"serverz = [\"a\"]\n", "t.toml:4: unknown key \"serverz\" in [directory]; did you mean \"servers\""},
      {"[nss]\nvisable = \"all\"\n", "did you mean \"visible\""},
      {"[nss]\nvisible = \"everyone\"\n", "t.toml:5: "},
      {"[nss]\nhome = \"/home/shared\"\n", "home must hold {name} or {user}"},
      {"[nss]\nhome = \"/home/{domain}\"\n", "home must hold {name} or {user}"},
      {"[nss]\neveryone_group = \"a@b\"\n", "no group name"},
      {"[nss]\nshell = \"bash\"\n", "absolute path"},
      {"[tags]\nsources = [\"dns\"]\n", "\"dns\" is no tag source"},
      {"[tags]\nsources = [\"file:tags.toml\"]\n", "is no tag source"},
      {"type = \"nis\"\n", "must be one of \"ad\", \"ldap\""},
      {"bind = \"anonymous\"\n", "must be one of \"gssapi\", \"simple\""},
      {"poll_interval = \"0s\"\n", "poll_interval"},
      {"poll_interval = 3\n", "poll_interval"},
      {"[audit]\nfile = \"audit.jsonl\"\n", "absolute path"},
      {"[ssh]\nrequire_directory_key = \"no\"\n", "require_directory_key"},
      {"[ssh]\nkey_types = []\n", "key_types"},
      {"[ssh]\ntrusted_user_ca_keys = \"user_ca.pub\"\n", "must be an absolute path"},
      {"[ssh]\nkey_types = [\"ssh-dss\"]\n", "\"ssh-dss\" is no accepted type"},
      {"[ssh]\nmin_rsa_bits = 1024\n", "a whole number from 2048 to 16384"},
      {"[ssh]\nmin_rsa_bits = 16385\n", "min_rsa_bits"},
      {"[ssh]\nmin_rsa_bits = \"3072\"\n", "without quotes"},
      {"[directory.more]\nx = 1\n", "unknown key \"more\""},
      {"[dirctory]\nx = 1\n", "did you mean \"directory\""},
      {"servers = [\"b\"]\n", "t.toml:4"},
      {"[account]\npassword_expired = true\n", "t.toml:5: "},
      {"[account]\npassword_expired = \"warn\"\n", "must be one of \"deny\", \"allow\""},
      {"[account]\npassword_expires = \"deny\"\n", "did you mean \"password_expired\""},
  };
  for (const auto& wrong : cases) {
    const std::string error = ErrorOf(std::string(kSmallest) + wrong.more);
    EXPECT_NE(error.find(wrong.expected), std::string::npos) << wrong.more << " gave: " << error;
  }
}

TEST(ParseSettings, ServersAreFoundWhenNoneIsNamed) {
  const auto settings = ParseSettings("[directory]\ndomain = \"corp.example\"\n", "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_TRUE(settings->directory.servers.empty());
  // An empty list is more likely a mistake than a wish.
  EXPECT_NE(ErrorOf("[directory]\ndomain = \"d\"\nservers = []\n").find("servers"), std::string::npos);
}

TEST(ParseSettings, ReadsFurtherDomains) {
  const auto settings =
      ParseSettings("[directory]\ndomain = \"corp.example\"\ndomains = [\"Child.Corp.Example\"]\n", "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  ASSERT_EQ(settings->directory.further.size(), 1U);
  EXPECT_EQ(settings->directory.further[0].domain, "child.corp.example");
  EXPECT_TRUE(settings->directory.further[0].servers.empty()) << "they are found in DNS";
  const std::string ldap = "[directory]\ntype = \"ldap\"\nservers = [\"d\"]\ndomains = [\"a.example\"]\n";
  EXPECT_NE(ErrorOf(ldap).find("type = \"ad\" only"), std::string::npos);
}

TEST(ParseSettings, NeedsADirectory) {
  EXPECT_NE(ErrorOf("").find("[directory]"), std::string::npos);
  EXPECT_NE(ErrorOf("[directory]\nservers = [\"d\"]\n").find("domain is missing"), std::string::npos);
}

std::string Ids(const std::string& lines) { return kSmallest + ("[ids]\n" + lines); }

TEST(ParseSettings, ReadsIds) {
  const auto defaults = ParseSettings(kSmallest, "t.toml");
  ASSERT_TRUE(defaults);
  EXPECT_EQ(defaults->nss.ids.lower, 200000U);  // SSSD's
  EXPECT_EQ(defaults->nss.ids.upper, 2000200000U);
  EXPECT_EQ(defaults->nss.ids.slice_size, 200000U);
  const auto settings = ParseSettings(Ids(R"(lower = 10000000
upper = 20000000
slice_size = 100000
secondary_slices = false
default_domain_sid = "S-1-5-21-4-5-6"
slices."S-1-5-21-1-2-3" = 7
slices."S-1-5-21-1-2-3-100000" = 99
)"),
                                      "t.toml");
  ASSERT_TRUE(settings) << settings.error().detail;
  const directory::IdSettings& ids = settings->nss.ids;
  EXPECT_EQ(ids.source, directory::IdSettings::Source::kSid);
  EXPECT_EQ(ids.lower, 10000000U);
  EXPECT_EQ(ids.upper, 20000000U);
  EXPECT_EQ(ids.slice_size, 100000U);
  EXPECT_FALSE(ids.secondary_slices);
  EXPECT_EQ(ids.default_domain_sid, "S-1-5-21-4-5-6");
  EXPECT_EQ(ids.slices, (std::map<std::string, std::uint32_t>{{"S-1-5-21-1-2-3", 7}, {"S-1-5-21-1-2-3-100000", 99}}));
  const auto numbers = ParseSettings(Ids("source = \"directory\"\nupper = 50000\n"), "t.toml");
  ASSERT_TRUE(numbers) << numbers.error().detail;
  EXPECT_EQ(numbers->nss.ids.source, directory::IdSettings::Source::kDirectory);
  EXPECT_EQ(numbers->nss.ids.lower, 1000U);
  EXPECT_EQ(numbers->nss.ids.upper, 50000U);
}

TEST(ParseSettings, RefusesIdsThatCannotBe) {
  const auto refused = [](const std::string& lines) { return ErrorOf(Ids(lines)); };
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  EXPECT_TRUE(has(refused("lower = 999\n"), "t.toml:5")) << refused("lower = 999\n");
  EXPECT_TRUE(has(refused("upper = 2147483648\n"), "2147483647"));
  EXPECT_TRUE(has(refused("lower = 300000\nupper = 300000\n"), "upper must be above lower"));
  EXPECT_TRUE(has(refused("source = \"directory\"\nupper = 60001\n"), "are the system's"));
  EXPECT_TRUE(has(refused("source = \"directory\"\nupper = 65535\n"), "are the system's"));
  EXPECT_TRUE(has(refused("source = \"directory\"\nslice_size = 5\n"), "goes with source \"sid\" only"));
  EXPECT_TRUE(has(refused("slice_size = 0\n"), "slice_size"));
  EXPECT_TRUE(has(refused("upper = 300000\n"), "slice_size"));
  EXPECT_TRUE(has(refused("default_domain_sid = \"S-1-5-32\"\n"), "no domain's SID"));
  EXPECT_TRUE(has(refused("slices = 7\n"), "must be a table"));
  EXPECT_TRUE(has(refused("slices.\"S-1-5-32\" = 7\n"), "neither a domain's SID"));
  EXPECT_TRUE(has(refused("slices.\"S-1-5-21-1-2-3-7\" = 7\n"), "neither a domain's SID"));
  EXPECT_TRUE(has(refused("slices.\"S-1-5-21-1-2-3\" = 10000\n"), "9999"));
  EXPECT_TRUE(has(refused("slices.\"S-1-5-21-1-2-3\" = \"x\"\n"), "whole number"));
  EXPECT_TRUE(has(refused("slices.\"S-1-5-21-1-2-3\" = 1\nslices.\"S-1-5-21-1-2-4\" = 1\n"),
                  "has the slice of S-1-5-21-1-2-3"));
  EXPECT_TRUE(has(refused("default_domain_sid = \"S-1-5-21-1-2-4\"\nslices.\"S-1-5-21-1-2-3\" = 0\n"),
                  "has the slice of S-1-5-21-1-2-4"));
  EXPECT_TRUE(has(refused("default_domain_sid = \"S-1-5-21-1-2-3\"\nslices.\"S-1-5-21-1-2-3\" = 1\n"),
                  "the default domain has slice 0"));
}

}  // namespace
}  // namespace taglogin::daemon
