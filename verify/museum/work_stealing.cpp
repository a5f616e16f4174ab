// SPDX-License-Identifier: Apache-2.0
#include "museum.hpp"

// Work-stealing deques: the owner works at the bottom, thieves at the top.

namespace museum {
namespace {

/// Piece: chase_lev_growth
/// Kind: weak memory
/// Source: B. Norris, B. Demsky, "CDSChecker: checking concurrent data structures written with C/C++ atomics",
///   OOPSLA 2013, evaluation: the C11 Chase-Lev deque of N. M. Lê et al., PPoPP 2013
/// Wrong: The owner stored the address of the grown array with a relaxed order. A thief could follow it and read cells
///   that for it were not yet initialised.
/// Fix: The new array is published with a release store and read with acquire.
template <version V>
struct chase_lev_growth {
  static constexpr unsigned threads = 2;

  struct array {
    array(int capacity, array* older) : size(capacity), previous(older) {}
    int size;
    array* previous;
    atomic<int> cell[2];
  };
  atomic<int> top{0}, bottom{0};
  atomic<array*> buffer{nullptr};

  chase_lev_growth() {
    buffer.store(new array(1, nullptr), relaxed);
    push(1);
  }
  ~chase_lev_growth() {
    for (array* a = buffer.load(relaxed); a != nullptr;) {
      array* const previous = a->previous;
      delete a;
      a = previous;
    }
  }
  void push(int item) {
    const int b = bottom.load(relaxed);
    const int t = top.load(acquire);
    array* a = buffer.load(relaxed);
    if (b - t >= a->size) {
      array* const larger = new array(2 * a->size, a);
      for (int i = t; i != b; ++i) larger->cell[i % larger->size].store(a->cell[i % a->size].load(relaxed), relaxed);
      a = larger;
      buffer.store(larger, V == version::fixed ? release : relaxed);
    }
    a->cell[b % a->size].store(item, relaxed);
    bottom.store(b + 1, release);
  }
  int steal() {
    int t = top.load(acquire);
    platform::fence_seq_cst();
    const int b = bottom.load(acquire);
    if (t >= b) return 0;
    array* const a = buffer.load(acquire);
    const int item = a->cell[t % a->size].load(relaxed);
    return top.compare_exchange_strong(t, t + 1, acq_rel, relaxed) ? item : 0;
  }
  void thread(unsigned index) {
    if (index == 0) {
      push(2);  // grows
    } else {
      expect(steal() == 1, "the thief gets the oldest item");
    }
  }
};
const exhibit<chase_lev_growth> add_chase_lev_growth{"museum/chase_lev_growth", "a thief never reads a cell too early"};

/// Piece: chase_lev_take_without_fence
/// Kind: weak memory
/// Source: N. M. Lê, A. Pop, A. Cohen, F. Zappa Nardelli, "Correct and efficient work-stealing for weak memory models",
///   PPoPP 2013, section 3; D. Chase, Y. Lev, SPAA 2005 assume sequential consistency
/// Wrong: Without a fence in `take` the owner's store to `bottom` may become visible after its load of `top`. Owner and
///   thief then both see two items left and both get the last one.
/// Fix: A seq_cst fence between that store and that load, facing the one in `steal`.
template <version V>
struct chase_lev_take_without_fence {
  static constexpr unsigned threads = 2;
  atomic<int> top{0}, bottom{2};
  atomic<int> cell[2];
  int handed_out[3] = {};

  chase_lev_take_without_fence() {
    cell[0].store(1, relaxed);
    cell[1].store(2, relaxed);
  }
  int take() {
    const int b = bottom.load(relaxed) - 1;
    bottom.store(b, relaxed);
    if (V == version::fixed) platform::fence_seq_cst();
    int t = top.load(relaxed);
    if (t > b) {
      bottom.store(b + 1, relaxed);
      return 0;
    }
    int item = cell[b].load(relaxed);
    if (t == b) {
      if (!top.compare_exchange_strong(t, t + 1, acq_rel, relaxed)) item = 0;
      bottom.store(b + 1, relaxed);
    }
    return item;
  }
  int steal() {
    int t = top.load(acquire);
    platform::fence_seq_cst();
    if (t >= bottom.load(acquire)) return 0;
    const int item = cell[t].load(relaxed);
    return top.compare_exchange_strong(t, t + 1, acq_rel, relaxed) ? item : 0;
  }
  void thread(unsigned index) {
    for (int i = 0; i < 2; ++i) ++handed_out[index == 0 ? take() : steal()];
  }
  void after() { expect(handed_out[1] <= 1 && handed_out[2] <= 1, "an item is handed out once"); }
};
const exhibit<chase_lev_take_without_fence> add_chase_lev_take_without_fence{"museum/chase_lev_take_without_fence",
                                                                             "an item is handed out once"};

/// Piece: parlaylib_pop_top_relaxed
/// Kind: weak memory
/// Source: cmuparlay/parlaylib pull request 54 "Fix memory orders for ARM"; cmuparlay/ParlayANN issue 44
/// Wrong: `pop_top` of the ABP deque read `age` and then `bot` with relaxed loads. On Arm a thief paired them from
///   different moments and stole a job that the owner had popped, so it ran twice.
/// Fix: The loads in `pop_top` are ordered and so are the owner's stores to `bot`; here all are seq_cst.
template <version V>
struct parlaylib_pop_top_relaxed {
  static constexpr unsigned threads = 2;
  static constexpr auto thief_order = V == version::fixed ? seq_cst : relaxed;

  struct age_type {
    std::uint16_t tag;
    std::uint16_t top;
  };
  atomic<age_type> age{age_type{0, 0}};
  atomic<std::uint16_t> bot{2};
  int handed_out[3] = {};

  int pop_bottom() {
    std::uint16_t local = bot.load(relaxed);
    if (local == 0) return 0;
    bot.store(--local, seq_cst);
    const int job = local + 1;
    age_type old = age.load(seq_cst);
    if (local > old.top) return job;
    bot.store(0, seq_cst);
    const age_type next{static_cast<std::uint16_t>(old.tag + 1), 0};
    if (local == old.top && age.compare_exchange_strong(old, next, seq_cst, relaxed)) return job;
    age.store(next, seq_cst);
    return 0;
  }
  int pop_top() {
    age_type old = age.load(thief_order);
    const std::uint16_t local = bot.load(thief_order);
    if (local <= old.top) return 0;
    const int job = old.top + 1;
    const age_type next{old.tag, static_cast<std::uint16_t>(old.top + 1)};
    return age.compare_exchange_strong(old, next, seq_cst, relaxed) ? job : 0;
  }
  void thread(unsigned index) {
    for (int i = 0; i < 2; ++i) ++handed_out[index == 0 ? pop_bottom() : pop_top()];
  }
  void after() { expect(handed_out[1] <= 1 && handed_out[2] <= 1, "a job runs once"); }
};
const exhibit<parlaylib_pop_top_relaxed> add_parlaylib_pop_top_relaxed{"museum/parlaylib_pop_top_relaxed",
                                                                       "a job runs once"};

/// Piece: crossbeam_deque_swapped_buffer
/// Kind: interleaving
/// Source: RUSTSEC-2021-0093 (CVE-2021-32810), crossbeam-rs/crossbeam pull request 726; modelled: a batch that is stolen
///   one task after the other
/// Wrong: The thief went on with the buffer that it had read before the owner grew the deque. A task of the new buffer
///   was then read from the old one, where an older task lies in that slot: this one ran twice, the other never.
/// Fix: After reading a task the thief looks whether the buffer is still the same, and retries if not.
template <version V>
struct crossbeam_deque_swapped_buffer {
  static constexpr unsigned threads = 2;
  atomic<int> front{0}, back{1}, buffer{0};
  atomic<int> small[2], large[4];
  int handed_out[3] = {};

  atomic<int>& slot(int which, int i) { return which == 0 ? small[i % 2] : large[i % 4]; }

  void push(int task) {
    const int b = back.load(seq_cst);
    const int f = front.load(seq_cst);
    int which = buffer.load(seq_cst);
    if (which == 0 && b - f >= 2) {
      for (int i = f; i != b; ++i) slot(1, i).store(slot(0, i).load(seq_cst), seq_cst);
      buffer.store(which = 1, seq_cst);
    }
    slot(which, b).store(task, seq_cst);
    back.store(b + 1, seq_cst);
  }
  void steal_batch() {
    const int which = buffer.load(seq_cst);
    for (int f = front.load(seq_cst); f < back.load(seq_cst);) {
      const int task = slot(which, f).load(seq_cst);
      if (V == version::fixed && buffer.load(seq_cst) != which) return;
      if (!front.compare_exchange_strong(f, f + 1, seq_cst)) return;
      ++handed_out[task];
      ++f;
    }
  }
  void thread(unsigned index) {
    if (index == 0) {
      push(1);
      push(2);  // grows, if nothing was stolen before
    } else {
      steal_batch();
    }
  }
  void after() {
    for (int n : handed_out) expect(n <= 1, "a task runs once");
  }
};
const exhibit<crossbeam_deque_swapped_buffer> add_crossbeam_deque_swapped_buffer{
    "museum/crossbeam_deque_swapped_buffer", "a task runs once"};

/// Piece: concurrent_deque_read_after_claim
/// Kind: interleaving
/// Source: ssbl/concurrent-deque issue 2 "Possible error"
/// Wrong: `steal` read the item after its compare-exchange on `top`. Once that has succeeded the owner may reuse the
///   slot, and the thief returns the wrong item.
/// Fix: Read the item first, claim it afterwards.
template <version V>
struct concurrent_deque_read_after_claim {
  static constexpr unsigned threads = 2;
  atomic<int> top{0}, bottom{1};
  atomic<int> cell{1};

  void thread(unsigned index) {
    if (index == 0) {
      const int b = bottom.load(seq_cst);
      if (b - top.load(seq_cst) == 0) {  // room for one
        cell.store(2, seq_cst);
        bottom.store(b + 1, seq_cst);
      }
    } else {
      int t = top.load(seq_cst);
      if (t >= bottom.load(seq_cst)) return;
      int item = V == version::fixed ? cell.load(seq_cst) : 0;
      if (!top.compare_exchange_strong(t, t + 1, seq_cst)) return;
      if (V == version::broken) item = cell.load(seq_cst);
      expect(item == t + 1, "the item is the one that was claimed");
    }
  }
};
const exhibit<concurrent_deque_read_after_claim> add_concurrent_deque_read_after_claim{
    "museum/concurrent_deque_read_after_claim", "the thief returns the item that it claimed"};

/// Piece: charm_task_queue_publication
/// Kind: weak memory
/// Source: charmplusplus/charm issue 1345 "Workstealing task queue causes a race condition"
/// Wrong: Nothing ordered the store of the task before the store of `tail`. A thief saw the new tail, read the slot
///   before the task was in it, and returned a null task.
/// Fix: A release store of `tail` (there: a write fence before it).
template <version V>
struct charm_task_queue_publication {
  static constexpr unsigned threads = 2;
  atomic<int> head{0}, tail{0}, task{0};

  void thread(unsigned index) {
    if (index == 0) {
      task.store(7, relaxed);
      tail.store(1, V == version::fixed ? release : relaxed);
    } else {
      int h = head.load(acquire);
      if (h >= tail.load(acquire)) return;
      const int stolen = task.load(relaxed);
      if (head.compare_exchange_strong(h, h + 1, acq_rel, relaxed)) expect(stolen == 7, "the task is there");
    }
  }
};
const exhibit<charm_task_queue_publication> add_charm_task_queue_publication{"museum/charm_task_queue_publication",
                                                                             "a stolen task is there"};

}  // namespace
}  // namespace museum
