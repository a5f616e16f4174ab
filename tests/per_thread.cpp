// SPDX-License-Identifier: Apache-2.0
#include <lockfree/core/per_thread.hpp>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/threads.hpp"

namespace {

/// Counts what its threads do, without atomics: hand-over from thread to thread has to order it.
struct tally {
  std::size_t uses = 0;
  std::size_t exits = 0;
  void on_thread_exit() noexcept { ++exits; }
};

struct totals {
  std::size_t records = 0;
  std::size_t uses = 0;
  std::size_t exits = 0;
};

totals sum(const lockfree::per_thread<tally>& tallies) {
  totals all;
  tallies.for_each([&all](const tally& each) {
    ++all.records;
    all.uses += each.uses;
    all.exits += each.exits;
  });
  return all;
}

lockfree::per_thread<tally> used_late;

struct late_user {
  bool use = false;
  ~late_user() {
    if (use) ++used_late.local().uses;
  }
};
thread_local late_user at_end;

}  // namespace

TEST_CASE("per_thread has no record before local and the same one after it", "[per_thread]") {
  lockfree::per_thread<tally> tallies;
  REQUIRE(tallies.find_local() == nullptr);
  tally& mine = tallies.local();
  REQUIRE(&tallies.local() == &mine);
  REQUIRE(tallies.find_local() == &mine);
  std::thread([&] { REQUIRE(tallies.find_local() == nullptr); }).join();
}

TEST_CASE("per_thread gives threads that live at one time different records, a cache line or more apart",
          "[per_thread]") {
  constexpr std::size_t threads = 40;
  lockfree::per_thread<tally> tallies;
  std::vector<tally*> mine(threads);
  std::barrier all_there(static_cast<std::ptrdiff_t>(threads));
  support::run_threads(threads, [&](std::size_t i) {
    mine[i] = &tallies.local();
    all_there.arrive_and_wait();
    for (int round = 0; round < 100; ++round) ++tallies.local().uses;
  });
  std::sort(mine.begin(), mine.end());
  for (std::size_t i = 1; i < threads; ++i) {
    REQUIRE(reinterpret_cast<std::uintptr_t>(mine[i]) - reinterpret_cast<std::uintptr_t>(mine[i - 1]) >=
            lockfree::cache_line);
  }
  const totals all = sum(tallies);
  REQUIRE(all.records == threads);
  REQUIRE(all.uses == 100 * threads);
  REQUIRE(all.exits == threads);
}

TEST_CASE("per_thread hands records on: 10,000 threads that come and go leave no more of them than were there at once",
          "[per_thread]") {
  lockfree::per_thread<tally> tallies;
  const std::size_t threads = support::scaled(10'000);
  for (std::size_t i = 0; i < threads; ++i) {
    std::thread([&] { ++tallies.local().uses; }).join();
  }
  totals all = sum(tallies);
  REQUIRE(all.records == 1);
  REQUIRE(all.uses == threads);
  REQUIRE(all.exits == threads);

  for (std::size_t round = 0; round < threads / 100; ++round) {
    std::vector<std::jthread> some;
    for (int i = 0; i < 4; ++i) some.emplace_back([&] { ++tallies.local().uses; });
  }
  all = sum(tallies);
  REQUIRE(all.records <= 4);
  REQUIRE(all.uses == threads + 4 * (threads / 100));
}

TEST_CASE("per_thread keeps a record where it is while others grow the table", "[per_thread]") {
  lockfree::per_thread<tally> tallies;
  tally* const mine = &tallies.local();
  std::atomic<bool> moved = false;
  support::run_threads(70, [&](std::size_t) {
    tally* const own = &tallies.local();
    for (int round = 0; round < 100; ++round) {
      if (&tallies.local() != own) moved = true;
    }
  });
  REQUIRE_FALSE(moved);
  REQUIRE(&tallies.local() == mine);
}

TEST_CASE("per_thread visits every record created before while others are being created", "[per_thread]") {
  struct marked {
    std::atomic<bool> ready{false};
    void on_thread_exit() noexcept {}
  };
  lockfree::per_thread<marked> marks;
  std::atomic<std::size_t> ready{0};
  std::atomic<bool> missed{false};
  constexpr std::size_t threads = 50;
  std::barrier all_there(static_cast<std::ptrdiff_t>(threads));  // so that no record is handed on
  support::run_threads(threads, [&](std::size_t) {
    marks.local().ready.store(true, std::memory_order::relaxed);
    ready.fetch_add(1, std::memory_order::release);
    const std::size_t at_least = ready.load(std::memory_order::acquire);
    std::size_t seen = 0;
    marks.for_each([&](const marked& each) { seen += each.ready.load(std::memory_order::relaxed) ? 1U : 0U; });
    if (seen < at_least) missed = true;
    all_there.arrive_and_wait();
  });
  std::size_t records = 0;
  marks.for_each([&records](const marked&) { ++records; });
  REQUIRE(records == threads);
  REQUIRE_FALSE(missed);
}

TEST_CASE("per_thread may be destroyed while threads that used it end", "[per_thread][stress]") {
  for (std::size_t round = 0; round < support::scaled(2'000); ++round) {
    std::atomic<bool> used{false};
    std::thread other;
    {
      lockfree::per_thread<tally> tallies;
      other = std::thread([&] {
        ++tallies.local().uses;
        used.store(true, std::memory_order::release);
      });
      while (!used.load(std::memory_order::acquire)) std::this_thread::yield();
    }
    other.join();
  }
}

TEST_CASE("per_thread objects may be destroyed in any order", "[per_thread]") {
  std::optional<lockfree::per_thread<tally>> objects[5];
  for (auto& each : objects) ++each.emplace().local().uses;
  for (const std::size_t i : {1U, 4U, 0U, 3U, 2U}) objects[i].reset();
  for (auto& each : objects) each.emplace();
  std::thread([&] {
    for (auto& each : objects) ++each->local().uses;
    for (const std::size_t i : {2U, 0U}) objects[i].reset();
  }).join();
  for (const std::size_t i : {1U, 3U, 4U}) REQUIRE(sum(*objects[i]).exits == 1);
}

TEST_CASE("per_thread is usable in thread_local destructors, which run before on_thread_exit", "[per_thread]") {
  std::thread([] {
    at_end.use = true;
    ++used_late.local().uses;
  }).join();
  REQUIRE(sum(used_late).uses == 2);
  REQUIRE(sum(used_late).exits == 1);
  std::thread([] { at_end.use = true; }).join();  // the thread's first use is in the destructor
  REQUIRE(sum(used_late).uses == 3);
  REQUIRE(sum(used_late).exits == 2);
}

TEST_CASE("per_thread is usable in the destructors of pthread keys, whatever their order", "[per_thread]") {
  static lockfree::per_thread<tally> tallies;
  static pthread_key_t keys[2];
  const auto use = [](void*) { ++tallies.local().uses; };
  REQUIRE(pthread_key_create(&keys[0], use) == 0);  // before and
  std::thread([] { (void)tallies.local(); }).join();
  REQUIRE(pthread_key_create(&keys[1], use) == 0);  // after the library's own
  std::thread([] {
    (void)pthread_setspecific(keys[0], &tallies);
    (void)pthread_setspecific(keys[1], &tallies);
    ++tallies.local().uses;
  }).join();
  REQUIRE(sum(tallies).records == 1);
  REQUIRE(sum(tallies).uses == 3);
  for (const pthread_key_t key : keys) REQUIRE(pthread_key_delete(key) == 0);
}

TEST_CASE("per_thread is constant-initialised and usable during static destruction", "[per_thread]") {
  const support::child_result result = support::in_child([] {
    alignas(lockfree::per_thread<tally>) static std::byte memory[sizeof(lockfree::per_thread<tally>)];
    static auto* const tallies = new (memory) lockfree::per_thread<tally>;  // never destroyed
    ++tallies->local().uses;
    (void)std::atexit([] {
      ++tallies->local().uses;
      std::thread([] { ++tallies->local().uses; }).join();
      if (sum(*tallies).uses != 3 || sum(*tallies).exits != 1) std::_Exit(1);
    });
    std::exit(0);
  });
  REQUIRE(result.exit_code == 0);
  static constinit lockfree::per_thread<tally> constant;
  REQUIRE(constant.find_local() == nullptr);
}

TEST_CASE("per_thread is as it was if a record cannot be created", "[per_thread]") {
  std::thread([] {  // a new thread, so that it has to take a slot too
    const std::size_t failures = support::with_each_allocation_failing([](auto fail) {
      lockfree::per_thread<tally> tallies;
      if (fail([&] { ++tallies.local().uses; })) return;
      REQUIRE(tallies.find_local() == nullptr);
      REQUIRE(sum(tallies).records == 0);
      ++tallies.local().uses;
      REQUIRE(sum(tallies).uses == 1);
    });
    REQUIRE(failures == (support::counts_allocations ? 2 : 0));  // a table and a record
  })
      .join();

  struct throws_first {
    throws_first() {
      static bool thrown = false;
      if (!std::exchange(thrown, true)) throw std::runtime_error("deliberate");
    }
    void on_thread_exit() noexcept {}
  };
  lockfree::per_thread<throws_first> records;
  REQUIRE_THROWS_AS(records.local(), std::runtime_error);
  REQUIRE(records.find_local() == nullptr);
  const throws_first* const created = &records.local();
  REQUIRE(records.find_local() == created);
}

TEST_CASE("per_thread in a forked child keeps the thread's record and gives new threads new ones", "[per_thread]") {
  lockfree::per_thread<tally> tallies;
  ++tallies.local().uses;
  std::barrier step(2);
  std::jthread other([&] {
    ++tallies.local().uses;
    step.arrive_and_wait();
    step.arrive_and_wait();
  });
  step.arrive_and_wait();
  const support::child_result result = support::in_child([&] {
    if (tallies.local().uses != 1) std::_Exit(1);
    if (sum(tallies).uses != 2) std::_Exit(2);
    if (support::threads_in_child) {
      std::thread([&] {
        if (tallies.local().uses != 0) std::_Exit(3);  // the other thread's record is not handed on
        ++tallies.local().uses;
      }).join();
      const totals all = sum(tallies);
      if (all.records != 3 || all.uses != 3) std::_Exit(4);
    }
    std::_Exit(0);
  });
  step.arrive_and_wait();
  other.join();
  REQUIRE(result.exit_code == 0);
  REQUIRE(sum(tallies).uses == 2);
}
