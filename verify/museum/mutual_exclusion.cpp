// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "museum.hpp"

// Locks without waiting in the kernel.

namespace museum {
namespace {

/// Piece: peterson_release_acquire
/// Kind: weak memory
/// Source: G. L. Peterson, "Myths about the mutual exclusion problem", 1981, on processors that let a load pass a store:
///   S. V. Adve, K. Gharachorloo, "Shared memory consistency models: a tutorial", 1996
/// Wrong: With release and acquire a thread's load of the other's flag may come before its own store is visible. Both find
///   the other absent.
/// Fix: seq_cst operations.
template <version V>
struct peterson_release_acquire {
  static constexpr unsigned threads = 2;
  static constexpr auto store_order = V == version::fixed ? seq_cst : release;
  static constexpr auto load_order = V == version::fixed ? seq_cst : acquire;
  atomic<int> wants[2];
  atomic<int> turn{0};
  variable<int> inside{0};

  void thread(unsigned index) {
    const unsigned other = 1 - index;
    wants[index].store(1, store_order);
    turn.store(static_cast<int>(other), store_order);
    while (wants[other].load(load_order) == 1 && turn.load(load_order) == static_cast<int>(other)) pause();
    inside.set(inside.get() + 1);
    wants[index].store(0, store_order);
  }
};
const exhibit<peterson_release_acquire> add_peterson_release_acquire{"museum/peterson_release_acquire",
                                                                     "one thread is inside at a time"};

/// Piece: hyman_1966
/// Kind: interleaving
/// Source: H. Hyman, "Comments on a problem in concurrent programming control", CACM 9(1), 1966; shown wrong by
///   D. E. Knuth, "Additional comments", CACM 9(5), 1966
/// Wrong: A thread waits until the other is absent and then takes the turn, in two steps. In between the other comes in
///   by the turn that it still has, and both are inside.
/// Fix: Peterson's algorithm: the turn is given away before waiting.
template <version V>
struct hyman_1966 {
  static constexpr unsigned threads = 2;
  atomic<int> wants[2];
  atomic<int> turn{0};
  variable<int> inside{0};

  void thread(unsigned index) {
    const unsigned other = 1 - index;
    const int me = static_cast<int>(index);
    wants[index].store(1, seq_cst);
    if (V == version::fixed) {
      turn.store(1 - me, seq_cst);
      while (wants[other].load(seq_cst) == 1 && turn.load(seq_cst) != me) pause();
    } else {
      while (turn.load(seq_cst) != me) {
        while (wants[other].load(seq_cst) == 1) pause();
        turn.store(me, seq_cst);
      }
    }
    inside.set(inside.get() + 1);
    wants[index].store(0, seq_cst);
  }
};
const exhibit<hyman_1966> add_hyman_1966{"museum/hyman_1966", "one thread is inside at a time"};

/// Piece: bakery_without_choosing
/// Kind: interleaving
/// Source: L. Lamport, "A new solution of Dijkstra's concurrent programming problem", CACM 17(8), 1974: what `choosing`
///   is for
/// Wrong: Without `choosing` a thread that has computed its number but not yet written it is overlooked. It then writes
///   the same number and, having the smaller index, goes first, while the other is inside.
/// Fix: Others wait while a thread is choosing its number.
template <version V>
struct bakery_without_choosing {
  static constexpr unsigned threads = 2;
  atomic<int> choosing[2];
  atomic<int> number[2];
  variable<int> inside{0};

  void thread(unsigned index) {
    const unsigned other = 1 - index;
    if (V == version::fixed) choosing[index].store(1, seq_cst);
    const int mine = number[other].load(seq_cst) + 1;
    number[index].store(mine, seq_cst);
    if (V == version::fixed) {
      choosing[index].store(0, seq_cst);
      while (choosing[other].load(seq_cst) == 1) pause();
    }
    for (;;) {
      const int theirs = number[other].load(seq_cst);
      if (theirs == 0 || mine < theirs || (mine == theirs && index < other)) break;
      pause();
    }
    inside.set(inside.get() + 1);
    number[index].store(0, seq_cst);
  }
};
const exhibit<bakery_without_choosing> add_bakery_without_choosing{"museum/bakery_without_choosing",
                                                                   "one thread is inside at a time"};

/// Piece: mcs_lost_successor
/// Kind: interleaving
/// Source: J. M. Mellor-Crummey, M. L. Scott, "Algorithms for scalable synchronization on shared-memory multiprocessors",
///   TOCS 9(1), 1991, algorithm 5: why release waits for its successor
/// Wrong: A thread that releases finds no successor, and then that it is not the last one, and goes. The successor, which
///   has queued but not yet linked itself, waits for ever.
/// Fix: If it is not the last one, it waits until the successor has linked itself and hands the lock over.
template <version V>
struct mcs_lost_successor {
  static constexpr unsigned threads = 2;
  atomic<int> tail{0};  // thread + 1
  atomic<int> next[3];
  atomic<int> locked[3];
  variable<int> inside{0};

  void thread(unsigned index) {
    const int me = static_cast<int>(index) + 1;
    const int previous = tail.exchange(me, seq_cst);
    if (previous != 0) {
      locked[me].store(1, seq_cst);
      next[previous].store(me, seq_cst);
      while (locked[me].load(seq_cst) == 1) pause();
    }
    inside.set(inside.get() + 1);
    int successor = next[me].load(seq_cst);
    if (successor == 0) {
      int last = me;
      if (tail.compare_exchange_strong(last, 0, seq_cst)) return;
      if (V == version::broken) return;
      while ((successor = next[me].load(seq_cst)) == 0) pause();
    }
    locked[successor].store(0, seq_cst);
  }
};
const exhibit<mcs_lost_successor> add_mcs_lost_successor{"museum/mcs_lost_successor", "the lock is always handed over"};

/// Piece: dining_philosophers
/// Kind: interleaving
/// Source: E. W. Dijkstra, "Hierarchical ordering of sequential processes", Acta Informatica 1, 1971 (EWD 310)
/// Wrong: Each philosopher takes the left fork and then the right one. Once each holds one fork, all wait.
/// Fix: Forks are taken in one order.
template <version V>
struct dining_philosophers {
  static constexpr unsigned threads = 3;
  mutex fork[3];
  void thread(unsigned index) {
    unsigned first = index;
    unsigned second = (index + 1) % 3;
    if (V == version::fixed && first > second) std::swap(first, second);
    fork[first].lock();
    fork[second].lock();
    fork[second].unlock();
    fork[first].unlock();
  }
};
const exhibit<dining_philosophers> add_dining_philosophers{"museum/dining_philosophers", "everybody eats"};

/// Piece: clio_rwlock_admission
/// Kind: interleaving
/// Source: iowarp/clio-core issue 927 "ctp::RwLock allows readers to run concurrently with a writer", pull request 1032
/// Wrong: Who may enter was read from one variable and decided on another. A reader turned the mode from "write" to
///   "read", seeing no writer, just while a writer was let in because the mode was still "write".
/// Fix: One word holds the readers and the writer, and entering is one compare-exchange on it.
template <version V>
struct clio_rwlock_admission {
  static constexpr unsigned threads = 2;
  enum mode { none, reading, writing };
  atomic<int> mode_now{writing};  // left by an earlier writer
  atomic<int> writers{0};
  atomic<int> state{0};  // fixed: readers, or -1
  variable<int> data{0};

  void thread(unsigned index) {
    if (index == 0) {
      lock_exclusive();
      data.set(1);
      if (V == version::fixed) {
        state.store(0, seq_cst);
      } else {
        writers.fetch_sub(1, seq_cst);
      }
    } else {
      lock_shared();
      (void)data.get();
      if (V == version::fixed) {
        state.fetch_sub(1, seq_cst);
      } else {
        mode_now.store(none, seq_cst);
      }
    }
  }
  void lock_exclusive() {
    if (V == version::fixed) {
      for (int free = 0; !state.compare_exchange_strong(free, -1, seq_cst); free = 0) pause();
      return;
    }
    writers.fetch_add(1, seq_cst);
    for (;;) {
      int now = mode_now.load(seq_cst);
      if (now == writing) return;
      if (now == none && mode_now.compare_exchange_strong(now, writing, seq_cst)) return;
      pause();
    }
  }
  void lock_shared() {
    for (;;) {
      if (V == version::fixed) {
        int readers = state.load(seq_cst);
        if (readers >= 0 && state.compare_exchange_strong(readers, readers + 1, seq_cst)) return;
      } else {
        int now = mode_now.load(seq_cst);
        if (now == writing && writers.load(seq_cst) == 0 && mode_now.compare_exchange_strong(now, none, seq_cst))
          now = none;
        if (now == none && mode_now.compare_exchange_strong(now, reading, seq_cst)) return;
      }
      pause();
    }
  }
};
const exhibit<clio_rwlock_admission> add_clio_rwlock_admission{"museum/clio_rwlock_admission",
                                                               "no reader is inside with a writer"};

/// Piece: boost_shared_mutex_starvation
/// Kind: interleaving
/// Source: boostorg/thread issue 265: `unlock_shared` clears exclusive_waiting_blocked while a writer still waits
/// Wrong: A waiting writer holds new readers off by a flag, but the last reader that leaves clears the flag although the
///   writer has not got the lock yet. Readers overtake it again and again.
/// Fix: The flag is cleared by the writer, when it has the lock.
template <version V>
struct boost_shared_mutex_starvation {
  static constexpr unsigned threads = 2;
  mutex guard;
  variable<int> readers{0};
  variable<bool> writer_waits{false};
  variable<bool> writer_announced{false};

  void lock_shared() {
    for (;; pause()) {
      guard.lock();
      const bool held_off = writer_waits.get();
      if (!held_off) {
        expect(!writer_announced.get(), "a reader overtakes a writer that waits");
        readers.set(readers.get() + 1);
      }
      guard.unlock();
      if (!held_off) return;
    }
  }
  void unlock_shared() {
    guard.lock();
    readers.set(readers.get() - 1);
    if (V == version::broken && readers.get() == 0) writer_waits.set(false);
    guard.unlock();
  }
  void lock_and_unlock() {
    guard.lock();
    writer_waits.set(true);
    writer_announced.set(true);
    guard.unlock();
    for (;; pause()) {
      guard.lock();
      const bool free = readers.get() == 0;
      if (free) {
        writer_waits.set(false);
        writer_announced.set(false);
      }
      guard.unlock();
      if (free) return;
    }
  }
  void thread(unsigned index) {
    if (index == 0) {
      lock_and_unlock();
    } else {
      for (int i = 0; i < 2; ++i) {
        lock_shared();
        unlock_shared();
      }
    }
  }
};
const exhibit<boost_shared_mutex_starvation> add_boost_shared_mutex_starvation{
    "museum/boost_shared_mutex_starvation", "readers do not overtake a waiting writer"};

}  // namespace
}  // namespace museum
