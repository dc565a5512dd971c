// SPDX-License-Identifier: Apache-2.0
// taglogind's own free() and realloc(), for every library in the process: what is freed is wiped first. A
// password, a Kerberos key or a token passes through buffers of libldap, the TLS library and libkrb5 that
// nobody else would clear, and a page of freed memory is one that a fault may show to somebody. The
// allocator underneath stays the C library's. Linked into the program itself, so that it comes before all
// libraries. Any thread.
#include <malloc.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>

extern "C" {

// The C library's own, under the names that it exports for whoever replaces the others.
void __libc_free(void* block) noexcept;  // NOLINT(bugprone-reserved-identifier): glibc's name

void free(void* block) noexcept {
  if (block == nullptr) return;
  ::explicit_bzero(block, ::malloc_usable_size(block));
  __libc_free(block);
}

// Stays in place only where no part of the block is given back; else it is free() above that frees.
void* realloc(void* block, std::size_t size) noexcept {
  if (block == nullptr) return std::malloc(size);
  if (size == 0) {
    free(block);
    return nullptr;
  }
  const std::size_t usable = ::malloc_usable_size(block);
  if (size <= usable && size >= usable / 2) return block;
  void* moved = std::malloc(size);
  if (moved == nullptr) return nullptr;
  ::memcpy(moved, block, std::min(size, usable));
  free(block);
  return moved;
}

}  // extern "C"
