// SPDX-License-Identifier: Apache-2.0
#include "museum.hpp"

// Queues of linked nodes.

namespace museum {
namespace {

/// Piece: crossbeam_msqueue_relaxed_tail
/// Kind: weak memory
/// Source: crossbeam-rs/crossbeam issue 100 "Another incorrect atomic orderings in MS Queue?", pull request 132
/// Wrong: `push` loaded `tail` relaxed and then followed it. Nothing made the initialisation of that node happen before,
///   so its `next` could be read before it was written.
/// Fix: The load of `tail` acquires.
template <version V>
struct crossbeam_msqueue_relaxed_tail {
  static constexpr unsigned threads = 2;
  struct node {
    atomic<node*> next{nullptr};
  };
  node* first = new node;
  atomic<node*> tail{first};

  ~crossbeam_msqueue_relaxed_tail() {
    while (first != nullptr) {
      node* const next = first->next.load(relaxed);
      delete first;
      first = next;
    }
  }
  void thread(unsigned) {
    node* const fresh = new node;
    for (;;) {
      node* last = tail.load(V == version::fixed ? acquire : relaxed);
      node* next = last->next.load(acquire);
      if (next != nullptr) {
        tail.compare_exchange_strong(last, next, release, relaxed);
      } else if (last->next.compare_exchange_strong(next, fresh, release, relaxed)) {
        tail.compare_exchange_strong(last, fresh, release, relaxed);
        return;
      }
    }
  }
};
const exhibit<crossbeam_msqueue_relaxed_tail> add_crossbeam_msqueue_relaxed_tail{
    "museum/crossbeam_msqueue_relaxed_tail", "a node is not read before its initialisation"};

/// Piece: crossbeam_epoch_lagging_tail
/// Kind: interleaving
/// Source: crossbeam-rs/crossbeam issue 238 "Use after free in Michael-Scott queue?", pull request 466
/// Wrong: `pop` retired the old dummy node while `tail`, which lags behind a push that is not finished, still pointed to
///   it. A thread that came after the retirement reached the node through `tail` and used it after it was freed.
/// Fix: `pop` moves `tail` on before it retires the node.
template <version V>
struct crossbeam_epoch_lagging_tail {
  static constexpr unsigned threads = 3;
  struct node {
    atomic<node*> next{nullptr};
  };
  node* const dummy = new node;
  node* const linked = new node;
  atomic<node*> head{dummy}, tail{dummy};
  atomic<int> pinned[2];

  crossbeam_epoch_lagging_tail() {  // thread 1 has linked its node and not yet moved the tail
    dummy->next.store(linked, relaxed);
    pinned[1].store(1, relaxed);
  }
  ~crossbeam_epoch_lagging_tail() {
    for (node* n = head.load(relaxed); n != nullptr;) {
      node* const next = n->next.load(relaxed);
      delete n;
      n = next;
    }
  }
  void push() {
    node* const fresh = new node;
    pinned[0].store(1, seq_cst);
    for (;;) {
      node* last = tail.load(seq_cst);
      node* next = last->next.load(seq_cst);
      if (next != nullptr) {
        tail.compare_exchange_strong(last, next, seq_cst);
      } else if (last->next.compare_exchange_strong(next, fresh, seq_cst)) {
        tail.compare_exchange_strong(last, fresh, seq_cst);
        break;
      }
    }
    pinned[0].store(0, seq_cst);
  }
  void finish_push() {
    node* last = dummy;
    tail.compare_exchange_strong(last, linked, seq_cst);
    pinned[1].store(0, seq_cst);
  }
  void pop() {
    node* const first = head.load(seq_cst);
    node* const next = first->next.load(seq_cst);
    if (V == version::fixed) {
      node* last = first;
      tail.compare_exchange_strong(last, next, seq_cst);
    }
    head.store(next, seq_cst);       // the only thread that pops
    for (atomic<int>& p : pinned) {  // whoever is in the queue since before has left
      while (p.load(seq_cst) != 0) pause();
    }
    delete first;
  }
  void thread(unsigned index) {
    if (index == 0) {
      push();
    } else if (index == 1) {
      finish_push();
    } else {
      pop();
    }
  }
};
const exhibit<crossbeam_epoch_lagging_tail> add_crossbeam_epoch_lagging_tail{"museum/crossbeam_epoch_lagging_tail",
                                                                             "a retired node can't be reached"};

/// A Michael-Scott queue of numbered nodes with counted references, for the two pieces below.
struct reference {
  std::uint16_t node;
  std::uint16_t count;
  friend bool operator==(const reference&, const reference&) = default;
};
constexpr std::uint16_t nil = 0xffff;

/// Piece: boost_lockfree_reset_count
/// Kind: interleaving
/// Source: boostorg/lockfree issue 59 "Lockfree queue delivers data out of order" (Boost 1.71 to 1.73)
/// Wrong: A node's `next` was set to (nil, 0) each time the node came back from the free list, count and all. A push that
///   had read (nil, 0) long ago succeeded on the recycled node (ABA) and its element was linked nowhere.
/// Fix: The count of `next` survives recycling and only ever grows.
template <version V>
struct boost_lockfree_reset_count {
  static constexpr unsigned threads = 2;
  atomic<reference> head{reference{0, 0}}, tail{reference{0, 0}};
  atomic<reference> next[3];
  atomic<int> value[3];
  verify::history<spec::queue<>> history;
  std::uint16_t freed = nil;  // by thread 1

  boost_lockfree_reset_count() {
    for (auto& n : next) n.store(reference{nil, 0}, relaxed);
  }
  void push(std::uint16_t node, int v) {
    history.record([&] {
      value[node].store(v, seq_cst);
      const reference old = next[node].load(seq_cst);
      next[node].store({nil, V == version::fixed ? static_cast<std::uint16_t>(old.count + 1) : std::uint16_t{0}},
                       seq_cst);
      for (;;) {
        reference t = tail.load(seq_cst);
        reference n = next[t.node].load(seq_cst);
        if (!(tail.load(seq_cst) == t)) continue;
        const auto count = static_cast<std::uint16_t>(t.count + 1);
        if (n.node != nil) {
          tail.compare_exchange_strong(t, {n.node, count}, seq_cst);
        } else if (next[t.node].compare_exchange_strong(n, {node, static_cast<std::uint16_t>(n.count + 1)}, seq_cst)) {
          tail.compare_exchange_strong(t, {node, count}, seq_cst);
          return spec::transfer::push(v);
        }
      }
    });
  }
  void pop() {
    history.record([&] {
      for (;;) {
        reference h = head.load(seq_cst);
        reference t = tail.load(seq_cst);
        const reference n = next[h.node].load(seq_cst);
        if (!(head.load(seq_cst) == h)) continue;
        if (n.node == nil) {
          if (h.node == t.node) return spec::transfer::pop(false, 0);
          continue;
        }
        if (h.node == t.node) {
          tail.compare_exchange_strong(t, {n.node, static_cast<std::uint16_t>(t.count + 1)}, seq_cst);
          continue;
        }
        const int v = value[n.node].load(seq_cst);
        const std::uint16_t old = h.node;
        if (!head.compare_exchange_strong(h, {n.node, static_cast<std::uint16_t>(h.count + 1)}, seq_cst)) continue;
        if (verify::detail::current_slot() == 1) freed = old;
        return spec::transfer::pop(true, v);
      }
    });
  }
  void thread(unsigned index) {
    if (index == 0) {
      push(1, 10);
      pop();
    } else {
      push(2, 20);
      pop();
      if (freed != nil) push(freed, 30);
    }
  }
  void after() { history.check(); }
};
const exhibit<boost_lockfree_reset_count> add_boost_lockfree_reset_count{"museum/boost_lockfree_reset_count",
                                                                         "no element is lost or out of order"};

/// Piece: michael_scott_without_counts
/// Kind: interleaving
/// Source: M. M. Michael, M. L. Scott, "Simple, fast, and practical non-blocking and blocking concurrent queue
///   algorithms", PODC 1996, section 2: why every pointer carries a modification counter
/// Wrong: A thread that pops reads the head and its successor and is delayed, while others pop that node and push it
///   again. Its compare-exchange on the plain index succeeds and makes a node the head that left the queue long ago.
/// Fix: Every reference carries a count that grows with each change.
template <version V>
struct michael_scott_without_counts {
  static constexpr unsigned threads = 2;
  atomic<reference> head{reference{0, 0}};
  atomic<std::uint16_t> tail{2};
  atomic<std::uint16_t> next[3];
  int popped[3] = {};

  static std::uint16_t counted(std::uint16_t count) {
    return V == version::fixed ? static_cast<std::uint16_t>(count + 1) : std::uint16_t{0};
  }
  michael_scott_without_counts() {  // 0 is the dummy, 1 and 2 are in the queue
    next[0].store(1, relaxed);
    next[1].store(2, relaxed);
    next[2].store(nil, relaxed);
  }
  std::uint16_t pop() {  // the node that has left
    for (;;) {
      reference h = head.load(seq_cst);
      const std::uint16_t n = next[h.node].load(seq_cst);
      if (!(head.load(seq_cst) == h)) continue;
      if (n == nil) return nil;
      const std::uint16_t old = h.node;
      if (head.compare_exchange_strong(h, {n, counted(h.count)}, seq_cst)) {
        ++popped[n];
        return old;
      }
    }
  }
  void push(std::uint16_t node) {  // by one thread only
    popped[node] = 0;
    next[node].store(nil, seq_cst);
    next[tail.load(seq_cst)].store(node, seq_cst);
    tail.store(node, seq_cst);
  }
  void thread(unsigned index) {
    if (index == 0) {
      pop();
    } else {
      const std::uint16_t first = pop();
      const std::uint16_t second = pop();
      if (first != nil) push(first);
      if (second != nil) pop();  // the node that was pushed again is the dummy once more
    }
  }
  void after() {
    for (int n : popped) expect(n <= 1, "an element is popped once");
  }
};
const exhibit<michael_scott_without_counts> add_michael_scott_without_counts{"museum/michael_scott_without_counts",
                                                                             "an element is popped once"};

/// Piece: ponyc_queue_initialisation
/// Kind: weak memory
/// Source: ponylang/ponyc pull request 2174 "Fix race condition in runtime atomic queues"
/// Wrong: Nothing kept the initialisation of a node's `next` in a push before the exchange that publishes the node. It
///   could overwrite the link that the next push had put there, and the queue ended too early.
/// Fix: The exchange releases.
template <version V>
struct ponyc_queue_initialisation {
  static constexpr unsigned threads = 2;
  atomic<int> next[3];
  atomic<int> last{0};  // node 0 is the stub; 0 also ends the list

  void thread(unsigned index) {
    const int node = static_cast<int>(index) + 1;
    next[node].store(0, relaxed);
    const int previous = last.exchange(node, V == version::fixed ? acq_rel : relaxed);
    next[previous].store(node, release);
  }
  void after() {
    const int first = next[0].load(relaxed);
    expect(first != 0 && next[first].load(relaxed) != 0, "both nodes are in the queue");
  }
};
const exhibit<ponyc_queue_initialisation> add_ponyc_queue_initialisation{"museum/ponyc_queue_initialisation",
                                                                         "both nodes are in the queue"};

/// Piece: ponyc_mpmcq_use_after_free
/// Kind: interleaving
/// Source: ponylang/ponyc pull request 4541 "Fix mpmcq use-after-free bug"
/// Wrong: A consumer read `tail->next` while another consumer, who had moved `tail` on, freed that node.
/// Fix: Nodes are kept and used again instead of being freed.
template <version V>
struct ponyc_mpmcq_use_after_free {
  static constexpr unsigned threads = 2;
  struct node {
    atomic<node*> next{nullptr};
  };
  struct counted {
    node* at;
    std::uint64_t count;
  };
  atomic<counted> tail{counted{nullptr, 0}};
  node* kept[2] = {};

  ponyc_mpmcq_use_after_free() {
    node* const second = new node;
    node* const first = new node;
    first->next.store(second, relaxed);
    node* const dummy = new node;
    dummy->next.store(first, relaxed);
    tail.store({dummy, 0}, relaxed);
  }
  ~ponyc_mpmcq_use_after_free() {
    for (node* n = tail.load(relaxed).at; n != nullptr;) {
      node* const next = n->next.load(relaxed);
      delete n;
      n = next;
    }
    for (node* n : kept) delete n;
  }
  void thread(unsigned index) {
    counted t = tail.load(seq_cst);
    for (;;) {
      node* const next = t.at->next.load(seq_cst);
      node* const old = t.at;
      if (next == nullptr) {
        t = tail.load(seq_cst);
      } else if (tail.compare_exchange_strong(t, {next, t.count + 1}, seq_cst)) {
        if (V == version::fixed) {
          kept[index] = old;
        } else {
          delete old;
        }
        return;
      }
    }
  }
};
const exhibit<ponyc_mpmcq_use_after_free> add_ponyc_mpmcq_use_after_free{"museum/ponyc_mpmcq_use_after_free",
                                                                         "no consumer reads a freed node"};

/// Piece: ponyc_mpmcq_false_empty
/// Kind: interleaving
/// Source: ponylang/ponyc pull request 5820 "Fix mpmcq_pop reporting a false empty on a recycled node"
/// Wrong: A consumer read `tail` and then that node's `next`, which another consumer had meanwhile recycled for a push:
///   it was null again, and the consumer said "empty" although the queue was never empty.
/// Fix: Emptiness is decided from `head` and `tail`, not from a node that may be gone.
template <version V>
struct ponyc_mpmcq_false_empty {
  static constexpr unsigned threads = 2;
  atomic<reference> tail{reference{0, 0}};
  atomic<std::uint16_t> head{2};
  atomic<std::uint16_t> next[3];
  atomic<int> value[3];
  verify::history<spec::queue<>> history;

  ponyc_mpmcq_false_empty() {
    for (std::uint16_t i = 0; i < 3; ++i) {
      next[i].store(i < 2 ? static_cast<std::uint16_t>(i + 1) : nil, relaxed);
      value[i].store(i * 10, relaxed);
    }
  }
  std::uint16_t pop() {  // the node that may be used again
    std::uint16_t old = nil;
    history.record([&] {
      for (;;) {
        reference t = tail.load(seq_cst);
        if (V == version::fixed) {
          const std::uint16_t h = head.load(seq_cst);
          if (!(tail.load(seq_cst) == t)) continue;
          if (h == t.node) return spec::transfer::pop(false, 0);
        }
        const std::uint16_t n = next[t.node].load(seq_cst);
        if (n == nil) {
          if (V == version::broken) return spec::transfer::pop(false, 0);
          pause();
          continue;
        }
        const int v = value[n].load(seq_cst);
        old = t.node;
        if (tail.compare_exchange_strong(t, {n, static_cast<std::uint16_t>(t.count + 1)}, seq_cst)) {
          return spec::transfer::pop(true, v);
        }
      }
    });
    return old;
  }
  void push(std::uint16_t node, int v) {
    history.record([&] {
      value[node].store(v, seq_cst);
      next[node].store(nil, seq_cst);
      next[head.exchange(node, seq_cst)].store(node, seq_cst);
      return spec::transfer::push(v);
    });
  }
  void thread(unsigned index) {
    const std::uint16_t node = pop();
    if (index == 1 && node != nil) push(node, 30);
  }
  void after() {
    spec::queue<> initial;
    initial.apply(spec::transfer::push(10));
    initial.apply(spec::transfer::push(20));
    history.check(initial);
  }
};
const exhibit<ponyc_mpmcq_false_empty> add_ponyc_mpmcq_false_empty{"museum/ponyc_mpmcq_false_empty",
                                                                   "a queue that is never empty never says so"};

/// Piece: stdexec_mpsc_nil_reset
/// Kind: interleaving
/// Source: NVIDIA/stdexec pull request 1812 "Fix race in MPSC algo"; modelled: one of the three symptoms it lists, a
///   node that is never consumed
/// Wrong: The stub of Vyukov's queue was replaced by a single atomic pointer, which `pop` cleared on its own after it had
///   made the queue empty. A producer that came in between had already stored its node there: the node was lost.
/// Fix: A real stub node inside the queue, as in the original algorithm; here: the pointer is cleared before.
template <version V>
struct stdexec_mpsc_nil_reset {
  static constexpr unsigned threads = 2;
  atomic<int> back{0}, first{0};  // 0 is the stub
  atomic<int> next[3];
  int front = 0;

  void push(int node) {
    next[node].store(0, seq_cst);
    const int previous = back.exchange(node, seq_cst);
    (previous == 0 ? first : next[previous]).store(node, seq_cst);
  }
  int pop() {
    if (front == 0) {
      front = first.load(seq_cst);
      if (front == 0) return 0;
      if (V == version::fixed) first.store(0, seq_cst);
    }
    const int taken = front;
    front = next[taken].load(seq_cst);
    if (front != 0) return taken;
    int last = taken;
    if (back.compare_exchange_strong(last, 0, seq_cst)) {
      if (V == version::broken) first.store(0, seq_cst);
      return taken;
    }
    while ((front = next[taken].load(seq_cst)) == 0) pause();
    return taken;
  }
  void thread(unsigned index) {
    if (index == 0) {
      push(1);
      push(2);
    } else {
      for (int node = 1; node <= 2; ++node) {
        int got = 0;
        while ((got = pop()) == 0) pause();
        expect(got == node, "nodes come in order");
      }
    }
  }
};
const exhibit<stdexec_mpsc_nil_reset> add_stdexec_mpsc_nil_reset{"museum/stdexec_mpsc_nil_reset",
                                                                 "every node is consumed, in order"};

/// Piece: crossbeam_channel_double_free
/// Kind: interleaving
/// Source: RUSTSEC-2025-0024, crossbeam-rs/crossbeam pull request 1187 "prevent double free on Drop"
/// Wrong: Discarding all messages took the first block by an exchange with null, but while it waited for a sender to
///   install that block it only loaded it. The block stayed in place and the destructor freed it once more.
/// Fix: The waiting loop takes the block by an exchange as well.
template <version V>
struct crossbeam_channel_double_free {
  static constexpr unsigned threads = 3;
  struct block {
    atomic<int> message{0};
  };
  atomic<block*> head_block{nullptr}, tail_block{nullptr};
  atomic<int> messages{0};

  void send() {
    if (tail_block.load(seq_cst) == nullptr) {
      block* const fresh = new block;
      block* none = nullptr;
      if (tail_block.compare_exchange_strong(none, fresh, seq_cst)) {
        head_block.store(fresh, seq_cst);
      } else {
        delete fresh;
      }
    }
    messages.fetch_add(1, seq_cst);
  }
  void discard_all_messages() {
    const int sent = messages.load(seq_cst);
    block* b = head_block.exchange(nullptr, seq_cst);
    while (sent != 0 && b == nullptr) {
      pause();
      b = V == version::fixed ? head_block.exchange(nullptr, seq_cst) : head_block.load(seq_cst);
    }
    delete b;
  }
  void thread(unsigned index) {
    if (index == 2) {
      discard_all_messages();
    } else {
      send();
    }
  }
  ~crossbeam_channel_double_free() { delete head_block.load(seq_cst); }
};
const exhibit<crossbeam_channel_double_free> add_crossbeam_channel_double_free{"museum/crossbeam_channel_double_free",
                                                                               "the block is freed once"};

}  // namespace
}  // namespace museum
