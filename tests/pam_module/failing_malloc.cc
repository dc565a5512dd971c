// SPDX-License-Identifier: Apache-2.0
#include "failing_malloc.h"

#include <cerrno>
#include <cstddef>

// glibc's own, under the names that it keeps for those who replace the public ones.
extern "C" {
void* __libc_malloc(std::size_t size);                     // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t count, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* block, std::size_t size);       // NOLINT(bugprone-reserved-identifier)
}

namespace taglogin::tests {

thread_local int allocations_until_failure = 0;

namespace {

bool Fails() {
  if (allocations_until_failure == 0 || --allocations_until_failure > 0) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace
}  // namespace taglogin::tests

extern "C" {
void* malloc(std::size_t size) { return taglogin::tests::Fails() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) {
  return taglogin::tests::Fails() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
  return taglogin::tests::Fails() ? nullptr : __libc_realloc(block, size);
}
}
