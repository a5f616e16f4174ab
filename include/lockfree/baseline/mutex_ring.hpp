// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <mutex>
#include <string_view>

#include <lockfree/baseline/detail/locked_ring.hpp>

namespace lockfree::inline v1 {

/// A bounded queue: a ring under one `std::mutex`. The baseline of `spsc_ring` and `mpmc_ring`.
///
/// Linearization: every operation while it holds the mutex.
/// Progress: blocking; a thread stopped inside any operation stops all others.
/// Memory: capacity × sizeof(T), in one block, + 2 × 128 bytes. Allocates only in the constructor.
/// T: destructible; constructible from what is pushed; for pop move-constructible or move-assignable.
/// Exceptions: a push that throws leaves the ring as it was; a pop whose move throws loses that element.
/// Threads: any thread, any operation. Construction and destruction must not overlap with anything.
template <class T>
class mutex_ring : public detail::locked_ring<T, std::mutex> {
 public:
  static constexpr std::string_view name = "mutex_ring";
  static constexpr std::string_view memory = "capacity × sizeof(T) + 256 B";

  /// Room for at least `capacity` elements, rounded up to a power of two.
  /// Throws `std::invalid_argument` (0), `std::length_error` (too large), `std::bad_alloc`.
  explicit mutex_ring(std::size_t capacity) : detail::locked_ring<T, std::mutex>(capacity, name) {}
};

}  // namespace lockfree::inline v1
