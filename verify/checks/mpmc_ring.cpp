// SPDX-License-Identifier: Apache-2.0
//
// Model checks of mpmc_ring. Elements are the numbers 1, 2, 3 ...; a ledger sees to it that each is popped exactly once,
// and those of one producer in their order. Positions are 8 bits wide and start shortly before they wrap.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <lockfree/queue/mpmc_ring.hpp>
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

/// Four slots; the first position is `First`, the elements 1 to `Inside` are there.
template <class T, std::uint8_t First = 0, int Inside = 0>
struct ring : lockfree::mpmc_ring<T, verify::platform, std::uint8_t> {
  ring() : lockfree::mpmc_ring<T, verify::platform, std::uint8_t>(4, First) {
    for (int i = 1; i <= Inside; ++i) expect(this->try_emplace(i), "there is room at the start");
  }
};

/// Generated scenarios: a queue of four, whose "full" and "empty" may also mean that somebody is inside the next slot.
using queue_of_four = verify::spec::queue<4, verify::failure::lenient, verify::failure::lenient>;
const verify::declare<ring<int, 254>, queue_of_four> add_declared{
    "mpmc_ring/declared",
    {verify::op::push(), verify::op::pop()},
    {.structure = "mpmc_ring",
     .purpose = "every result is one of a queue of four, in every scenario that is generated",
     .dies_of = {weaken("mpmc_ring.hpp:P4"), weaken("mpmc_ring.hpp:P2"), weaken("mpmc_ring.hpp:F2"),
                 weaken("mpmc_ring.hpp:C2"), weaken("mpmc_ring.hpp:G2"), weaken("mpmc_ring.hpp:C4")}}};

/// Two producers fill the last free slot and the first of the next lap, which the consumer has to leave first.
struct producers_lap_consumer {
  static constexpr unsigned threads = 3;
  ring<int, 253, 3> queue;
  ledger<5> book;

  void thread(unsigned index) {
    if (index < 2) {
      push(queue, 4 + static_cast<int>(index));
      return;
    }
    int before = 0;
    for (int i = 0; i < 5; ++i) {
      const int element = pop(queue);
      book.popped(element);
      expect(element > before || element == 4, "what was inside comes out first and in order");
      before = element;
    }
  }
  void after() { book.settle(queue); }
};
const verify::add<producers_lap_consumer> add_producers_lap_consumer{
    "mpmc_ring/producers_lap_consumer",
    {.structure = "mpmc_ring",
     .purpose = "a producer enters a slot of the next lap only after its consumer has left, while the index wraps",
     .dies_of = {weaken("mpmc_ring.hpp:P2"), weaken("mpmc_ring.hpp:F2"), weaken("mpmc_ring.hpp:C4"),
                 weaken("mpmc_ring.hpp:P4"), weaken("mpmc_ring.hpp:C2")}}};

/// Two consumers take what one producer pushes.
struct consumers_share {
  static constexpr unsigned threads = 3;
  ring<int, 254> queue;
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
    "mpmc_ring/consumers_share",
    {.structure = "mpmc_ring",
     .purpose = "two consumers take each element once, written, and in the producer's order",
     .dies_of = {weaken("mpmc_ring.hpp:P4"), weaken("mpmc_ring.hpp:C2"), weaken("mpmc_ring.hpp:G2")}}};

/// Two producers and two consumers, one operation each, across the wrap and the lap: one slot is free, three are
/// filled.
struct two_by_two {
  static constexpr unsigned threads = 4;
  ring<int, 253, 3> queue;
  ledger<5> book;

  void thread(unsigned index) {
    if (index < 2) {
      push(queue, 4 + static_cast<int>(index));
    } else {
      book.popped(pop(queue));
    }
  }
  void after() {
    expect(queue.size_approx() == 3, "five in, two out");
    book.settle(queue);
  }
};
const verify::add<two_by_two> add_two_by_two{
    "mpmc_ring/two_by_two",
    {.structure = "mpmc_ring",
     .purpose = "two producers and two consumers at the full boundary lose and repeat nothing",
     .dies_of = {weaken("mpmc_ring.hpp:P2"), weaken("mpmc_ring.hpp:F2"), weaken("mpmc_ring.hpp:C4")}}};

/// One slot is free, and two producers want it: nobody is inside the ring, so exactly one is refused.
struct last_free_slot {
  static constexpr unsigned threads = 2;
  ring<int, 253, 3> queue;
  std::array<bool, 2> pushed{};

  void thread(unsigned index) { pushed[index] = queue.try_push(4); }
  void after() {
    expect(pushed[0] != pushed[1], "the last free slot goes to exactly one producer");
    for (int i = 1; i <= 4; ++i) expect(queue.try_pop() == i, "the ring holds what was pushed, in order");
    expect(!queue.try_pop(), "nothing is left");
  }
};
const verify::add<last_free_slot> add_last_free_slot{
    "mpmc_ring/last_free_slot",
    {.structure = "mpmc_ring", .purpose = "of two producers at the last free slot exactly one gets it"}};

/// The same on the other side.
struct last_element {
  static constexpr unsigned threads = 2;
  ring<int, 255, 1> queue;
  std::array<bool, 2> popped{};

  void thread(unsigned index) {
    int out = -1;
    popped[index] = queue.try_pop(out);
    expect(out == (popped[index] ? 1 : -1), "a pop delivers the element, or leaves its argument alone");
  }
  void after() {
    expect(popped[0] != popped[1], "the last element goes to exactly one consumer");
    expect(queue.empty_approx() && !queue.try_pop(), "nothing is left");
  }
};
const verify::add<last_element> add_last_element{
    "mpmc_ring/last_element",
    {.structure = "mpmc_ring", .purpose = "of two consumers at the last element exactly one gets it"}};

/// What last_element is there to find: a pop that looks and then moves the head, in two steps.
struct last_element_unclaimed {
  static constexpr unsigned threads = 2;
  verify::platform::atomic<std::uint8_t> head{255};
  verify::platform::atomic<std::uint8_t> tail{0};
  std::array<bool, 2> popped{};

  void thread(unsigned index) {
    const std::uint8_t mine = head.load(std::memory_order::acquire);
    if (mine == tail.load(std::memory_order::acquire)) return;
    head.store(static_cast<std::uint8_t>(mine + 1), std::memory_order::release);
    popped[index] = true;
  }
  void after() { expect(popped[0] != popped[1], "the last element goes to exactly one consumer"); }
};
const verify::add<last_element_unclaimed> add_last_element_unclaimed{
    "mpmc_ring/last_element_unclaimed",
    {.structure = "mpmc_ring",
     .purpose = "without the compare-exchange both consumers take the last element",
     .broken = true,
     .twin_of = "mpmc_ring/last_element"}};

/// The same mistake on the other side.
struct last_free_slot_unclaimed {
  static constexpr unsigned threads = 2;
  verify::platform::atomic<std::uint8_t> tail{0};
  std::array<bool, 2> pushed{};

  void thread(unsigned index) {
    constexpr std::uint8_t head = 253;  // three elements of four are inside
    const std::uint8_t mine = tail.load(std::memory_order::acquire);
    if (static_cast<std::uint8_t>(mine - head) == 4) return;
    tail.store(static_cast<std::uint8_t>(mine + 1), std::memory_order::release);
    pushed[index] = true;
  }
  void after() { expect(pushed[0] != pushed[1], "the last free slot goes to exactly one producer"); }
};
const verify::add<last_free_slot_unclaimed> add_last_free_slot_unclaimed{
    "mpmc_ring/last_free_slot_unclaimed",
    {.structure = "mpmc_ring",
     .purpose = "without the compare-exchange both producers take the last free slot",
     .broken = true,
     .twin_of = "mpmc_ring/last_free_slot"}};

/// Bulk operations against single ones: the batch of one thread stays together.
struct bulk {
  static constexpr unsigned threads = 3;
  ring<int, 254, 2> queue;
  ledger<5> book;

  void thread(unsigned index) {
    verify::platform::spin_wait wait;
    if (index == 0) {
      const std::array<int, 2> batch{3, 4};
      for (std::size_t done = 0; done < 2;) {
        const std::size_t count = queue.try_push_n(batch.begin() + done, 2 - done);
        if (count == 0) wait.once();
        done += count;
      }
    } else if (index == 1) {
      push(queue, 5);
    } else {
      std::array<int, 3> out{};
      for (std::size_t done = 0; done < 3;) {
        const std::size_t count = queue.try_pop_n(out.begin() + done, 3 - done);
        if (count == 0) wait.once();
        done += count;
      }
      expect(out[0] == 1 && out[1] == 2, "what was inside comes out first");
      for (const int element : out) book.popped(element);
    }
  }
  void after() { book.settle(queue); }
};
const verify::add<bulk> add_bulk{
    "mpmc_ring/bulk",
    {.structure = "mpmc_ring",
     .purpose = "a batch claims neighbouring slots, each of which is free or filled for it",
     .dies_of = {weaken("mpmc_ring.hpp:F2"), weaken("mpmc_ring.hpp:G2"), weaken("mpmc_ring.hpp:P4"),
                 weaken("mpmc_ring.hpp:C4")}}};

/// Its construction throws from 0, its move never: such an element is made before a slot is claimed.
struct careful {
  explicit careful(int from) : value(from) {
    if (from == 0) throw fragile::failed();
  }
  careful(careful&&) noexcept = default;
  explicit operator int() const { return value; }

  int value;
};

/// The last free slot, beside a push that throws.
template <class Element>
struct failing_push {
  static constexpr unsigned threads = 2;
  ring<Element, 253, 3> queue;

  void thread(unsigned index) {
    if (index == 0) {
      expect(queue.try_emplace(4), "a push that throws takes no slot");
    } else {
      try {
        expect(!queue.try_emplace(0), "a push that succeeds has made its element");
      } catch (const fragile::failed&) {}
    }
  }
  void after() {
    for (int i = 1; i <= 4; ++i) expect(pop(queue) == i, "the ring holds what was pushed, in order");
    expect(!queue.try_pop(), "nothing is left");
  }
};
const verify::add<failing_push<careful>> add_made_aside{
    "mpmc_ring/made_aside",
    {.structure = "mpmc_ring",
     .purpose = "an element whose construction throws takes no slot if its move does not throw"}};
/// Made in its slot, the failing element has taken it from the other one.
const verify::add<failing_push<fragile>> add_made_in_place{
    "mpmc_ring/made_in_place",
    {.structure = "mpmc_ring",
     .purpose = "an element that is made in its slot takes it although its construction throws",
     .broken = true,
     .twin_of = "mpmc_ring/made_aside"}};

/// A producer gives up a place; it serves the next lap, for another producer, after a pop has skipped it.
struct abandoned_place {
  static constexpr unsigned threads = 3;
  ring<fragile, 254> queue;
  ledger<5> book;

  abandoned_place() { book.popped(fragile::spoilt); }  // that one is not pushed here
  void thread(unsigned index) {
    if (index == 0) {
      try {
        while (!queue.try_emplace(0)) verify::platform::spin_wait().once();
        expect(false, "a failed construction throws out of the push");
      } catch (const fragile::failed&) {}
      push(queue, 1);
      push(queue, 3);
    } else if (index == 1) {
      push(queue, 4);
      push(queue, 5);
    } else {
      for (int i = 0; i < 2; ++i) book.popped(pop(queue));
    }
  }
  void after() {
    book.settle(queue);
    for (int i = 0; i < 4; ++i) expect(queue.try_emplace(1), "every place is free again");
  }
};
const verify::add<abandoned_place> add_abandoned_place{
    "mpmc_ring/abandoned_place",
    {.structure = "mpmc_ring",
     .purpose = "a place whose element could not be made is skipped and serves again",
     .dies_of = {weaken("mpmc_ring.hpp:A1"), weaken("mpmc_ring.hpp:A3"), weaken("mpmc_ring.hpp:G2")}}};

/// Two consumers find the place that a producer gave up; the next lap's producer takes it from the one that skips it.
struct skipped_by_two {
  static constexpr unsigned threads = 3;
  ring<fragile, 254> queue;
  ledger<5> book;

  skipped_by_two() {
    book.popped(fragile::spoilt);  // that one is not pushed here
    try {
      (void)queue.try_emplace(0);
    } catch (const fragile::failed&) {}
    for (const int element : {1, 3, 4}) push(queue, element);
  }
  void thread(unsigned index) {
    if (index == 0) {
      push(queue, 5);
    } else {
      book.popped(pop(queue));
    }
  }
  void after() { book.settle(queue); }
};
const verify::add<skipped_by_two> add_skipped_by_two{
    "mpmc_ring/skipped_by_two",
    {.structure = "mpmc_ring",
     .purpose = "of two consumers that find a place without an element one skips it, and the other leaves it alone",
     .dies_of = {verify::drop("mpmc_ring.hpp:A2")}}};

/// A pop that throws loses its element and frees the slot for the next lap.
struct throwing_pop {
  static constexpr unsigned threads = 2;
  ring<fragile, 253, 1> queue;
  int lost = 0;

  throwing_pop() {
    expect(queue.try_emplace(fragile::spoilt) && queue.try_emplace(3) && queue.try_emplace(4), "there is room");
  }
  void thread(unsigned index) {
    if (index == 0) {
      push(queue, 5);
      push(queue, 6);
      return;
    }
    expect(pop(queue) == 1, "the elements before are delivered");
    try {
      (void)queue.try_pop();
    } catch (const fragile::failed&) {
      ++lost;
    }
  }
  void after() {
    expect(lost == 1, "the spoilt element is reported lost");
    for (int i = 3; i <= 6; ++i) expect(pop(queue) == i, "all others are delivered");
    expect(queue.empty_approx(), "nothing is left");
  }
};
const verify::add<throwing_pop> add_throwing_pop{
    "mpmc_ring/throwing_pop",
    {.structure = "mpmc_ring",
     .purpose = "a pop whose move throws loses that element only, and its slot serves again",
     .dies_of = {weaken("mpmc_ring.hpp:C4"), weaken("mpmc_ring.hpp:P2")}}};

/// Three of four slots are filled. One thread pops and pushes, the other pushes and pops: each finds what it needs
/// although the other goes no further, and each comes round to the slot in which the other may stand.
struct stopped_inside {
  static constexpr unsigned threads = 2;
  ring<int, 253, 3> queue;

  void operation(unsigned thread, unsigned round) {
    if ((thread + round) % 2 == 0) {
      (void)pop(queue);
    } else {
      push(queue, 4);
    }
  }
};
const verify::add_progress<stopped_inside> add_stopped_inside{"mpmc_ring/push and pop",
                                                              {.structure = "mpmc_ring",
                                                               .purpose = "both threads push and pop in turn",
                                                               .claims = lockfree::mpmc_ring<int>::progress,
                                                               .rounds = 8}};

}  // namespace
