// SPDX-License-Identifier: Apache-2.0
// What every counter must do, and what each of ours promises beyond it.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "support/each.hpp"
#include "support/seed.hpp"
#include "support/threads.hpp"

namespace {

using value_type = std::int64_t;
constexpr value_type smallest = std::numeric_limits<value_type>::min();
constexpr value_type largest = std::numeric_limits<value_type>::max();

const auto counts = support::each<support::counters>("counts up and down from 0", "[counter]",
                                                     []<class Counter>(support::type<Counter>) {
                                                       Counter counter;
                                                       REQUIRE(counter.value() == 0);
                                                       counter.increment();
                                                       counter.increment();
                                                       counter.decrement();
                                                       REQUIRE(counter.value() == 1);
                                                       counter.add(41);
                                                       REQUIRE(counter.value() == 42);
                                                       counter.add(-100);
                                                       REQUIRE(counter.value() == -58);
                                                       counter.add(0);
                                                       REQUIRE(counter.value() == -58);
                                                     });

const auto wraps = support::each<support::counters>("wraps modulo 2^64 in both directions", "[counter]",
                                                    []<class Counter>(support::type<Counter>) {
                                                      Counter counter;
                                                      counter.add(largest);
                                                      REQUIRE(counter.value() == largest);
                                                      counter.increment();
                                                      REQUIRE(counter.value() == smallest);
                                                      counter.decrement();
                                                      REQUIRE(counter.value() == largest);
                                                      counter.add(smallest);
                                                      REQUIRE(counter.value() == -1);
                                                    });

const auto separate = support::each<support::counters>("is apart from other counters", "[counter]",
                                                       []<class Counter>(support::type<Counter>) {
                                                         std::vector<std::unique_ptr<Counter>> counters;
                                                         for (int i = 0; i < 100; ++i) {
                                                           counters.push_back(std::make_unique<Counter>());
                                                         }
                                                         for (int i = 0; i < 100; ++i) {
                                                           counters[static_cast<std::size_t>(i)]->add(i);
                                                         }
                                                         for (int i = 0; i < 100; i += 2) {
                                                           counters[static_cast<std::size_t>(i)].reset();
                                                         }
                                                         auto late = std::make_unique<Counter>();
                                                         REQUIRE(late->value() == 0);
                                                         for (int i = 1; i < 100; i += 2) {
                                                           REQUIRE(counters[static_cast<std::size_t>(i)]->value() == i);
                                                         }
                                                       });

const auto starts =
    support::each<std::tuple<lockfree::atomic_counter, lockfree::cas_counter, lockfree::striped_counter>>(
        "starts where it is told", "[counter]", []<class Counter>(support::type<Counter>) {
          Counter counter(40);
          counter.add(2);
          REQUIRE(counter.value() == 42);
        });

const auto exact = support::each<support::counters>(
    "has every update of threads that are done", "[counter][stress]", []<class Counter>(support::type<Counter>) {
      SUPPORT_SHOW_SEED();
      Counter counter;
      const std::size_t each = support::scaled(200'000);
      std::vector<value_type> sums(2 * support::cores() + 1);
      support::run_threads(sums.size(), [&](std::size_t me) {
        support::random draw(me);
        support::stalls stalls(1000 + me);
        value_type sum = 0;
        for (std::size_t i = 0; i < each; ++i) {
          if (i % 16 == 0) stalls.maybe();
          const auto n = static_cast<value_type>(draw.below(2001)) - 1000;
          switch (draw.below(3)) {
            case 0: counter.increment(), ++sum; break;
            case 1: counter.decrement(), --sum; break;
            default: counter.add(n), sum += n;
          }
        }
        sums[me] = sum;
      });
      value_type expected = 0;
      for (const value_type sum : sums) expected += sum;
      REQUIRE(counter.value() == expected);
    });

const auto ended =
    support::each<support::counters>("keeps what ended threads counted, however many come and go", "[counter][stress]",
                                     []<class Counter>(support::type<Counter>) {
                                       Counter counter;
                                       const std::size_t generations = support::scaled(2000);
                                       for (std::size_t i = 0; i < generations; ++i) {
                                         std::jthread first([&] { counter.add(3); });
                                         std::jthread second([&] {
                                           counter.increment();
                                           counter.increment();
                                         });
                                       }
                                       REQUIRE(counter.value() == static_cast<value_type>(5 * generations));
                                     });

const auto growing = support::each<support::counters>(
    "never goes back for a reader while it is only incremented", "[counter][stress]",
    []<class Counter>(support::type<Counter>) {
      Counter counter;
      const std::size_t writers = support::cores() + 1;
      const std::size_t each = support::scaled(200'000);
      std::atomic<std::size_t> running = writers;
      support::run_threads(writers + 2, [&](std::size_t me) {
        if (me < writers) {
          for (std::size_t i = 0; i < each; ++i) counter.increment();
          running.fetch_sub(1, std::memory_order::release);
          return;
        }
        value_type before = 0;
        bool over = false;
        for (std::size_t reads = 0; !over; ++reads) {
          over = running.load(std::memory_order::acquire) == 0;
          const value_type now = counter.value();
          if (now < before)
            throw std::runtime_error("went from " + std::to_string(before) + " to " + std::to_string(now));
          before = now;
          if (reads % 64 == 0) std::this_thread::yield();
        }
        if (before != static_cast<value_type>(writers * each)) throw std::runtime_error("settled total is wrong");
      });
    });

TEST_CASE("cas_counter add_if_below adds exactly where the sum is within its bounds", "[counter]") {
  lockfree::cas_counter counter;
  REQUIRE(counter.add_if_below(3, 5));
  REQUIRE(counter.add_if_below(2, 5));
  REQUIRE(counter.value() == 5);
  REQUIRE_FALSE(counter.add_if_below(1, 5));
  REQUIRE(counter.add_if_below(0, 5));
  REQUIRE_FALSE(counter.add_if_below(0, 4));
  REQUIRE(counter.value() == 5);
  REQUIRE_FALSE(counter.add_if_below(-1, 3));  // 4 is still above 3
  REQUIRE(counter.add_if_below(-2, 3));
  REQUIRE(counter.value() == 3);
  REQUIRE(counter.add_if_below(-10, 3));
  REQUIRE(counter.value() == -7);
}

TEST_CASE("cas_counter add_if_below never wraps", "[counter]") {
  for (const value_type limit : {largest, value_type{0}, smallest}) {
    for (const value_type start :
         {smallest, smallest + 1, value_type{-1}, value_type{0}, value_type{1}, largest - 1, largest}) {
      for (const value_type n :
           {smallest, smallest + 1, value_type{-1}, value_type{0}, value_type{1}, largest - 1, largest}) {
        lockfree::cas_counter counter(start);
        value_type sum = 0;
        const bool fits = !__builtin_add_overflow(start, n, &sum) && sum <= limit;
        INFO("start " << start << ", n " << n << ", limit " << limit);
        REQUIRE(counter.add_if_below(n, limit) == fits);
        REQUIRE(counter.value() == (fits ? sum : start));
      }
    }
  }
}

TEST_CASE("cas_counter never passes its bound while threads take and give back", "[counter][stress]") {
  constexpr value_type limit = 3;
  lockfree::cas_counter permits;
  std::atomic<value_type> inside = 0;
  std::atomic<value_type> most = 0;
  std::atomic<std::size_t> refused = 0;
  const std::size_t each = support::scaled(100'000);
  support::run_threads(2 * support::cores() + 3, [&](std::size_t me) {
    support::stalls stalls(me);
    for (std::size_t i = 0; i < each; ++i) {
      if (!permits.add_if_below(1, limit)) {
        refused.fetch_add(1, std::memory_order::relaxed);
        std::this_thread::yield();
        continue;
      }
      const value_type now = inside.fetch_add(1) + 1;
      for (value_type seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {}
      stalls.maybe();
      inside.fetch_sub(1);
      permits.decrement();
    }
  });
  REQUIRE(most.load() <= limit);
  REQUIRE(most.load() > 0);
  REQUIRE(permits.value() == 0);
}

/// A platform whose per-thread records can't be had.
struct without_records : lockfree::std_platform {
  template <class Record>
  struct per_thread {
    Record* find_local() noexcept { return nullptr; }
    Record& local() { throw std::bad_alloc(); }
    template <class F>
    void for_each(F) const {}
  };
};

TEST_CASE("striped_counter counts exactly on its shared stripe when there is no memory for others",
          "[counter][stress]") {
  lockfree::basic_striped_counter<without_records> counter(7);
  const std::size_t each = support::scaled(50'000);
  support::run_threads(4, [&](std::size_t) {
    for (std::size_t i = 0; i < each; ++i) counter.add(3);
  });
  REQUIRE(counter.value() == 7 + static_cast<value_type>(12 * each));
}

TEST_CASE("striped_counter counts from thread_local destructors", "[counter]") {
  static lockfree::striped_counter counter;
  struct last_words {
    ~last_words() { counter.add(10); }
    bool said = false;
  };
  const value_type before = counter.value();
  for (int i = 0; i < 20; ++i) {
    std::jthread([] {
      thread_local last_words words;
      words.said = true;
      counter.increment();
    }).join();
  }
  REQUIRE(counter.value() == before + 220);
}

}  // namespace
