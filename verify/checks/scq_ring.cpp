// SPDX-License-Identifier: Apache-2.0
//
// Model checks of scq_ring. Elements are the numbers 1, 2, 3 ...; a ledger sees to it that each is popped exactly once,
// and those of one producer in their order. Positions and entries are 8 bits wide, and positions start shortly before
// they wrap. The patience is that of as many threads as the check has, or none.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <lockfree/queue/scq_ring.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>
#include <lockfree/verify/progress.hpp>

#include "elements.hpp"
#include "ledger.hpp"

namespace {

namespace verify = lockfree::verify;
using checks::fragile;
using checks::ledger;
using checks::pop;
using checks::push;
using verify::expect;
using verify::weaken;

/// `Capacity` cells; the first position is `First`, the elements 1 to `Inside` are there.
template <class T, std::size_t Capacity, std::uint8_t First = 0, int Inside = 0, std::size_t Threads = 4>
struct ring : lockfree::scq_ring<T, verify::platform, std::uint8_t> {
  ring() : lockfree::scq_ring<T, verify::platform, std::uint8_t>(Capacity, First, Threads) {
    for (int i = 1; i <= Inside; ++i) expect(this->try_emplace(i), "there is room at the start");
  }
};

/// Generated scenarios. "Empty" means just that; why "full" does not, see full_is_not_exact.
template <std::size_t Capacity>
using queue_of = verify::spec::queue<Capacity, verify::failure::lenient, verify::failure::exact>;
const verify::declare<ring<int, 2, 254>, queue_of<2>> add_declared{
    "scq_ring/declared",
    {verify::op::push(), verify::op::pop()},
    {.structure = "scq_ring",
     .purpose = "every result is one of a queue of two, in every scenario that is generated",
     .dies_of = {weaken("scq_ring.hpp:E4"), weaken("scq_ring.hpp:T3")}}};
const verify::declare<ring<int, 1, 255>, queue_of<1>> add_declared_alone{
    "scq_ring/declared_alone",
    {verify::op::push(), verify::op::pop()},
    {.structure = "scq_ring",
     .purpose = "every result is one of a queue of one, whose two entries are used again at once",
     .dies_of = {weaken("scq_ring.hpp:T5"), weaken("scq_ring.hpp:E2"), weaken("scq_ring.hpp:E4"),
                 weaken("scq_ring.hpp:T3")}}};

/// Where a pop meets the position of a push in progress, and elements behind it, what it sees of the tail must be as new
/// as the pops before it.
const verify::declare<ring<int, 4, 253>, queue_of<4>> add_behind_a_push{
    "scq_ring/behind_a_push",
    {verify::op::push(), verify::op::pop()},
    {.structure = "scq_ring",
     .purpose = "a pop that meets a push in progress does not overlook the elements behind it",
     .dies_of = {weaken("scq_ring.hpp:T2", std::memory_order::release)}},
    {.also = {"prefix: push(1) | T0: push(2) pop() | T1: pop() | T2: push(3)"}, .generate = false}};
/// The same for a pop that finds the patience used in part.
const verify::declare<ring<int, 4, 253>, queue_of<4>> add_behind_a_push_with_care{
    "scq_ring/behind_a_push_with_care",
    {verify::op::push(), verify::op::pop()},
    {.structure = "scq_ring",
     .purpose = "a pop that looks at head and tail first does not overlook the elements behind a push in progress",
     .dies_of = {weaken("scq_ring.hpp:L1")}},
    {.also = {"prefix: push(1) | T0: push(2) push(4) pop() pop() | T1: pop() | T2: push(3)"}, .generate = false}};

/// A ring of two with a patience of 3, which here is enough, and no more: there is one push at most in front of the other,
/// and two pops are in progress.
const verify::declare<ring<int, 2, 254, 0, 1>, queue_of<2>> add_patience_seen_late{
    "scq_ring/patience_seen_late",
    {verify::op::push(), verify::op::pop()},
    {.structure = "scq_ring",
     .purpose = "a push that finds all of the patience left is as new as the pops that have begun to use it up",
     .dies_of = {weaken("scq_ring.hpp:E1")}},
    {.also = {"prefix: push(9) pop() | T0: push(1) pop() | T1: push(2) | T2: pop() pop() | T3: pop() pop()"},
     .generate = false}};

const verify::declare<ring<int, 1>, verify::spec::queue<1>> add_full_is_not_exact{
    "scq_ring/full_is_not_exact",
    {verify::op::push(), verify::op::pop()},
    {.structure = "scq_ring",
     .purpose = "a push may find no free cell while the pop that has emptied one still has it in its hands",
     .broken = true,
     .twin_of = "scq_ring/declared_alone"},
    {.also = {"prefix: push(1) | T0: pop() | T1: pop() push(2)"}, .generate = false}};

/// A push to a ring of one while one pop has drawn a position and two more pops come round to the same entry.
struct entry_in_the_way {
  static constexpr unsigned threads = 4;
  ring<int, 1, 255, 1> queue;
  ledger<2> book;

  void thread(unsigned index) {
    if (index == 0) {
      push(queue, 2);
    } else if (const auto element = queue.try_pop()) {
      book.popped(*element);
    }
  }
  void after() { book.settle(queue); }
};
const verify::add<entry_in_the_way> add_entry_in_the_way{
    "scq_ring/entry_in_the_way",
    {.structure = "scq_ring",
     .purpose = "nothing is put where a pop has passed that could not move the entry on",
     .dies_of = {weaken("scq_ring.hpp:E2"), weaken("scq_ring.hpp:T5")}}};

/// Pops draw positions faster than the one push puts: at the end the element is out, or can be popped. The ring has been
/// in use, so that the push may find the patience as it should be, and leave it alone.
template <std::size_t Threads>
struct patience_spent {
  static constexpr unsigned threads = 3;
  ring<int, 1, 255, 0, Threads> queue;
  ledger<2> book;

  patience_spent() {
    push(queue, 1);
    book.popped(pop(queue));
  }
  void thread(unsigned index) {
    if (index == 0) {
      expect(queue.try_push(2), "there is room");
      return;
    }
    for (int i = 0; i < 3; ++i) {
      if (const auto element = queue.try_pop()) book.popped(*element);
    }
  }
  void after() { book.settle(queue); }
};
const verify::add<patience_spent<2>> add_patience_spent{
    "scq_ring/patience_spent",
    {.structure = "scq_ring",
     .purpose = "a push leaves the patience alone only if all of it lies before the pops that have not passed it"}};
const verify::add<patience_spent<0>> add_patience_too_short{
    "scq_ring/patience_too_short",
    {.structure = "scq_ring",
     .purpose = "with a patience that leaves out the pops in progress an element is out of reach",
     .broken = true,
     .twin_of = "scq_ring/patience_spent"}};

/// What entry_in_the_way and patience_spent are there to find: a ring with the one number 0, as inside scq_ring, with flaws.
enum class flaw { none, unsafe_ignored, patience_first };

template <flaw Flaw>
class numbers {
 public:
  explicit numbers(bool inside) {
    if (inside) put(0);
  }
  void put(int number) {
    if (Flaw == flaw::patience_first) left_.store(patience);
    for (verify::platform::spin_wait wait;; wait.once()) {
      const int position = tail_.fetch_add(1);
      entry seen = at(position).load();
      if (seen.lap >= lap(position) || seen.number != none) continue;
      if (Flaw != flaw::unsafe_ignored && !seen.safe && head_.load() > position) continue;
      if (at(position).compare_exchange_strong(seen, {lap(position), number, true})) break;
    }
    if (Flaw != flaw::patience_first) left_.store(patience);
  }
  int take() {
    if (left_.load() < 0) return none;
    for (verify::platform::spin_wait wait;; wait.once()) {
      const int position = head_.fetch_add(1);
      entry seen = at(position).load();
      for (bool moved_on = false; !moved_on && seen.lap <= lap(position);) {
        const bool found = seen.lap == lap(position);
        const entry passed = found                 ? entry{seen.lap, none, seen.safe}
                             : seen.number == none ? entry{lap(position), none, seen.safe}
                                                   : entry{seen.lap, seen.number, false};
        const int number = seen.number;
        moved_on = at(position).compare_exchange_strong(seen, passed);
        if (moved_on && found) return number;
      }
      const bool empty = tail_.load() <= position + 1;
      if (left_.fetch_sub(1) <= 0 || empty) return none;
    }
  }
  static constexpr int none = -1;

 private:
  struct entry {
    int lap;
    int number;
    bool safe;
  };
  static constexpr int patience = 3;  // of three takers
  static int lap(int position) { return position / 2; }
  verify::platform::atomic<entry>& at(int position) { return entries_[static_cast<std::size_t>(position % 2)]; }

  std::array<verify::platform::atomic<entry>, 2> entries_{entry{0, none, true}, entry{0, none, true}};
  verify::platform::atomic<int> head_{2};
  verify::platform::atomic<int> tail_{2};
  verify::platform::atomic<int> left_{-1};
};

/// The number is inside; one thread puts it back, the others keep it.
template <flaw Flaw>
struct put_back {
  static constexpr unsigned threads = 3;
  numbers<Flaw> ring{true};
  std::array<int, 3> kept{-1, -1, -1};

  void thread(unsigned index) {
    const int number = ring.take();
    if (index != 0) {
      kept[index] = number;
    } else if (number != ring.none) {
      ring.put(number);
    }
  }
  void after() { expect(kept[1] + kept[2] + ring.take() == -2, "the number is with one thread, or inside"); }
};
/// One thread puts the number, the others want it.
template <flaw Flaw>
struct put_among_takers {
  static constexpr unsigned threads = 3;
  numbers<Flaw> ring{false};
  std::array<int, 3> kept{-1, -1, -1};

  put_among_takers() {
    ring.put(0);
    expect(ring.take() == 0, "what was put is there");
  }
  void thread(unsigned index) {
    if (index == 0) {
      ring.put(0);
      return;
    }
    for (int i = 0; i < 3 && kept[index] == ring.none; ++i) kept[index] = ring.take();
  }
  void after() { expect(kept[1] + kept[2] + ring.take() == -2, "the number is with one thread, or inside"); }
};
const verify::add<put_back<flaw::none>> add_put_back{
    "scq_ring/put_back",
    {.structure = "scq_ring", .purpose = "a number that is put back is not lost in an entry that others have passed"}};
const verify::add<put_back<flaw::unsafe_ignored>> add_put_back_unsafe{
    "scq_ring/put_back_unsafe",
    {.structure = "scq_ring",
     .purpose = "where marks of entries in the way are ignored a number is put behind all takers",
     .broken = true,
     .twin_of = "scq_ring/put_back"}};
const verify::add<put_among_takers<flaw::none>> add_put_among_takers{
    "scq_ring/put_among_takers",
    {.structure = "scq_ring", .purpose = "a number that was put is with a taker or within reach"}};
const verify::add<put_among_takers<flaw::patience_first>> add_put_among_takers_early{
    "scq_ring/put_among_takers_early",
    {.structure = "scq_ring",
     .purpose = "where patience is restored before the number is there, takers may have used it up again",
     .broken = true,
     .twin_of = "scq_ring/put_among_takers"}};
/// Two producers and two consumers, one operation each, across the wrap: one cell is free.
struct two_by_two {
  static constexpr unsigned threads = 4;
  ring<int, 2, 254, 1> queue;
  ledger<3> book;

  void thread(unsigned index) {
    if (index < 2) {
      push(queue, 2 + static_cast<int>(index));
    } else {
      book.popped(pop(queue));
    }
  }
  void after() { book.settle(queue); }
};
const verify::add<two_by_two> add_two_by_two{"scq_ring/two_by_two",
                                             {.structure = "scq_ring",
                                              .purpose = "two producers and two consumers lose and repeat nothing",
                                              .dies_of = {weaken("scq_ring.hpp:E4"), weaken("scq_ring.hpp:T3")}}};

/// Two consumers take what one producer pushes; the cells are used again.
struct consumers_share {
  static constexpr unsigned threads = 3;
  ring<int, 2, 254> queue;
  ledger<3> book;

  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 1; i <= 3; ++i) push(queue, i);
      return;
    }
    const int first = pop(queue);
    book.popped(first);
    if (const auto second = queue.try_pop()) {
      book.popped(*second);
      expect(*second > first, "a consumer sees the elements of one producer in their order");
    }
  }
  void after() { book.settle(queue); }
};
const verify::add<consumers_share> add_consumers_share{
    "scq_ring/consumers_share",
    {.structure = "scq_ring",
     .purpose = "two consumers take each element once, written, and in the producer's order",
     .dies_of = {weaken("scq_ring.hpp:E4"), weaken("scq_ring.hpp:T3")}}};

/// One cell is free, and two producers want it: exactly one is refused.
struct last_free_cell {
  static constexpr unsigned threads = 2;
  ring<int, 2, 254, 1> queue;
  std::array<bool, 2> pushed{};

  void thread(unsigned index) { pushed[index] = queue.try_push(2); }
  void after() {
    expect(pushed[0] != pushed[1], "the last free cell goes to exactly one producer");
    for (int i = 1; i <= 2; ++i) expect(queue.try_pop() == i, "the ring holds what was pushed, in order");
    expect(!queue.try_pop(), "nothing is left");
  }
};
const verify::add<last_free_cell> add_last_free_cell{
    "scq_ring/last_free_cell",
    {.structure = "scq_ring", .purpose = "of two producers at the last free cell exactly one gets it"}};

/// The same on the other side.
struct last_element {
  static constexpr unsigned threads = 2;
  ring<int, 1, 255, 1> queue;
  std::array<bool, 2> popped{};

  void thread(unsigned index) {
    int out = -1;
    popped[index] = queue.try_pop(out);
    expect(out == (popped[index] ? 1 : -1), "a pop delivers the element, or leaves its argument alone");
  }
  void after() {
    expect(popped[0] != popped[1], "the last element goes to exactly one consumer");
    expect(queue.empty_approx() && !queue.try_pop(), "nothing is left");
    expect(queue.try_push(2), "its cell is free again");
  }
};
const verify::add<last_element> add_last_element{
    "scq_ring/last_element",
    {.structure = "scq_ring", .purpose = "of two consumers at the last element exactly one gets it"}};

/// What last_element and last_free_cell are there to find: two threads that look and then move the head, in two steps.
struct drawn_in_two_steps {
  static constexpr unsigned threads = 2;
  verify::platform::atomic<int> head{0};
  std::array<bool, 2> got{};

  void thread(unsigned index) {
    const int mine = head.load(std::memory_order::acquire);
    if (mine == 1) return;
    head.store(mine + 1, std::memory_order::release);
    got[index] = true;
  }
  void after() { expect(got[0] != got[1], "the last one goes to exactly one thread"); }
};
const verify::add<drawn_in_two_steps> add_last_element_in_two_steps{
    "scq_ring/last_element_in_two_steps",
    {.structure = "scq_ring",
     .purpose = "without the fetch-add both consumers take the last element",
     .broken = true,
     .twin_of = "scq_ring/last_element"}};
const verify::add<drawn_in_two_steps> add_last_free_cell_in_two_steps{
    "scq_ring/last_free_cell_in_two_steps",
    {.structure = "scq_ring",
     .purpose = "without the fetch-add both producers take the last free cell",
     .broken = true,
     .twin_of = "scq_ring/last_free_cell"}};

/// A push that throws gives the cell back, and another producer fills it.
struct throwing_push {
  static constexpr unsigned threads = 2;
  ring<fragile, 1, 255> queue;

  void thread(unsigned index) {
    if (index != 0) {
      push(queue, 1);
      return;
    }
    try {
      (void)queue.try_emplace(0);
    } catch (const fragile::failed&) {}
  }
  void after() {
    expect(pop(queue) == 1, "what was pushed is there, and nothing else");
    expect(queue.empty_approx(), "nothing is left");
    expect(queue.try_emplace(3) && !queue.try_emplace(3), "the cell is free again");
  }
};
const verify::add<throwing_push> add_throwing_push{
    "scq_ring/throwing_push",
    {.structure = "scq_ring",
     .purpose = "a cell whose element could not be made serves another producer",
     .dies_of = {weaken("scq_ring.hpp:E4"), weaken("scq_ring.hpp:T3")}}};

/// A pop that throws loses its element and frees the cell.
struct throwing_pop {
  static constexpr unsigned threads = 2;
  ring<fragile, 2, 254, 1> queue;
  int lost = 0;

  throwing_pop() { expect(queue.try_emplace(fragile::spoilt), "there is room"); }
  void thread(unsigned index) {
    if (index == 0) {
      push(queue, 3);
      push(queue, 4);
      return;
    }
    expect(pop(queue) == 1, "the element before is delivered");
    try {
      (void)queue.try_pop();
    } catch (const fragile::failed&) {
      ++lost;
    }
  }
  void after() {
    expect(lost == 1, "the spoilt element is reported lost");
    for (int i = 3; i <= 4; ++i) expect(pop(queue) == i, "all others are delivered");
    expect(queue.empty_approx(), "nothing is left");
  }
};
const verify::add<throwing_pop> add_throwing_pop{
    "scq_ring/throwing_pop",
    {.structure = "scq_ring",
     .purpose = "a pop whose move throws loses that element only, and its cell serves again",
     .dies_of = {weaken("scq_ring.hpp:E4"), weaken("scq_ring.hpp:T3")}}};

/// Each thread pushes and pops in turn, so that whoever pops finds an element, if not its own. Pops draw positions at
/// which others are about to push.
struct stopped_inside {
  static constexpr unsigned threads = 2;
  ring<int, 4, 250> queue;

  void operation(unsigned, unsigned round) {
    if (round % 2 == 0) {
      push(queue, 4);
    } else {
      (void)pop(queue);
    }
  }
};
const verify::add_progress<stopped_inside> add_stopped_inside{"scq_ring/push and pop",
                                                              {.structure = "scq_ring",
                                                               .purpose = "both threads push and pop in turn",
                                                               .claims = lockfree::scq_ring<int>::progress,
                                                               .rounds = 8}};

}  // namespace
