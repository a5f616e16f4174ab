// SPDX-License-Identifier: Apache-2.0
// Element types that are hard on a container: move-only, over-aligned, large, counted, throwing.
//
// Each is constructible from int and has `number()`, so that one test body serves all of them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include "support/catch.hpp"

namespace support {

inline int number(int value) { return value; }
template <class T>
requires requires(const T& value) { value.number(); }
int number(const T& value) { return value.number(); }

/// Movable only; owns memory, so that a leak or a double destruction shows under AddressSanitizer.
class move_only {
 public:
  explicit move_only(int value) : value_(std::make_unique<int>(value)) {}
  [[nodiscard]] int number() const { return value_ ? *value_ : -1; }

 private:
  std::unique_ptr<int> value_;
};

/// Complains where it is constructed, moved or destroyed at a wrong address.
template <std::size_t Alignment>
class alignas(Alignment) over_aligned {
 public:
  explicit over_aligned(int value) : value_(value) { check(); }
  over_aligned(const over_aligned& other) noexcept : value_(other.value_) { check(); }
  over_aligned& operator=(const over_aligned& other) noexcept {
    value_ = other.value_;
    check();
    return *this;
  }
  ~over_aligned() { check(); }
  [[nodiscard]] int number() const { return value_; }

  /// Objects that have been seen at a wrong address; must stay 0.
  static inline std::atomic<std::size_t> misplaced = 0;

 private:
  void check() const noexcept {
    if (reinterpret_cast<std::uintptr_t>(this) % Alignment != 0) misplaced.fetch_add(1, std::memory_order::relaxed);
  }
  int value_;
};

/// 256 bytes, each of which depends on the number: a torn or half-copied element is seen.
class large {
 public:
  explicit large(int value) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = mix(value, i);
  }
  /// The number, or -1 if the bytes do not fit together.
  [[nodiscard]] int number() const {
    const int value = static_cast<int>(words_[0]);
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (words_[i] != mix(value, i)) return -1;
    }
    return value;
  }

 private:
  static std::uint32_t mix(int value, std::size_t i) {
    return static_cast<std::uint32_t>(value) + static_cast<std::uint32_t>(i) * 0x9e3779b9U;
  }
  std::array<std::uint32_t, 64> words_{};
};
static_assert(sizeof(large) == 256);

/// Counts the objects that are alive and sees what a container must never do: use or destroy an object that is not
/// there, or construct over one that is. Copyable; both can be made to throw at the k-th time.
/// `NothrowMove` decides what the move operations declare; those of `tracked<true>` never throw.
template <bool NothrowMove = true>
class tracked {
 public:
  explicit tracked(int value) : value_(value) {
    step();
    born();
  }
  tracked(const tracked& other) : value_(other.checked()) {
    step();
    born();
  }
  tracked(tracked&& other) noexcept(NothrowMove) : value_(other.checked()) {
    if constexpr (!NothrowMove) step();
    other.value_ = moved_from;
    born();
  }
  tracked& operator=(const tracked& other) {
    (void)checked();
    const int value = other.checked();
    step();
    value_ = value;
    return *this;
  }
  tracked& operator=(tracked&& other) noexcept(NothrowMove) {
    (void)checked();
    const int value = other.checked();
    if constexpr (!NothrowMove) step();
    value_ = value;
    if (&other != this) other.value_ = moved_from;
    return *this;
  }
  ~tracked() {
    (void)checked();
    magic_ = dead;
    live.fetch_sub(1, std::memory_order::relaxed);
  }
  [[nodiscard]] int number() const { return checked(); }

  struct thrown : std::runtime_error {
    thrown() : std::runtime_error("deliberate") {}
  };

  static constexpr int moved_from = -2;
  /// Objects alive; 0 again at the end of a test.
  static inline std::atomic<std::ptrdiff_t> live = 0;
  /// Uses of objects that were not alive; must stay 0.
  static inline std::atomic<std::size_t> misuses = 0;
  /// The step (construction, copy, and if they may throw: move, assignment) that throws, counted down from here;
  /// 1 is the next one, 0 is never. Single-threaded.
  static inline std::size_t throw_at = 0;

  /// At the end of a test: nothing alive, nothing misused, nothing left to throw.
  static void require_clean() {
    REQUIRE(live.load() == 0);
    REQUIRE(misuses.load() == 0);
    REQUIRE(throw_at == 0);
  }

 private:
  static constexpr std::uint32_t alive = 0xa11fe001U;
  static constexpr std::uint32_t dead = 0xdeadbeefU;

  static void step() {
    if (throw_at != 0 && --throw_at == 0) throw thrown();
  }
  void born() noexcept {
    magic_ = alive;
    live.fetch_add(1, std::memory_order::relaxed);
  }
  int checked() const noexcept {
    if (magic_ != alive) misuses.fetch_add(1, std::memory_order::relaxed);
    return value_;
  }

  int value_;
  volatile std::uint32_t magic_ = dead;  // volatile: the store in the destructor must not be optimised away
};

/// Neither its construction from int nor its move is free of exceptions: a container that claims a place first has to
/// cope with a place that stays empty.
using may_throw = tracked<false>;
/// Its move cannot throw, its copy and its construction can.
using nothrow_move = tracked<true>;

}  // namespace support
