// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>
#include <lockfree/sync/detail/atomic_words.hpp>

namespace lockfree::inline v1 {

/// A value that one thread writes and any number of threads read, without ever making the writer wait.
///
/// Use it when: a small record changes often and is read often (a price, a position, a clock), and the writer must not
/// be held up. Readers write nothing shared, so they do not disturb each other.
/// Not when: several threads write (`versioned`), or the value is large, or has pointers to things of its own
/// (`snapshot`): readers copy all of it, and do so again when a write comes in between.
///
/// Algorithm: sequence lock (Lameter, "Effective synchronization on Linux/NUMA systems", 2005, section "seqlocks"), over
/// atomic words, so that it has no data race (detail/atomic_words.hpp). The sequence is odd while the value is written.
/// Linearization: store at [W3]; a load that succeeds at [R1].
/// Progress: `store` is wait-free; `try_load` too, and gives nothing if it has met a write; `load` tries again and waits
/// for a writer that is stopped inside `store`. The trait `progress` is that of `load`.
/// Memory: 8 B + sizeof(T), rounded up to 128 B. Never allocates.
/// T: trivially copyable. A sequence of 64 bits does not come again; with a smaller `Index` (checks have 8 bits) a
/// reader could miss 2^(bits - 1) writes in one load.
/// Exceptions: none.
/// Threads: `store` from one thread at a time (hand the role over with synchronisation), everything else from any;
/// construction and destruction must not overlap with calls.
template <class T, class Platform = std_platform, std::unsigned_integral Index = std::uint64_t>
class seqlock {
 public:
  using value_type = T;

  static constexpr std::string_view name = "seqlock";
  static constexpr auto ordering = lockfree::ordering::last_value;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::size_t max_writers = 1;
  static constexpr std::string_view memory = "8 B + sizeof(T), rounded up to 128 B";
  static constexpr std::string_view exceptions = "none: T is trivially copyable";

  explicit seqlock(const T& value) noexcept : words_(value) {}
  seqlock() noexcept requires std::default_initializable<T> : seqlock(T()) {}
  seqlock(const seqlock&) = delete;
  seqlock& operator=(const seqlock&) = delete;

  /// The writer. Wait-free.
  void store(const T& value) noexcept {
    // [W1] relaxed: the writer itself has stored it last
    const Index begin = sequence_.load(std::memory_order::relaxed);
    // [W2] relaxed: each word takes it along, see atomic_words.hpp [W1]; [R1] acquires nothing from it (lfcheck says so),
    // and gives up
    sequence_.store(static_cast<Index>(begin + 1), std::memory_order::relaxed);
    words_.write(value);
    // [W3] release, pairs with [R1]: who finds it even again reads the words that were written
    sequence_.store(static_cast<Index>(begin + 2), std::memory_order::release);
  }

  /// Any thread. The value of the last store, or nothing if a store was under way. Wait-free.
  [[nodiscard]] std::optional<T> try_load() const noexcept {
    // [R1] acquire, pairs with [W3]: the words are those of this store or newer
    const Index begin = sequence_.load(std::memory_order::acquire);
    if (begin % 2 != 0) return std::nullopt;
    const T value = words_.read();
    // [R2] relaxed: whoever read a word of a later store has acquired its odd sequence with it
    const Index end = sequence_.load(std::memory_order::relaxed);
    // [R3] without it the words may belong to two stores
    if (!Platform::revalidated(begin == end)) return std::nullopt;
    return value;
  }

  /// Any thread. The value of the last store; waits while one is under way.
  [[nodiscard]] T load() const noexcept {
    typename Platform::spin_wait wait;
    for (;;) {
      if (const std::optional<T> value = try_load()) return *value;
      wait.once();
    }
  }

 private:
  alignas(cache_line) typename Platform::template atomic<Index> sequence_{0};  // odd: being written
  detail::atomic_words<T, Platform> words_;                                    // beside it: a small value is one line
};

}  // namespace lockfree::inline v1
