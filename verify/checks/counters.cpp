// SPDX-License-Identifier: Apache-2.0
//
// Model checks of the counters: no update is lost, a bound is never passed, a stripe outlives its thread.

#include <atomic>
#include <cstdint>

#include <lockfree/counter/atomic_counter.hpp>
#include <lockfree/counter/cas_counter.hpp>
#include <lockfree/counter/striped_counter.hpp>
#include <lockfree/verify/check.hpp>

namespace {

namespace verify = lockfree::verify;
using std::memory_order;
using verify::expect;

/// Three threads count up, down and by more; the total is exact afterwards, and never one that nobody can have made.
template <class Counter>
struct exact_total {
  static constexpr unsigned threads = 3;
  Counter counter;

  void thread(unsigned index) {
    if (index == 0) {
      counter.increment();
      counter.add(4);
    } else if (index == 1) {
      counter.decrement();
      counter.add(16);
    } else {
      counter.increment();
      const auto seen = counter.value();
      expect(seen == 1 + 0 || seen == 1 + 1 || seen == 1 + 5 || seen == 1 - 1 || seen == 1 + 1 - 1 ||
                 seen == 1 + 5 - 1 || seen == 1 + 15 || seen == 1 + 1 + 15 || seen == 1 + 5 + 15,
             "a total is made of whole updates, each thread's in order, its own included");
    }
  }
  void after() { expect(counter.value() == 21, "every update is in the total"); }
};

/// The same by a load and a store.
class racy_counter {
 public:
  void add(std::int64_t n) { total_.store(total_.load(memory_order::relaxed) + n, memory_order::relaxed); }
  void increment() { add(1); }
  void decrement() { add(-1); }
  [[nodiscard]] std::int64_t value() const { return total_.load(memory_order::relaxed); }

 private:
  verify::atomic<std::int64_t> total_{0};
};

const verify::add<exact_total<lockfree::basic_atomic_counter<verify::platform>>> add_atomic_exact{
    "atomic_counter/exact total", {.structure = "atomic_counter", .purpose = "no update is lost and each is whole"}};
const verify::add<exact_total<lockfree::basic_cas_counter<verify::platform>>> add_cas_exact{
    "cas_counter/exact total", {.structure = "cas_counter", .purpose = "no update is lost and each is whole"}};
const verify::add<exact_total<lockfree::basic_striped_counter<verify::platform>>> add_striped_exact{
    "striped_counter/settled total",
    {.structure = "striped_counter", .purpose = "no update is lost once all have happened, and each is whole before"}};
const verify::add<exact_total<racy_counter>> add_racy{"atomic_counter/load and store on one cell",
                                                      {.structure = "atomic_counter",
                                                       .purpose = "a load and a store by several threads lose updates",
                                                       .broken = true,
                                                       .twin_of = "atomic_counter/exact total"}};

/// Reads of one thread never go back while others only increment.
template <class Counter>
struct never_goes_back {
  static constexpr unsigned threads = 3;
  Counter counter;

  void thread(unsigned index) {
    if (index != 0) {
      counter.increment();
      counter.increment();
      return;
    }
    const auto first = counter.value();
    const auto second = counter.value();
    expect(0 <= first && first <= second && second <= 4, "a later read is not smaller");
  }
  void after() { expect(counter.value() == 4, "every update is in the total"); }
};
const verify::add<never_goes_back<lockfree::basic_cas_counter<verify::platform>>> add_cas_never_back{
    "cas_counter/never goes back",
    {.structure = "cas_counter", .purpose = "reads of one thread never go back while others only increment"}};
const verify::add<never_goes_back<lockfree::basic_striped_counter<verify::platform>>> add_striped_never_back{
    "striped_counter/never goes back",
    {.structure = "striped_counter",
     .purpose = "reads of one thread never go back while others only increment, although stripes are read one by one"}};

/// As a user would write it who has no add_if_below.
struct check_then_add : lockfree::basic_cas_counter<verify::platform> {
  bool add_if_below(std::int64_t n, std::int64_t limit) {
    if (value() + n > limit) return false;
    add(n);
    return true;
  }
};

/// Three threads are after two places, and one of them gives its place back.
template <class Counter>
struct bound {
  static constexpr unsigned threads = 3;
  static constexpr std::int64_t limit = 2;
  Counter counter;
  int granted = 0;
  int inside = 0;

  void thread(unsigned index) {
    if (!counter.add_if_below(1, limit)) return;
    ++granted;
    expect(++inside <= limit, "no more are inside than the bound allows");
    expect(counter.value() <= limit, "the bound is never passed");
    if (index == 0) {
      --inside;
      counter.decrement();
    }
  }
  void after() {
    expect(granted >= 2, "a place is refused only when both are taken");
    expect(counter.value() == inside, "every grant and every return is in the total");
  }
};
const verify::add<bound<lockfree::basic_cas_counter<verify::platform>>> add_bound{
    "cas_counter/bound",
    {.structure = "cas_counter", .purpose = "add_if_below never passes its bound, whatever threads do at once"}};
const verify::add<bound<check_then_add>> add_check_then_add{
    "cas_counter/check, then add",
    {.structure = "cas_counter",
     .purpose = "a bound that is checked before the addition is passed",
     .broken = true,
     .twin_of = "cas_counter/bound"}};

/// Threads end and their stripes are handed on: by load and store, so the hand-over must be ordered.
struct handed_on {
  static constexpr unsigned threads = 2;
  lockfree::basic_striped_counter<verify::platform> counter;

  void thread(unsigned) {
    counter.add(1);
    verify::platform::end_thread();
    counter.add(2);
    verify::platform::end_thread();
    counter.add(4);
  }
  void after() { expect(counter.value() == 14, "what ended threads counted stays"); }
};
const verify::add<handed_on> add_handed_on{
    "striped_counter/handed on",
    {.structure = "striped_counter",
     .purpose = "a stripe that goes from an ended thread to another keeps the counts of both",
     .dies_of = {verify::weaken("verify/per_thread.hpp:R1"), verify::weaken("verify/per_thread.hpp:R3")}}};

/// A thread walks over the records, to change them, while another's is new.
struct walks {
  static constexpr unsigned threads = 2;
  struct record {
    verify::atomic<int> count{0};
    void on_thread_exit() noexcept {}
  };
  verify::platform::per_thread<record> records;

  void thread(unsigned index) {
    if (index == 0) {
      records.local().count.fetch_add(1, memory_order::relaxed);
    } else {
      records.for_each([](record& each) { each.count.fetch_add(2, memory_order::relaxed); });
    }
  }
  void after() {
    records.for_each([](record& each) {
      const int count = each.count.load(memory_order::relaxed);
      expect(count == 1 || count == 3, "both additions are made to the same record");
    });
  }
};
const verify::add<walks> add_walks{"per_thread/walks",
                                   {.structure = "per_thread",
                                    .purpose = "who walks over the records finds only whole ones",
                                    .dies_of = {verify::weaken("verify/per_thread.hpp:V1")},
                                    .audited = {"verify/per_thread.hpp"}}};

/// A stripe that an ended thread takes with it.
struct forgetful {
  struct stripe {
    verify::atomic<std::int64_t> count{0};
    void on_thread_exit() noexcept { count.store(0, memory_order::relaxed); }
  };
  verify::platform::per_thread<stripe> stripes;
  void add(std::int64_t n) {
    auto& own = stripes.local().count;
    own.store(own.load(memory_order::relaxed) + n, memory_order::relaxed);
  }
  std::int64_t value() {
    std::int64_t total = 0;
    stripes.for_each([&](stripe& each) { total += each.count.load(memory_order::relaxed); });
    return total;
  }
};
struct forgotten {
  static constexpr unsigned threads = 2;
  forgetful counter;

  void thread(unsigned) {
    counter.add(1);
    verify::platform::end_thread();
    counter.add(2);
  }
  void after() { expect(counter.value() == 6, "what ended threads counted stays"); }
};
const verify::add<forgotten> add_forgotten{"striped_counter/stripe that dies with its thread",
                                           {.structure = "striped_counter",
                                            .purpose = "a stripe that is cleared when its thread ends loses counts",
                                            .broken = true,
                                            .twin_of = "striped_counter/handed on"}};

}  // namespace
