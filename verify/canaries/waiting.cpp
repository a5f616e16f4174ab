// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/condition_variable.hpp>

// The errors that code which waits can make, each beside the same code without it. If one of them is not reported, or
// its twin is, no result about waiting means anything.

namespace {

namespace verify = lockfree::verify;
using verify::expect;
using lock_guard = std::lock_guard<verify::mutex>;
using unique_lock = std::unique_lock<verify::mutex>;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;
constexpr auto seq_cst = std::memory_order::seq_cst;

enum class code { right, wrong };

/// The condition changes without the lock: between the look at it and the wait, where no notification is heard.
template <code Code>
struct change_under_lock {
  static constexpr unsigned threads = 2;
  verify::mutex lock;
  verify::condition_variable changed;
  verify::atomic<bool> ready{false};
  void thread(unsigned index) {
    if (index == 0) {
      if (Code == code::right) lock.lock();
      ready.store(true, seq_cst);
      if (Code == code::right) lock.unlock();
      changed.notify_one();
    } else {
      unique_lock guard(lock);
      changed.wait(guard, [&] { return ready.load(seq_cst); });
    }
  }
};
const verify::add<change_under_lock<code::wrong>> add_change_without_lock{
    "canary/condition changed without the lock", {.purpose = "sleeps for ever", .canary = "deadlock"}};
const verify::add<change_under_lock<code::right>> add_change_under_lock{"canary/condition changed under the lock",
                                                                        {.purpose = "not reported", .canary = "holds"}};

/// A wait may end for no reason: `if` where `while` is needed.
template <code Code>
struct wait_in_a_loop {
  static constexpr unsigned threads = 2;
  verify::mutex lock;
  verify::condition_variable changed;
  verify::variable<bool> ready{false};
  void thread(unsigned index) {
    unique_lock guard(lock);
    if (index == 0) {
      ready.set(true);
      changed.notify_all();
      return;
    }
    if (!ready.get()) changed.wait(guard);
    while (Code == code::right && !ready.get()) changed.wait(guard);
    expect(ready.get(), "the condition holds after the wait");
  }
};
const verify::add<wait_in_a_loop<code::wrong>> add_wait_once{
    "canary/wait without a loop", {.purpose = "wakes for no reason", .canary = "expectation failed"}};
const verify::add<wait_in_a_loop<code::right>> add_wait_in_a_loop{"canary/wait in a loop",
                                                                  {.purpose = "not reported", .canary = "holds"}};

/// The time may run out before the condition holds, and also at the very moment at which it does.
template <code Code>
struct timeout_is_no_success {
  static constexpr unsigned threads = 2;
  verify::mutex lock;
  verify::condition_variable changed;
  verify::variable<bool> ready{false};
  void thread(unsigned index) {
    unique_lock guard(lock);
    if (index == 0) {
      ready.set(true);
      changed.notify_one();
    } else if (Code == code::right) {
      if (changed.wait_for(guard, std::chrono::seconds(1), [&] { return ready.get(); })) {
        expect(ready.get(), "success means that the condition holds");
      }
    } else {
      while (!ready.get() && changed.wait_for(guard, std::chrono::seconds(1)) == std::cv_status::no_timeout) {}
      expect(ready.get(), "the condition holds after the wait");
    }
  }
};
const verify::add<timeout_is_no_success<code::wrong>> add_timeout_taken_for_success{
    "canary/timeout taken for success", {.purpose = "reported", .canary = "expectation failed"}};
const verify::add<timeout_is_no_success<code::right>> add_timeout_is_no_success{
    "canary/timeout is no success", {.purpose = "not reported", .canary = "holds"}};

/// The time runs out although the condition holds by then, and nobody looks again: reachable.
struct timeout_beside_success {
  static constexpr unsigned threads = 2;
  verify::mutex lock;
  verify::condition_variable changed;
  verify::variable<bool> ready{false};
  void thread(unsigned index) {
    unique_lock guard(lock);
    if (index == 0) {
      ready.set(true);
      changed.notify_one();
    } else if (!ready.get()) {
      const bool in_time = changed.wait_for(guard, std::chrono::seconds(1)) == std::cv_status::no_timeout;
      expect(in_time || !ready.get(), "a timeout means that the condition does not hold");
    }
  }
};
const verify::add<timeout_beside_success> add_timeout_beside_success{
    "canary/timeout beside success", {.purpose = "reachable", .canary = "expectation failed"}};

/// Two wait for one change, and one is told.
template <code Code>
struct all_are_told {
  static constexpr unsigned threads = 3;
  verify::mutex lock;
  verify::condition_variable changed;
  verify::variable<bool> ready{false};
  void thread(unsigned index) {
    unique_lock guard(lock);
    if (index != 0) return changed.wait(guard, [&] { return ready.get(); });
    ready.set(true);
    if (Code == code::right) {
      changed.notify_all();
    } else {
      changed.notify_one();
    }
  }
};
const verify::add<all_are_told<code::wrong>> add_one_is_told{
    "canary/one of two is notified", {.purpose = "the other sleeps for ever", .canary = "lost wake-up"}};
const verify::add<all_are_told<code::right>> add_all_are_told{"canary/all are notified",
                                                              {.purpose = "not reported", .canary = "holds"}};

/// Two wait for different things on one condition variable: a single notification may reach the wrong one.
template <code Code>
struct right_one_is_told {
  static constexpr unsigned threads = 3;
  verify::mutex lock;
  verify::condition_variable changed;
  verify::variable<int> turn{0};
  void thread(unsigned index) {
    unique_lock guard(lock);
    if (index != 0) changed.wait(guard, [&] { return turn.get() >= static_cast<int>(index); });
    turn.set(turn.get() + 1);
    if (Code == code::right) {
      changed.notify_all();
    } else {
      changed.notify_one();
    }
  }
};
const verify::add<right_one_is_told<code::wrong>> add_wrong_one_is_told{
    "canary/notification reaches the wrong one", {.purpose = "both sleep for ever", .canary = "lost wake-up"}};
const verify::add<right_one_is_told<code::right>> add_right_one_is_told{"canary/each turn is told to all",
                                                                        {.purpose = "not reported", .canary = "holds"}};

/// Who waits first need not be woken first.
struct order_of_waking {
  static constexpr unsigned threads = 3;
  verify::atomic<int> gate{0};
  verify::atomic<int> waiting{0};
  verify::atomic<int> first_through{0};
  void thread(unsigned index) {
    if (index == 0) {
      while (waiting.load(acquire) != 2) verify::platform::spin_wait{}.once();
      gate.store(1, release);
      gate.notify_one();
      gate.notify_one();
      return;
    }
    if (index == 2) {
      while (waiting.load(acquire) != 1) verify::platform::spin_wait{}.once();
    }
    waiting.fetch_add(1, seq_cst);
    gate.wait(0, acquire);
    int nobody = 0;
    first_through.compare_exchange_strong(nobody, static_cast<int>(index), seq_cst);
  }
  void after() { expect(first_through.load(relaxed) == 1, "threads are woken in the order of their waiting"); }
};
const verify::add<order_of_waking> add_order_of_waking{"canary/order of waking",
                                                       {.purpose = "any", .canary = "expectation failed"}};

/// `atomic::wait` itself does not come back for no reason, nor with the old value.
struct atomic_wait_waits {
  static constexpr unsigned threads = 2;
  verify::atomic<int> flag{0};
  void thread(unsigned index) {
    if (index == 0) {
      flag.notify_all();  // says nothing
      flag.store(1, release);
      flag.notify_all();
    } else {
      flag.wait(0, acquire);
      expect(flag.load(acquire) == 1, "the value has changed");
    }
  }
};
const verify::add<atomic_wait_waits> add_atomic_wait_waits{"canary/atomic wait",
                                                           {.purpose = "ends with a new value", .canary = "holds"}};

/// Notifying orders nothing: what is handed over beside the lock is a race.
struct notification_orders_nothing {
  static constexpr unsigned threads = 2;
  verify::mutex lock;
  verify::condition_variable changed;
  verify::atomic<bool> ready{false};
  verify::variable<int> data{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      ready.store(true, relaxed);
      changed.notify_one();
    } else {
      unique_lock guard(lock);
      (void)changed.wait_for(guard, std::chrono::seconds(1));
      if (ready.load(relaxed)) expect(data.get() == 1, "the data is there");
    }
  }
};
const verify::add<notification_orders_nothing> add_notification_orders_nothing{
    "canary/notification as the only order", {.purpose = "reported", .canary = "data race"}};

}  // namespace
