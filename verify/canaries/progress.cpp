// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/mutex.hpp>
#include <lockfree/verify/progress.hpp>

// One object of each kind of progress, small enough to be sure of it. If `lfcheck progress` shows any of them to be of
// another kind, none of its results means anything.

namespace {

namespace verify = lockfree::verify;
using lockfree::progress;
using platform = verify::platform;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;
constexpr auto acq_rel = std::memory_order::acq_rel;
constexpr auto seq_cst = std::memory_order::seq_cst;

struct spin_lock {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> taken{false};
  verify::variable<int> inside{0};
  void operation(unsigned, unsigned) {
    platform::spin_wait wait;
    while (taken.exchange(true, acquire)) wait.once();
    inside.set(inside.get() + 1);
    taken.store(false, release);
  }
};
const verify::add_progress<spin_lock> add_spin_lock{
    "canary/spin lock", {.purpose = "others spin for ever", .claims = progress::blocking, .steps = 200}};

struct sleeping_lock {
  static constexpr unsigned threads = 2;
  verify::mutex lock;
  void operation(unsigned, unsigned) {
    lock.lock();
    lock.unlock();
  }
};
const verify::add_progress<sleeping_lock> add_sleeping_lock{
    "canary/mutex", {.purpose = "others sleep for ever", .claims = progress::blocking, .steps = 200}};

/// Who stops between the two stops others, who park and may run out of time again and again.
struct parked {
  static constexpr unsigned threads = 2;
  verify::atomic<int> busy{0};
  void operation(unsigned, unsigned) {
    for (int free = 0; !busy.compare_exchange_strong(free, 1, acquire, relaxed); free = 0) {
      (void)busy.timed_wait(1, relaxed);
    }
    busy.store(0, release);
    busy.notify_one();
  }
};
const verify::add_progress<parked> add_parked{
    "canary/parking lock with a timeout",
    {.purpose = "others park for ever", .claims = progress::blocking, .steps = 200}};

/// It takes two that are stopped to hold up a third.
struct two_permits {
  static constexpr unsigned threads = 3;
  verify::atomic<int> permits{2};
  void operation(unsigned, unsigned) {
    platform::spin_wait wait;
    for (int now = permits.load(relaxed); now == 0 || !permits.compare_exchange_weak(now, now - 1, acquire, relaxed);) {
      wait.once();
      now = permits.load(relaxed);
    }
    permits.fetch_add(1, release);
  }
};
const verify::add_progress<two_permits> add_two_permits{
    "canary/two permits for three", {.purpose = "two of three block", .claims = progress::blocking, .steps = 200}};

/// Alone each gets through; in lockstep each takes the other's place for ever.
struct impolite {
  static constexpr unsigned threads = 2;
  verify::atomic<int> owner{0};
  void operation(unsigned thread, unsigned) {
    const int me = static_cast<int>(thread) + 1;
    for (;;) {
      owner.store(me, seq_cst);
      int still = me;
      if (owner.compare_exchange_strong(still, 0, seq_cst)) return;
    }
  }
};
const verify::add_progress<impolite> add_impolite{
    "canary/takes the other's place",
    {.purpose = "no stopped thread blocks", .claims = progress::obstruction_free, .steps = 200}};

struct retry_loop {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void operation(unsigned, unsigned) {
    platform::spin_wait wait;
    for (int now = total.load(relaxed); !total.compare_exchange_weak(now, now + 1, acq_rel, relaxed);) wait.once();
  }
};
const verify::add_progress<retry_loop> add_retry_loop{
    "canary/compare-exchange loop", {.purpose = "each failure is another's success", .claims = progress::lock_free}};

struct one_instruction {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void operation(unsigned, unsigned) { total.fetch_add(1, acq_rel); }
};
const verify::add_progress<one_instruction> add_one_instruction{
    "canary/fetch-add", {.purpose = "one access", .claims = progress::wait_free, .own_steps = 1}};

}  // namespace
