// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdint>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/linearizable.hpp>

// Violations with something to see in each: what traces_test.py and page_test.py look at.

namespace {

namespace verify = lockfree::verify;
using verify::expect;
using verify::platform;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;

/// Message passing that lacks its release: only a stale read shows it.
struct stale {
  static constexpr unsigned threads = 2;
  verify::atomic<int> data{0};
  verify::atomic<bool> ready{false};
  void thread(unsigned index) {
    if (index == 0) {
      data.store(42, relaxed);
      // [W1] relaxed: wrong, it must be release
      ready.store(true, relaxed);
    } else if (ready.load(acquire)) {  // [R1] acquire
      expect(data.load(relaxed) == 42, "who sees the flag sees the data");
    }
  }
};
const verify::add<stale> add_stale{"traces/stale", {.purpose = "a flag shows its data"}};

/// Message passing that is right but for one access too early.
struct race {
  static constexpr unsigned threads = 2;
  verify::variable<int> data{0};
  verify::atomic<bool> ready{false};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      ready.store(true, release);
      data.set(2);
    } else if (ready.load(acquire)) {
      (void)data.get();
    }
  }
};
const verify::add<race> add_race{"traces/race", {.purpose = "data is handed over"}};

/// Operations of a history: additions that lose each other.
struct operations {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  verify::history<verify::spec::counter> history;
  void thread(unsigned) {
    using operation = verify::spec::counter::operation;
    history.record([&] {
      total.store(total.load(relaxed) + 1, relaxed);
      return operation::add(1);
    });
    history.record([&] { return operation::read(total.load(relaxed)); });
  }
  void after() { history.check(); }
};
const verify::add<operations> add_operations{"traces/operations", {.purpose = "a counter counts"}};

/// A thread that waits for the other one, which takes its time.
struct spins {
  static constexpr unsigned threads = 2;
  verify::atomic<int> turns{0};
  verify::atomic<bool> ready{false};
  void thread(unsigned index) {
    platform::spin_wait wait;
    if (index == 0) {
      verify::note("waits for the flag");
      while (!ready.load(acquire)) wait.once();
      expect(turns.load(relaxed) != 4, "four turns were taken");
    } else {
      for (int i = 1; i <= 4; ++i) {
        turns.store(i, relaxed);
        wait.once();
      }
      ready.store(true, release);
    }
  }
};
const verify::add<spins> add_spins{"traces/spins", {.purpose = "it waits"}};

/// More steps than a terminal shows at once.
struct many_steps {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned index) {
    for (int i = 0; i < 40; ++i) total.fetch_add(1, relaxed);
    if (index == 1) expect(total.load(relaxed) < 80, "fewer than eighty");
  }
};
const verify::add<many_steps> add_many_steps{"traces/many steps", {.purpose = "the end is what matters"}};

/// More threads than there is room for.
struct many_threads {
  static constexpr unsigned threads = 4;
  verify::atomic<int> total{0};
  void thread(unsigned) { expect(total.fetch_add(1, relaxed) < 3, "three at most"); }
};
const verify::add<many_threads> add_many_threads{"traces/many threads", {.purpose = "not more than three"}};

/// Independent writes that both come late: each first store is the last one.
struct held {
  static constexpr unsigned threads = 2;
  verify::atomic<int> x{0}, y{0};
  void thread(unsigned index) {
    auto& first = index == 0 ? x : y;
    auto& second = index == 0 ? y : x;
    first.store(1, relaxed);
    second.store(2, relaxed);
  }
  void after() { expect(x.load(relaxed) != 1 || y.load(relaxed) != 1, "each first store came last"); }
};
const verify::add<held> add_held{"traces/held", {.purpose = "stores are seen in their order"}};

/// Text that wants to be more than text.
struct hostile {
  static constexpr unsigned threads = 1;
  verify::atomic<int> x{0};
  void thread(unsigned) {
    verify::note("</code><script>window.hacked = 1</script><img src=x onerror=\"window.hacked = 2\">");
    x.store(1, relaxed);
    expect(false, "100% :: of it, \"quoted\" & <script>window.hacked = 3</script>\nand a second line");
  }
};
const verify::add<hostile> add_hostile{"traces/<script>window.hacked = 4</script>",
                                       {.purpose = "\"><script>window.hacked = 5</script>"}};

struct fine {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned) { total.fetch_add(1, relaxed); }
};
const verify::add<fine> add_fine{"holds/fine", {.purpose = "holds"}};
const verify::add<fine> add_missed{"missed/fine", {.purpose = "called broken, but it is not", .broken = true}};
const verify::add<stale> add_twin{"broken/stale", {.purpose = "a flag shows its data", .broken = true}};

const verify::add<stale> add_canary{"canary/stale", {.purpose = "must be caught", .canary = "expectation failed"}};

/// Too large for a complete search in the time that it gets.
struct large {
  static constexpr unsigned threads = 4;
  verify::atomic<int> total{0};
  void thread(unsigned) {
    for (int i = 0; i < 8; ++i) total.fetch_add(1, relaxed);
  }
};
const verify::add<large> add_large{"undecided/large", {.purpose = "needs more", .executions = 1'000'000'000'000}};

}  // namespace
