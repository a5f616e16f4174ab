// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// A counter with a stripe of its own for each thread: updates share no cache line and need no read-modify-write.
///
/// Use it when: many threads count often and the total is read now and then: statistics, metrics, progress.
/// Not when: the total decides something at once (`atomic_counter`, `cas_counter`), or there are very many counters:
/// each has a cache line for each thread that uses it.
///
/// Algorithm: one cell a thread, written by load and store by that thread only; reading adds the cells up. A cell stays
/// when its thread ends and is handed on to a later thread with its count.
/// Linearization: an update at [A2]; value() has none, see there.
/// Progress: add wait-free but for a thread's first add to this counter, which allocates its stripe and registers it
/// under a mutex of the process. value() wait-free, in the number of threads that have used the counter at one time.
/// Memory: 2 × 128 bytes + a cache line of 128 bytes and a table entry for each such thread.
/// Exceptions: none; a thread that gets no memory for its stripe counts on a shared one, by fetch-add.
/// Threads: everything from any thread; construction and destruction must not overlap with calls. Not from signal
/// handlers: one between the load and the store of its own thread would lose its count.
/// Orders nothing but the counter itself: what was written before an `add` is not published by it.
/// Wraps modulo 2^64.
template <class Platform = std_platform>
class basic_striped_counter {
 public:
  using value_type = std::int64_t;

  static constexpr std::string_view name = "striped_counter";
  static constexpr auto ordering = lockfree::ordering::settled_total;
  static constexpr auto progress = lockfree::progress::wait_free;
  static constexpr std::string_view memory = "256 B + 128 B and a table entry for each thread";
  static constexpr std::string_view exceptions = "none";

  explicit basic_striped_counter(value_type start = 0) noexcept : shared_(start) {}
  basic_striped_counter(const basic_striped_counter&) = delete;
  basic_striped_counter& operator=(const basic_striped_counter&) = delete;

  /// Adds `n`, which may be negative. Wait-free; the thread's first call allocates and takes a mutex of the process.
  void add(value_type n) noexcept {
    if (stripe* own = stripes_.find_local()) [[likely]] {
      own->add(n);
    } else {
      add_first(n);
    }
  }
  void increment() noexcept { add(1); }
  void decrement() noexcept { add(-1); }

  /// The sum of all stripes, each read once, one after the other. Every update that happens before the call is in it,
  /// none that happens after; of updates that overlap with the call any subset may be. So it is exact once the updates
  /// that must count have happened before it (their threads joined, a lock handed over); while others run it may miss
  /// one update and have a later one of another thread: it can be a total that there was at no moment. Wait-free.
  [[nodiscard]] value_type value() const noexcept {
    // [R1] relaxed: coherence alone gives every update that happens before
    std::uint64_t total = static_cast<std::uint64_t>(shared_.load(std::memory_order::relaxed));
    stripes_.for_each([&total](const stripe& each) { total += each.count(); });
    return static_cast<value_type>(total);
  }

 private:
  /// One thread's cell. Unsigned, since it wraps; `per_thread` gives each a cache line.
  class stripe {
   public:
    void add(value_type n) noexcept {
      // [A1] relaxed: only this thread writes the cell; `per_thread` orders it after the thread that had it before
      const std::uint64_t now = count_.load(std::memory_order::relaxed);
      // [A2] relaxed: only this thread writes the cell, and nothing else is ordered
      count_.store(now + static_cast<std::uint64_t>(n), std::memory_order::relaxed);
    }
    [[nodiscard]] std::uint64_t count() const noexcept {
      // [R2] relaxed: coherence alone gives every update that happens before
      return count_.load(std::memory_order::relaxed);
    }
    /// Keeps its count for the total and for the next thread.
    void on_thread_exit() noexcept {}

   private:
    typename Platform::template atomic<std::uint64_t> count_{0};
  };

  [[gnu::noinline]] void add_first(value_type n) noexcept {
    stripe* own = nullptr;
    try {
      own = &stripes_.local();
    } catch (...) {  // no memory
      // [A3] relaxed: a read-modify-write always acts on the newest value, and nothing else is ordered
      shared_.fetch_add(n, std::memory_order::relaxed);
      return;
    }
    own->add(n);
  }

  typename Platform::template per_thread<stripe> stripes_;
  alignas(cache_line) typename Platform::template atomic<value_type> shared_;  // for threads without a stripe
};

using striped_counter = basic_striped_counter<>;

}  // namespace lockfree::inline v1
