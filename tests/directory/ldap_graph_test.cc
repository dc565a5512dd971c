// SPDX-License-Identifier: Apache-2.0
// Membership against a reckoning of the test's own: random graphs of groups in every schema, loaded into slapd.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "directory/directory.h"
#include "rounds.h"
#include "slapd.h"

namespace taglogin::directory {
namespace {

using namespace tests;

constexpr unsigned kSeed = 20261122;

enum class Shape { kRfc2307, kBis, kBisWithMemberOf };

struct Graph {
  std::string ou;
  // Group -> groups and people in it by DN, people by name, people by gidNumber.
  std::map<int, std::set<int>> groups;
  std::map<int, std::set<int>> people;
  std::map<int, std::set<int>> named;
  std::map<int, int> gid_of;   // of groups that have one
  std::map<int, int> primary;  // person -> gid
  int group_count = 0;
  int person_count = 0;
};

int Pick(std::mt19937& random, int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); }

Graph RandomGraph(std::mt19937& random, int number, Shape shape) {
  Graph graph;
  graph.ou = "g" + std::to_string(number);
  graph.group_count = 1 + Pick(random, 14);
  graph.person_count = 1 + Pick(random, 10);
  for (int person = 0; person < graph.person_count; ++person) graph.primary[person] = 7000 + Pick(random, 20);
  for (int group = 0; group < graph.group_count; ++group) {
    if (shape == Shape::kRfc2307 || Pick(random, 2) == 0) graph.gid_of[group] = 7000 + group;
    for (int edges = Pick(random, 4); edges > 0; --edges) {
      const int person = Pick(random, graph.person_count);
      if (shape == Shape::kRfc2307) {
        graph.named[group].insert(person);
        continue;
      }
      if (Pick(random, 2) == 0) graph.people[group].insert(person);
      // A ring now and then, and a group in itself.
      if (Pick(random, 3) > 0) graph.groups[group].insert(Pick(random, graph.group_count));
      if (graph.gid_of.contains(group) && Pick(random, 4) == 0)
        graph.named[group].insert(Pick(random, graph.person_count));
    }
  }
  return graph;
}

// By going from each group to all that can be reached, until nothing is added.
std::map<int, std::set<int>> Expected(const Graph& graph) {
  std::map<int, std::set<int>> inside;
  for (int group = 0; group < graph.group_count; ++group) {
    auto& all = inside[group];
    if (const auto some = graph.people.find(group); some != graph.people.end())
      all.insert(some->second.begin(), some->second.end());
    if (const auto some = graph.named.find(group); some != graph.named.end())
      all.insert(some->second.begin(), some->second.end());
    const auto gid = graph.gid_of.find(group);
    for (const auto& [person, number] : graph.primary) {
      if (gid != graph.gid_of.end() && gid->second == number) all.insert(person);
    }
  }
  for (bool more = true; more;) {
    more = false;
    for (const auto& [group, nested] : graph.groups) {
      for (const int other : nested) {
        const std::set<int> below = inside[other];
        const std::size_t before = inside[group].size();
        inside[group].insert(below.begin(), below.end());
        more = more || inside[group].size() != before;
      }
    }
  }
  return inside;
}

// The same DN, written by somebody else.
std::string Rewritten(std::mt19937& random, std::string dn) {
  if (random() % 2 == 0) return dn;
  std::string out;
  for (const char c : dn) {
    if (c == ',') {
      out += " , ";
    } else if (random() % 3 == 0) {
      out += static_cast<char>(std::toupper(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string Ldif(std::mt19937& random, const Graph& graph, Shape shape) {
  const std::string base = "ou=" + graph.ou + ",dc=corp,dc=example";
  const auto person_dn = [&](int i) { return "uid=u" + std::to_string(i) + "," + base; };
  const auto group_dn = [&](int i) { return "cn=grp" + std::to_string(i) + "," + base; };
  std::string out = "dn: " + base + "\nobjectClass: organizationalUnit\nou: " + graph.ou + "\n\n";
  for (int i = 0; i < graph.person_count; ++i) {
    out += "dn: " + person_dn(i) + "\nobjectClass: account\nobjectClass: posixAccount\ncn: x\nuid: u" +
           std::to_string(i) + "\nuidNumber: " + std::to_string(9000 + i) +
           "\ngidNumber: " + std::to_string(graph.primary.at(i)) + "\nhomeDirectory: /\n\n";
  }
  for (int i = 0; i < graph.group_count; ++i) {
    out += "dn: " + group_dn(i) + "\n";
    if (shape != Shape::kRfc2307) out += "objectClass: groupOfNames\n";
    if (graph.gid_of.contains(i)) out += "objectClass: posixGroup\n";
    out += "cn: grp" + std::to_string(i) + "\n";
    if (graph.gid_of.contains(i)) {
      out += "gidNumber: " + std::to_string(graph.gid_of.at(i)) + "\n";
    }
    if (shape != Shape::kRfc2307) {
      out += "member: cn=nobody\n";
      std::set<std::string> dns;
      if (const auto some = graph.people.find(i); some != graph.people.end()) {
        for (const int person : some->second) dns.insert(person_dn(person));
      }
      if (const auto some = graph.groups.find(i); some != graph.groups.end()) {
        for (const int group : some->second) dns.insert(group_dn(group));
      }
      for (const std::string& dn : dns) out += "member: " + Rewritten(random, dn) + "\n";
    }
    if (const auto some = graph.named.find(i); some != graph.named.end()) {
      for (const int person : some->second) out += "memberUid: u" + std::to_string(person) + "\n";
    }
    out += "\n";
  }
  return out;
}

class LdapGraphTest : public testing::TestWithParam<Shape> {};

TEST_P(LdapGraphTest, EveryClosureIsTheOneReckoned) {
  const int rounds = Rounds(25, kSeed);
  std::mt19937 random(kSeed + static_cast<unsigned>(GetParam()));
  std::vector<Graph> graphs;
  std::string ldif;
  for (int i = 0; i < rounds; ++i) {
    graphs.push_back(RandomGraph(random, i, GetParam()));
    ldif += Ldif(random, graphs.back(), GetParam());
  }
  SlapdForm form{.bis = GetParam() != Shape::kRfc2307};
  if (GetParam() == Shape::kBisWithMemberOf) form.overlays = {"memberof"};
  const Slapd slapd(form, ldif);
  std::size_t memberships = 0;
  for (const Graph& graph : graphs) {
    Connection connection = slapd.Settings();
    connection.search_base = "ou=" + graph.ou + ",dc=corp,dc=example";
    const auto directory = OpenDirectory(connection);
    ASSERT_TRUE(directory);
    WalkRequest request;
    for (int i = 0; i < graph.group_count; ++i) request.groups.push_back("grp" + std::to_string(i));
    const auto closure = (*directory)->Walk(request, base::Deadline::After(20000));
    ASSERT_TRUE(closure) << graph.ou << ": " << closure.error().detail;
    std::set<std::pair<std::string, std::string>> seen;  // group id, person
    for (const auto& [id, member] : closure->members) {
      for (const Membership& way : member.memberships) seen.emplace(way.group_id, member.account.name);
    }
    std::set<std::pair<std::string, std::string>> expected;
    for (const auto& [group, people] : Expected(graph)) {
      for (const int person : people) {
        expected.emplace(closure->groups.at("grp" + std::to_string(group)).group.id, "u" + std::to_string(person));
      }
    }
    ASSERT_EQ(seen, expected) << graph.ou;
    memberships += seen.size();
  }
  std::printf("%zu memberships in %d graphs, 0 differences\n", memberships, rounds);
  EXPECT_GT(memberships, static_cast<std::size_t>(rounds));
}

INSTANTIATE_TEST_SUITE_P(InEverySchema, LdapGraphTest,
                         testing::Values(Shape::kRfc2307, Shape::kBis, Shape::kBisWithMemberOf));

}  // namespace
}  // namespace taglogin::directory
