// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include <lockfree/queue/spsc_ring.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/progress.hpp>

#include "elements.hpp"

// The copyable example of a file of checks. Each check is a small program whose every schedule must be right; it says
// why it is hard and which single defects of the structure it must find.

namespace {

namespace verify = lockfree::verify;
using checks::on_heap;
using verify::expect;
using verify::platform;
using verify::weaken;

/// Positions are 8 bits wide, so that they really wrap; the first one is `First`.
template <class T, std::uint8_t First = 0>
struct ring : lockfree::spsc_ring<T, platform, std::uint8_t> {
  explicit ring(std::size_t capacity) : lockfree::spsc_ring<T, platform, std::uint8_t>(capacity, First) {}
};

/// Generated scenarios: a queue of two between one producer and one consumer. Why not both are exact: `linearizable`.
const verify::declare<verify::made<ring<int>, 2>,
                      verify::spec::queue<2, verify::failure::exact, verify::failure::lenient>>
    add_declared{"spsc_ring/declared",
                 {verify::op::push(verify::role::producer), verify::op::pop(verify::role::consumer)},
                 {.structure = "spsc_ring",
                  .purpose = "every result is one of a queue of two, in every scenario that is generated",
                  .dies_of = {weaken("spsc_ring.hpp:P2"), weaken("spsc_ring.hpp:P3"), weaken("spsc_ring.hpp:C2"),
                              weaken("spsc_ring.hpp:C3")}}};

/// Two cells, three elements: both sides wait for each other, so that every cell is used twice.
template <std::uint8_t First>
struct delivers {
  static constexpr unsigned threads = 2;
  static constexpr int elements = 3;

  ring<int, First> queue{2};

  void thread(unsigned index) {
    platform::spin_wait wait;
    for (int i = 0; i < elements; ++i) {
      if (index == 0) {
        while (!queue.try_push(i)) wait.once();
      } else {
        int out = -1;
        while (!queue.try_pop(out)) wait.once();
        expect(out == i, "elements come out in the order in which they went in");
      }
    }
  }
  void after() { expect(queue.empty_approx(), "nothing is left"); }
};
const verify::add<delivers<0>> add_delivers{
    "spsc_ring/delivers",
    {.structure = "spsc_ring",
     .purpose = "a cell is filled, emptied and filled again without the two sides touching it at once",
     .dies_of = {weaken("spsc_ring.hpp:P2"), weaken("spsc_ring.hpp:P3"), weaken("spsc_ring.hpp:C2"),
                 weaken("spsc_ring.hpp:C3")}}};

/// The same over the edge: the next position but one is 0 again, while both sides run.
const verify::add<delivers<254>> add_wraps{"spsc_ring/wraps",
                                           {.structure = "spsc_ring",
                                            .purpose = "full and empty stay apart while the positions wrap",
                                            .dies_of = {weaken("spsc_ring.hpp:P3"), weaken("spsc_ring.hpp:C3")}}};

/// Batches publish once for all of their elements.
struct batches {
  static constexpr unsigned threads = 2;
  static constexpr std::size_t elements = 3;

  ring<int> queue{2};

  void thread(unsigned index) {
    platform::spin_wait wait;
    std::array<int, elements> values{};
    if (index == 0) {
      for (std::size_t i = 0; i < elements; ++i) values[i] = static_cast<int>(i) + 1;
      for (std::size_t sent = 0; sent < elements; wait.once()) {
        sent += queue.try_push_n(values.begin() + static_cast<std::ptrdiff_t>(sent), elements - sent);
      }
    } else {
      for (std::size_t got = 0; got < elements; wait.once()) {
        got += queue.try_pop_n(values.begin() + static_cast<std::ptrdiff_t>(got), elements - got);
      }
      for (std::size_t i = 0; i < elements; ++i) {
        expect(values[i] == static_cast<int>(i) + 1, "a batch arrives whole and in order");
      }
    }
  }
};
const verify::add<batches> add_batches{"spsc_ring/batches",
                                       {.structure = "spsc_ring",
                                        .purpose = "one index update shows, or gives back, all cells of a batch",
                                        .dies_of = {weaken("spsc_ring.hpp:P2"), weaken("spsc_ring.hpp:P5"),
                                                    weaken("spsc_ring.hpp:C2"), weaken("spsc_ring.hpp:C3")}}};

using verify::failure;

/// Every result fits one sequential queue. "Full" and "empty" are each exact, but not both in one order: a producer
/// that finds the ring full and a consumer that finds it empty have each stored before they looked, and nothing orders
/// a store before a load here, on no machine. So one of the two is let off in each check.
template <failure Full, failure Empty>
struct linearizable {
  static constexpr unsigned threads = 2;

  ring<int> queue{2};
  verify::history<verify::spec::queue<2, Full, Empty>> history;

  void thread(unsigned index) {
    using operation = verify::spec::transfer;
    for (int i = 1; i <= 4; ++i) {
      history.record([&] {
        if (index == 0) return operation::push(i, queue.try_push(i));
        int out = 0;
        const bool done = queue.try_pop(out);
        return operation::pop(done, out);
      });
    }
  }
  void after() { history.check(); }
};
const verify::add<linearizable<failure::exact, failure::lenient>> add_full_is_exact{
    "spsc_ring/full_is_exact",
    {.structure = "spsc_ring", .purpose = "results are those of a queue that says full only when it is"}};
const verify::add<linearizable<failure::lenient, failure::exact>> add_empty_is_exact{
    "spsc_ring/empty_is_exact",
    {.structure = "spsc_ring", .purpose = "results are those of a queue that says empty only when it is"}};
const verify::add<linearizable<failure::exact, failure::exact>> add_both_are_not_exact{
    "spsc_ring/both_are_not_exact",
    {.structure = "spsc_ring",
     .purpose = "full and empty together are not those of any one queue; whoever relies on that errs",
     .broken = true,
     .twin_of = "spsc_ring/full_is_exact"}};

/// The same with a consumer that hands out its last element again when it finds none.
struct pops_twice {
  static constexpr unsigned threads = 2;

  ring<int> queue{2};
  verify::history<verify::spec::queue<2, failure::lenient, failure::exact>> history;

  void thread(unsigned index) {
    using operation = verify::spec::transfer;
    int last = 0;
    for (int i = 1; i <= 3; ++i) {
      history.record([&] {
        if (index == 0) return operation::push(i, queue.try_push(i));
        const bool done = queue.try_pop(last);
        return operation::pop(done || last != 0, last);
      });
    }
  }
  void after() { history.check(); }
};
const verify::add<pops_twice> add_pops_twice{"spsc_ring/pops_twice",
                                             {.structure = "spsc_ring",
                                              .purpose = "a consumer that returns its last element when it finds none",
                                              .broken = true,
                                              .twin_of = "spsc_ring/empty_is_exact"}};

/// What is still inside is destroyed with the ring; what came out was destroyed there, once.
template <bool Forgets>
struct destroys {
  static constexpr unsigned threads = 2;

  ring<on_heap<Forgets>> queue{4};

  void thread(unsigned index) {
    for (int i = 0; i < 3; ++i) {
      if (index == 0) {
        expect(queue.try_emplace(i), "there is room");
      } else if (auto out = queue.try_pop()) {
        expect(out->value() >= 0 && out->value() < 3, "an element is whole");
      }
    }
  }
};
const verify::add<destroys<false>> add_destroys{
    "spsc_ring/destroys",
    {.structure = "spsc_ring",
     .purpose = "each element is destroyed exactly once, by the consumer or with the ring",
     .dies_of = {weaken("spsc_ring.hpp:P3"), weaken("spsc_ring.hpp:C2")}}};
const verify::add<destroys<true>> add_forgets{"spsc_ring/forgets",
                                              {.structure = "spsc_ring",
                                               .purpose = "elements whose destructor does not run are noticed",
                                               .broken = true,
                                               .twin_of = "spsc_ring/destroys"}};

/// A third thread may look at the size at any time.
struct size_is_bounded : delivers<0> {
  static constexpr unsigned threads = 3;

  void thread(unsigned index) {
    if (index < 2) {
      delivers<0>::thread(index);
    } else {
      expect(queue.size_approx() <= queue.capacity(), "an estimate is never more than the capacity");
    }
  }
};
const verify::add<size_is_bounded> add_size_is_bounded{
    "spsc_ring/size_is_bounded",
    {.structure = "spsc_ring",
     .purpose = "size_approx stays within the capacity although its two reads may be far apart"}};

/// The same with an estimate as it would be without a limit: two reads, far apart.
struct size_is_not_bounded : delivers<0> {
  static constexpr unsigned threads = 3;

  platform::atomic<int> pushed{0};
  platform::atomic<int> popped{0};

  void thread(unsigned index) {
    platform::spin_wait wait;
    if (index == 2) {
      const int head = popped.load(std::memory_order::relaxed);
      const int tail = pushed.load(std::memory_order::relaxed);
      expect(tail - head <= static_cast<int>(queue.capacity()), "an estimate is never more than the capacity");
      return;
    }
    for (int i = 0; i < elements; ++i) {
      int out = 0;
      while (!(index == 0 ? queue.try_push(i) : queue.try_pop(out))) wait.once();
      (index == 0 ? pushed : popped).store(i + 1, std::memory_order::relaxed);
    }
  }
};
const verify::add<size_is_not_bounded> add_size_is_not_bounded{
    "spsc_ring/size_is_not_bounded",
    {.structure = "spsc_ring",
     .purpose = "the difference of two positions that are read far apart passes the capacity",
     .broken = true,
     .twin_of = "spsc_ring/size_is_bounded"}};

/// The producer has room, the consumer elements, and both must look at the other's index to know it.
struct neither_waits {
  static constexpr unsigned threads = 2;

  ring<int> queue{16};

  neither_waits() {
    for (int i = 0; i < 16; ++i) {
      expect(queue.try_push(i), "there is room at the start");
      int out = 0;
      if (i < 8) expect(queue.try_pop(out), "an element that was pushed is there");
    }
  }
  void operation(unsigned thread, unsigned /*round*/) {
    platform::spin_wait wait;
    int out = 0;
    while (thread == 0 ? !queue.try_push(0) : !queue.try_pop(out)) wait.once();
  }
};
const verify::add_progress<neither_waits> add_neither_waits{"spsc_ring/push, pop",
                                                            {.structure = "spsc_ring",
                                                             .purpose = "one pushes, one pops",
                                                             .claims = lockfree::spsc_ring<int>::progress,
                                                             .own_steps = 3}};

}  // namespace
