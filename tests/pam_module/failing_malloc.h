// SPDX-License-Identifier: Apache-2.0
// Takes malloc(3) and its kin over for the whole program: one allocation of the thread can be made to fail.
#pragma once

namespace taglogin::tests {

// 0: all succeed; n: the nth from now on gives nullptr, those behind it succeed.
extern thread_local int allocations_until_failure;

}  // namespace taglogin::tests
