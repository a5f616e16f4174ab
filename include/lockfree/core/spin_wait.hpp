// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

namespace lockfree::inline v1 {

namespace detail {

/// Tells the processor that this is a spin loop (x86 `pause`, arm64 `isb`).
inline void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

}  // namespace detail

/// Waiting inside a retry loop: doubles its pause each round, then yields the processor. One object a loop.
/// It never parks; who may wait for long needs a lock or a semaphore beside it.
class spin_wait {
 public:
  /// Rounds of pausing before the first yield: 2^0 + … + 2^5 = 63 pauses, about 2 µs on current x86-64, which is the
  /// cost of a few context-switch-free hand-overs and well below the cost of a switch.
  static constexpr unsigned pause_rounds = 6;

  void once() noexcept {
    if (round_ < pause_rounds) {
      for (unsigned i = 0; i < (1U << round_); ++i) detail::cpu_relax();
      ++round_;
    } else {
      std::this_thread::yield();
    }
  }

  void reset() noexcept { round_ = 0; }

 private:
  unsigned round_ = 0;
};

}  // namespace lockfree::inline v1
