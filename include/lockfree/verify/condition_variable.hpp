// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>

#include <lockfree/verify/atomic.hpp>
#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// `std::condition_variable_any` under the model; a lock is anything with `lock()` and `unlock()`, as `verify::mutex` or
/// a `std::unique_lock` of one.
///
/// A notification reaches threads that wait at that moment and no others, `notify_one` any one of them. A wait may end
/// for no reason as long as some thread can run; one that nothing but chance would end is a deadlock. There is no
/// clock: the time of a timed wait may run out at any moment, however long it is. Notifying orders nothing; only the
/// lock does.
class condition_variable {
 public:
  condition_variable() noexcept = default;
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;

  template <class Lock>
  void wait(Lock& lock, where at = where::current()) {
    (void)wait_once(lock, false, at);
  }
  template <class Lock, class Predicate>
  void wait(Lock& lock, Predicate holds, where at = where::current()) {
    while (!holds()) wait(lock, at);
  }

  template <class Lock, class Rep, class Period>
  std::cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& /*time*/, where at = where::current()) {
    return wait_once(lock, true, at) ? std::cv_status::no_timeout : std::cv_status::timeout;
  }
  template <class Lock, class Rep, class Period, class Predicate>
  bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& time, Predicate holds,
                where at = where::current()) {
    while (!holds()) {
      if (wait_for(lock, time, at) == std::cv_status::timeout) return holds();
    }
    return true;
  }

  template <class Lock, class Clock, class Duration>
  std::cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& /*time*/,
                            where at = where::current()) {
    return wait_for(lock, Duration::zero(), at);
  }
  template <class Lock, class Clock, class Duration, class Predicate>
  bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& /*time*/, Predicate holds,
                  where at = where::current()) {
    return wait_for(lock, Duration::zero(), holds, at);
  }

  void notify_one(where at = where::current()) noexcept { notify(false, at); }
  void notify_all(where at = where::current()) noexcept { notify(true, at); }

 private:
  /// False if the time ran out. Who has read the number and is notified before it parks does not park.
  template <class Lock>
  bool wait_once(Lock& lock, bool timed, const where& at) {
    const unsigned seen = notifications_.load(std::memory_order::relaxed, at);
    lock.unlock();
    const bool in_time = notifications_.park(seen, timed, at);
    lock.lock();
    return in_time;
  }

  void notify(bool all, const where& at) noexcept {
    notifications_.fetch_add(1, std::memory_order::relaxed, at);
    if (all) {
      notifications_.notify_all(at);
    } else {
      notifications_.notify_one(at);
    }
  }

  /// An atomic whose wait comes back whatever has woken it.
  class counted : public atomic<unsigned> {
   public:
    using atomic<unsigned>::atomic;
    bool park(unsigned seen, bool timed, const where& at) noexcept { return park_once(seen, timed, at); }
  };
  counted notifications_{0U};
};

}  // namespace lockfree::inline v1::verify
