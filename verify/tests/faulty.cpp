// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>

#include <lockfree/queue/spsc_ring.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/spec.hpp>

// Checks that end badly in each way that lfcheck can report: what lfcheck.sh runs.

namespace {

namespace verify = lockfree::verify;
using verify::expect;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;
constexpr auto seq_cst = std::memory_order::seq_cst;

/// Two threads each add one by load and store; found by a single switch.
struct lost_update {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned) { total.store(total.load(relaxed) + 1, relaxed); }
  void after() { expect(total.load(relaxed) == 2, "no addition is lost"); }
};
const verify::add<lost_update> add_lost_update{"fails/lost update", {.purpose = "a violation <&\" for the report>"}};

/// A sentence that is no UTF-8, with a character that XML can't hold.
struct odd_text {
  static constexpr unsigned threads = 1;
  void thread(unsigned) { expect(false, "caf\xE9, caf\xC3\xA9, \x01 and \xEF\xBF\xBF"); }
};
const verify::add<odd_text> add_odd_text{"fails/odd text", {.purpose = "a report is well-formed for it"}};

struct fine {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned) { total.fetch_add(1, relaxed); }
  void after() { expect(total.load(relaxed) == 2, "no addition is lost"); }
};
const verify::add<fine> add_fine{"holds/fine", {.purpose = "holds"}};

/// Some hundred executions and more, for shards to divide.
struct larger {
  static constexpr unsigned threads = 3;
  verify::atomic<int> total{0};
  void thread(unsigned) {
    for (int i = 0; i < 2; ++i) total.fetch_add(1, relaxed);
  }
  void after() { expect(total.load(relaxed) == 6, "no addition is lost"); }
};
const verify::add<larger> add_larger{"holds/larger", {.purpose = "holds, and has several parts"}};

struct sampled {
  static constexpr unsigned threads = 4;
  verify::atomic<int> total{0};
  void thread(unsigned) {
    for (int i = 0; i < 6; ++i) total.fetch_add(1, relaxed);
  }
};
const verify::add<sampled> add_sampled{"holds/sampled", {.purpose = "holds, with too many executions for all"}};

/// One order of the threads alone is bad, so that few of many shards can see it.
struct one_of_many {
  static constexpr unsigned threads = 3;
  verify::atomic<unsigned> step{0};
  std::uint64_t trail = 0;  // not shared memory to the model, which makes one step at a time
  void thread(unsigned index) {
    for (unsigned i = 0; i < 4; ++i) {
      step.fetch_add(1, std::memory_order::acq_rel);
      trail = trail * 10 + index;
    }
  }
  void after() { expect(trail != 210'210'210'210, "the last shall be first"); }
};
const verify::add<one_of_many> add_one_of_many{"fails/one of many", {.purpose = "is bad in one order of the steps"}};

const verify::add<lost_update> add_broken{"fails/broken", {.purpose = "a violation that is expected", .broken = true}};

/// Too large for a complete search in the time that it gets.
struct large {
  static constexpr unsigned threads = 4;
  verify::atomic<int> total{0};
  void thread(unsigned) {
    for (int i = 0; i < 8; ++i) total.fetch_add(1, relaxed);
  }
};
const verify::add<large> add_large{"undecided/large", {.purpose = "needs more", .executions = 1'000'000'000'000}};

const verify::add<fine> add_survivor{"missed/correct code",
                                     {.purpose = "called broken, but it is not", .broken = true}};

struct ring_user {
  static constexpr unsigned threads = 2;
  lockfree::spsc_ring<int, verify::platform, std::uint8_t> queue{2};
  void thread(unsigned index) {
    int out = 0;
    if (index == 0) {
      (void)queue.try_push(1);
    } else {
      (void)queue.try_pop(out);
    }
  }
};
const verify::add<ring_user> add_unknown_tag{
    "harness/unknown tag", {.purpose = "a tag that is not there", .dies_of = {verify::weaken("spsc_ring.hpp:Z9")}}};
const verify::add<ring_user> add_unreached{
    "harness/unreached tag", {.purpose = "a place that is not used", .dies_of = {verify::weaken("spsc_ring.hpp:P5")}}};
const verify::add<ring_user> add_unknown_file{
    "harness/unknown file", {.purpose = "a file that is not used", .dies_of = {verify::weaken("nowhere.hpp:P1")}}};

/// Looks four times, each time passing the turn on, and then takes it that nobody comes.
struct patience {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> there{false};
  void thread(unsigned index) {
    if (index == 0) return there.store(true, release);
    verify::platform::spin_wait wait;
    for (int turn = 0; turn < 4; ++turn) {
      if (there.load(acquire)) return;
      wait.once();
    }
    expect(false, "somebody comes in time");
  }
};
const verify::add<patience> add_patience{"fails/patience", {.purpose = "the other thread may be late"}};

/// The same, waiting without end.
struct spins {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> there{false};
  void thread(unsigned index) {
    if (index == 0) return there.store(true, release);
    verify::platform::spin_wait wait;
    while (!there.load(acquire)) wait.once();
  }
};
const verify::add<spins> add_spins{"holds/spins", {.purpose = "a thread waits for another"}};

struct three_spurious_failures {
  static constexpr unsigned threads = 1;
  verify::atomic<int> total{0};
  void thread(unsigned) {
    for (int tries = 0; tries < 3; ++tries) {
      int expected = 0;
      if (total.compare_exchange_weak(expected, 1, relaxed, relaxed)) return;
    }
    expect(false, "three times is enough");
  }
};
const verify::add<three_spurious_failures> add_three_spurious_failures{
    "fails/three spurious failures", {.purpose = "a weak compare-exchange may fail for no reason at all"}};

/// The value that it fails on may be old: the newer one was stored relaxed.
struct stale_compare_exchange {
  static constexpr unsigned threads = 2;
  verify::atomic<int> data{0};
  verify::atomic<int> flag{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.store(1, relaxed);
      flag.store(1, relaxed);
    } else if (flag.load(seq_cst) == 1) {
      int expected = 7;
      (void)data.compare_exchange_strong(expected, 8, seq_cst, seq_cst);
      expect(expected == 1, "who sees the flag sees the data");
    }
  }
};
const verify::add<stale_compare_exchange> add_stale_compare_exchange{
    "fails/stale seq_cst compare-exchange", {.purpose = "nothing orders the two relaxed stores"}};

/// Equal decisions, another number of steps.
struct other_tree {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned index) {
    static int executions = 0;
    if (index == 0) ++executions;
    total.fetch_add(1, relaxed);
    if (executions % 3 == 0) total.fetch_add(1, relaxed);
  }
};
const verify::add<other_tree> add_other_tree{"harness/other tree", {.purpose = "depends on static data and holds"}};

struct long_history {
  static constexpr unsigned threads = 2;
  verify::history<verify::spec::counter> results;
  void thread(unsigned index) {
    if (index == 1) return;
    for (int i = 0; i < 17; ++i) {
      results.record([] { return verify::spec::counter::operation::add(1); });
    }
  }
};
const verify::add<long_history> add_long_history{"harness/long history", {.purpose = "17 operations"}};

struct exits {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned) {
    if (total.fetch_add(1, relaxed) == 1) std::_Exit(7);
  }
};
const verify::add<exits> add_exits{"harness/exits", {.purpose = "ends the process"}};

struct moody {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned index) {
    static int executions = 0;
    total.fetch_add(1, relaxed);
    if (index == 0) expect(++executions != 3, "the third execution of the process is bad");
  }
};
const verify::add<moody> add_moody{"harness/not repeatable", {.purpose = "depends on static data"}};

struct crashes {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> ready{false};
  void thread(unsigned index) {
    if (index == 0) {
      ready.store(true, release);
    } else if (ready.load(acquire)) {
      std::raise(SIGFPE);
    }
  }
};
const verify::add<crashes> add_crashes{"harness/crash", {.purpose = "a signal in a thread"}};

struct crashes_at_once {
  static constexpr unsigned threads = 2;
  crashes_at_once() { std::raise(SIGSEGV); }
  void thread(unsigned) {}
};
const verify::add<crashes_at_once> add_crashes_at_once{"harness/crash at once",
                                                       {.purpose = "a signal before the threads"}};

struct is_killed {
  static constexpr unsigned threads = 1;
  void thread(unsigned) { std::raise(SIGKILL); }
};
const verify::add<is_killed> add_is_killed{"harness/killed", {.purpose = "a signal that nobody can catch"}};

struct hangs {
  static constexpr unsigned threads = 1;
  volatile bool stop = false;
  void thread(unsigned) {
    while (!stop) {}
  }
};
const verify::add<hangs> add_hangs{"undecided/hangs", {.purpose = "never comes back to the engine"}};

/// The canary of this program claims what is not so.
const verify::add<fine> add_canary{"canary/dead", {.purpose = "must be caught", .canary = "data race"}};

/// Needs several things to come together: equal seeds must find it at the same execution.
struct rare {
  static constexpr unsigned threads = 3;
  verify::atomic<int> a{0}, b{0}, c{0};
  void thread(unsigned index) {
    if (index == 0) {
      a.store(1, relaxed);
      b.store(1, relaxed);
    } else if (index == 1) {
      if (b.load(relaxed) == 1) c.store(1, relaxed);
    } else {
      for (int i = 0; i < 3; ++i) b.fetch_add(2, relaxed);
      if (c.load(relaxed) == 1) expect(a.load(relaxed) == 1, "seen at third hand, missed at first");
    }
  }
};
const verify::add<rare> add_rare{"fails/rare", {.purpose = "takes some executions to find"}};

}  // namespace
