// SPDX-License-Identifier: Apache-2.0
#include "museum.hpp"

// Blocking: semaphores, futexes, condition variables, barriers.

namespace museum {
namespace {

/// Piece: libcxx_semaphore_skipped_wake_up
/// Kind: interleaving
/// Source: llvm/llvm-project issue 46357 "counting_semaphore deadlocks?"; the same in libstdc++: GCC bug 98033
/// Wrong: `release` notified only when it raised the count from zero. With two waiters, the second of two quick releases
///   found the count at one and woke nobody.
/// Fix: Every release notifies.
template <version V>
struct libcxx_semaphore_skipped_wake_up {
  static constexpr unsigned threads = 3;
  atomic<int> count{0};

  void acquire_one() {
    for (;;) {
      int c = count.load(seq_cst);
      if (c == 0) {
        count.wait(0, seq_cst);
      } else if (count.compare_exchange_strong(c, c - 1, seq_cst)) {
        return;
      }
    }
  }
  void release_one() {
    if (count.fetch_add(1, seq_cst) > 0 && V == version::broken) return;
    count.notify_one();
  }
  void thread(unsigned index) {
    if (index < 2) {
      acquire_one();
    } else {
      release_one();
      release_one();
    }
  }
};
const exhibit<libcxx_semaphore_skipped_wake_up> add_libcxx_semaphore_skipped_wake_up{
    "museum/libcxx_semaphore_skipped_wake_up", "two releases free two waiters"};

/// Piece: libcxx_semaphore_wrong_monitor
/// Kind: interleaving
/// Source: llvm/llvm-project issue 77659 "Fix potential lost wake-up in counting semaphore" (D114119), pull request 79265
/// Wrong: `acquire` read the count, tried, and then slept on the count that it had read before, not on the one with which
///   it had failed. The count came back to that value by a release that saw no waiter, and it slept for ever.
/// Fix: It sleeps on the very value with which the attempt failed.
template <version V>
struct libcxx_semaphore_wrong_monitor {
  static constexpr unsigned threads = 3;
  atomic<int> count{0};

  void acquire_one() {
    for (;;) {
      const int monitored = V == version::broken ? count.load(seq_cst) : 0;
      int c = count.load(seq_cst);
      if (c > 0 && count.compare_exchange_strong(c, c - 1, seq_cst)) return;
      if (V == version::broken) {
        count.wait(monitored, seq_cst);
      } else if (c == 0) {
        count.wait(0, seq_cst);
      }
    }
  }
  void release_one() {
    count.fetch_add(1, seq_cst);
    count.notify_one();
  }
  void thread(unsigned index) {
    if (index < 2) {
      acquire_one();
    } else {
      release_one();
      release_one();
    }
  }
};
const exhibit<libcxx_semaphore_wrong_monitor> add_libcxx_semaphore_wrong_monitor{
    "museum/libcxx_semaphore_wrong_monitor", "two releases free two waiters"};

/// Piece: libcxx_atomic_wait_order
/// Kind: weak memory
/// Source: llvm/llvm-project issue 109290 "Incorrect memory order in atomic wait", pull request 146267
/// Wrong: The notifier changes the futex word and looks whether somebody waits; the waiter says that it waits and looks at
///   the futex word. Nothing kept either pair in order: both could miss each other and the waiter slept for ever.
/// Fix: A seq_cst fence between the two steps on both sides.
template <version V>
struct libcxx_atomic_wait_order {
  static constexpr unsigned threads = 2;
  atomic<int> value{0}, futex{0}, waiters{0};

  void thread(unsigned index) {
    if (index == 0) {
      value.store(1, release);
      futex.fetch_add(1, release);
      if (V == version::fixed) platform::fence_seq_cst();
      if (waiters.load(relaxed) != 0) futex.notify_all();
    } else {
      const int monitored = futex.load(acquire);
      if (value.load(acquire) != 0) return;
      waiters.fetch_add(1, relaxed);
      if (V == version::fixed) platform::fence_seq_cst();
      futex.wait(monitored, relaxed);
      waiters.fetch_sub(1, release);
    }
  }
};
const exhibit<libcxx_atomic_wait_order> add_libcxx_atomic_wait_order{"museum/libcxx_atomic_wait_order",
                                                                     "the waiter is woken"};

/// Piece: linux_waitqueue_active
/// Kind: weak memory
/// Source: Linux, include/linux/wait.h, comment on waitqueue_active(): the use without a memory barrier
/// Wrong: The waker sets the condition and then looks whether the wait queue is empty, with no barrier in between. It may
///   find it empty although the sleeper, having queued itself, did not see the condition.
/// Fix: A full barrier between the two, facing the one in prepare_to_wait().
template <version V>
struct linux_waitqueue_active {
  static constexpr unsigned threads = 2;
  atomic<int> condition_set{0}, queued{0}, woken{0};

  void thread(unsigned index) {
    if (index == 0) {
      condition_set.store(1, relaxed);
      if (V == version::fixed) platform::fence_seq_cst();
      if (queued.load(relaxed) != 0) {
        woken.store(1, release);
        woken.notify_one();
      }
    } else {
      queued.store(1, relaxed);
      platform::fence_seq_cst();
      if (condition_set.load(relaxed) == 0) woken.wait(0, acquire);
    }
  }
};
const exhibit<linux_waitqueue_active> add_linux_waitqueue_active{"museum/linux_waitqueue_active",
                                                                 "the sleeper is woken"};

/// Piece: ponyc_asio_wake_up
/// Kind: interleaving
/// Source: ponylang/ponyc pull request 2561 "Fix two race conditions where an ASIO wakeup notifications can be lost"
/// Wrong: A scheduler thread found its queue empty and suspended. Work that arrived between the two did not wake it,
///   because it was not suspended yet.
/// Fix: After it has said that it suspends, it looks at the queue once more.
template <version V>
struct ponyc_asio_wake_up {
  static constexpr unsigned threads = 2;
  atomic<int> work{0}, suspended{0};

  void thread(unsigned index) {
    if (index == 0) {
      work.store(1, seq_cst);
      if (suspended.exchange(0, seq_cst) == 1) suspended.notify_one();
    } else if (work.load(seq_cst) == 0) {
      suspended.store(1, seq_cst);
      if (V == version::fixed && work.load(seq_cst) != 0) return;
      suspended.wait(1, seq_cst);
    }
  }
};
const exhibit<ponyc_asio_wake_up> add_ponyc_asio_wake_up{"museum/ponyc_asio_wake_up", "work wakes the scheduler"};

/// Piece: hpx_shared_mutex_late_lock
/// Kind: interleaving
/// Source: TheHPXProject/hpx pull request 6866 "Fix threads hanging indefinitely by acquiring the state mutex before
///   checking for an exclusive lock"
/// Wrong: The condition was checked before the mutex of the condition variable was taken. The notification came in between
///   and was lost, and the thread waited for ever.
/// Fix: The mutex is taken first, and the condition is checked under it.
template <version V>
struct hpx_shared_mutex_late_lock {
  static constexpr unsigned threads = 2;
  mutex state_change;
  condition_variable shared_cond;
  atomic<bool> exclusive{true};

  void thread(unsigned index) {
    if (index == 0) {
      state_change.lock();
      exclusive.store(false, seq_cst);
      state_change.unlock();
      shared_cond.notify_all();
    } else if (V == version::fixed) {
      state_change.lock();
      while (exclusive.load(seq_cst)) shared_cond.wait(state_change);
      state_change.unlock();
    } else {
      while (exclusive.load(seq_cst)) {
        state_change.lock();
        shared_cond.wait(state_change);
        state_change.unlock();
      }
    }
  }
};
const exhibit<hpx_shared_mutex_late_lock> add_hpx_shared_mutex_late_lock{"museum/hpx_shared_mutex_late_lock",
                                                                         "the waiting thread goes on"};

/// Piece: clasp_spurious_wake_up
/// Kind: interleaving
/// Source: potassco/clasp pull request 82 "handle spurious wake ups in BarrierSemaphore"
/// Wrong: After the wait on a condition variable the condition was taken for granted. A wait may return for no reason.
/// Fix: The condition is checked again, in a loop.
template <version V>
struct clasp_spurious_wake_up {
  static constexpr unsigned threads = 2;
  mutex lock;
  condition_variable changed;
  variable<bool> ready{false};

  void thread(unsigned index) {
    lock.lock();
    if (index == 0) {
      ready.set(true);
      changed.notify_all();
    } else if (!ready.get()) {
      changed.wait(lock);
      while (V == version::fixed && !ready.get()) changed.wait(lock);
      expect(ready.get(), "the condition holds after the wait");
    }
    lock.unlock();
  }
};
const exhibit<clasp_spurious_wake_up> add_clasp_spurious_wake_up{"museum/clasp_spurious_wake_up",
                                                                 "the condition holds after the wait"};

/// Piece: futex_mutex_forgotten_waiter
/// Kind: interleaving
/// Source: U. Drepper, "Futexes are tricky", 2011, section "Mutex, take 2": why a woken thread takes the lock in state 2
/// Wrong: A thread that has been woken takes the lock with state 1, "no waiters", although others may still wait. Its
///   unlock wakes nobody.
/// Fix: Whoever has waited takes the lock with state 2.
template <version V>
struct futex_mutex_forgotten_waiter {
  static constexpr unsigned threads = 3;
  atomic<int> state{0};  // 0 free, 1 locked, 2 locked and somebody may wait
  variable<int> inside{0};

  void lock() {
    int c = 0;
    if (state.compare_exchange_strong(c, 1, seq_cst)) return;
    do {
      int uncontended = 1;
      if (c == 2 || state.compare_exchange_strong(uncontended, 2, seq_cst) || uncontended != 0) state.wait(2, seq_cst);
      c = 0;
    } while (!state.compare_exchange_strong(c, V == version::fixed ? 2 : 1, seq_cst));
  }
  void unlock() {
    if (state.fetch_sub(1, seq_cst) != 1) {
      state.store(0, seq_cst);
      state.notify_one();
    }
  }
  void thread(unsigned) {
    lock();
    inside.set(inside.get() + 1);
    unlock();
  }
};
const exhibit<futex_mutex_forgotten_waiter> add_futex_mutex_forgotten_waiter{"museum/futex_mutex_forgotten_waiter",
                                                                             "every waiter gets the lock"};

/// Piece: glibc_sem_post_after_free
/// Kind: interleaving
/// Source: glibc bug 12674; the same in musl, commit 88c4e72 "overhaul posix semaphores to fix destructability race"
/// Wrong: `sem_post` looked at the number of waiters after it had added its token. The thread that took the token may have
///   destroyed the semaphore by then.
/// Fix: Value and waiters are one word: adding the token tells how many waited.
template <version V>
struct glibc_sem_post_after_free {
  static constexpr unsigned threads = 2;
  static constexpr int one_waiter = 1 << 8;
  struct semaphore {
    atomic<int> value{0};  // fixed: waiters in the upper half
    atomic<int> waiters{0};
  };
  semaphore* shared = new semaphore;

  void thread(unsigned index) {
    if (index == 0) {
      const int before = shared->value.fetch_add(1, seq_cst);
      const bool somebody_waits = V == version::fixed ? before >= one_waiter : shared->waiters.load(seq_cst) != 0;
      if (somebody_waits) shared->value.notify_one();
    } else {
      int one = 1;
      while (!shared->value.compare_exchange_strong(one, 0, seq_cst)) {
        one = 1;
        pause();
      }
      delete shared;  // the last user
    }
  }
};
const exhibit<glibc_sem_post_after_free> add_glibc_sem_post_after_free{
    "museum/glibc_sem_post_after_free", "who has got the token may destroy the semaphore"};

/// Piece: barrier_reuse
/// Kind: interleaving
/// Source: A. B. Downey, "The little book of semaphores", section 3.7 "Reusable barrier"
/// Wrong: The last thread to arrive opened the barrier by setting the count back. It came round again before the other had
///   looked, and both waited in different rounds.
/// Fix: Each round has a number of its own, and threads wait for the number to change.
template <version V>
struct barrier_reuse {
  static constexpr unsigned threads = 2;
  atomic<int> arrived{0}, round{0};

  void arrive_and_wait() {
    const int now = round.load(seq_cst);
    if (arrived.fetch_add(1, seq_cst) == 1) {
      arrived.store(0, seq_cst);
      round.store(now + 1, seq_cst);
    } else if (V == version::fixed) {
      while (round.load(seq_cst) == now) pause();
    } else {
      while (arrived.load(seq_cst) != 0) pause();
    }
  }
  void thread(unsigned) {
    arrive_and_wait();
    arrive_and_wait();
  }
};
const exhibit<barrier_reuse> add_barrier_reuse{"museum/barrier_reuse", "both threads get through both rounds"};

}  // namespace
}  // namespace museum
