// SPDX-License-Identifier: Apache-2.0
// Random tests take their seed from the environment variable LOCKFREE_TEST_SEED, or draw one, and print it on failure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"

namespace support {

/// The seed of this run: LOCKFREE_TEST_SEED, or one drawn once a process.
inline std::uint64_t seed() {
  static const std::uint64_t value = [] {
    if (const char* given = std::getenv("LOCKFREE_TEST_SEED")) {
      std::size_t used = 0;
      const std::string text = given;
      try {
        const std::uint64_t parsed = std::stoull(text, &used, 0);
        if (used == text.size()) return parsed;
      } catch (const std::exception&) {}
      throw std::invalid_argument("LOCKFREE_TEST_SEED is '" + text + "'; it must be a number");
    }
    std::random_device device;
    return std::uint64_t{device()} << 32U | device();
  }();
  return value;
}

/// A small fast generator (splitmix64), one a thread; satisfies `std::uniform_random_bit_generator`.
class random {
 public:
  using result_type = std::uint64_t;

  /// `stream` tells generators of one run apart, for example the thread's number.
  explicit random(std::uint64_t stream, std::uint64_t start = seed()) : state_(start + stream * 0x9e3779b97f4a7c15U) {}

  result_type operator()() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// A number in [0, bound).
  std::size_t below(std::size_t bound) noexcept { return static_cast<std::size_t>((*this)() % bound); }
  bool one_in(std::size_t n) noexcept { return below(n) == 0; }

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

 private:
  std::uint64_t state_;
};

}  // namespace support

/// Prints the seed with any failure of the rest of the scope.
#define SUPPORT_SHOW_SEED() INFO("rerun with LOCKFREE_TEST_SEED=" << ::support::seed())
