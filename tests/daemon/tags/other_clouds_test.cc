// SPDX-License-Identifier: Apache-2.0
// Google's and Azure's metadata servers as their makers' documentation prints what they answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/tags/source.h"
#include "tests/daemon/tags/http_server.h"

namespace taglogin::daemon::tags {
namespace {

using base::Deadline;
using base::ErrorCode;
using test::HttpRequest;
using test::HttpResponse;
using test::HttpServer;
using testing::ElementsAre;
using testing::HasSubstr;
using Tags = std::map<std::string, std::string>;

// --- Compute Engine, "View and query VM metadata"

constexpr char kAttributes[] = "/computeMetadata/v1/instance/attributes/";

struct FakeGce {
  std::map<std::string, std::string> answers = {
      {"/computeMetadata/v1/instance/id", "4520031799277581759"},
      {"/computeMetadata/v1/instance/zone", "projects/739419398126/zones/us-central1-a"},
      {"/computeMetadata/v1/project/numeric-project-id", "739419398126"},
      {kAttributes, "enable-oslogin\nssh-keys\nstartup-script\ntaglogin-Environment\ntaglogin-Role\nvmdnssetting\n"},
      {std::string(kAttributes) + "taglogin-Environment", "prod"},
      {std::string(kAttributes) + "taglogin-Role", "web"},
  };
  std::string flavor = "Metadata-Flavor: Google\r\nServer: Metadata Server for VM\r\n";

  base::Result<Reading> Read() {
    const HttpServer server([this](const HttpRequest& request) {
      const auto header = request.headers.find("metadata-flavor");
      if (header == request.headers.end() || header->second != "Google") return HttpResponse(403);
      const auto found = answers.find(request.path);
      HttpResponse response = found == answers.end() ? HttpResponse(404) : HttpResponse(200, found->second);
      response.headers = flavor;
      return response;
    });
    auto reading = MakeGceSource(server.url())->Read(Deadline::After(5000));
    asked.clear();
    for (const HttpRequest& request : server.Seen()) asked.push_back(request.path);
    return reading;
  }
  std::vector<std::string> asked;
};

ErrorCode CodeOf(const base::Result<Reading>& reading) { return reading ? ErrorCode::kInternal : reading.error().code; }

TEST(Gce, ReadsTheAttributesThatAreMeant) {
  FakeGce gce;
  const auto reading = gce.Read();
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags, (Tags{{"Environment", "prod"}, {"Role", "web"}}));
  EXPECT_EQ(reading->instance_id, "4520031799277581759");
  EXPECT_EQ(reading->account_id, "739419398126");
  EXPECT_EQ(reading->region, "us-central1-a");
  EXPECT_THAT(reading->warnings, ElementsAre());
  for (const std::string& path : gce.asked) EXPECT_EQ(path.find("ssh-keys"), std::string::npos);
  EXPECT_EQ(MakeGceSource()->Name(), "gce");
}

TEST(Gce, ShowsNoTagsWhenNoAttributeIsMeant) {
  FakeGce gce;
  gce.answers[kAttributes] = "";
  const auto reading = gce.Read();
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags, Tags());
}

TEST(Gce, BelievesOnlyAServerThatSaysItIsGoogles) {
  for (const auto* flavor :
       {"", "Metadata-Flavor: Amazon\r\n", "Metadata-Flavor: Google\r\nMetadata-Flavor: Google\r\n"}) {
    FakeGce gce;
    gce.flavor = flavor;
    EXPECT_EQ(CodeOf(gce.Read()), ErrorCode::kInvalid) << flavor;
  }
}

TEST(Gce, NeedsToKnowWhichMachineThisIs) {
  for (const auto* path : {"instance/id", "project/numeric-project-id", "instance/zone"}) {
    FakeGce gce;
    gce.answers[std::string("/computeMetadata/v1/") + path] = "a b";
    EXPECT_EQ(CodeOf(gce.Read()), ErrorCode::kInvalid) << path;
    gce.answers.erase(std::string("/computeMetadata/v1/") + path);
    EXPECT_EQ(CodeOf(gce.Read()), ErrorCode::kNotFound) << path;
  }
}

TEST(Gce, LeavesOutWhatIsNoTag) {
  FakeGce gce;
  gce.answers[kAttributes] = "taglogin-\ntaglogin-Script\ntaglogin-Gone\ntaglogin-Role";
  gce.answers[std::string(kAttributes) + "taglogin-Script"] = "#!/bin/sh\ntrue\n";
  const auto reading = gce.Read();
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags, (Tags{{"Role", "web"}}));
  EXPECT_THAT(reading->warnings, ElementsAre(HasSubstr("key is empty"), HasSubstr("control character")));
  std::string many;
  for (int i = 0; i < 65; ++i) many += "taglogin-" + std::to_string(i) + "\n";
  gce.answers[kAttributes] = many;
  EXPECT_EQ(CodeOf(gce.Read()), ErrorCode::kInvalid);
}

// --- Azure Instance Metadata Service

constexpr char kCompute[] = R"({"azEnvironment":"AZUREPUBLICCLOUD","customData":"","location":"westus",
  "name":"examplevmname","offer":"UbuntuServer","osType":"Linux","placementGroupId":"","plan":{"name":"","product":"",
  "publisher":""},"platformFaultDomain":"36","publicKeys":[],"resourceGroupName":"macikgo-test-may-23",
  "subscriptionId":"8d10da13-8125-4ba9-a717-bf7490507b3d","tags":"baz:bash;foo:bar",
  "tagsList":[{"name":"baz","value":"bash"},{"name":"foo","value":"bar"}],"version":"15.05.22",
  "vmId":"02aab8a4-74ef-476e-8182-f6d2ba4166a6","vmScaleSetName":"crpteste9vflji9","vmSize":"Standard_A3","zone":""})";

base::Result<Reading> ReadAzure(const std::string& body, int status = 200) {
  const HttpServer server([&](const HttpRequest& request) {
    const auto header = request.headers.find("metadata");
    const bool asked = header != request.headers.end() && header->second == "true" &&
                       request.path.starts_with("/metadata/instance/compute?api-version=") &&
                       request.headers.count("x-forwarded-for") == 0;
    return asked ? HttpResponse(status, body) : HttpResponse(400);
  });
  return MakeAzureSource(server.url())->Read(Deadline::After(5000));
}

std::string With(std::string from, const std::string& to) {
  std::string text = kCompute;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Azure, ReadsTheListOfTags) {
  const auto reading = ReadAzure(kCompute);
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags, (Tags{{"baz", "bash"}, {"foo", "bar"}}));
  EXPECT_EQ(reading->instance_id, "02aab8a4-74ef-476e-8182-f6d2ba4166a6");
  EXPECT_EQ(reading->account_id, "8d10da13-8125-4ba9-a717-bf7490507b3d");
  EXPECT_EQ(reading->region, "westus");
  EXPECT_THAT(reading->warnings, ElementsAre());
  EXPECT_EQ(MakeAzureSource()->Name(), "azure");
}

TEST(Azure, LeavesOutWhatIsNoTag) {
  const auto reading = ReadAzure(With(R"({"name":"baz","value":"bash"})",
                                      R"({"name":"a","value":"1"},{"name":"a","value":"2"},{"name":"n"},7,
                                         {"name":"x","value":3},{"name":"c","value":"a\nb"})"));
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags, (Tags{{"foo", "bar"}}));
  EXPECT_EQ(reading->warnings.size(), 5U);
}

TEST(Azure, IsNoReadingWithoutIdsOrList) {
  EXPECT_EQ(CodeOf(ReadAzure(With("\"vmId\"", "\"vm\""))), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf(ReadAzure(With("02aab8a4", "a b"))), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf(ReadAzure(With("\"subscriptionId\"", "\"s\""))), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf(ReadAzure(With("\"tagsList\"", "\"list\""))), ErrorCode::kInvalid);
  for (const auto* body : {"", "[]", "{", "null", "\"x\""}) EXPECT_EQ(CodeOf(ReadAzure(body)), ErrorCode::kInvalid);
  EXPECT_EQ(CodeOf(ReadAzure("{}", 404)), ErrorCode::kRefused);
  for (const int status : {429, 500, 503}) EXPECT_EQ(CodeOf(ReadAzure("{}", status)), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace taglogin::daemon::tags
