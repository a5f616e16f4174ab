// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/progress.hpp>

// Progress checks whose claims are wrong in each direction, and some that say nothing: what progress.sh runs.

namespace {

namespace verify = lockfree::verify;
using lockfree::progress;
using verify::progress_claim;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;

struct spin_lock {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> taken{false};
  verify::atomic<int> inside{0};
  void operation(unsigned, unsigned) {
    verify::platform::spin_wait wait;
    // [L1] acquire, pairs with [L3]
    while (taken.exchange(true, acquire)) wait.once();
    // [L2] relaxed: under the lock
    inside.store(inside.load(relaxed) + 1, relaxed);
    // [L3] release, pairs with [L1]
    taken.store(false, release);
  }
};
constexpr progress_claim of(progress claims, unsigned own_steps = 0) {
  return {.structure = "it", .claims = claims, .own_steps = own_steps, .steps = 200};
}
const verify::add_progress<spin_lock> add_blocking{"lock/blocking", of(progress::blocking)};
const verify::add_progress<spin_lock> add_not_free{"lock/lock-free", of(progress::lock_free)};

struct retry_loop {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void operation(unsigned, unsigned) {
    for (int now = total.load(relaxed); !total.compare_exchange_weak(now, now + 1, relaxed);) {}
  }
};
const verify::add_progress<retry_loop> add_lock_free{"loop/lock-free", of(progress::lock_free)};
const verify::add_progress<retry_loop> add_not_wait_free{"loop/wait-free", of(progress::wait_free, 2)};
const verify::add_progress<retry_loop> add_not_blocking{"loop/blocking", of(progress::blocking)};
const verify::add_progress<retry_loop> add_not_obstruction{"loop/obstruction-free", of(progress::obstruction_free)};

struct one_access {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void operation(unsigned, unsigned) { total.fetch_add(1, relaxed); }
};
const verify::add_progress<one_access> add_wait_free{"one/wait-free", of(progress::wait_free, 1)};
const verify::add_progress<one_access> add_more{"one/lock-free", of(progress::lock_free)};
const verify::add_progress<one_access> add_too_low{"one/no access", of(progress::wait_free)};
const verify::add_progress<one_access> add_too_high{"one/two accesses", of(progress::wait_free, 2)};

/// A canary that does not end as it must: then no result counts.
const verify::add_progress<one_access> add_canary{"canary/one access", of(progress::lock_free)};

/// Threads that need each other's help get nowhere when one is stopped, whatever the structure does.
struct never_ends {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> never{false};
  void operation(unsigned, unsigned) {
    verify::platform::spin_wait wait;
    while (!never.load(acquire)) wait.once();
  }
};
const verify::add_progress<never_ends> add_never_ends{"broken/never ends", of(progress::blocking)};

struct does_nothing {
  static constexpr unsigned threads = 2;
  void operation(unsigned, unsigned) {}
};
const verify::add_progress<does_nothing> add_does_nothing{"nothing/wait-free", of(progress::wait_free)};

}  // namespace
