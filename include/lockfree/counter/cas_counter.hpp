// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// A counter that can refuse: an update is a compare-exchange loop, so that it may depend on the value.
///
/// Use it when: a bound must never be passed: open connections, bytes in flight, permits.
/// Not when: nothing is ever refused (`atomic_counter` needs no loop).
///
/// Algorithm: read, compute, compare-exchange, wait a little and repeat if another thread was faster.
/// Linearization: the successful compare-exchange; a refusal at its last read.
/// Progress: lock-free; an update repeats only when another one has succeeded. value() wait-free.
/// Memory: one cache line of its own, 128 bytes. Never allocates.
/// Exceptions: none. Threads: everything from any thread; construction and destruction must not overlap with calls.
/// Orders nothing but the counter itself: what was written before an `add` is not published by it.
template <class Platform = std_platform>
class basic_cas_counter {
 public:
  using value_type = std::int64_t;

  static constexpr std::string_view name = "cas_counter";
  static constexpr auto ordering = lockfree::ordering::exact_total;
  static constexpr auto progress = lockfree::progress::lock_free;
  static constexpr std::string_view memory = "128 B";
  static constexpr std::string_view exceptions = "none";

  explicit basic_cas_counter(value_type start = 0) noexcept : total_(start) {}
  basic_cas_counter(const basic_cas_counter&) = delete;
  basic_cas_counter& operator=(const basic_cas_counter&) = delete;

  /// Adds `n`, which may be negative; wraps modulo 2^64. Lock-free.
  void add(value_type n) noexcept {
    (void)update([n](value_type now, value_type& next) {
      next = static_cast<value_type>(static_cast<std::uint64_t>(now) + static_cast<std::uint64_t>(n));
      return true;
    });
  }
  void increment() noexcept { add(1); }
  void decrement() noexcept { add(-1); }

  /// Adds `n` and returns true exactly if the sum, computed without wrapping, lies between the smallest `value_type`
  /// and `limit`, both included; otherwise changes nothing and returns false. So the value never gets above `limit`
  /// through this function. A negative `n` follows the same rule: it is refused where even the smaller sum is above
  /// `limit`, and where it would pass the smallest value. `n` = 0 asks whether the value is at most `limit`. Lock-free.
  [[nodiscard]] bool add_if_below(value_type n, value_type limit) noexcept {
    return update([n, limit](value_type now, value_type& next) {
      constexpr value_type smallest = std::numeric_limits<value_type>::min();
      constexpr value_type largest = std::numeric_limits<value_type>::max();
      if (n > 0 ? now > largest - n : now < smallest - n) return false;
      next = now + n;
      return next <= limit;
    });
  }

  /// The total: every update that happens before the call is in it, none that happens after. Wait-free.
  [[nodiscard]] value_type value() const noexcept {
    // [R1] relaxed: coherence alone gives every update that happens before
    return total_.load(std::memory_order::relaxed);
  }

 private:
  /// Replaces the value by what `compute(now, next)` writes to `next`, or gives up where it returns false.
  template <class Compute>
  bool update(Compute compute) noexcept {
    typename Platform::spin_wait wait;
    // [U1] relaxed: the compare-exchange decides, and nothing else is ordered
    value_type now = total_.load(std::memory_order::relaxed);
    for (;;) {
      value_type next;
      if (!compute(now, next)) return false;
      // [U2] relaxed: a successful one acts on the newest value, and nothing else is ordered
      if (total_.compare_exchange_weak(now, next, std::memory_order::relaxed, std::memory_order::relaxed)) return true;
      wait.once();
    }
  }

  alignas(cache_line) typename Platform::template atomic<value_type> total_;
};

using cas_counter = basic_cas_counter<>;

}  // namespace lockfree::inline v1
