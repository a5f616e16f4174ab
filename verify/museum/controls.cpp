// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "museum.hpp"

// Negative controls: correct code that a naive checker would accuse.

namespace museum {
namespace {

/// Piece: control_stale_empty
/// Kind: control
/// Source: M. M. Michael, M. L. Scott, PODC 1996, with acquire and release; M. Herlihy, J. Wing, TOPLAS 12(3), 1990
/// Wrong: Nothing: a `try_pop` may see an old tail and say "empty" after the scheduler has run the push. A checker that
///   orders operations by real time accuses it.
/// Fix: None needed: nothing orders the pop after the push.
struct control_stale_empty {
  static constexpr unsigned threads = 2;
  struct node {
    atomic<node*> next{nullptr};
    variable<int> value{0};
  };
  node* const dummy = new node;
  atomic<node*> head{dummy}, tail{dummy};
  verify::history<spec::queue<>> history;

  ~control_stale_empty() {
    for (node* n = dummy; n != nullptr;) {
      node* const next = n->next.load(relaxed);
      delete n;
      n = next;
    }
  }
  void push(int v) {
    history.record([&] {
      node* const fresh = new node;
      fresh->value.set(v);
      for (;;) {
        node* last = tail.load(acquire);
        node* next = last->next.load(acquire);
        if (next != nullptr) {
          tail.compare_exchange_strong(last, next, release, relaxed);
        } else if (last->next.compare_exchange_strong(next, fresh, release, relaxed)) {
          tail.compare_exchange_strong(last, fresh, release, relaxed);
          return spec::transfer::push(v);
        }
      }
    });
  }
  void pop() {
    history.record([&] {
      for (;;) {
        node* first = head.load(acquire);
        node* const next = first->next.load(acquire);
        if (next == nullptr) return spec::transfer::pop(false, 0);
        const int v = next->value.get();
        if (head.compare_exchange_strong(first, next, acq_rel, relaxed)) return spec::transfer::pop(true, v);
      }
    });
  }
  void thread(unsigned index) {
    if (index == 0) {
      push(1);
      push(2);
    } else {
      pop();
      pop();
    }
  }
  void after() { history.check(); }
};
const control<control_stale_empty> add_control_stale_empty{"museum/control_stale_empty", "a stale \"empty\" is legal"};

/// Piece: control_relaxed_counter
/// Kind: control
/// Source: C++20 [atomics.order]: read-modify-writes read the last value in the modification order, whatever their order
/// Wrong: Nothing: no increment is lost, although nothing is ordered.
/// Fix: None needed.
struct control_relaxed_counter {
  static constexpr unsigned threads = 3;
  atomic<int> count{0};
  void thread(unsigned) {
    const int before = count.load(relaxed);
    count.fetch_add(1, relaxed);
    expect(count.load(relaxed) > before, "a thread sees its own increment");
  }
  void after() { expect(count.load(relaxed) == 3, "no increment is lost"); }
};
const control<control_relaxed_counter> add_control_relaxed_counter{"museum/control_relaxed_counter",
                                                                   "relaxed increments all count"};

/// Piece: control_release_sequence
/// Kind: control
/// Source: C++20 [intro.races], release sequence
/// Wrong: Nothing: the consumer acquires a value that a relaxed read-modify-write of a third thread has written, which
///   carries on the release of the producer.
/// Fix: None needed.
struct control_release_sequence {
  static constexpr unsigned threads = 3;
  variable<int> data{0};
  atomic<int> flag{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      flag.store(1, release);
    } else if (index == 1) {
      int one = 1;
      flag.compare_exchange_strong(one, 2, relaxed, relaxed);
    } else if (flag.load(acquire) == 2) {
      expect(data.get() == 1, "the data is there");
    }
  }
};
const control<control_release_sequence> add_control_release_sequence{"museum/control_release_sequence",
                                                                     "a release sequence carries the data"};

/// Piece: control_seqlock_without_fences
/// Kind: control
/// Source: H.-J. Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012, figure with acquire
///   loads
/// Wrong: Nothing: data words that are atomic, stored with release and loaded with acquire, need no fence. A checker that
///   looks for the fences misses them here.
/// Fix: None needed.
struct control_seqlock_without_fences {
  static constexpr unsigned threads = 2;
  atomic<unsigned> sequence{0};
  atomic<int> a{0}, b{0};
  void thread(unsigned index) {
    if (index == 0) {
      sequence.store(1, relaxed);
      a.store(1, release);
      b.store(1, release);
      sequence.store(2, release);
    } else {
      const unsigned begin = sequence.load(acquire);
      const int x = a.load(acquire);
      const int y = b.load(acquire);
      if (begin % 2 == 0 && sequence.load(relaxed) == begin) expect(x == y, "the two words belong together");
    }
  }
};
const control<control_seqlock_without_fences> add_control_seqlock_without_fences{
    "museum/control_seqlock_without_fences", "a torn read is never accepted"};

/// Piece: control_fences_only
/// Kind: control
/// Source: C++20 [atomics.fences]
/// Wrong: Nothing: every atomic operation is relaxed, and yet a release fence and an acquire fence order the plain data.
///   A race detector without fences (ThreadSanitizer) accuses it.
/// Fix: None needed.
struct control_fences_only {
  static constexpr unsigned threads = 2;
  variable<int> data{0};
  atomic<int> flag{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      verify::atomic_thread_fence(release);
      flag.store(1, relaxed);
    } else if (flag.load(relaxed) == 1) {
      verify::atomic_thread_fence(acquire);
      expect(data.get() == 1, "the data is there");
    }
  }
};
const control<control_fences_only> add_control_fences_only{"museum/control_fences_only", "fences order plain data"};

/// Piece: control_two_initialisers
/// Kind: control
/// Source: the "racy single-check" repaired: publication by compare-exchange, H.-J. Boehm, S. V. Adve, "Foundations of the
///   C++ concurrency memory model", PLDI 2008, on publication
/// Wrong: Nothing: two threads both make the object, one of them throws its own away. It looks like check-then-act.
/// Fix: None needed.
struct control_two_initialisers {
  static constexpr unsigned threads = 2;
  atomic<variable<int>*> instance{nullptr};
  ~control_two_initialisers() { delete instance.load(relaxed); }
  void thread(unsigned) {
    variable<int>* found = instance.load(acquire);
    if (found == nullptr) {
      auto mine = std::make_unique<variable<int>>(42);
      if (instance.compare_exchange_strong(found, mine.get(), release, acquire)) found = mine.release();
    }
    expect(found->get() == 42, "the object is initialised");
  }
};
const control<control_two_initialisers> add_control_two_initialisers{"museum/control_two_initialisers",
                                                                     "all use one initialised object"};

/// Piece: control_take_all
/// Kind: control
/// Source: R. K. Treiber, 1986; M. M. Michael, "Hazard pointers", TPDS 15(6), 2004, on why taking all nodes at once has
///   no ABA problem
/// Wrong: Nothing: nodes are freed and their addresses come back while a push is under way, as in the ABA bug. A push whose
///   compare-exchange succeeds by accident links to a node that is the top again, and that is all it needs.
/// Fix: None needed.
struct control_take_all {
  static constexpr unsigned threads = 2;
  struct node {
    node* next = nullptr;
    variable<int> value{0};
  };
  atomic<node*> top{nullptr};
  int taken = 0;

  ~control_take_all() { take_all(); }
  void push() {
    node* const fresh = new node;
    fresh->value.set(1);
    node* t = top.load(relaxed);
    do {
      fresh->next = t;
    } while (!top.compare_exchange_weak(t, fresh, release, relaxed));
  }
  void take_all() {
    for (node* n = top.exchange(nullptr, acquire); n != nullptr;) {
      node* const next = n->next;
      taken += n->value.get();
      delete n;
      n = next;
    }
  }
  void thread(unsigned index) {
    if (index == 0) {
      push();
      push();
    } else {
      take_all();
      push();
      take_all();
    }
  }
  void after() {
    take_all();
    expect(taken == 3, "every node is taken once");
  }
};
const control<control_take_all> add_control_take_all{"museum/control_take_all", "taking all has no ABA problem"};

/// Piece: control_readers_disagree
/// Kind: control
/// Source: independent reads of independent writes: H.-J. Boehm, S. V. Adve, PLDI 2008
/// Wrong: Nothing: two readers see two independent stores in different orders. Code that only needs each flag by itself is
///   right; a checker of sequential consistency accuses it.
/// Fix: None needed.
struct control_readers_disagree {
  static constexpr unsigned threads = 4;
  variable<int> data[2];
  atomic<int> ready[2];
  void thread(unsigned index) {
    if (index < 2) {
      data[index].set(1);
      ready[index].store(1, release);
      return;
    }
    for (unsigned i = 0; i < 2; ++i) {
      const unsigned which = index == 2 ? i : 1 - i;
      if (ready[which].load(acquire) == 1) expect(data[which].get() == 1, "the data is there");
    }
  }
};
const control<control_readers_disagree> add_control_readers_disagree{"museum/control_readers_disagree",
                                                                     "each flag carries its own data"};

}  // namespace
}  // namespace museum
