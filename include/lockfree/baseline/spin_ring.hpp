// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

#include <lockfree/baseline/detail/locked_ring.hpp>
#include <lockfree/core/spin_wait.hpp>

namespace lockfree::inline v1 {

namespace detail {

/// A test-and-test-and-set lock: waits by reading, so that the waiters share the line instead of fighting for it, and
/// yields when the owner seems to be off the processor.
class test_and_set_lock {
 public:
  void lock() noexcept {
    // [L1] acquire, pairs with [U1]: what the owner before wrote comes before this one's critical section
    if (!taken_.exchange(true, std::memory_order::acquire)) [[likely]]
      return;
    spin_wait wait;
    do {
      // [L2] relaxed: only [L3] takes the lock
      while (taken_.load(std::memory_order::relaxed)) wait.once();
      // [L3] acquire, pairs with [U1]: as [L1]
    } while (taken_.exchange(true, std::memory_order::acquire));
  }

  void unlock() noexcept {
    // [U1] release, pairs with [L1], [L3]: the critical section comes before the next owner's
    taken_.store(false, std::memory_order::release);
  }

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace detail

/// A bounded queue: a ring under a spin lock. Fast while every thread has a core of its own; collapses when threads
/// outnumber cores, because the owner of the lock may be off the processor while the others spin.
///
/// Linearization: every operation while it holds the lock.
/// Progress: blocking; a thread stopped inside any operation stops all others, and they burn their cores meanwhile.
/// Memory: capacity × sizeof(T), in one block, + 2 × 128 bytes. Allocates only in the constructor.
/// T: destructible; constructible from what is pushed; for pop move-constructible or move-assignable.
/// Exceptions: a push that throws leaves the ring as it was; a pop whose move throws loses that element.
/// Threads: any thread, any operation. Construction and destruction must not overlap with anything.
template <class T>
class spin_ring : public detail::locked_ring<T, detail::test_and_set_lock> {
 public:
  static constexpr std::string_view name = "spin_ring";
  static constexpr std::string_view memory = "capacity × sizeof(T) + 256 B";

  /// Room for at least `capacity` elements, rounded up to a power of two.
  /// Throws `std::invalid_argument` (0), `std::length_error` (too large), `std::bad_alloc`.
  explicit spin_ring(std::size_t capacity) : detail::locked_ring<T, detail::test_and_set_lock>(capacity, name) {}
};

}  // namespace lockfree::inline v1
