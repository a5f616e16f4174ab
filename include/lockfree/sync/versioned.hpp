// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>
#include <lockfree/sync/detail/atomic_words.hpp>

namespace lockfree::inline v1 {

/// A value with a version, for optimistic updates: read both, compute, and write only if nobody has written meanwhile.
///
/// Use it when: several threads read a small record, change it and write it back, and must not overwrite each other
/// (optimistic concurrency control: an account, a configuration with an editor).
/// Not when: one thread alone writes (`seqlock`), or the value is large or not trivially copyable (`snapshot`). Nor where
/// threads outnumber processors and one writes all the time: it is mostly interrupted right after its compare-exchange,
/// and then nobody can read until it runs again.
///
/// Algorithm: a sequence lock (see seqlock.hpp) whose writers take the odd sequence by compare-exchange from the
/// version that they have read.
/// Linearization: a write at [W3]; a write that is refused at [W2], or at [W1] in `compare_and_set`; a read at [R1].
/// Progress: `try_read` is wait-free; everything else waits for a writer that is stopped between [W2] and [W3].
/// `compare_and_set` itself never waits, but while another writes it is refused.
/// Memory: 8 B + sizeof(T), rounded up to 128 B. Never allocates.
/// T: trivially copyable. A version comes again after 2^63 writes; with a smaller `Index` (checks have 8 bits) after
/// 2^(bits - 1).
/// Exceptions: none of its own; what a function given to `update` throws leaves the value as it was.
/// Threads: everything from any thread; construction and destruction must not overlap with calls.
template <class T, class Platform = std_platform, std::unsigned_integral Index = std::uint64_t>
class versioned {
 public:
  using value_type = T;

  static constexpr std::string_view name = "versioned";
  static constexpr auto ordering = lockfree::ordering::last_value;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::size_t max_writers = unlimited;
  static constexpr std::string_view memory = "8 B + sizeof(T), rounded up to 128 B";
  static constexpr std::string_view exceptions = "none: T is trivially copyable";

  /// Counts the writes, from 0, modulo 2^63.
  using version_type = Index;

  struct versioned_value {
    T value;
    version_type version;
  };

  explicit versioned(const T& value) noexcept : words_(value) {}
  versioned() noexcept requires std::default_initializable<T> : versioned(T()) {}
  versioned(const versioned&) = delete;
  versioned& operator=(const versioned&) = delete;

  /// The value and its version, or nothing if it was being written. Wait-free.
  [[nodiscard]] std::optional<versioned_value> try_read() const noexcept {
    // [R1] acquire, pairs with [W3]: the words are those of this write or newer
    const Index begin = sequence_.load(std::memory_order::acquire);
    if (begin % 2 != 0) return std::nullopt;
    const T value = words_.read();
    // [R2] relaxed: whoever read a word of a later write has acquired its odd sequence with it
    const Index end = sequence_.load(std::memory_order::relaxed);
    // [R3] without it the words may belong to two writes
    if (!Platform::revalidated(begin == end)) return std::nullopt;
    return versioned_value{value, static_cast<Index>(begin / 2)};
  }

  /// The value and its version; waits while it is being written.
  [[nodiscard]] versioned_value read() const noexcept {
    typename Platform::spin_wait wait;
    for (;;) {
      if (const std::optional<versioned_value> seen = try_read()) return *seen;
      wait.once();
    }
  }
  [[nodiscard]] T load() const noexcept { return read().value; }

  /// Writes `value` if the version is still `version`; false if another has written, or is writing.
  bool compare_and_set(version_type version, const T& value) noexcept {
    Index even = static_cast<Index>(version * 2U);
    // [W2] acquire, pairs with [W3] of the write before: its words come before these. Relaxed when refused: the caller
    // reads again. Each word takes the odd sequence along, see atomic_words.hpp [W1]
    // Audit: relaxed survives: the model keeps stores to one place in the order of their execution
    if (!sequence_.compare_exchange_strong(even, static_cast<Index>(even + 1), std::memory_order::acquire,
                                           std::memory_order::relaxed)) {
      return false;
    }
    words_.write(value);
    // [W3] release, pairs with [R1], [W2]: who finds it even again reads the words that were written
    sequence_.store(static_cast<Index>(even + 2), std::memory_order::release);
    return true;
  }

  /// Writes `change(value)`, which is called again, with the newer value, whenever another thread was faster. Returns
  /// what was written.
  template <std::invocable<const T&> F>
  T update(F change) {
    typename Platform::spin_wait wait;
    for (;;) {
      const versioned_value seen = read();
      const T next = change(seen.value);
      if (compare_and_set(seen.version, next)) return next;
      wait.once();
    }
  }

  /// Writes `value`, whatever is there.
  void store(const T& value) noexcept {
    typename Platform::spin_wait wait;
    for (;;) {
      // [W1] relaxed: the compare-exchange finds out
      const Index seen = sequence_.load(std::memory_order::relaxed);
      if (seen % 2 == 0 && compare_and_set(static_cast<Index>(seen / 2), value)) return;
      wait.once();
    }
  }

 private:
  alignas(cache_line) typename Platform::template atomic<Index> sequence_{0};  // odd: being written
  detail::atomic_words<T, Platform> words_;                                    // beside it: a small value is one line
};

}  // namespace lockfree::inline v1
