// SPDX-License-Identifier: Apache-2.0
// What mpsc_queue and intrusive_mpsc_queue do beyond what every queue does: allocation and its failure, nodes that the
// caller owns, threads that come and go.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <lockfree/queue/intrusive_mpsc_queue.hpp>
#include <lockfree/queue/mpsc_queue.hpp>

#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/elements.hpp"
#include "support/history.hpp"
#include "support/seed.hpp"
#include "support/stalling_platform.hpp"
#include "support/threads.hpp"

namespace {

using support::stamped;

// -------------------------------------------------------------------------------------------------------- mpsc_queue

TEST_CASE("mpsc_queue allocates once a push, and neither when it is made nor in a pop", "[mpsc_queue]") {
  if (!support::counts_allocations) return;
  std::size_t before = support::allocations();
  lockfree::mpsc_queue<int> queue;
  REQUIRE(support::allocations() == before);
  for (int i = 1; i <= 10; ++i) {
    queue.push(i);
    REQUIRE(support::allocations() == before + static_cast<std::size_t>(i));
  }
  before = support::allocations();
  while (queue.try_pop()) {}
  REQUIRE(support::allocations() == before);
}

TEST_CASE("mpsc_queue is as it was after a push that gets no memory", "[mpsc_queue]") {
  if (!support::counts_allocations) return;
  const std::string text = "a text that is too long to be kept inside the string object";
  const auto copied = support::with_each_allocation_failing([&](auto fail) {
    lockfree::mpsc_queue<std::string> queue;
    queue.push("inside");
    const bool done = fail([&] { queue.push(text); });
    queue.push("behind");
    REQUIRE(queue.size_approx() == (done ? 3 : 2));
    REQUIRE(queue.try_pop() == "inside");
    if (done) REQUIRE(queue.try_pop() == text);
    REQUIRE(queue.try_pop() == "behind");
    REQUIRE(queue.empty_approx());
  });
  REQUIRE(copied == 2);  // the node, the text
  const auto moved = support::with_each_allocation_failing([&](auto fail) {
    lockfree::mpsc_queue<std::string> queue;
    std::string value = text;
    if (!fail([&] { queue.push(std::move(value)); })) REQUIRE(value == text);
  });
  REQUIRE(moved == 1);
}

TEST_CASE("mpsc_queue keeps the elements of a batch that were made before memory ran out", "[mpsc_queue]") {
  if (!support::counts_allocations) return;
  const std::array<int, 3> batch{1, 2, 3};
  std::size_t kept = 0;
  const auto failures = support::with_each_allocation_failing([&](auto fail) {
    lockfree::mpsc_queue<int> queue;
    if (fail([&] { queue.push_n(batch.begin(), batch.size()); })) kept = batch.size();
    REQUIRE(queue.size_approx() == kept++);
    queue.push(4);
    for (std::size_t i = 0; i + 1 < kept; ++i) REQUIRE(queue.try_pop() == batch[i]);
    REQUIRE(queue.try_pop() == 4);
    REQUIRE(queue.empty_approx());
  });
  REQUIRE(failures == 3);
}

TEST_CASE("mpsc_queue destroys elements of every kind that are still inside", "[mpsc_queue]") {
  lockfree::mpsc_queue<support::move_only> moved;
  lockfree::mpsc_queue<support::over_aligned<256>> aligned;
  lockfree::mpsc_queue<support::large> large;
  for (int i = 0; i < 3; ++i) {
    moved.emplace(i);
    aligned.emplace(i);
    large.emplace(i);
  }
  REQUIRE(moved.try_pop()->number() == 0);
  REQUIRE(aligned.try_pop()->number() == 0);
  REQUIRE(large.try_pop()->number() == 0);
  REQUIRE(support::over_aligned<256>::misplaced.load() == 0);
}

TEST_CASE("mpsc_queue outlives ten thousand threads that push and end", "[mpsc_queue][stress]") {
  const auto threads = static_cast<std::uint32_t>(support::scaled(10'000));
  constexpr std::uint32_t at_a_time = 8;
  constexpr std::uint32_t each = 3;
  lockfree::mpsc_queue<stamped> queue;
  std::vector<std::vector<stamped>> received(1);
  const auto drain = [&] {
    while (const auto element = queue.try_pop()) received[0].push_back(*element);
  };
  for (std::uint32_t first = 0; first < threads; first += at_a_time) {
    std::vector<std::jthread> crew;
    for (std::uint32_t i = first; i < first + at_a_time; ++i) {
      crew.emplace_back([&queue, i] {
        for (std::uint32_t n = 0; n < each; ++n) queue.push({i, n});
      });
    }
    drain();
  }
  drain();
  const std::uint32_t all = (threads + at_a_time - 1) / at_a_time * at_a_time;
  REQUIRE(support::check_history(std::vector<std::uint32_t>(all, each), received, true) == "");
  REQUIRE(queue.empty_approx());
}

// ---------------------------------------------------------------------------------------------- intrusive_mpsc_queue

template <class Platform>
struct basic_message : lockfree::basic_mpsc_queue_hook<Platform> {
  explicit basic_message(stamped from = {}) : what(from) {}
  stamped what;
  std::uint32_t laps = 0;
};
using message = basic_message<lockfree::std_platform>;

TEST_CASE("intrusive_mpsc_queue gives back the nodes themselves, in their order, and allocates nothing",
          "[intrusive_mpsc_queue]") {
  std::array<message, 4> nodes;
  const std::size_t before = support::allocations();
  lockfree::intrusive_mpsc_queue<message> queue;
  REQUIRE(queue.empty_approx());
  REQUIRE(queue.try_pop() == nullptr);
  for (std::size_t inside = 1; inside <= nodes.size(); ++inside) {
    for (int lap = 0; lap < 3; ++lap) {
      for (std::size_t i = 0; i < inside; ++i) queue.push(nodes[i]);
      REQUIRE_FALSE(queue.empty_approx());
      for (std::size_t i = 0; i < inside; ++i) REQUIRE(queue.try_pop() == &nodes[i]);
      REQUIRE(queue.try_pop() == nullptr);
      REQUIRE(queue.empty_approx());
    }
  }
  REQUIRE(support::allocations() == before);
  static_assert(noexcept(queue.push(nodes[0]))&& noexcept(queue.try_pop()));
}

TEST_CASE("intrusive_mpsc_queue takes a node again as soon as it has been popped", "[intrusive_mpsc_queue]") {
  std::array<message, 3> nodes;
  lockfree::intrusive_mpsc_queue<message> queue;
  for (message& each : nodes) queue.push(each);
  for (std::size_t i = 0; i < 100; ++i) {
    message* const node = queue.try_pop();
    REQUIRE(node == &nodes[i % nodes.size()]);
    queue.push(*node);
  }
}

TEST_CASE("intrusive_mpsc_queue leaves the nodes inside to their owner", "[intrusive_mpsc_queue]") {
  std::array<message, 3> nodes;
  {
    lockfree::intrusive_mpsc_queue<message> queue;
    for (message& each : nodes) queue.push(each);
    REQUIRE(queue.try_pop() == &nodes[0]);
  }
  lockfree::intrusive_mpsc_queue<message> another;
  for (message& each : nodes) another.push(each);
  for (message& each : nodes) REQUIRE(another.try_pop() == &each);
}

TEST_CASE("A copy of a node is in no queue", "[intrusive_mpsc_queue]") {
  lockfree::intrusive_mpsc_queue<message> queue;
  message first({1, 0});
  message second({2, 0});
  queue.push(first);
  queue.push(second);
  message copy = first;
  REQUIRE(copy.what.producer == 1);
  queue.push(copy);
  first = second;  // takes the value, and stays where it is
  REQUIRE(queue.try_pop() == &first);
  REQUIRE(first.what.producer == 2);
  REQUIRE(queue.try_pop() == &second);
  REQUIRE(queue.try_pop() == &copy);
  REQUIRE(queue.try_pop() == nullptr);
}

/// Each producer has few nodes and pushes each again as soon as it comes back, which is at once.
template <class Platform>
void pass_around(std::size_t producers, std::uint32_t count) {
  SUPPORT_SHOW_SEED();
  using node = basic_message<Platform>;
  constexpr std::size_t nodes_each = 3;
  struct alignas(lockfree::cache_line) home {
    std::array<node, nodes_each> nodes;
    std::array<std::atomic<node*>, nodes_each> returned{};
  };
  std::vector<home> homes(producers);
  lockfree::intrusive_mpsc_queue<node, Platform> queue;
  std::vector<std::vector<stamped>> received(1);

  support::run_threads(producers + 1, [&](std::size_t thread) {
    support::stalls stalls(500 + thread);
    if (thread < producers) {
      home& mine = homes[thread];
      for (std::size_t i = 0; i < nodes_each; ++i) mine.returned[i].store(&mine.nodes[i], std::memory_order::relaxed);
      for (std::uint32_t sent = 0; sent < count;) {
        bool idle = true;
        for (auto& each : mine.returned) {
          node* const free = each.load(std::memory_order::acquire);
          if (free == nullptr || sent == count) continue;
          each.store(nullptr, std::memory_order::relaxed);
          free->what = {static_cast<std::uint32_t>(thread), sent++};
          queue.push(*free);
          idle = false;
          stalls.maybe();
        }
        if (idle) std::this_thread::yield();
      }
      return;
    }
    while (received[0].size() < producers * count) {
      node* const popped = queue.try_pop();
      if (popped == nullptr) {
        std::this_thread::yield();
        continue;
      }
      received[0].push_back(popped->what);
      home& from = homes[popped->what.producer];
      const auto place = static_cast<std::size_t>(popped - from.nodes.data());
      ++popped->laps;
      from.returned[place].store(popped, std::memory_order::release);
      stalls.maybe();
    }
  });
  REQUIRE(queue.try_pop() == nullptr);
  REQUIRE(queue.empty_approx());
  REQUIRE(support::check_history(std::vector<std::uint32_t>(producers, count), received, true) == "");
}

TEST_CASE("intrusive_mpsc_queue loses, repeats and reorders nothing while nodes are pushed again at once",
          "[intrusive_mpsc_queue][stress]") {
  for (const std::size_t producers : {std::size_t{1}, 2 * support::cores() + 2}) {
    pass_around<lockfree::std_platform>(producers, static_cast<std::uint32_t>(support::scaled(100'000) / producers));
  }
}

TEST_CASE("intrusive_mpsc_queue loses, repeats and reorders nothing when threads are stopped between any two steps",
          "[intrusive_mpsc_queue][stress]") {
  for (const std::size_t producers : {std::size_t{1}, 2 * support::cores() + 2}) {
    pass_around<support::stalling_platform>(producers,
                                            static_cast<std::uint32_t>(support::scaled(100'000) / producers));
  }
}

TEST_CASE("intrusive_mpsc_queue gives out nodes that are deleted at once, by threads that push and end",
          "[intrusive_mpsc_queue][stress]") {
  const auto threads = static_cast<std::uint32_t>(support::scaled(10'000));
  constexpr std::uint32_t at_a_time = 8;
  lockfree::intrusive_mpsc_queue<message> queue;
  std::uint64_t sum = 0;
  std::uint64_t expected = 0;
  const auto drain = [&] {
    while (message* const popped = queue.try_pop()) {
      sum += std::unique_ptr<message>(popped)->what.number;
    }
  };
  for (std::uint32_t first = 0; first < threads; first += at_a_time) {
    std::vector<std::jthread> crew;
    for (std::uint32_t i = first; i < first + at_a_time; ++i) {
      crew.emplace_back([&queue, i] { queue.push(*new message({0, i})); });
      expected += i;
    }
    drain();
  }
  drain();
  REQUIRE(sum == expected);
  REQUIRE(queue.empty_approx());
}

}  // namespace
