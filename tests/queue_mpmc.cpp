// SPDX-License-Identifier: Apache-2.0
// What is particular to mpmc_queue: its segments, its domain, its memory.
#include <lockfree/queue/mpmc_queue.hpp>

#include <array>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/elements.hpp"

namespace {

using lockfree::hazard_domain;
using lockfree::mpmc_queue;

/// Segments of four.
template <class T>
using small_queue = mpmc_queue<T, lockfree::std_platform, 4>;

template <class Queue>
void pass_through(Queue& queue, int elements) {
  for (int i = 0; i < elements; ++i) queue.emplace(i);
  for (int i = 0; i < elements; ++i) REQUIRE(support::number(*queue.try_pop()) == i);
  REQUIRE_FALSE(queue.try_pop().has_value());
}

}  // namespace

TEST_CASE("mpmc_queue gives its memory back after a burst", "[queue]") {
  mpmc_queue<long> queue;
  const std::size_t empty = queue.footprint();
  REQUIRE(empty > sizeof(queue));
  REQUIRE(empty < 10 * 1024);
  for (long i = 0; i < 100'000; ++i) queue.push(i);
  const std::size_t full = queue.footprint();
  REQUIRE(full >= 100'000 * sizeof(long));
  REQUIRE(full <= 100'000 * 2 * sizeof(long) + 100'000 / 400 * 512 + 2 * empty);
  for (long i = 0; i < 100'000; ++i) REQUIRE(queue.try_pop() == std::optional<long>(i));
  REQUIRE(queue.size_approx() == 0);
  REQUIRE(queue.footprint() <= (decltype(queue)::reclaim_threshold + 1) * empty);
}

TEST_CASE("mpmc_queue counts what is inside over many segments", "[queue]") {
  small_queue<int> queue;
  std::size_t inside = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 7; ++i, ++inside) {
      REQUIRE(queue.size_approx() == inside);
      queue.push(i);
    }
    for (int i = 0; i < 3; ++i, --inside) {
      REQUIRE(queue.size_approx() == inside);
      REQUIRE(queue.try_pop().has_value());
    }
  }
  REQUIRE(queue.size_approx() == 80);
  REQUIRE_FALSE(queue.empty_approx());
}

TEST_CASE("mpmc_queue gives emptied segments to the domain it was made with", "[queue]") {
  hazard_domain domain;
  small_queue<int> queue(domain);
  const std::size_t elsewhere = lockfree::hazard_default_domain().retired_approx();
  const std::size_t one_segment = queue.footprint() - sizeof(queue);
  pass_through(queue, 40);
  REQUIRE(domain.retired_approx() == 9);
  REQUIRE(queue.footprint() == sizeof(queue) + one_segment);  // what waits is the domain's
  REQUIRE(lockfree::hazard_default_domain().retired_approx() == elsewhere);
  domain.reclaim();
  REQUIRE(domain.retired_approx() == 0);
}

TEST_CASE("mpmc_queue may be destroyed while its segments wait, in domains and in ended threads", "[queue]") {
  using element = support::nothrow_move;
  hazard_domain domain;
  {
    std::optional<small_queue<element>> queue(std::in_place, domain);
    for (int i = 0; i < 30; ++i) queue->emplace(i);
    std::thread([&] {
      for (int i = 0; i < 10; ++i) REQUIRE(queue->try_pop().has_value());
    }).join();
    for (int i = 0; i < 7; ++i) REQUIRE(queue->try_pop().has_value());
    REQUIRE(element::live.load() == 13);
    queue.reset();
    REQUIRE(element::live.load() == 0);
    REQUIRE(domain.retired_approx() > 0);
  }
  {
    small_queue<element> queue;
    pass_through(queue, 30);
    std::thread([&] { pass_through(queue, 30); }).join();
    for (int i = 0; i < 6; ++i) queue.emplace(i);
  }
  element::require_clean();
}

TEST_CASE("mpmc_queue takes elements that can't be copied, are over-aligned, large or throw, over many segments",
          "[queue]") {
  small_queue<support::move_only> moved;
  pass_through(moved, 50);
  small_queue<support::over_aligned<256>> aligned;
  pass_through(aligned, 50);
  REQUIRE(support::over_aligned<256>::misplaced.load() == 0);
  small_queue<support::large> large;
  pass_through(large, 50);
  small_queue<std::unique_ptr<int>> owners;
  for (int i = 0; i < 9; ++i) owners.push(std::make_unique<int>(i));
  for (int i = 0; i < 7; ++i) REQUIRE(*owners.try_pop().value() == i);
}

TEST_CASE("mpmc_queue is as it was when an allocation fails, and so is the argument", "[queue]") {
  std::thread([] {
    const std::string original = "a text that is too long to be kept inside the string object";
    const std::size_t failures = support::with_each_allocation_failing([&](auto fail) {
      small_queue<std::string> queue;
      for (std::size_t i = 0; i < 9; ++i) {
        std::string text = original + std::to_string(i);
        (void)fail([&] { queue.push(std::move(text)); });
        if (queue.size_approx() == i) {
          REQUIRE(text == original + std::to_string(i));
          queue.push(std::move(text));
        }
      }
      for (std::size_t i = 0; i < 9; ++i) REQUIRE(queue.try_pop() == original + std::to_string(i));
      REQUIRE(queue.empty_approx());
    });
    // The thread's table, part and hazard pointer in the first push; a segment, as the first, in the fifth and ninth.
    REQUIRE(failures == (support::counts_allocations ? 3 : 0));
  }).join();
}

TEST_CASE("mpmc_queue is not made where its first segment gets no memory", "[queue]") {
  const std::size_t failures = support::with_each_allocation_failing([](auto fail) {
    std::optional<small_queue<int>> queue;
    if (!fail([&] { queue.emplace(); })) {
      REQUIRE_FALSE(queue.has_value());
      return;
    }
    pass_through(*queue, 5);
  });
  REQUIRE(failures == (support::counts_allocations ? 1 : 0));
}

TEST_CASE("mpmc_queue is as it was when a pop gets no memory for its protection", "[queue]") {
  hazard_domain domain;
  small_queue<int> queue(domain);
  queue.push(1);
  std::thread([&] {
    const std::size_t failures = support::with_each_allocation_failing([&](auto fail) {
      std::optional<int> popped;
      (void)fail([&] { popped = queue.try_pop(); });
      if (!popped) popped = queue.try_pop();
      REQUIRE(popped == std::optional<int>(1));
      queue.push(1);
    });
    REQUIRE((failures > 0) == support::counts_allocations);
  }).join();
}

TEST_CASE("mpmc_queue allocates once a segment", "[queue]") {
  if (!support::counts_allocations) return;
  hazard_domain domain;
  small_queue<long> queue(domain);
  queue.push(0);
  REQUIRE(queue.try_pop().has_value());
  const std::size_t before = support::allocations();
  for (long i = 1; i < 100; ++i) queue.push(i);
  REQUIRE(support::allocations() == before + 24);
  for (long i = 1; i < 100; ++i) REQUIRE(queue.try_pop() == std::optional<long>(i));
  REQUIRE(support::allocations() == before + 24);
}

TEST_CASE("mpmc_queue makes an element aside if that may throw, and then claims no cell", "[queue]") {
  using element = support::nothrow_move;
  {
    small_queue<element> queue;
    for (int i = 0; i < 30; ++i) {
      const element value(i);
      element::throw_at = 1;
      REQUIRE_THROWS_AS(queue.push(value), element::thrown);
      element::throw_at = 1;
      REQUIRE_THROWS_AS(queue.emplace(i), element::thrown);
      REQUIRE(queue.size_approx() == 0);
    }
    REQUIRE_FALSE(queue.try_pop().has_value());
  }
  element::require_clean();
}

TEST_CASE("mpmc_queue passes over cells whose element could not be made, at each place of a segment", "[queue]") {
  using element = support::may_throw;
  const auto fail = [](auto& queue) {
    element::throw_at = 1;
    REQUIRE_THROWS_AS(queue.emplace(-1), element::thrown);
  };
  {
    small_queue<element> queue;
    for (int i = 0; i < 30; ++i) {
      fail(queue);
      queue.emplace(i);
      if (i % 3 == 0) fail(queue);
    }
    for (int i = 0; i < 20; ++i) REQUIRE(support::number(*queue.try_pop()) == i);
    fail(queue);
    std::vector<element> out;
    for (int i = 0; i < 12; ++i) out.emplace_back(-7);
    REQUIRE(queue.try_pop_n(out.begin(), 5) == 5);
    for (int i = 0; i < 5; ++i) REQUIRE(support::number(out[static_cast<std::size_t>(i)]) == 20 + i);
    fail(queue);
  }  // the destructor meets both kinds
  element::require_clean();
}

TEST_CASE("mpmc_queue never says empty while one element is always inside", "[queue][stress]") {
  small_queue<int> queue;
  queue.push(0);
  std::atomic<std::size_t> empties = 0;
  std::vector<std::jthread> threads;
  std::barrier start(3);
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      for (int n = 0; n < 100'000; ++n) {
        queue.push(n);
        if (!queue.try_pop()) empties.fetch_add(1, std::memory_order::relaxed);
      }
    });
  }
  start.arrive_and_wait();
  threads.clear();
  REQUIRE(empties.load() == 0);
  REQUIRE(queue.size_approx() == 1);
}
