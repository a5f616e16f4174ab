// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include <lockfree/core/platform.hpp>

/// A value that one thread writes and any thread reads. The sequence is odd while the value is being written; a reader
/// that finds it odd, or changed, has met a write and gets nothing.
template <class T, class Platform = lockfree::std_platform>
class seqlock {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(std::uint64_t) == 0);
  using words = std::array<std::uint64_t, sizeof(T) / sizeof(std::uint64_t)>;

 public:
  void store(const T& value) {
    // [W1] relaxed: nobody else writes it
    const std::uint64_t begin = sequence_.load(std::memory_order::relaxed);
    // [W2] relaxed: [W3] takes it along
    sequence_.store(begin + 1, std::memory_order::relaxed);
    const auto from = std::bit_cast<words>(value);
    for (std::size_t i = 0; i < from.size(); ++i) {
      // [W3] release, pairs with [R2]: who reads a word that is being written will find the sequence odd
      data_[i].store(from[i], std::memory_order::release);
    }
    // [W4] release, pairs with [R1]: who finds the sequence even again reads the words that were written
    sequence_.store(begin + 2, std::memory_order::release);
  }

  std::optional<T> try_load() const {
    // [R1] acquire, pairs with [W4]
    const std::uint64_t begin = sequence_.load(std::memory_order::acquire);
    if (begin % 2 != 0) return std::nullopt;
    words to;
    for (std::size_t i = 0; i < to.size(); ++i) {
      // [R2] acquire, pairs with [W3]: who reads a word that is being written finds the sequence odd in [R3]
      to[i] = data_[i].load(std::memory_order::acquire);
    }
    // [R3] relaxed: [R2] keeps it after the words
    if (sequence_.load(std::memory_order::relaxed) != begin) return std::nullopt;
    return std::bit_cast<T>(to);
  }

 private:
  typename Platform::template atomic<std::uint64_t> sequence_{0};
  std::array<typename Platform::template atomic<std::uint64_t>, words{}.size()> data_{};
};
