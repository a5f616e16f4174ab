// SPDX-License-Identifier: Apache-2.0
// Trivially copyable elements of awkward sizes: a deque may keep them in several atomic words.
#pragma once

#include <array>
#include <cstdint>

namespace support {

/// 24 bytes whose words depend on each other: a mixture of two elements is seen.
class three_words {
 public:
  explicit three_words(int value) : words_{mix(value, 0), mix(value, 1), mix(value, 2)} {}
  /// The number, or -1 if the words do not fit together.
  [[nodiscard]] int number() const {
    const int value = static_cast<int>(static_cast<std::uint32_t>(words_[0]));
    return words_ == three_words(value).words_ ? value : -1;
  }

 private:
  static std::uint64_t mix(int value, std::uint64_t i) {
    return std::uint64_t{static_cast<std::uint32_t>(value)} + (i << 40U);
  }
  std::array<std::uint64_t, 3> words_;
};

/// 3 bytes and no default constructor.
class odd_sized {
 public:
  explicit odd_sized(int value)
      : bytes_{static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
               static_cast<std::uint8_t>(value >> 16)} {}
  [[nodiscard]] int number() const {
    const auto bits = static_cast<std::uint32_t>(bytes_[0] | bytes_[1] << 8 | bytes_[2] << 16);
    return static_cast<int>(bits << 8U) >> 8;
  }

 private:
  std::array<std::uint8_t, 3> bytes_;
};
static_assert(sizeof(odd_sized) == 3);

}  // namespace support
