// SPDX-License-Identifier: Apache-2.0
#include "museum.hpp"

// When may a node be freed that others may still read?

namespace museum {
namespace {

struct node {
  variable<int> value{7};
};

/// Protect, look again, use; against replace, look for protection, free.
template <bool ReaderFence, bool LookAgain>
struct one_hazard_pointer {
  static constexpr unsigned threads = 2;
  atomic<node*> shared{nullptr};
  atomic<node*> hazard{nullptr};
  node* retired = nullptr;

  one_hazard_pointer() { shared.store(new node, relaxed); }
  ~one_hazard_pointer() {
    delete retired;
    delete shared.load(relaxed);
  }
  void thread(unsigned index) {
    if (index == 0) {
      node* const old = shared.exchange(new node, acq_rel);
      platform::fence_seq_cst();
      if (hazard.load(acquire) == old) {
        retired = old;
      } else {
        delete old;
      }
      return;
    }
    node* p = shared.load(acquire);
    for (;;) {
      hazard.store(p, release);
      if (ReaderFence) platform::fence_seq_cst();
      if (!LookAgain) break;
      node* const now = shared.load(acquire);
      if (now == p) break;
      p = now;
    }
    expect(p->value.get() == 7, "the node is alive");
    hazard.store(nullptr, release);
  }
};

/// Piece: hazard_pointer_without_fence
/// Kind: weak memory
/// Source: M. M. Michael, "Hazard pointers: safe memory reclamation for lock-free objects", TPDS 15(6), 2004, assumes
///   sequential consistency; published in C++: kcenon/thread_system pull request 602
/// Wrong: The store of the hazard pointer and the second look were not kept in order. The reclaimer saw no hazard, the
///   reader saw the node still in place, and the node was freed in its hands.
/// Fix: A seq_cst fence between the store and the second look, facing the one before the reclaimer's scan.
template <version V>
struct hazard_pointer_without_fence : one_hazard_pointer<V == version::fixed, true> {};
const exhibit<hazard_pointer_without_fence> add_hazard_pointer_without_fence{"museum/hazard_pointer_without_fence",
                                                                             "a protected node is not freed"};

/// Piece: hazard_pointer_without_second_look
/// Kind: interleaving
/// Source: M. M. Michael, "Hazard pointers: safe memory reclamation for lock-free objects", TPDS 15(6), 2004: the
///   validation after the hazard pointer is set
/// Wrong: The node was retired and scanned for before the hazard pointer was set; nobody looked again whether it was still
///   in place.
/// Fix: After setting the hazard pointer, look again; if the pointer has changed, start over.
template <version V>
struct hazard_pointer_without_second_look : one_hazard_pointer<true, V == version::fixed> {};
const exhibit<hazard_pointer_without_second_look> add_hazard_pointer_without_second_look{
    "museum/hazard_pointer_without_second_look", "a protected node is not freed"};

/// Piece: datadog_hazard_bitmap
/// Kind: interleaving
/// Source: DataDog/java-profiler pull request 310 "Replace HazardPointer with RefCountGuard to fix race condition"
/// Wrong: A hazard slot was a pointer and, separately, a bit that says that the slot is in use. A reader stopped between
///   the two was invisible to the scan, and its table was deleted.
/// Fix: One word says both, and the reader looks again once it is visible.
template <version V>
struct datadog_hazard_bitmap {
  static constexpr unsigned threads = 2;
  atomic<node*> shared{nullptr};
  atomic<node*> slot{nullptr};
  atomic<int> in_use{0};
  node* retired = nullptr;

  datadog_hazard_bitmap() { shared.store(new node, relaxed); }
  ~datadog_hazard_bitmap() {
    delete retired;
    delete shared.load(relaxed);
  }
  void thread(unsigned index) {
    if (index == 0) {
      node* const old = shared.exchange(new node, seq_cst);
      if ((V == version::fixed || in_use.load(seq_cst) == 1) && slot.load(seq_cst) == old) {
        retired = old;
      } else {
        delete old;
      }
      return;
    }
    node* p = shared.load(seq_cst);
    for (;;) {
      slot.store(p, seq_cst);
      node* const now = shared.load(seq_cst);
      if (now == p) break;
      p = now;
    }
    if (V == version::broken) in_use.store(1, seq_cst);
    expect(p->value.get() == 7, "the table is alive");
    slot.store(nullptr, seq_cst);
  }
};
const exhibit<datadog_hazard_bitmap> add_datadog_hazard_bitmap{"museum/datadog_hazard_bitmap",
                                                               "a protected table is not deleted"};

/// Piece: rcu_one_flip
/// Kind: interleaving
/// Source: M. Desnoyers, P. E. McKenney, A. S. Stern, M. R. Dagenais, J. Walpole, "User-level implementations of
///   read-copy update", TPDS 23(2), 2012: why a grace period has two phases
/// Wrong: A grace period turned the phase once and waited for the readers of the old one. A reader that had read the phase
///   long ago entered the one that nobody waits for, and its node was freed by the next update.
/// Fix: A grace period turns the phase twice and waits each time.
template <version V>
struct rcu_one_flip {
  static constexpr unsigned threads = 2;
  atomic<node*> shared{nullptr};
  atomic<int> phase{0};
  atomic<int> readers[2];

  rcu_one_flip() { shared.store(new node, relaxed); }
  ~rcu_one_flip() { delete shared.load(relaxed); }

  void wait_for_readers() {
    for (int flip = 0; flip < (V == version::fixed ? 2 : 1); ++flip) {
      const int old = phase.load(seq_cst);
      phase.store(1 - old, seq_cst);
      while (readers[old].load(seq_cst) != 0) pause();
    }
  }
  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 0; i < 2; ++i) {
        node* const old = shared.exchange(new node, seq_cst);
        wait_for_readers();
        delete old;
      }
    } else {
      const int mine = phase.load(seq_cst);
      readers[mine].fetch_add(1, seq_cst);
      node* const p = shared.load(seq_cst);
      (void)phase.load(seq_cst);  // work
      expect(p->value.get() == 7, "the node is alive");
      readers[mine].fetch_sub(1, seq_cst);
    }
  }
};
const exhibit<rcu_one_flip> add_rcu_one_flip{"museum/rcu_one_flip", "a reader's node is not freed"};

/// Epoch-based reclamation with one reader. The epoch advances if the reader, when pinned, is in the current one.
struct epochs {
  static constexpr int unpinned = -1;
  atomic<int> global{0};
  atomic<int> reader{unpinned};
  atomic<int> remover{unpinned};
  atomic<node*> shared{nullptr};
  node* retired = nullptr;

  epochs() { shared.store(new node, relaxed); }
  ~epochs() {
    delete retired;
    delete shared.load(relaxed);
  }
  void pin(atomic<int>& me) {
    for (int e = global.load(seq_cst);;) {
      me.store(e, seq_cst);
      const int now = global.load(seq_cst);
      if (now == e) return;
      e = now;
    }
  }
  void try_advance() {
    int e = global.load(seq_cst);
    const int r = reader.load(seq_cst);
    const int w = remover.load(seq_cst);
    if ((r == unpinned || r == e) && (w == unpinned || w == e)) global.compare_exchange_strong(e, e + 1, seq_cst);
  }
  void read() {
    pin(reader);
    node* const p = shared.load(seq_cst);
    (void)global.load(seq_cst);  // work
    expect(p->value.get() == 7, "the node is alive");
    reader.store(unpinned, seq_cst);
  }
  void free_when(int epoch) {
    for (int i = 0; i < 3 && global.load(seq_cst) < epoch; ++i) try_advance();
    if (global.load(seq_cst) < epoch) return;
    delete retired;
    retired = nullptr;
  }
};

/// Piece: ebr_one_advance
/// Kind: interleaving
/// Source: K. Fraser, "Practical lock-freedom", PhD thesis, Cambridge 2004, section 5.2.3: why garbage waits for two
///   advances of the epoch
/// Wrong: Garbage was freed once the epoch had advanced by one. A reader pinned in the epoch of the retirement does not
///   hold up that advance.
/// Fix: It is freed after two advances.
template <version V>
struct ebr_one_advance : epochs {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 1) {
      read();
    } else {
      retired = shared.exchange(new node, seq_cst);
      free_when(global.load(seq_cst) + (V == version::fixed ? 2 : 1));
    }
  }
};
const exhibit<ebr_one_advance> add_ebr_one_advance{"museum/ebr_one_advance", "a reader's node is not freed"};

/// Piece: ebr_local_epoch
/// Kind: interleaving
/// Source: crossbeam-rs/crossbeam issue 238, comment on the requirements of retirement
/// Wrong: Garbage was tagged with the epoch in which the remover was pinned, which may be one behind the global one, and
///   freed two epochs later. A reader pinned in the newer epoch had only been given one advance.
/// Fix: Tagged with the local epoch, garbage is freed three epochs later (or two, if tagged with the global one).
template <version V>
struct ebr_local_epoch : epochs {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 1) {
      try_advance();
      read();
    } else {
      pin(remover);
      retired = shared.exchange(new node, seq_cst);
      const int tag = remover.load(seq_cst);
      remover.store(unpinned, seq_cst);
      free_when(tag + (V == version::fixed ? 3 : 2));
    }
  }
};
const exhibit<ebr_local_epoch> add_ebr_local_epoch{"museum/ebr_local_epoch", "a reader's node is not freed"};

}  // namespace
}  // namespace museum
