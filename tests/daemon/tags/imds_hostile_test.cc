// SPDX-License-Identifier: Apache-2.0
// IMDS answered by somebody who means harm.
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/tags/source.h"
#include "tests/daemon/tags/fake_imds.h"

namespace taglogin::daemon::tags {
namespace {

using base::Deadline;
using base::ErrorCode;
using test::FakeImds;
using test::HttpRequest;
using test::HttpResponse;
using test::HttpServer;

constexpr char kToken[] = "/latest/api/token";
constexpr char kList[] = "/latest/meta-data/tags/instance/";
constexpr char kIdentity[] = "/latest/dynamic/instance-identity/document";
// Each of these can be the first to misbehave.
constexpr const char* kPaths[] = {kToken, kList, "/latest/meta-data/tags/instance/Role",
                                  "/latest/meta-data/instance-id", kIdentity};
using Tags = std::map<std::string, std::string>;

base::Result<Reading> ReadFrom(FakeImds& imds, int milliseconds = 5000) {
  const HttpServer server(imds.Handler());
  return MakeImdsSource(server.url())->Read(Deadline::After(milliseconds));
}

ErrorCode ErrorOf(FakeImds& imds, int milliseconds = 5000) {
  auto reading = ReadFrom(imds, milliseconds);
  EXPECT_FALSE(reading);
  return reading ? ErrorCode::kInternal : reading.error().code;
}

TEST(ImdsHostile, StopsAtTheDeadlineWhenNothingComes) {
  for (const char* path : kPaths) {
    FakeImds imds;
    imds.answers[path].manner = HttpResponse::Manner::kNever;
    const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
    EXPECT_EQ(ErrorOf(imds, 200), ErrorCode::kDeadline) << path;
    EXPECT_LT(base::ClockMs(CLOCK_MONOTONIC) - before, 2000) << path;
  }
}

TEST(ImdsHostile, StopsAtTheDeadlineWhenAnswersTrickle) {
  for (const char* path : kPaths) {
    FakeImds imds;
    imds.answers[path] = HttpResponse(200, std::string(1000, 'x'));
    imds.answers[path].manner = HttpResponse::Manner::kOneByteEvery50Ms;
    const std::int64_t before = base::ClockMs(CLOCK_MONOTONIC);
    EXPECT_EQ(ErrorOf(imds, 300), ErrorCode::kDeadline) << path;
    EXPECT_LT(base::ClockMs(CLOCK_MONOTONIC) - before, 2000) << path;
  }
}

TEST(ImdsHostile, AsksNothingWhenTheTimeIsOver) {
  FakeImds imds;
  const HttpServer server(imds.Handler());
  auto reading = MakeImdsSource(server.url())->Read(Deadline::After(0));
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kDeadline);
  EXPECT_TRUE(server.Seen().empty());
}

TEST(ImdsHostile, FollowsNoRedirect) {
  for (const int status : {301, 302, 303, 307, 308}) {
    for (const char* path : kPaths) {
      const HttpServer elsewhere([](const HttpRequest&) { return HttpResponse(200, "trap"); });
      FakeImds imds;
      imds.answers[path] = HttpResponse(status);
      imds.answers[path].headers = "Location: " + elsewhere.url() + "/trap\r\n";
      EXPECT_EQ(ErrorOf(imds), ErrorCode::kRefused) << status << path;
      EXPECT_TRUE(elsewhere.Seen().empty()) << status << path;
    }
  }
}

TEST(ImdsHostile, RefusesTenMegabytes) {
  for (const char* path : kPaths) {
    FakeImds imds;
    imds.answers[path] = HttpResponse(200, std::string(10 << 20, 'x'));
    EXPECT_EQ(ErrorOf(imds), ErrorCode::kInvalid) << path;
  }
}

TEST(ImdsHostile, RefusesOneByteMoreThanTheBound) {
  FakeImds imds;
  imds.answers[kIdentity].body = "{\"accountId\":\"1\",\"region\":\"r\"}";
  imds.answers[kIdentity].body.resize(65536, ' ');
  EXPECT_TRUE(ReadFrom(imds));
  imds.answers[kIdentity].body += ' ';
  EXPECT_EQ(ErrorOf(imds), ErrorCode::kInvalid);
}

TEST(ImdsHostile, RefusesWhatIsNotHttp) {
  for (const char* path : kPaths) {
    FakeImds imds;
    imds.answers[path].raw = "\x01\x02SSH-2.0-nonsense\r\n\r\n";
    EXPECT_EQ(ErrorOf(imds), ErrorCode::kInvalid) << path;
  }
}

TEST(ImdsHostile, RefusesAnAnswerThatBreaksOff) {
  for (const char* path : kPaths) {
    FakeImds imds;
    imds.answers[path].raw = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nprod";
    EXPECT_EQ(ErrorOf(imds), ErrorCode::kUnavailable) << path;
  }
}

TEST(ImdsHostile, SendsNoTokenThatCouldHoldAnotherHeader) {
  for (const std::string& token : {std::string("a\r\nX-Evil: 1"), std::string("a b"), std::string(), std::string("é"),
                                   std::string("a\0b", 3), std::string(1025, 'a')}) {
    FakeImds imds;
    imds.answers[kToken] = HttpResponse(200, token);
    const HttpServer server(imds.Handler());
    auto reading = MakeImdsSource(server.url())->Read(Deadline::After(5000));
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(server.Seen().size(), 1u);
  }
}

TEST(ImdsHostile, PutsNeitherTokenNorRawBytesIntoErrors) {
  FakeImds imds;
  imds.token_prefix = "SECRETSECRET";
  imds.answers[kList].body = "a\x1b[2J\nRole";
  imds.answers["/latest/meta-data/tags/instance/Role"] = HttpResponse(418);
  auto reading = ReadFrom(imds);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().detail.find("SECRET"), std::string::npos);
  for (const char c : reading.error().detail) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
}

TEST(ImdsHostile, LeavesBadKeysOutAndSaysSo) {
  for (const std::string& key :
       {std::string(".."), std::string("."), std::string("a\tb"), std::string("a\r"), std::string("a\0b", 3),
        std::string("\xff"), std::string("a\u202eb"), std::string(" a"), std::string(129, 'k')}) {
    FakeImds imds;
    imds.answers[kList].body = key + "\nRole";
    const HttpServer server(imds.Handler());
    auto reading = MakeImdsSource(server.url())->Read(Deadline::After(5000));
    ASSERT_TRUE(reading) << key;
    EXPECT_EQ(reading->tags, (Tags{{"Role", "web"}})) << key;
    ASSERT_EQ(reading->warnings.size(), 1u) << key;
    for (const char c : reading->warnings[0]) EXPECT_TRUE(c >= 0x20 && c < 0x7f);
    EXPECT_EQ(server.Seen().size(), 5u) << key;  // token, list, Role, id, document
  }
}

TEST(ImdsHostile, LeavesBadValuesOutAndSaysSo) {
  for (const std::string& value :
       {std::string("prod\n"), std::string("pr\0d", 4), std::string("\xc0\xaf"), std::string("prod "),
        std::string("\u2028"), std::string("\x1b[2J"), std::string(257, 'v')}) {
    FakeImds imds;
    imds.answers["/latest/meta-data/tags/instance/Environment"].body = value;
    auto reading = ReadFrom(imds);
    ASSERT_TRUE(reading) << value;
    EXPECT_EQ(reading->tags, (Tags{{"Role", "web"}})) << value;
    EXPECT_EQ(reading->warnings.size(), 1u) << value;
  }
}

TEST(ImdsHostile, LeavesOutAKeyThatStandsThereInTwoForms) {
  FakeImds imds;
  const std::string composed = "caf\u00e9";
  const std::string decomposed = "cafe\u0301";
  imds.answers[kList].body = composed + "\n" + decomposed + "\n" + composed + "\nRole";
  imds.answers[std::string(kList) + "caf%C3%A9"] = HttpResponse(200, "one");
  imds.answers[std::string(kList) + "cafe%CC%81"] = HttpResponse(200, "two");
  auto reading = ReadFrom(imds);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->tags, (Tags{{"Role", "web"}}));
  EXPECT_EQ(reading->warnings.size(), 1u);
}

TEST(ImdsHostile, RefusesMoreThan64Tags) {
  FakeImds imds;
  imds.answers[kList].body.clear();
  for (int i = 0; i < 64; ++i) {
    const std::string key = "k" + std::to_string(i);
    imds.answers[kList].body += key + "\n";
    imds.answers[kList + key] = HttpResponse(200, "v");
  }
  auto reading = ReadFrom(imds);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->tags.size(), 64u);
  imds.answers[kList].body += "k64\n";
  EXPECT_EQ(ErrorOf(imds), ErrorCode::kInvalid);
}

TEST(ImdsHostile, LeavesOutAnIdentityThatIsNone) {
  for (const std::string& document :
       {std::string("not json"), std::string("[]"), std::string(60000, '['), std::string("7"), std::string(),
        std::string(R"({"accountId":7,"region":["x"]})"), std::string(R"({"accountId":"1\n2","region":"a/b"})")}) {
    FakeImds imds;
    imds.answers[kIdentity].body = document;
    imds.answers["/latest/meta-data/instance-id"].body = "i-0/../../x";
    auto reading = ReadFrom(imds);
    ASSERT_TRUE(reading) << document.substr(0, 40);
    EXPECT_EQ(reading->instance_id + reading->account_id + reading->region, "");
    EXPECT_EQ(reading->warnings.size(), 3u);
    EXPECT_EQ(reading->tags.size(), 2u);
  }
}

}  // namespace
}  // namespace taglogin::daemon::tags
