// SPDX-License-Identifier: Apache-2.0
//
// Model checks of the counters: no update is lost, a bound is never passed, a stripe outlives its thread.

#include <atomic>
#include <cstdint>

#include <lockfree/counter/atomic_counter.hpp>
#include <lockfree/counter/cas_counter.hpp>
#include <lockfree/counter/striped_counter.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>
#include <lockfree/verify/progress.hpp>

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
const verify::add<exact_total<racy_counter>> add_shared_stripe{
    "striped_counter/stripe of several threads",
    {.structure = "striped_counter",
     .purpose = "a load and a store, which are enough on a stripe of one's own, lose updates on one of several threads",
     .broken = true,
     .twin_of = "striped_counter/settled total"}};

/// Takes a failed compare-exchange for a successful one.
class gives_up_counter {
 public:
  void add(std::int64_t n) {
    std::int64_t now = total_.load(memory_order::relaxed);
    (void)total_.compare_exchange_strong(now, now + n, memory_order::relaxed, memory_order::relaxed);
  }
  void increment() { add(1); }
  void decrement() { add(-1); }
  [[nodiscard]] std::int64_t value() const { return total_.load(memory_order::relaxed); }

 private:
  verify::atomic<std::int64_t> total_{0};
};
const verify::add<exact_total<gives_up_counter>> add_gives_up{
    "cas_counter/compare-exchange without a second try",
    {.structure = "cas_counter",
     .purpose = "an update whose compare-exchange failed and is not tried again is lost",
     .broken = true,
     .twin_of = "cas_counter/exact total"}};
const verify::add<exact_total<racy_counter>> add_racy{"atomic_counter/load and store on one cell",
                                                      {.structure = "atomic_counter",
                                                       .purpose = "a load and a store by several threads lose updates",
                                                       .broken = true,
                                                       .twin_of = "atomic_counter/exact total"}};

/// Generated scenarios. A striped counter is exact where no update overlaps: its total is read before and after the
/// threads; what may be read in between is up to the checks below.
using verify::spec::counter;
constexpr std::string_view declared_purpose = "every total is one of a counter, in every scenario that is generated";
const verify::declare<lockfree::basic_atomic_counter<verify::platform>, counter> add_atomic_declared{
    "atomic_counter/declared",
    {verify::op::add(), verify::op::value()},
    {.structure = "atomic_counter", .purpose = declared_purpose}};
const verify::declare<lockfree::basic_cas_counter<verify::platform>, counter> add_cas_declared{
    "cas_counter/declared",
    {verify::op::add(), verify::op::value()},
    {.structure = "cas_counter", .purpose = declared_purpose}};
const verify::declare<lockfree::basic_striped_counter<verify::platform>, counter> add_striped_declared{
    "striped_counter/declared",
    {verify::op::add(), verify::op::value(verify::role::alone)},
    {.structure = "striped_counter", .purpose = declared_purpose}};
const verify::declare<racy_counter, counter> add_racy_declared{"atomic_counter/declared, load and store",
                                                               {verify::op::add(), verify::op::value()},
                                                               {.structure = "atomic_counter",
                                                                .purpose = "the same of a counter that loses updates",
                                                                .broken = true,
                                                                .twin_of = "atomic_counter/declared"}};
const verify::declare<gives_up_counter, counter> add_gives_up_declared{
    "cas_counter/declared, without a second try",
    {verify::op::add(), verify::op::value()},
    {.structure = "cas_counter",
     .purpose = "the same of a counter that gives up",
     .broken = true,
     .twin_of = "cas_counter/declared"}};
const verify::declare<lockfree::basic_striped_counter<verify::platform>, counter> add_striped_read_at_once{
    "striped_counter/declared, read at any time",
    {verify::op::add(), verify::op::value()},
    {.structure = "striped_counter",
     .purpose = "totals that are read beside updates are not those of one counter; whoever relies on that errs",
     .broken = true,
     .twin_of = "striped_counter/declared"}};

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

/// Adds too much and takes it back: every total is right in the end, but not on the way.
class overshooting_counter {
 public:
  void increment() {
    total_.fetch_add(2, memory_order::relaxed);
    total_.fetch_sub(1, memory_order::relaxed);
  }
  [[nodiscard]] std::int64_t value() const { return total_.load(memory_order::relaxed); }

 private:
  verify::atomic<std::int64_t> total_{0};
};
const verify::add<never_goes_back<overshooting_counter>> add_overshooting{
    "cas_counter/update in two steps",
    {.structure = "cas_counter",
     .purpose = "an update in two steps shows a total that is taken back",
     .broken = true,
     .twin_of = "cas_counter/never goes back"}};

/// Moves a stripe's count to a shared one when its thread ends, in two steps: in between it is nowhere.
class moving_counter {
 public:
  void increment() {
    stripe& own = stripes_.local();
    own.shared = &shared_;
    own.count.store(own.count.load(memory_order::relaxed) + 1, memory_order::relaxed);
  }
  [[nodiscard]] std::int64_t value() {
    std::int64_t total = shared_.load(memory_order::relaxed);
    stripes_.for_each([&](stripe& each) { total += each.count.load(memory_order::relaxed); });
    return total;
  }

 private:
  struct stripe {
    verify::atomic<std::int64_t> count{0};
    verify::atomic<std::int64_t>* shared = nullptr;
    void on_thread_exit() noexcept {
      const std::int64_t mine = count.exchange(0, memory_order::relaxed);
      if (mine != 0) shared->fetch_add(mine, memory_order::relaxed);
    }
  };
  verify::atomic<std::int64_t> shared_{0};
  verify::platform::per_thread<stripe> stripes_;
};
const verify::add<never_goes_back<moving_counter>> add_moving{
    "striped_counter/stripe that moves its count",
    {.structure = "striped_counter",
     .purpose = "a stripe that is emptied before its count is elsewhere lets a total go back",
     .broken = true,
     .twin_of = "striped_counter/never goes back"}};

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
      records.for_each([](record& each) {
        expect(each.count.load(memory_order::relaxed) <= 1, "a record holds what its owner wrote");
        each.count.fetch_add(2, memory_order::relaxed);
      });
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

/// Every thread adds and reads in turn. A thread's first addition may allocate; it is not one of those that are counted.
template <class Counter>
struct add_and_read {
  static constexpr unsigned threads = 3;
  Counter counter;

  void begin(unsigned /*thread*/) { counter.add(1); }
  void operation(unsigned /*thread*/, unsigned round) {
    if (round % 2 == 0) {
      counter.add(1);
    } else {
      (void)counter.value();
    }
  }
};
const verify::add_progress<add_and_read<lockfree::basic_atomic_counter<verify::platform>>> add_atomic_progress{
    "atomic_counter/add and read",
    {.structure = "atomic_counter",
     .purpose = "three threads add and read in turn",
     .claims = lockfree::atomic_counter::progress,
     .own_steps = 1}};
const verify::add_progress<add_and_read<lockfree::basic_striped_counter<verify::platform>>> add_striped_progress{
    "striped_counter/add and read",
    {.structure = "striped_counter",
     .purpose = "three threads add to their stripes and read all in turn",
     .claims = lockfree::striped_counter::progress,
     .own_steps = 5}};

/// Also the update that can refuse.
struct bounded_adds : add_and_read<lockfree::basic_cas_counter<verify::platform>> {
  void operation(unsigned thread, unsigned round) {
    if (thread != 0) return add_and_read::operation(thread, round);
    (void)counter.add_if_below(1, 100);
  }
};
const verify::add_progress<bounded_adds> add_cas_progress{"cas_counter/add and read, add_if_below",
                                                          {.structure = "cas_counter",
                                                           .purpose = "one adds below a bound, two add and read",
                                                           .claims = lockfree::cas_counter::progress}};

}  // namespace
