// SPDX-License-Identifier: Apache-2.0
#include "policy/network.h"

#include <gtest/gtest.h>

#include "policy/network_set.h"

namespace taglogin::policy {
namespace {

std::string Normal(std::string_view text) {
  const auto address = IpAddress::Parse(text);
  return address ? address->ToString() : "none";
}

TEST(IpAddress, ReadsNumericForms) {
  EXPECT_EQ(Normal("10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(Normal("255.255.255.255"), "255.255.255.255");
  EXPECT_EQ(Normal("2001:DB8::7"), "2001:db8::7");
  EXPECT_EQ(Normal("2001:db8:0:0:0:0:0:7"), "2001:db8::7");
  EXPECT_EQ(Normal("::"), "::");
}

TEST(IpAddress, TakesMappedAddressesForIpv4) {
  EXPECT_EQ(Normal("::ffff:10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(Normal("::ffff:a01:203"), "10.1.2.3");
  EXPECT_EQ(Normal("0:0:0:0:0:ffff:0a01:0203"), "10.1.2.3");
  EXPECT_FALSE(IpAddress::Parse("::ffff:10.1.2.3")->v6);
  EXPECT_TRUE(IpAddress::Parse("::10.1.2.3")->v6);
  EXPECT_TRUE(IpAddress::Parse("::fffe:10.1.2.3")->v6);
}

TEST(IpAddress, DropsTheScope) {
  EXPECT_EQ(Normal("fe80::1%eth0"), "fe80::1");
  EXPECT_EQ(Normal("fe80::1%"), "none");
  EXPECT_EQ(Normal("10.0.0.1%eth0"), "none");
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const std::string_view text : {"", " ", "localhost", "host.example.com", "10.0.0", "10.0.0.256", "010.0.0.1",
                                      "10.0.0.1 ", " 10.0.0.1", "10.0.0.1/8", "0x0a000001", "167772161", "::g",
                                      "1:2:3:4:5:6:7:8:9", "1::2::3", "[::1]", "10.0.0.1\n", "%eth0"}) {
    EXPECT_EQ(Normal(text), "none") << text;
  }
  EXPECT_EQ(Normal(std::string_view("10.0.0.1\0", 9)), "none");
}

TEST(Network, ReadsPrefixesAndSingleAddresses) {
  EXPECT_EQ(Network::Parse("10.0.0.0/8")->ToString(), "10.0.0.0/8");
  EXPECT_EQ(Network::Parse("10.1.2.3")->ToString(), "10.1.2.3/32");
  EXPECT_EQ(Network::Parse("2001:db8::/32")->ToString(), "2001:db8::/32");
  EXPECT_EQ(Network::Parse("::1")->ToString(), "::1/128");
  EXPECT_EQ(Network::Parse("0.0.0.0/0")->ToString(), "0.0.0.0/0");
  EXPECT_EQ(Network::Parse("::ffff:10.0.0.0/104")->ToString(), "10.0.0.0/8");
}

TEST(Network, RefusesMalformedOnesAndHostBits) {
  for (const std::string_view text :
       {"10.0.0.1/8", "10.128.0.0/8", "2001:db8::1/32", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1",
        "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.0/255.0.0.0", "10.0.0.0/8/8", "10/8", "/8", "",
        "::ffff:0.0.0.0/95", "fe80::1%eth0", "fe80::%eth0/10", "corp.example.com"}) {
    EXPECT_FALSE(Network::Parse(text)) << text;
  }
}

TEST(Network, SaysWhatWasMeantByOneWithHostBits) {
  EXPECT_EQ(Network::ParseEnclosing("10.1.2.3/8")->ToString(), "10.0.0.0/8");
  EXPECT_EQ(Network::ParseEnclosing("2001:db8::1/33")->ToString(), "2001:db8::/33");
  EXPECT_FALSE(Network::ParseEnclosing("10.1.2.3/40"));
}

TEST(Network, ContainsItsEdgesAndNothingBeyond) {
  struct Row {
    const char* network;
    const char* address;
    bool inside;
  };
  for (const Row& row : std::vector<Row>{{"10.0.0.0/8", "10.0.0.0", true},
                                         {"10.0.0.0/8", "10.255.255.255", true},
                                         {"10.0.0.0/8", "9.255.255.255", false},
                                         {"10.0.0.0/8", "11.0.0.0", false},
                                         {"10.0.0.0/8", "::ffff:10.1.2.3", true},
                                         {"192.168.0.0/17", "192.168.127.255", true},
                                         {"192.168.0.0/17", "192.168.128.0", false},
                                         {"10.1.2.3", "10.1.2.3", true},
                                         {"10.1.2.3", "10.1.2.2", false},
                                         {"0.0.0.0/0", "255.255.255.255", true},
                                         {"0.0.0.0/0", "::1", false},
                                         {"::/0", "2001:db8::1", true},
                                         {"::/0", "10.1.2.3", false},
                                         {"::/0", "::ffff:10.1.2.3", false},
                                         {"2001:db8::/33", "2001:db8:7fff:ffff::", true},
                                         {"2001:db8::/33", "2001:db8:8000::", false},
                                         {"fe80::/10", "fe80::1%eth0", true}}) {
    EXPECT_EQ(Network::Parse(row.network)->Contains(*IpAddress::Parse(row.address)), row.inside)
        << row.network << " " << row.address;
  }
}

TEST(Network, ContainsMappedAddressesThatWereNotParsed) {
  IpAddress mapped;
  mapped.v6 = true;
  mapped.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
  EXPECT_TRUE(Network::Parse("10.0.0.0/8")->Contains(mapped));
  EXPECT_FALSE(Network::Parse("::/0")->Contains(mapped));
}

std::string Text(const std::vector<Network>& networks) {
  std::string text;
  for (const Network& network : networks) text += network.ToString() + " ";
  return text;
}

std::vector<Network> List(std::initializer_list<std::string_view> texts) {
  std::vector<Network> networks;
  for (const auto text : texts) networks.push_back(*Network::Parse(text));
  return networks;
}

TEST(NetworkSet, DropsNetworksWithinOthers) {
  EXPECT_EQ(Text(Without(List({"10.1.0.0/16", "::1", "10.0.0.0/8", "10.0.0.0/8", "11.0.0.0/8"}), {})),
            "10.0.0.0/8 11.0.0.0/8 ::1/128 ");
}

TEST(NetworkSet, DropsNetworksWithinAnyOther) {
  EXPECT_EQ(Text(Without(List({"10.0.0.0/8", "11.0.0.0/8", "11.1.0.0/16"}), {})), "10.0.0.0/8 11.0.0.0/8 ");
  EXPECT_EQ(Text(Without(std::vector<Network>(100, *Network::Parse("10.0.0.0/8")), {})), "10.0.0.0/8 ");
}

TEST(NetworkSet, CutsHolesOut) {
  EXPECT_EQ(Text(Without(List({"10.0.0.0/8"}), List({"10.64.0.0/10"}))), "10.0.0.0/10 10.128.0.0/9 ");
  EXPECT_EQ(Text(Without(List({"10.0.0.0/8"}), List({"11.0.0.0/8", "::/0"}))), "10.0.0.0/8 ");
  EXPECT_EQ(Text(Without(List({"10.0.0.0/8"}), List({"0.0.0.0/0"}))), "");
  EXPECT_EQ(Text(Without(List({"10.0.0.0/30"}), List({"10.0.0.1", "10.0.0.2"}))), "10.0.0.0/32 10.0.0.3/32 ");
}

TEST(NetworkSet, CutsOutOfEverything) {
  EXPECT_EQ(Text(Without(AllNetworks(), List({"128.0.0.0/1", "::/1"}))), "0.0.0.0/1 8000::/1 ");
  EXPECT_TRUE(Without(AllNetworks(), AllNetworks()).empty());
  EXPECT_EQ(Without(AllNetworks(), List({"2001:db8::7"})).size(), 1U + 128U);
}

TEST(Network, TakesTheLongestPrefixes) {
  EXPECT_EQ(Network::Parse("10.0.0.1/32")->ToString(), "10.0.0.1/32");
  EXPECT_EQ(Network::Parse("::1/128")->ToString(), "::1/128");
  EXPECT_FALSE(Network::Parse("10.0.0.1/33"));
  EXPECT_FALSE(Network::Parse("::1/129"));
  EXPECT_EQ(Network::Parse("::ffff:0.0.0.0/96")->ToString(), "0.0.0.0/0");
  EXPECT_FALSE(Network::Parse("::ffff:0.0.0.0/95"));
}

// "-0" is a number for std::from_chars.
TEST(Network, RefusesASignBeforeThePrefix) {
  for (const char* text : {"0.0.0.0/-0", "0.0.0.0/+0", "0.0.0.0/-", "0.0.0.0/-00"})
    EXPECT_FALSE(Network::Parse(text)) << text;
}

TEST(Network, EndsWhereItsTextEnds) {
  const std::string_view more = "10.0.0.0/8123";
  const auto network = Network::Parse(more.substr(0, 10));
  ASSERT_TRUE(network);
  EXPECT_EQ(network->ToString(), "10.0.0.0/8");
}

}  // namespace
}  // namespace taglogin::policy
