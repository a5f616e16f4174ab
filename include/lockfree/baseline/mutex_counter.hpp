// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <mutex>
#include <string_view>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// A counter under one `std::mutex`. The baseline of the lock-free counters.
///
/// Linearization: every operation while it holds the mutex.
/// Progress: blocking; a thread stopped inside any operation stops all others.
/// Memory: one cache line of its own, 128 bytes. Never allocates.
/// Exceptions: none. Threads: everything from any thread; construction and destruction must not overlap with calls.
class mutex_counter {
 public:
  using value_type = std::int64_t;

  static constexpr std::string_view name = "mutex_counter";
  static constexpr auto ordering = lockfree::ordering::exact_total;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::string_view memory = "128 B";
  static constexpr std::string_view exceptions = "none";

  explicit mutex_counter(value_type start = 0) noexcept : total_(start) {}
  mutex_counter(const mutex_counter&) = delete;
  mutex_counter& operator=(const mutex_counter&) = delete;

  /// Adds `n`, which may be negative; wraps modulo 2^64.
  void add(value_type n) {
    const std::lock_guard lock(mutex_);
    total_ = static_cast<value_type>(static_cast<std::uint64_t>(total_) + static_cast<std::uint64_t>(n));
  }
  void increment() { add(1); }
  void decrement() { add(-1); }

  /// Adds `n` and returns true exactly if the sum, computed without wrapping, lies between the smallest `value_type`
  /// and `limit`, both included; otherwise changes nothing and returns false.
  [[nodiscard]] bool add_if_below(value_type n, value_type limit) {
    constexpr value_type smallest = std::numeric_limits<value_type>::min();
    constexpr value_type largest = std::numeric_limits<value_type>::max();
    const std::lock_guard lock(mutex_);
    if (n > 0 ? total_ > largest - n : total_ < smallest - n) return false;
    if (total_ + n > limit) return false;
    total_ += n;
    return true;
  }

  /// The total at some moment during the call.
  [[nodiscard]] value_type value() const {
    const std::lock_guard lock(mutex_);
    return total_;
  }

 private:
  alignas(cache_line) mutable std::mutex mutex_;
  value_type total_;
};

}  // namespace lockfree::inline v1
