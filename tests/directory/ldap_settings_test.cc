// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "directory/directory.h"

namespace taglogin::directory {
namespace {

using base::ErrorCode;

TEST(LdapSettings, WhatDoesNotGoTogetherIsRefused) {
  Connection good;
  good.kind = DirectoryKind::kLdap;
  good.servers = {"ldap.example"};
  good.bind = Bind::kAnonymous;
  good.transport = Transport::kStartTls;
  ASSERT_TRUE(OpenDirectory(good));
  const auto refused = [&good](auto change) {
    Connection connection = good;
    change(connection);
    const auto opened = OpenDirectory(connection);
    return !opened && opened.error().code == ErrorCode::kInvalid;
  };
  EXPECT_TRUE(refused([](Connection& c) { c.transport = Transport::kSignSeal; }));
  EXPECT_TRUE(refused([](Connection& c) { c.bind = Bind::kGssapi; }));
  EXPECT_TRUE(refused([](Connection& c) { c.bind = Bind::kSimple; }));
  EXPECT_TRUE(refused([](Connection& c) { c.bind = Bind::kExternal; }));
  EXPECT_TRUE(refused([](Connection& c) { c.servers.clear(); }));
  EXPECT_TRUE(refused([](Connection& c) { c.schema.group_classes.clear(); }));
  for (const char* name : {"", "*", "uid)(x", "1.2.3", "a b"}) {
    EXPECT_TRUE(refused([name](Connection& c) { c.schema.account_name = name; })) << name;
    EXPECT_TRUE(refused([name](Connection& c) { c.schema.member_dns = {name}; })) << name;
  }
  Connection ad;
  ad.domain = "corp.example";
  ad.servers = {"dc1.corp.example"};
  for (const Bind bind : {Bind::kAnonymous, Bind::kExternal}) {
    ad.bind = bind;
    EXPECT_FALSE(OpenDirectory(ad));
  }
}

}  // namespace
}  // namespace taglogin::directory
