// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// A counter that every thread updates with one fetch-add on one word.
///
/// Use it when: it is read about as often as it is written, or each total must be exact at any time.
/// Not when: several threads count all the time and the total is read now and then (`striped_counter`).
///
/// Algorithm: the processor's fetch-add. Linearization: the access itself.
/// Progress: wait-free where fetch-add is one instruction (x86-64, arm64 with LSE), else lock-free.
/// Memory: one cache line of its own, 128 bytes. Never allocates.
/// Exceptions: none. Threads: everything from any thread; construction and destruction must not overlap with calls.
/// Orders nothing but the counter itself: what was written before an `add` is not published by it.
/// Wraps modulo 2^64.
template <class Platform = std_platform>
class basic_atomic_counter {
 public:
  using value_type = std::int64_t;

  static constexpr std::string_view name = "atomic_counter";
  static constexpr auto ordering = lockfree::ordering::exact_total;
  static constexpr auto progress = lockfree::progress::wait_free;
  static constexpr std::string_view memory = "128 B";
  static constexpr std::string_view exceptions = "none";

  explicit basic_atomic_counter(value_type start = 0) noexcept : total_(start) {}
  basic_atomic_counter(const basic_atomic_counter&) = delete;
  basic_atomic_counter& operator=(const basic_atomic_counter&) = delete;

  /// Adds `n`, which may be negative. Wait-free.
  void add(value_type n) noexcept {
    // [A1] relaxed: a read-modify-write always acts on the newest value, and nothing else is ordered
    total_.fetch_add(n, std::memory_order::relaxed);
  }
  void increment() noexcept { add(1); }
  void decrement() noexcept { add(-1); }

  /// The total: every update that happens before the call is in it, none that happens after. Wait-free.
  [[nodiscard]] value_type value() const noexcept {
    // [R1] relaxed: coherence alone gives every update that happens before
    return total_.load(std::memory_order::relaxed);
  }

 private:
  alignas(cache_line) typename Platform::template atomic<value_type> total_;
};

using atomic_counter = basic_atomic_counter<>;

}  // namespace lockfree::inline v1
