// SPDX-License-Identifier: Apache-2.0
// sshd asks for one account several times within one connection (auth.c, getpwnamallow: is there such a
// user; each `Match Group`: the user, its groups, each group's name; the user again). If what it is told
// changes in between, it must never come out with a valid user whom our `Match Group` block did not match:
// such a one would be let on with the keys of a local user.
#include <atomic>
#include <cstdlib>
#include <random>

#include "base/deadline.h"
#include "machine.h"

namespace taglogin::tests {
namespace {

using daemon::replica::PublishedNames;
using protocol::AccountAnswer;
using protocol::GroupAnswer;
using protocol::GroupsAnswer;
using protocol::Status;

constexpr std::uint32_t kUid = 1201200;
constexpr std::uint32_t kPrimary = 1200513;
constexpr std::uint32_t kWeb = 1201110;
constexpr std::uint32_t kEveryone = 2000200000;

enum class Table { kNone, kWithout, kDenied, kWith };
enum class Daemon { kAbsent, kHangsUp, kStarting, kDenies, kKnows };
struct World {
  Table table;
  Daemon daemon;
};

std::vector<World> AllWorlds() {
  std::vector<World> worlds;
  for (const Table table : {Table::kNone, Table::kWithout, Table::kDenied, Table::kWith}) {
    for (const Daemon daemon :
         {Daemon::kAbsent, Daemon::kHangsUp, Daemon::kStarting, Daemon::kDenies, Daemon::kKnows}) {
      worlds.push_back({table, daemon});
    }
  }
  return worlds;
}

// What one connection comes to.
struct Connection {
  bool valid = false;
  bool in_block = false;
};

class OneStoryTest : public testing::Test {
 protected:
  // Where the world may change: before each of a connection's calls.
  static constexpr int kCalls = 14;
  using Change = std::function<void(int call)>;

  OneStoryTest() : folder_(temp_.File("nss")), nobody_(temp_.File("nobody")) {
    auto opened = daemon::replica::TablePublisher::Open(folder_);
    EXPECT_TRUE(opened.has_value());
    publisher_ = std::move(*opened);
    daemon_ = FakeDaemon::Open([this](std::string_view request) { return ReplyTo(request); });
  }

  void Enter(World world) {
    world_ = world.daemon;
    socket_ = world.daemon == Daemon::kAbsent ? nobody_ : daemon_->socket_path();
    if (world.table == Table::kNone) return publisher_->Retire();
    PublishedNames names = SampleNames();
    // As published when some groups are nobody's here: their names are known to the daemon alone.
    names.groups = {{"taglogin-users", kEveryone}};
    if (world.table == Table::kDenied) names.negatives = {{"dave", base::ClockMs(CLOCK_BOOTTIME) + 60000}};
    if (world.table == Table::kWith) {
      names.accounts.push_back({"dave", kUid, kPrimary, "", "/home/dave", "/bin/sh", {kPrimary, kWeb, kEveryone}});
    }
    ASSERT_TRUE(publisher_->Publish(names).has_value());
  }

  // sshd_config has two Match Group blocks; ours is the first or the second.
  Connection GetPwNamAllow(int our_block, const Change& before) {
    ForgetTheStory(state_);
    Connection connection;
    int call = 0;
    before(call++);
    (void)UserExists();
    for (int block = 0; block < 2; ++block) {
      const int behind = call + 6;
      before(call++);
      const bool matched = UserExists() && GroupsHoldOurs(call, before);
      if (block == our_block) connection.in_block = matched;
      call = behind;
    }
    before(call++);
    connection.valid = UserExists();
    return connection;
  }

  bool UserExists() {
    passwd out{};
    return Look().AccountByName("dave", out, {buffer_, sizeof buffer_}) == nss_module::Answer::kFound;
  }

  // groupaccess.c, ga_init and ga_match: a group whose name is not to be had is left out.
  bool GroupsHoldOurs(int call, const Change& before) {
    before(call++);
    long used = 1;
    long capacity = 8;
    auto* gids = static_cast<gid_t*>(::malloc(8 * sizeof(gid_t)));
    gids[0] = kPrimary;
    nss_module::GroupList list{&used, &capacity, &gids, 0, kPrimary};
    (void)Look().GroupsOf("dave", list);
    bool ours = false;
    for (long i = 0; i < used; ++i) {
      before(call++);
      group out{};
      if (Look().GroupByGid(gids[i], out, {buffer_, sizeof buffer_}) != nss_module::Answer::kFound) continue;
      ours = ours || std::string_view(out.gr_name) == "taglogin-users";
    }
    ::free(gids);
    return ours;
  }

  void CheckConnection(int our_block, const Change& before, const std::string& trace) {
    const Connection connection = GetPwNamAllow(our_block, before);
    ++connections_;
    if (connection.valid) ++valid_;
    EXPECT_TRUE(!connection.valid || connection.in_block) << trace << ", block " << our_block;
  }

  static std::string Name(World world) {
    return "table " + std::to_string(static_cast<int>(world.table)) + " daemon " +
           std::to_string(static_cast<int>(world.daemon));
  }

  int connections_ = 0;
  int valid_ = 0;

 private:
  nss_module::Lookup Look() {
    places_ = {folder_.c_str(), socket_.c_str()};
    return {places_, state_};
  }
  Reply ReplyTo(std::string_view request) const {
    switch (world_.load()) {
      case Daemon::kAbsent:
      case Daemon::kHangsUp:
        return {Reply::Kind::kClose, {}};
      case Daemon::kStarting:
        return {Reply::Kind::kPacket, StatusPacket(static_cast<std::uint8_t>(Status::kUnavailable))};
      case Daemon::kDenies:
        // Whom a daemon denies it denies; the group of everybody it has as long as it has a snapshot.
        if (request == RequestPacket(protocol::GroupByGid{kEveryone})) {
          return {Reply::Kind::kPacket, AnswerPacket(GroupAnswer{"taglogin-users", kEveryone})};
        }
        break;
      case Daemon::kKnows:
        return {Reply::Kind::kPacket, Known(request)};
    }
    return {Reply::Kind::kPacket, StatusPacket(static_cast<std::uint8_t>(Status::kNotFound))};
  }
  static std::string Known(std::string_view request) {
    if (request == RequestPacket(protocol::AccountByName{"dave"})) {
      return AnswerPacket(AccountAnswer{"dave", kUid, kPrimary, "", "/home/dave", "/bin/sh"});
    }
    if (request == RequestPacket(protocol::GroupsOfAccount{"dave"})) {
      GroupsAnswer groups;
      groups.count = 3;
      groups.gids[0] = kPrimary;
      groups.gids[1] = kWeb;
      groups.gids[2] = kEveryone;
      return AnswerPacket(groups);
    }
    const GroupAnswer known[] = {{"domain users", kPrimary}, {"ssh-prod-web", kWeb}, {"taglogin-users", kEveryone}};
    for (const GroupAnswer& one : known) {
      if (request == RequestPacket(protocol::GroupByGid{one.gid})) return AnswerPacket(one);
    }
    return StatusPacket(static_cast<std::uint8_t>(Status::kNotFound));
  }

  test::TempFolder temp_;
  std::string folder_;
  std::string nobody_;
  std::string socket_;
  std::atomic<Daemon> world_{Daemon::kAbsent};
  std::unique_ptr<daemon::replica::TablePublisher> publisher_;
  std::unique_ptr<FakeDaemon> daemon_;
  nss_module::ProcessState state_;
  nss_module::Places places_{};
  char buffer_[1024];
};

TEST_F(OneStoryTest, AnAccountThatIsKnownAllAlongIsValidAndInTheBlock) {
  for (const World world : AllWorlds()) {
    Enter(world);
    const Connection connection = GetPwNamAllow(0, [](int) {});
    const bool asked = world.table == Table::kNone || world.table == Table::kWithout;
    const bool known = world.table == Table::kWith || (asked && world.daemon == Daemon::kKnows);
    EXPECT_EQ(connection.valid, known) << Name(world);
    EXPECT_EQ(connection.in_block, known) << Name(world);
  }
}

// Each change of the world at each call.
TEST_F(OneStoryTest, NoSingleChangeLetsAUserByTheBlock) {
  const std::vector<World> worlds = AllWorlds();
  for (const World from : worlds) {
    for (const World to : worlds) {
      for (int at = 1; at < kCalls; ++at) {
        Enter(from);
        CheckConnection(
            at % 2,
            [&](int call) {
              if (call == at) Enter(to);
            },
            Name(from) + " to " + Name(to) + " at " + std::to_string(at));
      }
    }
  }
  std::printf("%d connections, %d with a valid user\n", connections_, valid_);
  EXPECT_GT(valid_, connections_ / 10);
}

// A change at every call, chosen at random.
TEST_F(OneStoryTest, NoRunOfChangesLetsAUserByTheBlock) {
  const char* given = std::getenv("TAGLOGIN_SEED");
  const auto seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device{}();
  std::mt19937 random(seed);
  const std::vector<World> worlds = AllWorlds();
  const auto any = [&] { return worlds[random() % worlds.size()]; };
  const int rounds = std::getenv("TAGLOGIN_LONG") != nullptr ? 50000 : 1500;
  for (int i = 0; i < rounds; ++i) {
    std::string trace = "seed " + std::to_string(seed) + " round " + std::to_string(i) + ": ";
    const World first = any();
    Enter(first);
    trace += Name(first);
    CheckConnection(
        i % 2,
        [&](int call) {
          if (call == 0 || random() % 3 != 0) return;
          const World next = any();
          Enter(next);
          trace += ", call " + std::to_string(call) + " " + Name(next);
        },
        trace);
  }
  std::printf("seed %u: %d connections, %d with a valid user\n", seed, connections_, valid_);
  EXPECT_GT(valid_, 0);
}

TEST_F(OneStoryTest, AnotherProcessIsNotHeldToWhatThisOneWasTold) {
  Enter({Table::kWithout, Daemon::kAbsent});
  EXPECT_FALSE(GetPwNamAllow(0, [](int) {}).valid);
  Enter({Table::kWith, Daemon::kAbsent});
  EXPECT_TRUE(GetPwNamAllow(0, [](int) {}).valid);
}

}  // namespace
}  // namespace taglogin::tests
