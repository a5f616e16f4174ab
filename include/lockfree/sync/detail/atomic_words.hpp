// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace lockfree::inline v1::detail {

/// A value as atomic words, for protocols that let readers copy what a writer is changing and tell them afterwards that
/// they did. Each word is published by its own release store: whoever reads a word that is being written also sees what
/// its writer did before, and so finds out. (Fences could do that once for all words, Boehm, "Can Seqlocks Get Along
/// with Programming Language Memory Models?", MSPC 2012; on x86-64 both cost nothing, and ThreadSanitizer does not know
/// fences.)
template <class T, class Platform>
class atomic_words {
  static_assert(std::is_trivially_copyable_v<T>, "T must be trivially copyable: it is copied word by word");
  using word = std::uint64_t;
  static constexpr std::size_t count = (sizeof(T) + sizeof(word) - 1) / sizeof(word);

 public:
  explicit atomic_words(const T& value) noexcept {
    const std::array<word, count> from = to_words(value);
    for (std::size_t i = 0; i < count; ++i) {
      // [I1] relaxed: the object is not shared yet
      words_[i].store(from[i], std::memory_order::relaxed);
    }
  }

  /// One thread at a time.
  void write(const T& value) noexcept {
    const std::array<word, count> from = to_words(value);
    for (std::size_t i = 0; i < count; ++i) {
      // [W1] release, pairs with [R1]: what says that the value is being written is seen by who reads the word
      words_[i].store(from[i], std::memory_order::release);
    }
  }

  /// Any thread. Whether the words belong together is for the caller to find out.
  [[nodiscard]] T read() const noexcept {
    std::array<word, count> to;
    for (std::size_t i = 0; i < count; ++i) {
      // [R1] acquire, pairs with [W1]
      to[i] = words_[i].load(std::memory_order::acquire);
    }
    std::array<std::byte, sizeof(T)> bytes;
    std::memcpy(bytes.data(), to.data(), sizeof(T));
    return std::bit_cast<T>(bytes);
  }

 private:
  static std::array<word, count> to_words(const T& value) noexcept {
    std::array<word, count> words{};
    std::memcpy(words.data(), &value, sizeof(T));
    return words;
  }

  std::array<typename Platform::template atomic<word>, count> words_;
};

}  // namespace lockfree::inline v1::detail
