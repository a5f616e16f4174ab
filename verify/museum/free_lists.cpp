// SPDX-License-Identifier: Apache-2.0
#include "museum.hpp"

// Stacks, free lists and other linked structures whose nodes come back.

namespace museum {
namespace {

constexpr std::uint16_t nil = 0xffff;

struct reference {
  std::uint16_t node;
  std::uint16_t count;
};

/// Piece: treiber_aba
/// Kind: interleaving
/// Source: R. K. Treiber, "Systems programming: coping with parallelism", IBM RJ 5118, 1986, after the free-list example of
///   IBM System/370 Principles of Operation: why the list header carries a count
/// Wrong: A thread reads the top node and its successor and is delayed, while others pop both and push the first again.
///   Its compare-exchange succeeds and makes a node the top that somebody else owns.
/// Fix: A count beside the pointer that grows with every change.
template <version V>
struct treiber_aba {
  static constexpr unsigned threads = 2;
  atomic<reference> top{reference{0, 0}};
  atomic<std::uint16_t> next[2];
  int owners[2] = {};

  treiber_aba() {
    next[0].store(1, relaxed);
    next[1].store(nil, relaxed);
  }
  static std::uint16_t counted(std::uint16_t count) {
    return V == version::fixed ? static_cast<std::uint16_t>(count + 1) : std::uint16_t{0};
  }
  std::uint16_t pop() {
    reference t = top.load(seq_cst);
    while (t.node != nil) {
      const std::uint16_t n = next[t.node].load(seq_cst);
      const std::uint16_t taken = t.node;
      if (top.compare_exchange_strong(t, {n, counted(t.count)}, seq_cst)) {
        expect(++owners[taken] == 1, "a node has one owner");
        return taken;
      }
    }
    return nil;
  }
  void push(std::uint16_t node) {
    --owners[node];
    reference t = top.load(seq_cst);
    do {
      next[node].store(t.node, seq_cst);
    } while (!top.compare_exchange_strong(t, {node, counted(t.count)}, seq_cst));
  }
  void thread(unsigned index) {
    if (index == 0) {
      pop();
      pop();
    } else {
      const std::uint16_t first = pop();
      pop();
      if (first != nil) push(first);
    }
  }
};
const exhibit<treiber_aba> add_treiber_aba{"museum/treiber_aba", "a node has one owner"};

/// Piece: iceoryx_loffli_count
/// Kind: interleaving
/// Source: eclipse-iceoryx/iceoryx issue 2351 "loffli concurrent bug"
/// Wrong: After a failed compare-exchange the new count was the previous attempt's plus one, instead of the count just
///   read plus one. The count of the list head could go back, and an index was handed out twice (ABA).
/// Fix: The new count is computed from the head that the compare-exchange returned.
template <version V>
struct iceoryx_loffli_count {
  static constexpr unsigned threads = 3;
  atomic<reference> head{reference{0, 0}};
  atomic<std::uint16_t> next[3];
  reference read_early{};  // by thread 1, which was then delayed: the model begins when it goes on
  int owners[3] = {};

  iceoryx_loffli_count() {
    for (std::uint16_t i = 0; i < 3; ++i) next[i].store(i < 2 ? static_cast<std::uint16_t>(i + 1) : nil, relaxed);
    read_early = head.load(relaxed);
    push(pop(read_early));
  }
  static void count_on(reference& fresh, const reference& old) {
    fresh.count = static_cast<std::uint16_t>((V == version::fixed ? old : fresh).count + 1);
  }
  std::uint16_t pop(reference old) {
    reference fresh = old;
    std::uint16_t taken = nil;
    do {
      if (old.node == nil) return nil;
      taken = old.node;
      fresh.node = next[old.node].load(seq_cst);
      count_on(fresh, old);
    } while (!head.compare_exchange_strong(old, fresh, seq_cst));
    expect(++owners[taken] == 1, "an index has one owner");
    return taken;
  }
  void push(std::uint16_t node) {
    if (node == nil) return;
    --owners[node];
    reference old = head.load(seq_cst);
    reference fresh = old;
    do {
      next[node].store(old.node, seq_cst);
      fresh.node = node;
      count_on(fresh, old);
    } while (!head.compare_exchange_strong(old, fresh, seq_cst));
  }
  void thread(unsigned index) {
    if (index == 1) {
      pop(read_early);
    } else if (index == 2) {
      pop(head.load(seq_cst));
      pop(head.load(seq_cst));
    } else {
      const std::uint16_t first = pop(head.load(seq_cst));
      const std::uint16_t second = pop(head.load(seq_cst));
      push(first);
      push(second);
    }
  }
};
const exhibit<iceoryx_loffli_count> add_iceoryx_loffli_count{"museum/iceoryx_loffli_count", "an index has one owner"};

/// Piece: iceoryx_loffli_fence
/// Kind: weak memory
/// Source: eclipse-iceoryx/iceoryx issue 2196 "Wrong memory order in MpmcLoFFLi fence synchronization"
/// Wrong: `pop` marked the index as taken and fenced with release; `push`, which checks the mark, fenced with release as
///   well instead of acquire. Handed over by relaxed operations, the mark is read while it is written.
/// Fix: An acquire fence in `push`.
template <version V>
struct iceoryx_loffli_fence {
  static constexpr unsigned threads = 2;
  variable<int> next{5};
  atomic<int> handed_over{0};

  void thread(unsigned index) {
    if (index == 0) {
      next.set(-1);  // end of pop: taken
      verify::atomic_thread_fence(release);
      handed_over.store(1, relaxed);
    } else if (handed_over.load(relaxed) == 1) {
      verify::atomic_thread_fence(V == version::fixed ? acquire : release);
      expect(next.get() == -1, "push finds the mark of pop");
    }
  }
};
const exhibit<iceoryx_loffli_fence> add_iceoryx_loffli_fence{"museum/iceoryx_loffli_fence",
                                                             "push finds the mark of pop"};

/// Piece: valois_claim
/// Kind: interleaving
/// Source: M. M. Michael, M. L. Scott, "Correction of a memory management method for lock-free data structures",
///   TR 599, University of Rochester, 1995
/// Wrong: In Valois's method a node has a reference count and a separate claim flag. A late reader of a free node that
///   drops its reference between the two steps of an allocation finds count and flag at zero and reclaims the node.
/// Fix: Count and claim are one word, changed by one atomic operation.
template <version V>
struct valois_claim {
  static constexpr unsigned threads = 2;
  atomic<int> count{0};
  atomic<int> claim{1};  // 1: free
  atomic<int> both{1};   // fixed: twice the count, plus the claim
  bool allocated = false;

  void thread(unsigned index) {
    if (index == 0) {
      allocated = true;
      if (V == version::fixed) {
        both.fetch_add(1, seq_cst);  // one reference more, claim off
      } else {
        claim.store(0, seq_cst);
        count.fetch_add(1, seq_cst);
      }
      return;
    }
    bool reclaimed = false;  // a reference through an old pointer, taken back at once
    if (V == version::fixed) {
      both.fetch_add(2, seq_cst);
      int old = both.load(seq_cst);
      int fresh = 0;
      do {
        fresh = old == 2 ? 1 : old - 2;
      } while (!both.compare_exchange_strong(old, fresh, seq_cst));
      reclaimed = old == 2;
    } else {
      count.fetch_add(1, seq_cst);
      reclaimed = count.fetch_sub(1, seq_cst) == 1 && claim.exchange(1, seq_cst) == 0;
    }
    expect(!(reclaimed && allocated), "a node in use is not reclaimed");
  }
};
const exhibit<valois_claim> add_valois_claim{"museum/valois_claim", "a node in use is not reclaimed"};

/// Piece: harris_list_without_mark
/// Kind: interleaving
/// Source: T. L. Harris, "A pragmatic implementation of non-blocking linked-lists", DISC 2001, section 3: why a deleted
///   node is marked first
/// Wrong: A node is deleted by one compare-exchange on its predecessor. A node that is inserted behind the deleted one at
///   the same time is never reachable.
/// Fix: The link of the node to be deleted is marked first, so that nothing can be inserted behind it.
template <version V>
struct harris_list_without_mark {
  static constexpr unsigned threads = 2;
  atomic<unsigned>
      next[4];  // twice the index of the successor, plus the mark; 0 head, 1 has key 10, 2 the end, 3 key 20

  harris_list_without_mark() {
    next[0].store(2 * 1, relaxed);
    next[1].store(2 * 2, relaxed);
  }
  void insert() {
    for (;;) {
      unsigned before = 0;
      unsigned behind = next[0].load(seq_cst);
      if (behind == 2 * 1) {
        const unsigned successor = next[1].load(seq_cst);
        if ((successor & 1) != 0) {
          next[0].compare_exchange_strong(behind, successor & ~1U, seq_cst);
          continue;
        }
        before = 1;
        behind = successor;
      }
      next[3].store(behind, seq_cst);
      if (next[before].compare_exchange_strong(behind, 2 * 3, seq_cst)) return;
    }
  }
  void erase() {
    unsigned successor = next[1].load(seq_cst);
    if (V == version::fixed) {
      while (!next[1].compare_exchange_strong(successor, successor | 1, seq_cst)) {}
    }
    unsigned here = 2 * 1;
    next[0].compare_exchange_strong(here, successor, seq_cst);
  }
  void thread(unsigned index) {
    if (index == 0) {
      insert();
    } else {
      erase();
    }
  }
  void after() {
    unsigned at = 0;
    while (at != 2 && at != 3) at = next[at].load(seq_cst) / 2;
    expect(at == 3, "the inserted node is in the list");
  }
};
const exhibit<harris_list_without_mark> add_harris_list_without_mark{"museum/harris_list_without_mark",
                                                                     "an inserted node stays in the list"};

}  // namespace
}  // namespace museum
