// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <atomic>
#include <string>

#include <lockfree/verify/check.hpp>

#include "engine/explore.hpp"
#include "engine/schedule.hpp"
#include "engine/sites.hpp"

namespace {

namespace verify = lockfree::verify;
namespace engine = lockfree::verify::detail;

engine::exploration_options few(engine::search how, std::uint64_t executions = 20'000) {
  engine::exploration_options options;
  options.how = how;
  options.seconds = 0;
  options.executions = executions;
  return options;
}

/// Message passing that lacks its release, at a tagged place.
struct unordered {
  static constexpr unsigned threads = 2;
  verify::variable<int> data{0};
  verify::atomic<bool> ready{false};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      // [T1] relaxed: wrong, it must be release
      ready.store(true, std::memory_order::relaxed);
    } else if (ready.load(std::memory_order::acquire)) {  // [T2] acquire
      (void)data.get();
    }
  }
};

/// A test-and-set lock around nothing; the other thread retries until it has it.
struct locked {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> taken{false};
  void thread(unsigned) {
    verify::platform::spin_wait wait;
    while (taken.exchange(true, std::memory_order::acquire)) wait.once();
    taken.store(false, std::memory_order::release);
  }
};

struct independent {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned) { total.fetch_add(1, std::memory_order::relaxed); }
};

}  // namespace

TEST_CASE("Schedules survive being written as text", "[verify]") {
  const engine::decisions lists[] = {{}, {1}, {0, 0, 3}, {2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1}};
  for (const engine::decisions& list : lists) {
    const auto again = engine::from_text(engine::to_text(list));
    REQUIRE(again.has_value());
    CHECK(*again == list);
  }
  CHECK_FALSE(engine::from_text("").has_value());
  CHECK_FALSE(engine::from_text("12B").has_value());
  CHECK_FALSE(engine::from_text("99999999999a").has_value());
}

TEST_CASE("Strengthening the right place repairs a check, strengthening another does not", "[verify]") {
  const auto body = engine::program_of<unordered>();
  auto options = few(engine::search::full, 0);
  CHECK(engine::explore(body, options).found.kind == engine::verdict::data_race);

  engine::edit change;
  change.what = engine::edit::kind::strengthen;
  change.file = "engine.cpp";
  change.to = std::memory_order::seq_cst;
  change.tag = "T2";
  options.edits = {change};
  CHECK(engine::explore(body, options).found.kind == engine::verdict::data_race);

  change.tag = "T1";
  change.to = std::memory_order::release;
  options.edits = {change};
  const engine::exploration repaired = engine::explore(body, options);
  CHECK(repaired.found.kind == engine::verdict::holds);
  CHECK(repaired.complete);
  CHECK(repaired.applied.at(0) > 0);
}

TEST_CASE("A site knows its place, its tag and its orders", "[verify]") {
  (void)engine::explore(engine::program_of<unordered>(), few(engine::search::uniform, 100));
  bool store = false;
  bool load = false;
  for (const engine::site& s : engine::sites()) {
    if (s.tag == "T1") {
      store = true;
      CHECK(s.what == engine::operation::store);
      CHECK(s.ordered);
      CHECK(s.order == std::memory_order::relaxed);
      CHECK(engine::file_of(s.file) == "engine.cpp");
    }
    load = load || (s.tag == "T2" && s.what == engine::operation::load && s.order == std::memory_order::acquire);
  }
  CHECK(store);
  CHECK(load);
}

TEST_CASE("A stopped lock holder blocks the others, a stopped adder does not", "[verify]") {
  auto options = few(engine::search::uniform, 2'000);
  options.bounds.freeze_thread = 0;
  unsigned blocking = 0;
  for (unsigned at = 1; at <= 2; ++at) {
    options.bounds.freeze_at = at;
    const engine::verdict how = engine::explore(engine::program_of<locked>(), options).found.kind;
    if (how != engine::verdict::holds) ++blocking;
    const engine::exploration free = engine::explore(engine::program_of<independent>(), options);
    CHECK(free.found.kind == engine::verdict::holds);
    CHECK(free.frozen == (at == 1));
  }
  CHECK(blocking > 0);
}

namespace {

/// Loops without a point where another thread could go on: the limit on steps does not count there.
struct endless_after {
  static constexpr unsigned threads = 1;
  verify::atomic<int> flag{0};
  void thread(unsigned) {}
  void after() {
    while (flag.load(std::memory_order::relaxed) == 0) {}
  }
};
struct endless_read {
  static constexpr unsigned threads = 1;
  verify::variable<int> flag{0};
  void thread(unsigned) {
    while (flag.get() == 0) {}
  }
};

}  // namespace

TEST_CASE("A loop that no other thread can end is a livelock", "[verify]") {
  CHECK(engine::explore(engine::program_of<endless_after>(), few(engine::search::uniform)).found.kind ==
        engine::verdict::livelock);
  CHECK(engine::explore(engine::program_of<endless_read>(), few(engine::search::uniform)).found.kind ==
        engine::verdict::livelock);
}

TEST_CASE("Searches say how far they came", "[verify]") {
  const auto body = engine::program_of<independent>();
  const engine::exploration full = engine::explore(body, few(engine::search::full));
  CHECK(full.complete);
  auto options = few(engine::search::bound);
  options.bound = 0;
  const engine::exploration bounded = engine::explore(body, options);
  CHECK_FALSE(bounded.complete);
  CHECK(bounded.complete_bound == 0);
  CHECK(bounded.executions < full.executions);
  const engine::exploration sampled = engine::explore(body, few(engine::search::uniform, 50));
  CHECK_FALSE(sampled.complete);
  CHECK(sampled.complete_bound == -1);
  CHECK(sampled.executions == 50);
}

TEST_CASE("A violation is shrunk to what it needs and replays", "[verify]") {
  const auto body = engine::program_of<unordered>();
  const engine::exploration found = engine::explore(body, few(engine::search::uniform));
  REQUIRE(found.found.kind == engine::verdict::data_race);
  CHECK(found.repeatable);
  CHECK(engine::to_text(found.schedule).size() <= 4);
  const engine::exploration again = engine::replay(body, found.schedule, few(engine::search::uniform));
  CHECK(again.found.kind == engine::verdict::data_race);
  CHECK(again.found.message == found.found.message);
  CHECK(again.trace.size() == found.trace.size());
}
