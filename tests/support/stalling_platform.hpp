// SPDX-License-Identifier: Apache-2.0
// The production platform with a random stall before each access to an atomic: threads are stopped in the middle of an
// operation, between any two of its steps, far more often than a scheduler would do it.
#pragma once

#include <atomic>
#include <cstdint>

#include <lockfree/core/platform.hpp>

#include "support/threads.hpp"

namespace support {

/// Stalls of the calling thread, with a stream of its own.
inline void stall_here() {
  static std::atomic<std::uint64_t> threads = 1000;
  thread_local stalls mine(threads.fetch_add(1, std::memory_order::relaxed));
  mine.maybe();
}

struct stalling_platform : lockfree::std_platform {
  template <class T>
  class atomic {
   public:
    atomic() noexcept = default;
    explicit(false) atomic(T value) noexcept : value_(value) {}
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    T load(std::memory_order order) const noexcept {
      stall_here();
      return value_.load(order);
    }
    void store(T value, std::memory_order order) noexcept {
      stall_here();
      value_.store(value, order);
    }
    T exchange(T value, std::memory_order order) noexcept {
      stall_here();
      return value_.exchange(value, order);
    }
    bool compare_exchange_weak(T& expected, T value, std::memory_order success, std::memory_order failure) noexcept {
      stall_here();
      return value_.compare_exchange_weak(expected, value, success, failure);
    }
    bool compare_exchange_strong(T& expected, T value, std::memory_order success, std::memory_order failure) noexcept {
      stall_here();
      return value_.compare_exchange_strong(expected, value, success, failure);
    }
    T fetch_add(T value, std::memory_order order) noexcept {
      stall_here();
      return value_.fetch_add(value, order);
    }
    T fetch_sub(T value, std::memory_order order) noexcept {
      stall_here();
      return value_.fetch_sub(value, order);
    }
    T fetch_or(T value, std::memory_order order) noexcept {
      stall_here();
      return value_.fetch_or(value, order);
    }

   private:
    std::atomic<T> value_;
  };
};

}  // namespace support
