// SPDX-License-Identifier: Apache-2.0
// A short memory of a process: the last few names or ids of some kind, each until a moment. Any thread,
// no lock; a child of fork() remembers what its parent did. Losing an entry to newer ones is possible, and
// so is taking one for another whose hash has the same upper half: keys want a seed that nobody can know.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace taglogin::nss_module {

class Recent {
 public:
  constexpr Recent() noexcept = default;
  Recent(const Recent&) = delete;
  Recent& operator=(const Recent&) = delete;

  // Remembers `key` (a hash) until `until_ms` (CLOCK_BOOTTIME) at least, and for at most 512 ms more.
  void Note(std::uint64_t key, std::int64_t until_ms) noexcept {
    const std::uint64_t end = Tick(until_ms) + 1;
    Extend(end);
    const std::uint64_t word = Tag(key) | end;
    for (auto& place : places_) {
      if ((place.load(std::memory_order_relaxed) & kTagBits) != Tag(key)) continue;
      place.store(word, std::memory_order_relaxed);
      return;
    }
    places_[next_.fetch_add(1, std::memory_order_relaxed) % kPlaces].store(word, std::memory_order_relaxed);
  }

  bool Holds(std::uint64_t key, std::int64_t boot_ms) const noexcept {
    for (const auto& place : places_) {
      const std::uint64_t word = place.load(std::memory_order_relaxed);
      if ((word & kTagBits) == Tag(key) && Lasts(word, boot_ms)) return true;
    }
    return false;
  }

  // Whether anything may be remembered still.
  bool Any(std::int64_t boot_ms) const noexcept { return Lasts(last_end_.load(std::memory_order_relaxed), boot_ms); }
  // Nothing was ever noted: for those who have not read the clock yet.
  bool Untouched() const noexcept { return last_end_.load(std::memory_order_relaxed) == 0; }

 private:
  // One word for each entry, so that it is read and written as a whole: a hash, and the end in ticks of
  // 256 ms (34 years of them).
  static constexpr std::size_t kPlaces = 8;
  static constexpr std::uint64_t kTagBits = 0xffffffff00000000;
  static constexpr std::uint64_t Tag(std::uint64_t key) noexcept { return key & kTagBits; }
  static constexpr std::uint64_t Tick(std::int64_t boot_ms) noexcept {
    return (static_cast<std::uint64_t>(boot_ms) >> 8) & 0xffffffff;
  }
  static constexpr bool Lasts(std::uint64_t word, std::int64_t boot_ms) noexcept {
    return Tick(boot_ms) <= (word & 0xffffffff) && (word & 0xffffffff) != 0;
  }
  void Extend(std::uint64_t end) noexcept {
    std::uint64_t known = last_end_.load(std::memory_order_relaxed);
    while (known < end && !last_end_.compare_exchange_weak(known, end, std::memory_order_relaxed)) {
    }
  }

  std::atomic<std::uint64_t> places_[kPlaces]{};
  std::atomic<std::uint64_t> last_end_{0};  // of all entries, lost ones too
  std::atomic<std::uint32_t> next_{0};
};

}  // namespace taglogin::nss_module
