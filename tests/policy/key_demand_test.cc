// SPDX-License-Identifier: Apache-2.0
// What rules demand of keys and certificates.
#include <gmock/gmock.h>

#include "policy/tag_change.h"
#include "tests/policy/fixtures.h"

namespace taglogin::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kEd25519[] = "ssh-ed25519";
constexpr char kEd25519Sk[] = "sk-ssh-ed25519@openssh.com";
constexpr char kEcdsaSk[] = "sk-ecdsa-sha2-nistp256@openssh.com";

const std::string kPlain = "[[rule]]\nname = 'plain'\nlogin = ['ops']\n";
const std::string kSk = "[[rule]]\nname = 'sk'\nlogin = ['ops']\nkey_types = ['sk']\n";
const std::string kVerified = "[[rule]]\nname = 'verified'\nlogin = ['ops']\nverify_required = true\n";

Credential Key(const char* type, bool verified = false) { return {type, verified}; }
Credential Certificate(std::vector<std::string> principals, const char* type = kEd25519, bool verified = false) {
  return {type, verified, std::move(principals)};
}

Decision By(const std::string& rules, std::optional<Proof> proof) {
  World world;
  world.In("S-ops", {"ops"}).request.proof = std::move(proof);
  return world.DecideBy(rules);
}
std::string CodeBy(const std::string& rules, std::optional<Proof> proof) {
  const Decision decision = By(rules, std::move(proof));
  EXPECT_EQ(decision.allow, decision.reason == Reason::kAllowRule);
  return std::string(ReasonCode(decision.reason));
}

TEST(KeyDemand, IsMetByOneOfItsTypes) {
  EXPECT_EQ(CodeBy(kSk, Proof{{Key(kEd25519Sk)}}), "TL-ALLOW-RULE");
  EXPECT_EQ(CodeBy(kSk, Proof{{Key(kEcdsaSk)}}), "TL-ALLOW-RULE");
  EXPECT_EQ(CodeBy(kSk, Proof{{Key(kEd25519)}}), "TL-DENY-KEYTYPE");
  EXPECT_EQ(CodeBy(kSk, Proof{{Key(kEd25519), Key(kEcdsaSk)}}), "TL-ALLOW-RULE");
}

TEST(KeyDemand, IsNotMetByWhatIsNoKey) {
  EXPECT_EQ(CodeBy(kSk, Proof{{}, true}), "TL-DENY-KEYTYPE");
  EXPECT_EQ(CodeBy(kVerified, Proof{{}, true}), "TL-DENY-KEYTYPE");
  EXPECT_EQ(CodeBy(kSk, Proof{{Key(kEd25519)}, true}), "TL-DENY-KEYTYPE");
  EXPECT_EQ(CodeBy(kPlain, Proof{{}, true}), "TL-ALLOW-RULE");
  // Nothing at all is no proof.
  EXPECT_EQ(CodeBy(kPlain, Proof{}), "TL-DENY-KEYTYPE");
}

TEST(KeyDemand, CountsAsMetWhileTheProofIsUnknownAndIsSaid) {
  const Decision decision = By(kVerified, std::nullopt);
  EXPECT_TRUE(decision.allow);
  EXPECT_THAT(decision.detail, HasSubstr("; it demands a key of type \"sk-ssh-ed25519@openssh.com\" or "
                                         "\"sk-ecdsa-sha2-nistp256@openssh.com\" that has verified its user"));
  EXPECT_THAT(By(kPlain, std::nullopt).detail, testing::Not(HasSubstr("demands")));
  EXPECT_THAT(By(kSk, Proof{{Key(kEcdsaSk)}}).detail, testing::Not(HasSubstr("demands")));
}

TEST(KeyDemand, VerificationIsASecurityKeysAndSeen) {
  EXPECT_EQ(CodeBy(kVerified, Proof{{Key(kEd25519Sk, true)}}), "TL-ALLOW-RULE");
  EXPECT_EQ(CodeBy(kVerified, Proof{{Key(kEd25519Sk)}}), "TL-DENY-VERIFY");
  EXPECT_EQ(CodeBy(kVerified, Proof{{Key(kEd25519, true)}}), "TL-DENY-KEYTYPE");
  // Not one key of the right type and another one that verified.
  EXPECT_EQ(CodeBy(kVerified, Proof{{Key(kEd25519Sk), Key(kEd25519, true)}}), "TL-DENY-VERIFY");
}

TEST(KeyDemand, VerificationIsASecurityKeysWhateverTypesTheRuleHas) {
  RuleSet rules = Rules(kVerified);
  rules.rules[0].key_types.clear();
  World world;
  world.In("S-ops", {"ops"}).request.proof = Proof{{Key(kEd25519, true)}};
  EXPECT_EQ(Decide(Bind(rules, world.tags, world.names), world.account, world.ages, world.request, world.now).reason,
            Reason::kDenyKeyType);
}

TEST(KeyDemand, LeavesTheRuleToTheNextOne) {
  const Decision decision = By(kVerified + kPlain, Proof{{Key(kEd25519)}});
  EXPECT_TRUE(decision.allow);
  EXPECT_EQ(decision.rule, "plain");
  EXPECT_EQ(By(kVerified + kPlain, Proof{{Key(kEd25519Sk, true)}}).rule, "verified");
}

TEST(KeyDemand, NamesTheNearestMiss) {
  const std::string stale = "[[rule]]\nname = 'old'\nlogin = ['ops']\nmax_staleness = '1s'\n";
  World world;
  world.In("S-ops", {"ops"}).request.proof = Proof{{Key(kEd25519Sk), Certificate({"bob"})}};
  world.ages.account = std::chrono::seconds(2);
  EXPECT_EQ(world.DecideBy(stale).reason, Reason::kDenyStale);
  EXPECT_EQ(world.DecideBy(stale + kSk.substr(0, kSk.find("key_types")) + "key_types = ['ssh-rsa']\n").rule, "sk");
  EXPECT_EQ(world.DecideBy(kVerified).reason, Reason::kDenyVerify);
  const std::string rsa = "[[rule]]\nname = 'rsa'\nlogin = ['ops']\nkey_types = ['ssh-rsa']\n";
  EXPECT_EQ(world.DecideBy(rsa + kVerified).rule, "verified");
  world.request.proof = Proof{{Certificate({"bob"})}};
  EXPECT_EQ(world.DecideBy(rsa + kVerified).reason, Reason::kDenyPrincipal);
}

TEST(KeyDemand, SaysWhatIsMissing) {
  EXPECT_EQ(By(kSk, Proof{{Key(kEd25519)}}).detail,
            "alice is in \"ops\", but for the rule \"sk\" it demands a key of type \"sk-ssh-ed25519@openssh.com\" or "
            "\"sk-ecdsa-sha2-nistp256@openssh.com\", and the key is \"ssh-ed25519\"");
  EXPECT_THAT(By(kSk, Proof{{}, true}).detail, HasSubstr(", and no key that counts was used"));
  EXPECT_THAT(By(kVerified, Proof{{Key(kEcdsaSk)}}).detail,
              HasSubstr("that has verified its user (PIN, fingerprint), which is not known to have happened"));
  EXPECT_THAT(By(kPlain, Proof{}).detail, HasSubstr("for the rule \"plain\" no key that counts was used"));
  EXPECT_EQ(By(kPlain, Proof{{Certificate({"bob", "x\n"})}}).detail,
            "alice is in \"ops\", but for the rule \"plain\" the principals of the certificate (\"bob\", \"x\\x0a\") "
            "are none of its (\"alice\")");
}

std::string WithPrincipals(const std::string& list) { return kPlain + "principals = " + list + "\n"; }

TEST(Principals, OfACertificateMustBeTheRules) {
  EXPECT_EQ(CodeBy(kPlain, Proof{{Certificate({"alice"})}}), "TL-ALLOW-RULE");
  for (const char* other : {"bob", "Alice", "alice+prod", "", "alice ", "alice,bob", "*"}) {
    EXPECT_EQ(CodeBy(kPlain, Proof{{Certificate({other})}}), "TL-DENY-PRINCIPAL") << other;
  }
  EXPECT_EQ(CodeBy(kPlain, Proof{{Certificate({})}}), "TL-DENY-PRINCIPAL");
  EXPECT_EQ(CodeBy(kPlain, Proof{{Certificate({"bob", "alice"})}}), "TL-ALLOW-RULE");
  // Each proof stands for itself.
  EXPECT_EQ(CodeBy(kPlain, Proof{{Certificate({"bob"}), Key(kEd25519)}}), "TL-ALLOW-RULE");
}

TEST(Principals, FollowTheTags) {
  const std::string by_tag = WithPrincipals("['{name}+{Environment}']");
  EXPECT_EQ(CodeBy(by_tag, Proof{{Certificate({"alice+prod"})}}), "TL-ALLOW-RULE");
  EXPECT_EQ(CodeBy(by_tag, Proof{{Certificate({"alice+dev"})}}), "TL-DENY-PRINCIPAL");
  EXPECT_EQ(CodeBy(by_tag, Proof{{Certificate({"alice"})}}), "TL-DENY-PRINCIPAL");
  const std::string missing = WithPrincipals("['{name}+{Missing}']");
  for (const char* held : {"alice+", "alice", "alice+{Missing}", "@", ""}) {
    EXPECT_EQ(CodeBy(missing, Proof{{Certificate({held})}}), "TL-DENY-PRINCIPAL") << held;
  }
}

TEST(Principals, OfTheDecidingRuleCount) {
  const std::string rules =
      "[[rule]]\nname = 'night'\nlogin = ['night']\nprincipals = ['{name}@night']\n" + WithPrincipals("['{name}@day']");
  EXPECT_EQ(CodeBy(rules, Proof{{Certificate({"alice@night"})}}), "TL-DENY-PRINCIPAL");
  EXPECT_EQ(CodeBy(rules, Proof{{Certificate({"alice@day"})}}), "TL-ALLOW-RULE");
}

TEST(Principals, AreDemandedBesideTheType) {
  EXPECT_EQ(CodeBy(kSk, Proof{{Certificate({"alice"}, kEd25519)}}), "TL-DENY-KEYTYPE");
  EXPECT_EQ(CodeBy(kSk, Proof{{Certificate({"alice"}, kEd25519Sk)}}), "TL-ALLOW-RULE");
  EXPECT_EQ(CodeBy(kVerified, Proof{{Certificate({"alice"}, kEd25519Sk)}}), "TL-DENY-VERIFY");
  EXPECT_EQ(CodeBy(kVerified, Proof{{Certificate({"bob"}, kEd25519Sk, true)}}), "TL-DENY-PRINCIPAL");
  EXPECT_EQ(CodeBy(kVerified, Proof{{Certificate({"alice"}, kEd25519Sk, true)}}), "TL-ALLOW-RULE");
}

std::vector<std::string> PrincipalsBy(const std::string& rules, const std::string& name = "alice",
                                      World world = World()) {
  world.account.name = name;
  const RuleSet set = Rules(rules);
  return PrincipalsOf(Bind(set, world.tags, world.names), world.account);
}

TEST(PrincipalsOf, AreThoseOfAllRulesThatApply) {
  EXPECT_THAT(PrincipalsBy(kPlain + "[[rule]]\nname = 'b'\nlogin = ['x']\nprincipals = ['{name}', '{name}+{Role}']\n" +
                           "[[rule]]\nname = 'c'\nwhen = { Role = 'db' }\nlogin = ['x']\nprincipals = ['{name}@no']\n" +
                           "[[rule]]\nname = 'd'\ndeny = ['x']\n"),
              ElementsAre("alice", "alice+web"));
  EXPECT_THAT(PrincipalsBy("[[rule]]\nname = 'd'\ndeny = ['x']\n"), ElementsAre("alice"));
  EXPECT_THAT(PrincipalsBy(""), ElementsAre("alice"));
}

TEST(PrincipalsOf, AreBounded) {
  std::string list;
  for (int i = 0; i < 100; ++i) list += "'{name}." + std::to_string(i) + "', ";
  const auto principals = PrincipalsBy(WithPrincipals("[" + list + "]"));
  ASSERT_EQ(principals.size(), 64U);
  EXPECT_EQ(principals.back(), "alice.63");
}

// T23: one word of a fixed alphabet, whatever stands in names and tags.
TEST(PrincipalsOf, AreOneWordOfAFixedAlphabet) {
  const std::string longest(128, 'a');
  for (const auto& [name, good] : std::vector<std::pair<std::string, bool>>{{"alice", true},
                                                                            {"_a", true},
                                                                            {"0", true},
                                                                            {"AZ", true},
                                                                            {"ZA", true},
                                                                            {"az", true},
                                                                            {"za09", true},
                                                                            {"9", true},
                                                                            {"a.b_c+d@e-f", true},
                                                                            {"host$", true},
                                                                            {longest, true},
                                                                            {longest + "$", true},
                                                                            {longest + "a", false},
                                                                            {"$", false},
                                                                            {"a$b", false},
                                                                            {"a$$", false},
                                                                            {"-a", false},
                                                                            {".a", false},
                                                                            {"@a", false},
                                                                            {"+a", false},
                                                                            {"", false},
                                                                            {"a b", false},
                                                                            {"a,b", false},
                                                                            {"a\"b", false},
                                                                            {"a'b", false},
                                                                            {"a\nb", false},
                                                                            {"a#b", false},
                                                                            {"a/b", false},
                                                                            {"a\\b", false},
                                                                            {"a*", false},
                                                                            {"a{b}", false},
                                                                            {"{Role}", false},
                                                                            {"{name}", false},
                                                                            {std::string("a\0b", 3), false},
                                                                            {"\xc3\xa9", false}}) {
    EXPECT_EQ(PrincipalsBy(kPlain, name), good ? std::vector{name} : std::vector<std::string>{}) << name;
  }
  // A tag's value may hold a space and letters of any script; a principal may not.
  World world;
  for (const char* value : {"pro d", "\xc3\xa9", " "}) {
    world.tags.tags["Environment"].value = value;
    EXPECT_THAT(PrincipalsBy(WithPrincipals("['{name}+{Environment}', '{name}+x']"), "alice", world),
                ElementsAre("alice+x"));
  }
}

TEST(AddsNothing, LooksAtPrincipalsToo) {
  const RuleSet rules = Rules(WithPrincipals("['{name}+{Environment}']"));
  EXPECT_FALSE(AddsNothing(rules, Tags({{"Environment", "dev"}}), Tags({{"Environment", "prod"}})));
  EXPECT_TRUE(AddsNothing(rules, Tags({{"Environment", "dev"}}), Tags({})));
  EXPECT_TRUE(AddsNothing(rules, Tags({{"Environment", "dev"}}), Tags({{"Environment", "dev"}, {"Role", "db"}})));
  EXPECT_TRUE(AddsNothing(Rules(kPlain), Tags({{"Environment", "dev"}}), Tags({{"Environment", "prod"}})));
}

TEST(Principals, HeldTagsHoldThemBack) {
  const RuleSet rules = Rules(WithPrincipals("['{name}+{Environment}', '{name}']"));
  World world;
  world.In("S-ops", {"ops"});
  const std::vector<BoundRules> before = {Bind(rules, Tags({{"Environment", "dev"}}), world.names)};
  const BoundRules after = Bind(rules, world.tags, world.names);
  const auto ask = [&](const std::string& principal) {
    world.request.proof = Proof{{Certificate({principal})}};
    return HoldBack(Decide(after, world.account, world.ages, world.request, world.now), before, world.account,
                    world.ages, world.request, world.now)
        .reason;
  };
  EXPECT_EQ(ask("alice+prod"), Reason::kDenyTagsHeld);
  EXPECT_EQ(ask("alice+dev"), Reason::kDenyPrincipal);
  EXPECT_EQ(ask("alice"), Reason::kAllowRule);
}

TEST(KeyDemand, MakesARuleThatUsesTagsInPrincipalsAgeWithThem) {
  World world;
  world.In("S-ops", {"ops"}).ages.tags = std::chrono::hours(25);
  EXPECT_EQ(world.DecideBy(WithPrincipals("['{name}+{Role}']")).reason, Reason::kDenyStale);
  EXPECT_EQ(world.DecideBy(WithPrincipals("['{name}.{@hostname}']")).reason, Reason::kAllowRule);
  EXPECT_EQ(world.DecideBy(kPlain).reason, Reason::kAllowRule);
}

std::string FaultIn(const std::string& lines) {
  const auto rules = ParseRules("[[rule]]\nname = 'a'\nlogin = ['x']\n" + lines, "r.toml");
  return rules ? "none" : rules.error().detail;
}

TEST(ParseRules, ReadsWhatARuleDemandsOfKeys) {
  const RuleSet rules = Rules(kPlain + kSk + kVerified + "[[rule]]\nname = 'd'\ndeny = ['x']\n" +
                              "[[rule]]\nname = 'e'\nlogin = ['x']\nkey_types = ['ssh-rsa', '" + kEcdsaSk +
                              "']\nverify_required = false\nprincipals = ['{Role}+{name}', 'x.{name}{name}']\n");
  EXPECT_THAT(rules.rules[0].key_types, ElementsAre());
  EXPECT_FALSE(rules.rules[0].verify_required);
  EXPECT_THAT(rules.rules[0].principals, ElementsAre("{name}"));
  EXPECT_THAT(rules.rules[1].key_types, ElementsAre(kEd25519Sk, kEcdsaSk));
  EXPECT_FALSE(rules.rules[1].verify_required);
  EXPECT_THAT(rules.rules[2].key_types, ElementsAre(kEd25519Sk, kEcdsaSk));
  EXPECT_TRUE(rules.rules[2].verify_required);
  EXPECT_THAT(rules.rules[3].principals, ElementsAre());
  EXPECT_THAT(rules.rules[4].key_types, ElementsAre("ssh-rsa", kEcdsaSk));
  EXPECT_THAT(rules.rules[4].principals, ElementsAre("{Role}+{name}", "x.{name}{name}"));
}

TEST(ParseRules, RefusesDemandsThatMakeNoSense) {
  EXPECT_THAT(FaultIn("key_types = ['ssh-dss']\n"), HasSubstr("r.toml:4: \"key_types\" in [[rule]] has \"ssh-dss\""));
  EXPECT_THAT(FaultIn("key_types = ['sk-ssh-ed25519']\n"), HasSubstr("write \"sk\" for security keys"));
  EXPECT_THAT(FaultIn("key_types = []\n"), HasSubstr("key_types"));
  EXPECT_THAT(FaultIn("verify_required = 'yes'\n"), HasSubstr("verify_required"));
  EXPECT_THAT(FaultIn("verify_required = true\nkey_types = ['sk', 'ssh-rsa']\n"),
              HasSubstr("r.toml:5: \"verify_required\" in [[rule]] goes with security keys only, and \"ssh-rsa\""));
  for (const char* key : {"key_types = ['sk']", "verify_required = false", "principals = ['{name}']"}) {
    const auto rules = ParseRules(std::string("[[rule]]\nname = 'a'\ndeny = ['x']\n") + key, "r.toml");
    ASSERT_FALSE(rules) << key;
    EXPECT_THAT(rules.error().detail, HasSubstr("r.toml:4: ")) << key;
    EXPECT_THAT(rules.error().detail, HasSubstr("has no effect in a rule that keeps out")) << key;
  }
}

// T23: what several accounts would share, or what would be more than one word, is no principal.
TEST(ParseRules, RefusesPrincipalsThatAreNobodysOwn) {
  for (const char* shared : {"prod", "{Environment}", "{Name}", "{name", "name}", "{ name }", "{{name}}", "*", "{}"}) {
    EXPECT_THAT(FaultIn(std::string("principals = ['") + shared + "']\n"), HasSubstr("r.toml:4: the principal \""))
        << shared;
  }
  EXPECT_THAT(FaultIn("principals = ['{Environment}']\n"),
              HasSubstr("has no {name}: whoever holds such a certificate"));
  for (const char* odd : {"{name},root", "{name} x", "{name}\\\"", "{name}*", "{name}/x", "{name}#", "{name}$",
                          "{name}!", "\\u00e9{name}", "{name}=x", "{name}\\\\"}) {
    EXPECT_THAT(FaultIn(std::string("principals = [\"") + odd + "\"]\n"), HasSubstr("in it; principals have letters"))
        << odd;
  }
  EXPECT_THAT(FaultIn("principals = ['{name}', 'prod']\n"), HasSubstr("\"prod\""));
  // With the right tag each of these is a login name, and somebody else's.
  for (const char* unsafe : {"{name}@{Site}", "{name}-{Role}", "{Role}{name}", "{name}.{Role}", "{name}_{Role}-x"}) {
    EXPECT_THAT(FaultIn(std::string("principals = ['") + unsafe + "']\n"), HasSubstr("has no '+' beside its tag"))
        << unsafe;
  }
  EXPECT_EQ(
      FaultIn("principals = ['{name}%x']\n"),
      "r.toml:4: the principal \"{name}%x\" in [[rule]] has \"%\" in it; principals have letters, digits, '.', '_', "
      "'+', '@' and '-'");
  EXPECT_THAT(FaultIn("principals = []\n"), HasSubstr("principals"));
  EXPECT_THAT(FaultIn("principals = '{name}'\n"), HasSubstr("principals"));
}

}  // namespace
}  // namespace taglogin::policy
