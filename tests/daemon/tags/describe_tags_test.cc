// SPDX-License-Identifier: Apache-2.0
#include "daemon/tags/describe_tags.h"

#include <gtest/gtest.h>

namespace taglogin::daemon::tags {
namespace {

constexpr char kInstance[] = "i-0123456789abcdef0";

std::string Item(const std::string& key, const std::string& value, const std::string& of = kInstance) {
  return "<item><resourceId>" + of + "</resourceId><resourceType>instance</resourceType><key>" + key + "</key><value>" +
         value + "</value></item>";
}

std::string Page(const std::string& items, const std::string& more = "") {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<DescribeTagsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n"
         "  <requestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</requestId>\n  <tagSet>" +
         items + "</tagSet>" + more + "</DescribeTagsResponse>";
}

TEST(DescribeTags, ReadsItemsAndTheNextPage) {
  const auto page = ParseTagsPage(
      Page(Item("Environment", "prod") + "\n" + Item("Empty", ""), "<nextToken>eyJ2==</nextToken>"), kInstance);
  ASSERT_TRUE(page) << page.error().detail;
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(page->tags, (std::vector<Pair>{{"Environment", "prod"}, {"Empty", ""}}));
  EXPECT_EQ(page->next_token, "eyJ2==");
}

TEST(DescribeTags, ReadsAMachineWithoutTags) {
  const auto page = ParseTagsPage("<DescribeTagsResponse><tagSet/></DescribeTagsResponse>", kInstance);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->tags.empty());
  EXPECT_TRUE(page->next_token.empty());
}

TEST(DescribeTags, UndoesEscapesAndCharacterData) {
  const auto page = ParseTagsPage(Page(Item("A&amp;B", "&lt;x&gt; &#x00e9;<![CDATA[<y>]]>")), kInstance);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->tags[0].first, "A&B");
  EXPECT_EQ(page->tags[0].second, "<x> \u00e9<y>");
}

TEST(DescribeTags, RefusesTagsOfAnotherResource) {
  EXPECT_FALSE(ParseTagsPage(Page(Item("Environment", "prod", "i-other")), kInstance));
  EXPECT_FALSE(ParseTagsPage(Page(Item("Environment", "prod", "")), kInstance));
}

TEST(DescribeTags, RefusesWhatIsNoAnswer) {
  for (const std::string bad : {"", "x", "<a>", "<a/>", "<DescribeTagsResponse/>", "<tagSet/>",
                                "<DescribeTagsResponse><tagSet></DescribeTagsResponse>", "{\"tags\": []}"}) {
    EXPECT_FALSE(ParseTagsPage(bad, kInstance)) << bad;
  }
  EXPECT_FALSE(ParseTagsPage(Page(std::string("<item><resourceId>") + kInstance + "</resourceId></item>"), kInstance));
}

TEST(DescribeTags, RefusesDocumentTypes) {
  const std::string declared = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\"><!ENTITY a \"aaaa\">]>";
  for (const char* entity : {"&f;", "&a;", ""}) {
    std::string text = Page(Item("Environment", entity));
    text.insert(text.find("<DescribeTagsResponse"), declared);
    EXPECT_FALSE(ParseTagsPage(text, kInstance)) << entity;
    EXPECT_EQ(ErrorCodeOf(text), "");
  }
}

TEST(DescribeTags, SurvivesDepth) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "<a>";
  EXPECT_FALSE(ParseTagsPage(deep, kInstance));
}

TEST(DescribeTags, ReadsTheCodeOfAnError) {
  EXPECT_EQ(
      ErrorCodeOf("<?xml version=\"1.0\"?><Response><Errors><Error><Code>UnauthorizedOperation</Code>"
                  "<Message>You are not authorized</Message></Error></Errors><RequestID>x</RequestID></Response>"),
      "UnauthorizedOperation");
  EXPECT_EQ(ErrorCodeOf("<Response><Errors><Error><Code>a\nb</Code></Error></Errors></Response>"), "");
  EXPECT_EQ(ErrorCodeOf("<html>502 Bad Gateway</html>"), "");
  EXPECT_EQ(ErrorCodeOf(""), "");
}

}  // namespace
}  // namespace taglogin::daemon::tags
