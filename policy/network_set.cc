// SPDX-License-Identifier: Apache-2.0
#include "policy/network_set.h"

#include <algorithm>
#include <tuple>

namespace taglogin::policy {
namespace {

bool Encloses(const Network& outer, const Network& inner) {
  return outer.prefix <= inner.prefix && outer.Contains(inner.base);
}

Network Half(const Network& network, bool upper) {
  Network half = network;
  const auto bit = static_cast<std::size_t>(half.prefix);
  if (upper) half.base.bytes[bit / 8] = static_cast<std::uint8_t>(half.base.bytes[bit / 8] | (0x80U >> (bit % 8)));
  ++half.prefix;
  return half;
}

// Appends `network` without `hole` to `rest`.
void CutOut(Network network, const Network& hole, std::vector<Network>& rest) {
  if (Encloses(hole, network)) return;
  if (!Encloses(network, hole)) {
    rest.push_back(network);
    return;
  }
  while (network.prefix < hole.prefix) {
    const Network lower = Half(network, false);
    const bool hole_in_lower = Encloses(lower, hole);
    rest.push_back(hole_in_lower ? Half(network, true) : lower);
    network = hole_in_lower ? lower : Half(network, true);
  }
}

}  // namespace

std::vector<Network> AllNetworks() {
  Network v6;
  v6.base.v6 = true;
  return {Network{}, v6};
}

std::vector<Network> Without(const std::vector<Network>& networks, const std::vector<Network>& holes) {
  std::vector<Network> sorted = networks;
  const auto order = [](const Network& network) {
    return std::tie(network.base.v6, network.base.bytes, network.prefix);
  };
  std::sort(sorted.begin(), sorted.end(), [&](const Network& a, const Network& b) { return order(a) < order(b); });
  std::vector<Network> kept;
  for (const Network& network : sorted) {
    if (kept.empty() || !Encloses(kept.back(), network)) kept.push_back(network);
  }
  for (const Network& hole : holes) {
    std::vector<Network> rest;
    for (const Network& network : kept) CutOut(network, hole, rest);
    kept = std::move(rest);
  }
  std::sort(kept.begin(), kept.end(), [&](const Network& a, const Network& b) { return order(a) < order(b); });
  return kept;
}

}  // namespace taglogin::policy
