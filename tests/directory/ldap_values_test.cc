// SPDX-License-Identifier: Apache-2.0
// What LDAP directories write into account states and schemas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "directory/ldap_account_state.h"
#include "directory/ldap_entries.h"
#include "directory/ldap_facts.h"
#include "directory/ldap_watch.h"

namespace taglogin::directory {
namespace {

using std::chrono::sys_seconds;

sys_seconds At(std::int64_t seconds) { return sys_seconds{std::chrono::seconds(seconds)}; }

// RFC 4517 3.3.13; the seconds were counted by GNU date.
TEST(GeneralizedTime, IsRead) {
  EXPECT_EQ(ParseGeneralizedTime("19700101000000Z"), At(0));
  EXPECT_EQ(ParseGeneralizedTime("20261122092448Z"), At(1795339488));
  EXPECT_EQ(ParseGeneralizedTime("20261122092448.123456Z"), At(1795339488));
  EXPECT_EQ(ParseGeneralizedTime("20261122092448,5Z"), At(1795339488));
  EXPECT_EQ(ParseGeneralizedTime("199412160532-0500"), At(787573920));
  EXPECT_EQ(ParseGeneralizedTime("1994121610Z"), At(787572000));
  EXPECT_EQ(ParseGeneralizedTime("20240229000000+0130"), At(1709159400));
  EXPECT_EQ(ParseGeneralizedTime("99991231235959Z"), At(253402300799));
}

TEST(GeneralizedTime, IsRefusedWhenItIsNone) {
  for (const char* text :
       {"", "Z", "000001010000Z", "20261122092448", "20261322000000Z", "20260229000000Z", "20261122240000Z",
        "20261122096000Z", "20261122092448.Z", "20261122092448z", "2026-11-22", "20261122092448+2400",
        "20261122092448+01:00", " 20261122092448Z", "20261122092448Z ", "+0261122092448Z", "202611220924481Z"}) {
    EXPECT_EQ(ParseGeneralizedTime(text), std::nullopt) << text;
  }
}

TEST(ShadowExpire, CountsDays) {
  EXPECT_EQ(ParseShadowExpire("-1"), std::nullopt);
  EXPECT_EQ(ParseShadowExpire("1"), At(86400));
  EXPECT_EQ(ParseShadowExpire("20000"), At(1728000000));
  for (const char* text : {"0", "-2", "", "x", "1.5", "99999999999999999999", " 1"}) {
    EXPECT_EQ(ParseShadowExpire(text), At(0)) << text;
  }
  EXPECT_GT(ParseShadowExpire("9223372036854775807"), At(4102444800));
}

Entry EntryOf(std::map<std::string, std::vector<std::string>> attributes) {
  return {"uid=a,dc=x", std::move(attributes)};
}

Account StateOf(std::map<std::string, std::vector<std::string>> attributes, const LockoutPolicies& policies = {}) {
  Account account;
  ReadLdapAccountState(EntryOf(std::move(attributes)), policies, account);
  return account;
}

TEST(LdapAccountState, NothingThereIsNothingAgainstIt) {
  const Account account = StateOf({});
  EXPECT_FALSE(account.disabled || account.password_must_change || account.locked_until || account.expires);
}

TEST(LdapAccountState, WhatCannotBeReadSpeaksAgainstTheAccount) {
  EXPECT_EQ(StateOf({{"pwdaccountlockedtime", {"?"}}}).locked_until, sys_seconds::max());
  EXPECT_EQ(StateOf({{"accountunlocktime", {"?"}}}).locked_until, sys_seconds::max());
  EXPECT_EQ(StateOf({{"pwdstarttime", {"?"}}}).locked_until, sys_seconds::max());
  EXPECT_EQ(StateOf({{"pwdendtime", {"?"}}}).expires, At(0));
  EXPECT_EQ(StateOf({{"shadowexpire", {"3", "4"}}}).expires, At(0));
  EXPECT_TRUE(StateOf({{"nsaccountlock", {"?"}}}).disabled);
  EXPECT_TRUE(StateOf({{"nsaccountlock", {"false", "true"}}}).disabled);
}

TEST(LdapAccountState, LocksEndWithThePolicysDuration) {
  const std::string begun = "20261122092448Z";
  const sys_seconds at = At(1795339488);
  LockoutPolicies policies;
  EXPECT_EQ(StateOf({{"pwdaccountlockedtime", {begun}}}, policies).locked_until, sys_seconds::max());
  AddPolicy({"cn=A,dc=x", {{"pwdlockoutduration", {"300"}}}}, policies);
  EXPECT_EQ(StateOf({{"pwdaccountlockedtime", {begun}}}, policies).locked_until, at + std::chrono::seconds(300));
  // Which of two holds is not known: the longer one. Unless the account says it.
  AddPolicy({"cn=B,dc=x", {{"pwdlockoutduration", {"900"}}}}, policies);
  EXPECT_EQ(StateOf({{"pwdaccountlockedtime", {begun}}}, policies).locked_until, at + std::chrono::seconds(900));
  const auto own = [&](const std::string& dn) {
    return StateOf({{"pwdaccountlockedtime", {begun}}, {"pwdpolicysubentry", {dn}}}, policies).locked_until;
  };
  EXPECT_EQ(own("CN=a,DC=x"), at + std::chrono::seconds(300));
  EXPECT_EQ(own("cn=elsewhere"), sys_seconds::max());
  // 0, and nothing at all, mean until somebody unlocks it.
  AddPolicy({"cn=C,dc=x", {{"pwdlockoutduration", {"0"}}}}, policies);
  EXPECT_EQ(own("cn=c,dc=x"), sys_seconds::max());
  EXPECT_EQ(StateOf({{"pwdaccountlockedtime", {begun}}}, policies).locked_until, sys_seconds::max());
  EXPECT_EQ(StateOf({{"pwdaccountlockedtime", {"000001010000Z"}}}, policies).locked_until, sys_seconds::max());
}

TEST(LdapAccountState, TheLastLockAndTheFirstEndCount) {
  const Account account = StateOf({{"accountunlocktime", {"20261122092448Z"}},
                                   {"pwdstarttime", {"20261122092449Z"}},
                                   {"pwdendtime", {"20300101000000Z"}},
                                   {"shadowexpire", {"20000"}},
                                   {"pwdreset", {"TRUE"}},
                                   {"nsaccountlock", {"FALSE"}}});
  EXPECT_EQ(account.locked_until, At(1795339489));
  EXPECT_EQ(account.expires, At(1728000000));
  EXPECT_TRUE(account.password_must_change);
  EXPECT_FALSE(account.disabled);
  EXPECT_EQ(StateOf({{"accountunlocktime", {"19700101000000Z"}}}).locked_until, sys_seconds::max());
}

TEST(LdapAccountState, APasswordThatSomebodyElseHasSetMustBeChanged) {
  // 389 Directory Server, FreeIPA, shadow(5), ppolicy.
  EXPECT_TRUE(StateOf({{"passwordexpirationtime", {"19700101000000Z"}}}).password_must_change);
  EXPECT_TRUE(StateOf({{"krbpasswordexpiration", {"20261122092448Z"}}, {"krblastpwdchange", {"20261122092448Z"}}})
                  .password_must_change);
  EXPECT_TRUE(StateOf({{"shadowlastchange", {"0"}}}).password_must_change);
  EXPECT_TRUE(StateOf({{"pwdreset", {"TRUE"}}}).password_must_change);
  for (const auto& attributes : std::vector<std::map<std::string, std::vector<std::string>>>{
           {{"passwordexpirationtime", {"20261122092448Z"}}},
           {{"krbpasswordexpiration", {"20261122092448Z"}}},
           {{"krbpasswordexpiration", {"20261122092449Z"}}, {"krblastpwdchange", {"20261122092448Z"}}},
           {{"krbpasswordexpiration", {"19700101000000Z"}}, {"krblastpwdchange", {"20261122092448Z"}}},
           {{"shadowlastchange", {"20000"}}},
           {{"shadowlastchange", {"-1"}}},
           {{"krbloginfailedcount", {"99"}}}}) {
    const Account account = StateOf(attributes);
    EXPECT_FALSE(account.password_must_change || account.disabled || account.locked_until || account.expires)
        << attributes.begin()->first << attributes.begin()->second.front();
  }
}

TEST(LdapAccountState, PasswordsAndPrincipalsEndWhenTheirAttributesSaySo) {
  const sys_seconds at = At(1795339488);
  EXPECT_EQ(StateOf({{"krbprincipalexpiration", {"20261122092448Z"}}}).expires, at);
  EXPECT_EQ(StateOf({{"krbprincipalexpiration", {"?"}}}).expires, At(0));
  EXPECT_EQ(StateOf({{"krbprincipalexpiration", {"20261122092448Z"}}, {"shadowexpire", {"99999"}}}).expires, at);
  EXPECT_EQ(StateOf({{"krbpasswordexpiration", {"20261122092448Z"}}}).password_expires, at);
  EXPECT_EQ(StateOf({{"krbpasswordexpiration", {"?"}}}).password_expires, At(0));
  EXPECT_EQ(StateOf({{"krbpasswordexpiration", {"19700101000000Z"}}}).password_expires, std::nullopt);
  EXPECT_EQ(StateOf({{"passwordexpirationtime", {"20261122092448Z"}}, {"krbpasswordexpiration", {"20361122092448Z"}}})
                .password_expires,
            at);
  EXPECT_EQ(StateOf({}).password_expires, std::nullopt);
}

TEST(RequiredAttributes, AreReadFromObjectClasses) {
  RequiredAttributes required;
  AddRequiredAttributes(
      "( 2.5.6.9 NAME 'groupOfNames' DESC 'RFC2256: a group (of $ names) MUST x' SUP top STRUCTURAL MUST ( member $ cn "
      ") "
      "MAY ( owner $ ou ) X-ORIGIN ( 'a' 'b' ) )",
      required);
  AddRequiredAttributes("( 1.2.3 NAME ( 'one' 'Two' ) SUP ( top $ y ) MUST cn )", required);
  AddRequiredAttributes("( 1.2.4 NAME 'free' MAY member )", required);
  using Set = std::set<std::string>;
  EXPECT_EQ(required,
            (RequiredAttributes{
                {"groupofnames", Set{"member", "cn"}}, {"one", Set{"cn"}}, {"two", Set{"cn"}}, {"free", Set{}}}));
}

TEST(RequiredAttributes, NonsenseAddsNothing) {
  for (const char* text : {"", "(", ")", "x", "( 1 NAME", "( 1 NAME (", "( 1 NAME '", "( 1 MUST cn )",
                           "( 1 NAME ( $ ) )", "'(' 1 NAME 'x' MUST y )"}) {
    RequiredAttributes required;
    AddRequiredAttributes(text, required);
    EXPECT_TRUE(required.empty()) << text;
  }
}

LdapEntryReader Reader(LdapSchema schema = {}) {
  return {{"dc=x", "dc=x", "entryUUID", {{"groupofnames", {"member"}}}}, std::move(schema), {"sshPublicKey"}};
}

std::string NameOfAccount(const std::string& dn, const std::vector<std::string>& uids) {
  return Reader().Read({dn, {{"objectclass", {"posixAccount"}}, {"entryuuid", {"a-1"}}, {"uid", uids}}}).account.name;
}

// Whoever may add a value to an entry must not become somebody else by it.
TEST(LdapEntries, OfSeveralNamesTheOneInTheDnCounts) {
  EXPECT_EQ(NameOfAccount("cn=x,dc=x", {"alice"}), "alice");
  EXPECT_EQ(NameOfAccount("uid=Alice,dc=x", {"bob", "alice"}), "alice");
  EXPECT_EQ(NameOfAccount("cn=x,dc=x", {"alice", "bob"}), "");
  EXPECT_EQ(NameOfAccount("uid=carol,dc=x", {"alice", "bob"}), "");
  EXPECT_EQ(NameOfAccount("uid=alice+cn=x,dc=x", {"alice", "bob"}), "");
  EXPECT_EQ(NameOfAccount("uid=al\\2cice,dc=x", {"al,ice", "bob"}), "");
  EXPECT_EQ(NameOfAccount("uid=alice,dc=x", {}), "");
  EXPECT_EQ(NameOfAccount("uid=alice,dc=y", {"alice"}), "");  // outside
}

TEST(LdapEntries, WhatHasNoIdentityIsUnsound) {
  for (const std::vector<std::string>& ids :
       {std::vector<std::string>{}, {""}, {"a", "b"}, {"a b"}, {std::string(65, 'a')}, {std::string("\xc3\xa9")}}) {
    EXPECT_EQ(
        Reader().Read({"uid=a,dc=x", {{"objectclass", {"posixAccount"}}, {"entryuuid", ids}, {"uid", {"a"}}}}).kind,
        LdapObject::Kind::kUnsound);
    EXPECT_EQ(Reader().Read({"cn=a,dc=x", {{"objectclass", {"posixGroup"}}, {"entryuuid", ids}, {"cn", {"a"}}}}).kind,
              LdapObject::Kind::kUnsound);
  }
}

TEST(LdapEntries, IdsAreOneNumberOf32Bits) {
  const auto uid = [](const std::vector<std::string>& values) {
    return Reader()
        .Read({"uid=a,dc=x",
               {{"objectclass", {"posixAccount"}}, {"entryuuid", {"a"}}, {"uid", {"a"}}, {"uidnumber", values}}})
        .account.uid_number;
  };
  EXPECT_EQ(uid({"10001"}), 10001U);
  EXPECT_EQ(uid({"4294967295"}), 4294967295U);
  EXPECT_EQ(uid({"0"}), 0U);  // whether it may be used is not the reader's business
  for (const std::vector<std::string>& values : {std::vector<std::string>{},
                                                 {"4294967296"},
                                                 {"-1"},
                                                 {"0x0"},
                                                 {" 0"},
                                                 {"1e3"},
                                                 {"٠"},
                                                 {"01000"},
                                                 {"1000", "1001"}}) {
    EXPECT_EQ(uid(values), std::nullopt);
  }
}

TEST(LdapEntries, AnAccountIsNoGroup) {
  const LdapObject object = Reader().Read(
      {"uid=a,dc=x",
       {{"objectclass", {"posixAccount", "posixGroup"}}, {"entryuuid", {"a"}}, {"uid", {"a"}}, {"memberuid", {"b"}}}});
  EXPECT_EQ(object.kind, LdapObject::Kind::kAccount);
  EXPECT_TRUE(object.member_names.empty());
}

TEST(LdapEntries, UniqueMembersLoseTheirUid) {
  const LdapObject object = Reader().Read({"cn=g,dc=x",
                                           {{"objectclass", {"groupOfUniqueNames"}},
                                            {"entryuuid", {"a"}},
                                            {"uniquemember", {"uid=a,dc=x#'0101'B", "uid=b,dc=x", "cn=#'2'B"}}}});
  EXPECT_THAT(object.member_dns, testing::ElementsAre("uid=a,dc=x", "uid=b,dc=x", "cn=#'2'B"));
}

// A server with the USN plugin of 389 Directory Server: entries, and the number of the last change.
class NumberedServer : public LdapSearcher {
 public:
  base::Result<void> Search(const std::vector<Query>& queries, base::Deadline, const OnEntry& on_entry) override {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      asked.push_back(queries[i].filter);
      if (queries[i].base.empty()) on_entry(i, {"", root});
      if (queries[i].subtree) {
        for (const Entry& entry : changed) on_entry(i, entry);
      }
    }
    return {};
  }
  std::map<std::string, std::vector<std::string>> root;
  std::vector<Entry> changed;
  std::vector<std::string> asked;
};

Entry NumberedAccount(const std::string& id) {
  return {"uid=" + id + ",dc=x", {{"objectclass", {"posixAccount"}}, {"nsuniqueid", {id}}, {"uid", {id}}}};
}

TEST(LdapWatch, FollowsTheNumbersOf389DirectoryServer) {
  LdapFacts facts;
  facts.naming_context = facts.search_base = "dc=x";
  facts.id_attribute = "nsUniqueId";
  const LdapEntryReader reader(facts, {}, {});
  NumberedServer server;
  const auto soon = [] { return base::Deadline::After(1000); };
  EXPECT_TRUE(ReadChangeMarks(server, facts, soon())->empty());
  server.root = {{"lastusn;userroot", {"41"}}, {"lastusn;changelog", {"7"}}};
  const ChangeMarks marks = *ReadChangeMarks(server, facts, soon());
  ASSERT_TRUE(AreNumbers(marks));
  LdapWatched watched;
  watched.ids = {"known"};
  const auto changed = [&](LdapWatch& watch) {
    const auto answer = watch.Changed(server, reader, "ldap1", soon());
    return !answer || *answer;
  };
  LdapWatch watch;
  watch.Reset(watched, "ldap1", marks, {});
  server.asked.clear();
  EXPECT_FALSE(changed(watch));
  EXPECT_EQ(server.asked.size(), 2U) << "only the marks";
  // Somebody else's change, then one that matters.
  server.root["lastusn;userroot"] = {"42"};
  server.changed = {NumberedAccount("stranger")};
  EXPECT_FALSE(changed(watch));
  EXPECT_THAT(server.asked.back(), testing::HasSubstr("(entryUSN>=42)"));
  server.root["lastusn;userroot"] = {"43"};
  server.changed = {NumberedAccount("known")};
  EXPECT_TRUE(changed(watch));
  EXPECT_THAT(server.asked.back(), testing::HasSubstr("(entryUSN>=43)"));
  // A number that went back, or is gone, is that of another database.
  for (const auto* now : {"40", "x"}) {
    LdapWatch other;
    other.Reset(watched, "ldap1", marks, {});
    server.root["lastusn;userroot"] = {now};
    EXPECT_TRUE(changed(other)) << now;
  }
}

TEST(LdapWatch, NeedsEntriesThatShowTheirNumbers) {
  LdapFacts facts;
  facts.naming_context = facts.search_base = "dc=x";
  NumberedServer server;
  server.changed = {NumberedAccount("a"), NumberedAccount("b")};
  RecordingSearcher nothing(server);
  EXPECT_FALSE(nothing.all_numbered());
  Query query;
  query.base = "dc=x";
  query.subtree = true;
  query.attributes = {"uid", kEntryNumber};
  for (const bool both : {false, true}) {
    server.changed[0].attributes["entryusn"] = {"5"};
    if (both) server.changed[1].attributes["entryusn"] = {"6"};
    RecordingSearcher recorder(server);
    ASSERT_TRUE(recorder.Search({query}, base::Deadline::After(1000), [](std::size_t, const Entry&) {}));
    EXPECT_EQ(recorder.all_numbered(), both);
  }
  // Without them, and with nothing to ask again, the numbers say nothing.
  const LdapEntryReader reader(facts, {}, {});
  server.root = {{"lastusn", {"41"}}};
  LdapWatch watch;
  watch.Reset({}, "ldap1", {}, {});
  const auto changed = watch.Changed(server, reader, "ldap1", base::Deadline::After(1000));
  ASSERT_TRUE(changed);
  EXPECT_FALSE(*changed);
}

TEST(LdapFacts, TakeTheNearestNamingContext) {
  class Server : public LdapSearcher {
   public:
    base::Result<void> Search(const std::vector<Query>& queries, base::Deadline, const OnEntry& on_entry) override {
      if (queries[0].base.empty()) on_entry(0, {"", {{"namingcontexts", contexts}}});
      if (!queries[0].base.empty()) on_entry(0, {queries[0].base, {}});
      return {};
    }
    std::vector<std::string> contexts;
  };
  Connection settings;
  settings.search_base = "ou=a,dc=b,dc=c";
  for (const auto& contexts : {std::vector<std::string>{"dc=c", "dc=b,dc=c", "dc=z"}, {"dc=b,dc=c", "dc=c", "dc=z"}}) {
    Server server;
    server.contexts = contexts;
    EXPECT_EQ(ReadLdapFacts(server, settings, base::Deadline::After(1000))->naming_context, "dc=b,dc=c");
  }
}

// Nothing to compare with is no reason to believe that nothing has changed: the server must answer at least.
TEST(LdapWatch, AsksTheServerAlsoWithoutAnythingToCompare) {
  class Silent : public LdapSearcher {
   public:
    base::Result<void> Search(const std::vector<Query>&, base::Deadline, const OnEntry&) override {
      return base::Unavailable("no answer");
    }
  };
  Silent server;
  LdapWatch watch;
  watch.Reset({}, "ldap1", {}, {});
  LdapFacts facts;
  facts.naming_context = "dc=x";
  const LdapEntryReader reader(facts, {}, {});
  EXPECT_FALSE(watch.Changed(server, reader, "ldap1", base::Deadline::After(1000)));
}

}  // namespace
}  // namespace taglogin::directory
