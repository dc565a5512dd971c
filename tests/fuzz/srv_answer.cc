// SPDX-License-Identifier: Apache-2.0
// Answers of DNS for SRV records: whatever the bytes, only host names of the domain with a port come out, each
// once, and the order keeps all of them, priorities rising. Input: the seed of the order, 8 bytes; a message.
#include <algorithm>

#include "directory/srv_records.h"
#include "tests/fuzz/fuzz.h"

namespace taglogin::directory {
namespace {

using Place = std::pair<std::string, int>;

void Check(const SrvAnswer& answer) {
  FUZZ_CHECK(answer.records.size() <= 64 && answer.refused.size() <= 8);
  FUZZ_CHECK(!answer.records.empty() || !answer.refused.empty());
  std::vector<Place> places;
  for (const SrvRecord& record : answer.records) {
    FUZZ_CHECK(IsHostName(record.target) && IsInDomain(record.target, "corp.example") && record.port != 0);
    FUZZ_CHECK(record.target == "corp.example" || record.target.ends_with(".corp.example"));
    places.emplace_back(record.target, record.port);
  }
  std::sort(places.begin(), places.end());
  FUZZ_CHECK(std::adjacent_find(places.begin(), places.end()) == places.end());
  for (const std::string& refused : answer.refused) FUZZ_CHECK(!refused.empty() && fuzz::IsPrintableLine(refused));
}

void CheckOrder(const std::vector<SrvRecord>& records, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto order = InSrvOrder(records, random);
  FUZZ_CHECK(order.size() == records.size());
  for (std::size_t i = 1; i < order.size(); ++i) FUZZ_CHECK(order[i - 1].priority <= order[i].priority);
  for (const SrvRecord& record : records) {
    FUZZ_CHECK(std::count_if(order.begin(), order.end(), [&](const SrvRecord& other) {
                 return other.target == record.target && other.port == record.port;
               }) == 1);
  }
}

}  // namespace
}  // namespace taglogin::directory

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace taglogin;
  fuzz::Input input(data, size);
  const auto seed = input.Number<std::uint64_t>();
  const auto answer = directory::ParseSrvAnswer(input.Rest(), "corp.example");
  if (!answer) {
    fuzz::CheckError(answer.error());
    return 0;
  }
  directory::Check(*answer);
  directory::CheckOrder(answer->records, seed);
  return 0;
}
