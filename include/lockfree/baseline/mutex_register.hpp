// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// A value under one `std::mutex`. The baseline of `seqlock`, `versioned`, `snapshot` and `atomic_shared_ptr`.
///
/// Linearization: every operation while it holds the mutex.
/// Progress: blocking; a thread stopped inside any operation stops all others.
/// Memory: 48 B + sizeof(T), rounded up to 128 B. Never allocates.
/// T: copyable. Exceptions: a copy that throws leaves the value as it was, as far as its assignment does.
/// Threads: everything from any thread; construction and destruction must not overlap with calls.
template <class T>
class mutex_register {
 public:
  using value_type = T;

  static constexpr std::string_view name = "mutex_register";
  static constexpr auto ordering = lockfree::ordering::last_value;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::size_t max_writers = unlimited;
  static constexpr std::string_view memory = "48 B + sizeof(T), rounded up to 128 B";
  static constexpr std::string_view exceptions = "as T's assignment";

  /// Counts the writes, from 0.
  using version_type = std::uint64_t;

  struct versioned_value {
    T value;
    version_type version;
  };

  explicit mutex_register(T value = T()) : value_(std::move(value)) {}
  mutex_register(const mutex_register&) = delete;
  mutex_register& operator=(const mutex_register&) = delete;

  [[nodiscard]] T load() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  [[nodiscard]] versioned_value read() const {
    const std::lock_guard lock(mutex_);
    return {value_, version_};
  }

  void store(T value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    ++version_;
  }
  /// Writes `value` if the version is still `version`.
  bool compare_and_set(version_type version, T value) {
    const std::lock_guard lock(mutex_);
    if (version != version_) return false;
    value_ = std::move(value);
    ++version_;
    return true;
  }
  /// Writes `change(value)`, which runs under the mutex.
  template <std::invocable<const T&> F>
  void update(F change) {
    const std::lock_guard lock(mutex_);
    value_ = change(std::as_const(value_));
    ++version_;
  }

 private:
  alignas(cache_line) mutable std::mutex mutex_;
  version_type version_ = 0;
  T value_;
};

}  // namespace lockfree::inline v1
