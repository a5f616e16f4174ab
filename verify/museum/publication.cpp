// SPDX-License-Identifier: Apache-2.0
#include "museum.hpp"

// Once-initialisation, sequence locks, reference counts.

namespace museum {
namespace {

/// Piece: double_checked_locking
/// Kind: weak memory
/// Source: S. Meyers, A. Alexandrescu, "C++ and the perils of double-checked locking", Dr. Dobb's Journal, 2004
/// Wrong: The first check read the pointer without acquiring. The caller saw an object whose fields it did not see yet.
/// Fix: The first check acquires what the initialising thread releases.
template <version V>
struct double_checked_locking {
  static constexpr unsigned threads = 2;
  variable<int> object{0};
  atomic<variable<int>*> instance{nullptr};
  mutex lock;

  void thread(unsigned) {
    variable<int>* p = instance.load(V == version::fixed ? acquire : relaxed);
    if (p == nullptr) {
      lock.lock();
      p = instance.load(relaxed);
      if (p == nullptr) {
        object.set(42);
        p = &object;
        instance.store(p, release);
      }
      lock.unlock();
    }
    expect(p->get() == 42, "the object is initialised");
  }
};
const exhibit<double_checked_locking> add_double_checked_locking{"museum/double_checked_locking",
                                                                 "nobody sees a half-made object"};

/// Piece: check_then_act
/// Kind: interleaving
/// Source: B. Goetz et al., "Java concurrency in practice", 2006, section 2.2.2, LazyInitRace
/// Wrong: "Not there yet, so make it" in two steps: two threads find nothing there and each makes its own.
/// Fix: One atomic step decides who makes it.
template <version V>
struct check_then_act {
  static constexpr unsigned threads = 2;
  atomic<int> instance{0};
  int used[2] = {};

  void thread(unsigned index) {
    const int mine = static_cast<int>(index) + 1;
    int found = instance.load(seq_cst);
    if (V == version::fixed) {
      if (found == 0 && instance.compare_exchange_strong(found, mine, seq_cst)) found = mine;
    } else if (found == 0) {
      instance.store(found = mine, seq_cst);
    }
    used[index] = found;
  }
  void after() { expect(used[0] == used[1], "both use the same instance"); }
};
const exhibit<check_then_act> add_check_then_act{"museum/check_then_act", "there is one instance"};

/// Piece: lost_update
/// Kind: interleaving
/// Source: B. Goetz et al., "Java concurrency in practice", 2006, section 1.3.1, UnsafeSequence
/// Wrong: `++value` is a load and a store; two threads load the same value and one increment is lost.
/// Fix: One atomic addition.
template <version V>
struct lost_update {
  static constexpr unsigned threads = 2;
  atomic<int> value{0};
  void thread(unsigned) {
    if (V == version::fixed) {
      value.fetch_add(1, relaxed);
    } else {
      value.store(value.load(relaxed) + 1, relaxed);
    }
  }
  void after() { expect(value.load(relaxed) == 2, "both increments count"); }
};
const exhibit<lost_update> add_lost_update{"museum/lost_update", "no increment is lost"};

/// A sequence lock over two words. Which of its fences are there?
template <bool ReaderFence, bool WriterFence>
struct sequence_lock {
  static constexpr unsigned threads = 2;
  atomic<unsigned> sequence{0};
  atomic<int> a{0}, b{0};

  void thread(unsigned index) {
    if (index == 0) {
      sequence.store(1, relaxed);
      if (WriterFence) verify::atomic_thread_fence(release);
      a.store(1, relaxed);
      b.store(1, relaxed);
      sequence.store(2, release);
    } else {
      const unsigned begin = sequence.load(acquire);
      const int x = a.load(relaxed);
      const int y = b.load(relaxed);
      if (ReaderFence) verify::atomic_thread_fence(acquire);
      if (begin % 2 == 0 && sequence.load(relaxed) == begin) expect(x == y, "the two words belong together");
    }
  }
};

/// Piece: cpython_seqlock_reader
/// Kind: weak memory
/// Source: python/cpython issue 121368, pull request 121388 "Fix seq lock memory ordering in _PyType_Lookup"; H.-J. Boehm,
///   "Can seqlocks get along with programming language memory models?", MSPC 2012
/// Wrong: Nothing kept the reads of the data before the second read of the sequence. A torn read was accepted.
/// Fix: An acquire fence between them.
template <version V>
struct cpython_seqlock_reader : sequence_lock<V == version::fixed, true> {};
const exhibit<cpython_seqlock_reader> add_cpython_seqlock_reader{"museum/cpython_seqlock_reader",
                                                                 "a torn read is never accepted"};

/// Piece: cpython_seqlock_writer
/// Kind: weak memory
/// Source: python/cpython issue 121368, pull request 121388 (the second half of the repair)
/// Wrong: Nothing kept the writes of the data after the odd sequence. A reader could see new data and still the old, even
///   sequence.
/// Fix: A release fence after the store of the odd sequence.
template <version V>
struct cpython_seqlock_writer : sequence_lock<true, V == version::fixed> {};
const exhibit<cpython_seqlock_writer> add_cpython_seqlock_writer{"museum/cpython_seqlock_writer",
                                                                 "a torn read is never accepted"};

/// Piece: seqlock_wrap
/// Kind: interleaving
/// Source: Amanieu/seqlock issue 3 "Technically torn reads can succeed"
/// Wrong: The sequence wraps. A reader that sleeps through exactly as many writes as the sequence can count finds it
///   unchanged and accepts a torn read; here the sequence has 2 bits.
/// Fix: A sequence so wide that nobody sleeps that long; here 8 bits.
template <version V>
struct seqlock_wrap {
  static constexpr unsigned threads = 2;
  static constexpr unsigned range = V == version::fixed ? 256 : 4;
  atomic<unsigned> sequence{0};
  atomic<int> a{0}, b{0};

  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 1; i <= 2; ++i) {
        const unsigned s = sequence.load(seq_cst);
        sequence.store((s + 1) % range, seq_cst);
        a.store(i, seq_cst);
        b.store(i, seq_cst);
        sequence.store((s + 2) % range, seq_cst);
      }
    } else {
      const unsigned begin = sequence.load(seq_cst);
      const int x = a.load(seq_cst);
      const int y = b.load(seq_cst);
      if (begin % 2 == 0 && sequence.load(seq_cst) == begin) expect(x == y, "the two words belong together");
    }
  }
};
const exhibit<seqlock_wrap> add_seqlock_wrap{"museum/seqlock_wrap", "a torn read is never accepted"};

/// Piece: stabby_arc_relaxed_drop
/// Kind: weak memory
/// Source: ZettaScaleLabs/stabby pull request 139 "Fix data race in Arc and Weak types"
/// Wrong: References were dropped with relaxed decrements. What one owner did last with the object was not ordered before
///   its destruction by the other.
/// Fix: Decrements release, and the last one acquires before it destroys.
template <version V>
struct stabby_arc_relaxed_drop {
  static constexpr unsigned threads = 2;
  variable<int> object{0};
  atomic<int> references{2};

  void thread(unsigned index) {
    if (index == 0) object.set(1);  // the last use of one owner
    if (references.fetch_sub(1, V == version::fixed ? acq_rel : relaxed) == 1) object.set(-1);  // destroyed
  }
};
const exhibit<stabby_arc_relaxed_drop> add_stabby_arc_relaxed_drop{"museum/stabby_arc_relaxed_drop",
                                                                   "an object is destroyed after its last use"};

/// Piece: rust_arc_get_mut
/// Kind: weak memory
/// Source: rust-lang/rust issue 51780 "Insufficient synchronization in Arc::get_mut"
/// Wrong: `get_mut` read the count relaxed. It found itself the only owner, but what the other owner had done before it
///   dropped its reference did not happen before what came next.
/// Fix: The load acquires what the drop releases.
template <version V>
struct rust_arc_get_mut {
  static constexpr unsigned threads = 2;
  variable<int> object{0};
  atomic<int> references{2};

  void thread(unsigned index) {
    if (index == 0) {
      object.set(1);
      references.fetch_sub(1, release);
    } else if (references.load(V == version::fixed ? acquire : relaxed) == 1) {
      object.set(2);
    }
  }
};
const exhibit<rust_arc_get_mut> add_rust_arc_get_mut{"museum/rust_arc_get_mut",
                                                     "the only owner has the object for itself"};

}  // namespace
}  // namespace museum
