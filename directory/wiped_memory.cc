// SPDX-License-Identifier: Apache-2.0
#include "directory/wiped_memory.h"

#include <lber.h>
#include <malloc.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>

namespace taglogin::directory {
namespace {

void* Allocate(ber_len_t size, void* /*context*/) noexcept { return std::malloc(size); }

void* AllocateZeroed(ber_len_t count, ber_len_t size, void* /*context*/) noexcept { return std::calloc(count, size); }

void Free(void* block, void* /*context*/) noexcept {
  if (block == nullptr) return;
  ::explicit_bzero(block, ::malloc_usable_size(block));
  std::free(block);
}

// Never in place, where it would be realloc(3) that frees the old block.
void* Reallocate(void* block, ber_len_t size, void* context) noexcept {
  void* grown = std::malloc(size);
  if (grown == nullptr || block == nullptr) return grown;
  ::memcpy(grown, block, std::min<std::size_t>(size, ::malloc_usable_size(block)));
  Free(block, context);
  return grown;
}

}  // namespace

bool WipeWhatLdapFrees() noexcept {
  static const bool done = [] {
    const BerMemoryFunctions functions = {Allocate, AllocateZeroed, Reallocate, Free};
    return ber_set_option(nullptr, LBER_OPT_MEMORY_FNS, &functions) == LBER_OPT_SUCCESS;
  }();
  return done;
}

}  // namespace taglogin::directory
