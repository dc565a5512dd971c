// SPDX-License-Identifier: Apache-2.0
// IMDS as it should be, and as it ordinarily fails.
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

constexpr char kList[] = "/latest/meta-data/tags/instance/";
using Tags = std::map<std::string, std::string>;

base::Result<Reading> ReadFrom(FakeImds& imds) {
  const HttpServer server(imds.Handler());
  return MakeImdsSource(server.url())->Read(Deadline::After(5000));
}

long Count(const std::vector<HttpRequest>& requests, const std::string& method) {
  return std::count_if(requests.begin(), requests.end(), [&](const HttpRequest& r) { return r.method == method; });
}

TEST(Imds, ReadsTagsAndIdentity) {
  FakeImds imds;
  auto reading = ReadFrom(imds);
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags, (Tags{{"Environment", "prod"}, {"Role", "web"}}));
  EXPECT_EQ(reading->instance_id, "i-0123456789abcdef0");
  EXPECT_EQ(reading->account_id, "123456789012");
  EXPECT_EQ(reading->region, "eu-central-1");
  EXPECT_TRUE(reading->warnings.empty());
}

TEST(Imds, IsNamedImds) { EXPECT_EQ(MakeImdsSource()->Name(), "imds"); }

TEST(Imds, AsksForATokenFirstAndSendsItEverAfter) {
  FakeImds imds;
  const HttpServer server(imds.Handler());
  ASSERT_TRUE(MakeImdsSource(server.url())->Read(Deadline::After(5000)));
  const auto seen = server.Seen();
  ASSERT_EQ(seen.size(), 6u);
  EXPECT_EQ(seen[0].method + " " + seen[0].path, "PUT /latest/api/token");
  EXPECT_EQ(seen[0].headers.at("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  for (std::size_t i = 1; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].method, "GET");
    EXPECT_EQ(seen[i].headers.at("x-aws-ec2-metadata-token"), "token-1");
  }
}

TEST(Imds, SendsNoHeaderThatSomebodyElseCouldHaveAdded) {
  FakeImds imds;
  const HttpServer server(imds.Handler());
  ASSERT_TRUE(MakeImdsSource(server.url())->Read(Deadline::After(5000)));
  for (const HttpRequest& request : server.Seen()) {
    for (const auto& [name, value] : request.headers) {
      EXPECT_TRUE(name == "host" || name == "accept" || name.rfind("x-aws-ec2-metadata-token", 0) == 0) << name;
    }
  }
}

TEST(Imds, KeepsTheTokenBetweenReadings) {
  FakeImds imds;
  const HttpServer server(imds.Handler());
  const auto source = MakeImdsSource(server.url());
  ASSERT_TRUE(source->Read(Deadline::After(5000)));
  ASSERT_TRUE(source->Read(Deadline::After(5000)));
  EXPECT_EQ(Count(server.Seen(), "PUT"), 1);
}

TEST(Imds, FetchesOneNewTokenWhenTheOldOneIsRefused) {
  FakeImds imds;
  imds.refuse_first = 1;
  const HttpServer server(imds.Handler());
  ASSERT_TRUE(MakeImdsSource(server.url())->Read(Deadline::After(5000)));
  EXPECT_EQ(Count(server.Seen(), "PUT"), 2);
}

TEST(Imds, GivesUpWhenANewTokenIsRefusedToo) {
  FakeImds imds;
  imds.refuse_first = 1000;
  const HttpServer server(imds.Handler());
  auto reading = MakeImdsSource(server.url())->Read(Deadline::After(5000));
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kRefused);
  EXPECT_EQ(server.Seen().size(), 4u);  // PUT, GET, PUT, GET
}

TEST(Imds, NeverFallsBackToVersion1) {
  for (const int status : {400, 403, 404, 405, 500}) {
    FakeImds imds;
    imds.answers["/latest/api/token"] = HttpResponse(status);
    const HttpServer server(imds.Handler());
    auto reading = MakeImdsSource(server.url())->Read(Deadline::After(5000));
    ASSERT_FALSE(reading) << status;
    EXPECT_EQ(reading.error().code, status == 500 ? ErrorCode::kUnavailable : ErrorCode::kRefused) << status;
    EXPECT_EQ(Count(server.Seen(), "GET"), 0) << status;
  }
}

TEST(Imds, SaysThatTagsAreOffWhenThereIsNoList) {
  FakeImds imds;
  imds.answers.erase(kList);
  auto reading = ReadFrom(imds);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kNotFound);
  EXPECT_NE(reading.error().detail.find("--instance-metadata-tags enabled"), std::string::npos);
}

TEST(Imds, ReadsAMachineWhoseLastTagWasTakenAway) {
  FakeImds imds;
  imds.answers[kList].body.clear();
  auto reading = ReadFrom(imds);
  ASSERT_TRUE(reading);
  EXPECT_TRUE(reading->tags.empty());
}

TEST(Imds, LeavesOutATagThatWentAwayMeanwhile) {
  FakeImds imds;
  imds.answers.erase(std::string(kList) + "Role");
  auto reading = ReadFrom(imds);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->tags, (Tags{{"Environment", "prod"}}));
  EXPECT_TRUE(reading->warnings.empty());
}

TEST(Imds, FailsWholeWhenAnyPartFails) {
  for (const char* path : {kList, "/latest/meta-data/tags/instance/Role", "/latest/meta-data/instance-id",
                           "/latest/dynamic/instance-identity/document"}) {
    FakeImds imds;
    imds.answers[path] = HttpResponse(500);
    auto reading = ReadFrom(imds);
    ASSERT_FALSE(reading) << path;
    EXPECT_EQ(reading.error().code, ErrorCode::kUnavailable) << path;
  }
}

TEST(Imds, ReadsTagsWhereThereIsNoIdentity) {
  FakeImds imds;
  imds.answers.erase("/latest/meta-data/instance-id");
  imds.answers.erase("/latest/dynamic/instance-identity/document");
  auto reading = ReadFrom(imds);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->tags.size(), 2u);
  EXPECT_EQ(reading->instance_id + reading->account_id + reading->region, "");
}

TEST(Imds, KeepsKeysApartThatDifferByCase) {
  FakeImds imds;
  imds.answers[kList].body = "Role\nrole\n";
  imds.answers[std::string(kList) + "role"] = HttpResponse(200, "db");
  auto reading = ReadFrom(imds);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->tags, (Tags{{"Role", "web"}, {"role", "db"}}));
}

TEST(Imds, EscapesKeysInPaths) {
  FakeImds imds;
  imds.answers[kList].body = "a b/c?d#e%f";
  imds.answers[std::string(kList) + "a%20b%2Fc%3Fd%23e%25f"] = HttpResponse(200, "v");
  auto reading = ReadFrom(imds);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->tags, (Tags{{"a b/c?d#e%f", "v"}}));
}

TEST(Imds, IgnoresProxiesOfTheEnvironment) {
  const HttpServer proxy([](const HttpRequest&) { return HttpResponse(200, "from the proxy"); });
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) {
    ASSERT_EQ(::setenv(name, proxy.url().c_str(), 1), 0);
  }
  FakeImds imds;
  auto reading = ReadFrom(imds);
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->tags.at("Role"), "web");
  EXPECT_TRUE(proxy.Seen().empty());
}

TEST(Imds, SaysUnavailableWhenNobodyListens) {
  std::string url;
  {
    FakeImds imds;
    url = HttpServer(imds.Handler()).url();
  }
  auto reading = MakeImdsSource(url)->Read(Deadline::After(5000));
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace taglogin::daemon::tags
