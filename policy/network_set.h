// SPDX-License-Identifier: Apache-2.0
// Sets of addresses as lists of networks: what is left of an address range when parts of it are
// kept out. Private to policy/.
#pragma once

#include <vector>

#include "policy/network.h"

namespace taglogin::policy {

// All addresses: 0.0.0.0/0 and ::/0.
std::vector<Network> AllNetworks();

// The addresses of `networks` that are in none of `holes`; networks that lie within another of
// `networks` are left out. Sorted, without overlaps. Each hole adds at most 128 networks.
std::vector<Network> Without(const std::vector<Network>& networks, const std::vector<Network>& holes);

}  // namespace taglogin::policy
