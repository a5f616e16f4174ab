// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace lockfree::bench {

/// What single calls are timed with: the processor's time stamp counter where it runs at one rate on all CPUs, the
/// monotonic clock elsewhere. Calibrated once, on first use.
class call_timer {
 public:
  /// The timer of this process. The first call takes about 60 ms.
  static const call_timer& get();

  /// A moment, in ticks. Calls before it have ended when it is taken and calls after it have not begun.
  [[nodiscard]] std::uint64_t now() const noexcept {
#if defined(__x86_64__)
    if (tsc_) [[likely]] {
      unsigned cpu;
      const std::uint64_t ticks = __builtin_ia32_rdtscp(&cpu);
      __builtin_ia32_lfence();
      return ticks;
    }
#endif
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
  }

  /// Nanoseconds from `from` to `to`, rounded, without what the timer itself takes.
  [[nodiscard]] std::uint64_t nanoseconds(std::uint64_t from, std::uint64_t to) const noexcept {
    const std::uint64_t ticks = to - from;
    if (ticks <= cost_ticks_) return 0;
    // NOLINTNEXTLINE(bugprone-incorrect-roundings): positive and far below 2^52, where this is exact; lround is a call
    return static_cast<std::uint64_t>(static_cast<double>(ticks - cost_ticks_) * ns_per_tick_ + 0.5);
  }

  /// "tsc" or "steady_clock".
  [[nodiscard]] std::string_view source() const noexcept { return tsc_ ? "tsc" : "steady_clock"; }
  /// Median of `now()` to the next `now()`; subtracted from every measured call.
  [[nodiscard]] double cost_ns() const noexcept { return static_cast<double>(cost_ticks_) * ns_per_tick_; }

 private:
  call_timer();
  bool tsc_ = false;
  double ns_per_tick_ = 1;
  std::uint64_t cost_ticks_ = 0;
};

/// Lets the compiler neither drop nor move what led to `value`.
template <class T>
inline void keep(const T& value) noexcept {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace lockfree::bench
