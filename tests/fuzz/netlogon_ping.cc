// SPDX-License-Identifier: Apache-2.0
// Answers to the netlogon ping, as a datagram and as the value within it: names have an end and at most 255
// characters, and what follows ClientSiteName changes nothing.
#include "directory/netlogon_ping.h"

#include "tests/fuzz/fuzz.h"

namespace taglogin::directory {
namespace {

void Check(const base::Result<NetlogonReply>& reply) {
  if (!reply) return fuzz::CheckError(reply.error());
  for (const std::string* name : {&reply->domain, &reply->host, &reply->server_site, &reply->client_site}) {
    FUZZ_CHECK(name->size() <= 255);
  }
}

}  // namespace
}  // namespace taglogin::directory

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin::directory;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(DecodePingAnswer(bytes, 1));
  const auto reply = DecodeNetlogonReply(bytes);
  Check(reply);
  if (!reply) return 0;
  const auto longer = DecodeNetlogonReply(std::string(bytes) + "more");
  FUZZ_CHECK(longer && longer->client_site == reply->client_site && longer->domain == reply->domain);
  return 0;
}
