// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include <lockfree/verify/atomic.hpp>
#include <lockfree/verify/condition_variable.hpp>
#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/mutex.hpp>
#include <lockfree/verify/per_thread.hpp>
#include <lockfree/verify/plain.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// The platform of the model checker: the names of `std_platform` (core/platform.hpp), every one watched and scheduled
/// by the engine. Instantiate a structure with it inside a check (check.hpp).
struct platform {
  template <class T>
  using atomic = verify::atomic<T>;

  template <class T>
  using plain = verify::plain<T>;

  template <class Record>
  using per_thread = verify::per_thread<Record>;

  using mutex = verify::mutex;
  using condition_variable = verify::condition_variable;

  static void fence_seq_cst(where at = where::current()) noexcept { detail::fence(std::memory_order::seq_cst, at); }
  static void fence_light(where at = where::current()) noexcept { detail::fence(std::memory_order::seq_cst, at); }
  static void fence_heavy(where at = where::current()) noexcept { detail::fence(std::memory_order::seq_cst, at); }

  [[nodiscard]] static bool revalidated(bool condition, where at = where::current()) noexcept {
    return detail::revalidated(condition, at);
  }

  /// Lets the other threads run. A retry loop without it is taken for a livelock.
  class spin_wait {
   public:
    void once(where at = where::current()) noexcept { detail::yield(at); }
    void reset() noexcept {}
  };

  [[nodiscard]] static void* allocate(std::size_t bytes, std::size_t alignment, where at = where::current()) {
    return detail::allocate(bytes, alignment, at);
  }
  static void deallocate(void* memory, std::size_t bytes, std::size_t alignment, where at = where::current()) noexcept {
    detail::deallocate(memory, bytes, alignment, at);
  }

  /// Ends the calling thread's identity, as thread exit would: its `per_thread` records get `on_thread_exit()` and may
  /// go to others; the thread goes on as a new one. The engine does the same when a thread of the check returns.
  static void end_thread(where at = where::current()) noexcept { detail::end_thread(at); }
};

}  // namespace lockfree::inline v1::verify
