// SPDX-License-Identifier: Apache-2.0
#include "daemon/own_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taglogin::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

directory::Connection Corp(const std::string& principal = "") {
  directory::Connection connection;
  connection.domain = "corp.example";
  connection.principal = principal;
  return connection;
}

TEST(OwnNames, AreTheNetbiosNameAndTheDnsName) {
  EXPECT_THAT(OwnNames("web1", Corp()), ElementsAre("WEB1", "web1.corp.example"));
  EXPECT_THAT(OwnNames("Web1.dmz.example", Corp()), ElementsAre("WEB1", "Web1.dmz.example"));
  EXPECT_THAT(OwnNames("production-web-0001", Corp()),
              ElementsAre("PRODUCTION-WEB-", "production-web-0001.corp.example"));
}

TEST(OwnNames, TheMachinesAccountKnowsItsNetbiosNameBest) {
  EXPECT_THAT(OwnNames("production-web-0001", Corp("prodweb1$@CORP.EXAMPLE")),
              ElementsAre("PRODWEB1", "production-web-0001.corp.example"));
  EXPECT_THAT(OwnNames("web1", Corp("svc-taglogin@CORP.EXAMPLE")), ElementsAre("WEB1", "web1.corp.example"));
  EXPECT_THAT(OwnNames("web1", Corp("host/web1@CORP.EXAMPLE")), ElementsAre("WEB1", "web1.corp.example"));
  EXPECT_THAT(OwnNames("web1", Corp("$@CORP.EXAMPLE")), ElementsAre("WEB1", "web1.corp.example"));
  directory::Connection simple = Corp("other$@CORP.EXAMPLE");
  simple.bind = directory::Bind::kSimple;
  EXPECT_THAT(OwnNames("web1", simple), ElementsAre("WEB1", "web1.corp.example"));
}

TEST(OwnNames, AMachineWithoutAHostNameHasNone) {
  EXPECT_THAT(OwnNames("", Corp("web1$@CORP.EXAMPLE")), IsEmpty());
  EXPECT_THAT(OwnNames(".corp.example", Corp()), IsEmpty());
}

}  // namespace
}  // namespace taglogin::daemon
