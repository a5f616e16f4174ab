// SPDX-License-Identifier: Apache-2.0
// Threads that start together, are pinned and stall at random.
#pragma once

#include <atomic>
#include <barrier>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

#include "support/seed.hpp"

namespace support {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

/// How much of a stress test's work to do: less where a sanitizer slows it down ten times.
constexpr std::size_t scaled(std::size_t amount) { return sanitized ? (amount + 9) / 10 : amount; }

inline std::size_t cores() {
  const unsigned found = std::thread::hardware_concurrency();
  return found == 0 ? 1 : found;
}

/// Binds the calling thread to the core with this number, modulo the cores there are. Does nothing where the system
/// does not let it: pinning makes races likelier, no test depends on it.
inline void pin(std::size_t core) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  auto skip = core % static_cast<std::size_t>(CPU_COUNT(&allowed));
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || skip-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
    return;
  }
#else
  (void)core;
#endif
}

/// Runs `work(i)` on `count` pinned threads that start together, waits for all, and passes the first exception on.
template <class Work>
void run_threads(std::size_t count, Work work) {
  std::barrier start(static_cast<std::ptrdiff_t>(count));
  std::mutex failed;
  std::exception_ptr first;
  {
    std::vector<std::jthread> threads;
    threads.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        pin(i);
        start.arrive_and_wait();
        try {
          work(i);
        } catch (...) {
          const std::lock_guard lock(failed);
          if (!first) first = std::current_exception();
        }
      });
    }
  }
  if (first) std::rethrow_exception(first);
}

/// Now and then stops the calling thread for a moment: a yield, or a spin of random length. Shifts threads against
/// each other, so that more interleavings are met; never a sleep.
class stalls {
 public:
  explicit stalls(std::uint64_t stream) : random_(stream) {}

  void maybe() {
    const auto draw = random_();
    if (draw % 64 == 0) std::this_thread::yield();
    if (draw % 32 == 1) {
      for (auto rounds = (draw >> 32U) % 256; rounds != 0; --rounds)
        std::atomic_signal_fence(std::memory_order::seq_cst);
    }
  }

 private:
  random random_;
};

}  // namespace support
