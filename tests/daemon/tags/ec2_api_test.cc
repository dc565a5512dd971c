// SPDX-License-Identifier: Apache-2.0
// The EC2 API as a source. Whether the signatures are right the lab checks, with an implementation that is not
// libcurl's.
#include <gtest/gtest.h>

#include "daemon/tags/source.h"
#include "tests/daemon/tags/fake_imds.h"

namespace taglogin::daemon::tags {
namespace {

using base::ErrorCode;
using test::HttpRequest;
using test::HttpResponse;

constexpr char kRoles[] = "/latest/meta-data/iam/security-credentials/";

std::string Item(const std::string& key, const std::string& value) {
  return "<item><resourceId>i-0123456789abcdef0</resourceId><key>" + key + "</key><value>" + value + "</value></item>";
}
std::string Page(const std::string& items, const std::string& next_token = "") {
  return "<DescribeTagsResponse><tagSet>" + items + "</tagSet>" +
         (next_token.empty() ? "" : "<nextToken>" + next_token + "</nextToken>") + "</DescribeTagsResponse>";
}
std::string Failure(const std::string& code) {
  return "<Response><Errors><Error><Code>" + code + "</Code></Error></Errors></Response>";
}

class Ec2Api : public ::testing::Test {
 protected:
  Ec2Api() {
    imds_.answers["/latest/dynamic/instance-identity/document"] =
        HttpResponse(200, R"({"accountId":"123456789012","region":"eu-central-1","instanceId":"i-0123456789abcdef0"})");
    imds_.answers[kRoles] = HttpResponse(200, "web-role");
    imds_.answers[std::string(kRoles) + "web-role"] = HttpResponse(
        200, R"({"Code":"Success","AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"sec/ret","Token":"tok==en"})");
  }
  base::Result<Reading> Read() {
    const test::HttpServer metadata(imds_.Handler());
    const test::HttpServer api([this](const HttpRequest& request) { return Next(request); });
    return MakeEc2ApiSource({api.url(), "", "", metadata.url()})->Read(base::Deadline::After(5000));
  }
  HttpResponse Next(const HttpRequest& request) {
    asked_.push_back(request);
    if (answers_.empty()) return HttpResponse(500);
    HttpResponse next = answers_.front();
    if (answers_.size() > 1) answers_.erase(answers_.begin());
    return next;
  }

  test::FakeImds imds_;
  std::vector<HttpResponse> answers_;  // the last one again and again
  std::vector<HttpRequest> asked_;
};

TEST_F(Ec2Api, ReadsTagsPageByPageWithASignature) {
  answers_ = {HttpResponse(200, Page(Item("Environment", "prod"), "a/b+c=")),
              HttpResponse(200, Page(Item("Role", "web")))};
  const auto reading = Read();
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags, (std::map<std::string, std::string>{{"Environment", "prod"}, {"Role", "web"}}));
  EXPECT_EQ(reading->instance_id, "i-0123456789abcdef0");
  ASSERT_EQ(asked_.size(), 2U);
  EXPECT_EQ(asked_[0].method, "POST");
  EXPECT_NE(asked_[0].body.find("Action=DescribeTags"), std::string::npos);
  EXPECT_NE(asked_[0].body.find("Filter.1.Value.1=i-0123456789abcdef0"), std::string::npos);
  EXPECT_EQ(asked_[0].body.find("NextToken"), std::string::npos);
  EXPECT_NE(asked_[1].body.find("&NextToken=a%2Fb%2Bc%3D"), std::string::npos);
  EXPECT_EQ(asked_[0].headers["x-amz-security-token"], "tok==en");
  EXPECT_NE(asked_[0].headers["authorization"].find("/eu-central-1/ec2/aws4_request"), std::string::npos);
  EXPECT_EQ(asked_[0].headers["authorization"].find("sec/ret"), std::string::npos);
}

TEST_F(Ec2Api, SaysWhatTheRoleLacks) {
  answers_ = {HttpResponse(403, Failure("UnauthorizedOperation"))};
  const auto reading = Read();
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kRefused);
  EXPECT_NE(reading.error().detail.find("UnauthorizedOperation: the instance's role must be allowed ec2:DescribeTags"),
            std::string::npos);
}

TEST_F(Ec2Api, SaysThatTheClockIsWrong) {
  answers_ = {HttpResponse(400, Failure("RequestExpired"))};
  const auto reading = Read();
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().detail.find("RequestExpired: this machine's clock is wrong"), std::string::npos);
}

TEST_F(Ec2Api, IsUnavailableWhenTheApiIs) {
  answers_ = {HttpResponse(503, "<html>")};
  const auto reading = Read();
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kUnavailable);
}

TEST_F(Ec2Api, NeedsARole) {
  imds_.answers.erase(kRoles);
  const auto reading = Read();
  ASSERT_FALSE(reading);
  EXPECT_NE(reading.error().detail.find("this instance has no role"), std::string::npos);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(Ec2Api, TakesNoCredentialsThatWouldBendARequest) {
  for (const char* bad :
       {R"({"AccessKeyId":"A\r\nX: y","SecretAccessKey":"s","Token":"t"})",
        R"({"AccessKeyId":"A","SecretAccessKey":"s","Token":"t\r\nX: y"})", R"({"AccessKeyId":"A","Token":"t"})",
        R"({"AccessKeyId":"A:b","SecretAccessKey":"s","Token":"t"})", "[]", ""}) {
    imds_.answers[std::string(kRoles) + "web-role"] = HttpResponse(200, bad);
    EXPECT_FALSE(Read()) << bad;
  }
  imds_.answers[kRoles] = HttpResponse(200, "../../x");
  EXPECT_FALSE(Read());
  EXPECT_TRUE(asked_.empty());
}

// As credentials of somebody else's account see it.
TEST_F(Ec2Api, NoTagsAtAllAreNoAnswer) {
  answers_ = {HttpResponse(200, Page(""))};
  const auto reading = Read();
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kNotFound);
}

TEST_F(Ec2Api, EndsWhereTheAnswerHasNoEnd) {
  answers_ = {HttpResponse(200, Page("", "again"))};
  EXPECT_FALSE(Read());
  EXPECT_LE(asked_.size(), 16U);
}

TEST_F(Ec2Api, RefusesMoreTagsThanAMachineMayHave) {
  std::string items;
  for (int i = 0; i < 20; ++i) items += Item("k" + std::to_string(i), "v");
  answers_ = {HttpResponse(200, Page(items, "more"))};
  const auto reading = Read();
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().code, ErrorCode::kInvalid);
}

TEST_F(Ec2Api, LeavesOutWhatIsNoTagAndKeysThatAreOne) {
  answers_ = {
      HttpResponse(200, Page(Item("a\u0301", "1") + Item("\u00e1", "2") + Item("B", "x\u200by") + Item("C", "c")))};
  const auto reading = Read();
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->tags, (std::map<std::string, std::string>{{"C", "c"}}));
  EXPECT_EQ(reading->warnings.size(), 2U);
}

TEST_F(Ec2Api, TakesTheLongestTagsThereAre) {
  std::string items;
  std::string value;
  for (int i = 0; i < 256; ++i) value += "\U00020000";
  for (int i = 0; i < 20; ++i) {
    std::string key = std::to_string(10 + i);
    while (key.size() < 2 + 126 * 4) key += "\U00020001";
    items += Item(key, value);
  }
  answers_ = {HttpResponse(200, Page(items))};
  const auto reading = Read();
  ASSERT_TRUE(reading) << reading.error().detail;
  EXPECT_EQ(reading->tags.size(), 20U);
}

TEST(Ec2ApiName, IsThatOfTheSettings) { EXPECT_EQ(MakeEc2ApiSource({})->Name(), "ec2-api"); }

}  // namespace
}  // namespace taglogin::daemon::tags
