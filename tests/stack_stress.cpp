// SPDX-License-Identifier: Apache-2.0
// Every stack of the catalogue under more threads than cores, with random stalls; what went in and what came out is
// checked for loss and duplication, and where it can be, for order.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "support/each.hpp"
#include "support/history.hpp"
#include "support/seed.hpp"
#include "support/stalling_platform.hpp"
#include "support/threads.hpp"

namespace {

using support::stamped;

/// A stack, with a domain of its own if it needs one.
template <class Stack>
struct with_domain {
  Stack stack;
};
template <class T, class Platform>
struct with_domain<lockfree::treiber_stack<T, Platform>> {
  explicit with_domain(std::size_t threshold = 16) : domain(threshold) {}
  lockfree::basic_hazard_domain<Platform> domain;
  lockfree::treiber_stack<T, Platform> stack{domain};
};

/// Each thread pushes `count` elements and pops now and then, `eager` of four times; in the end all is popped.
template <class Stack>
void stress(std::size_t threads, std::size_t count, std::size_t eager) {
  INFO(threads << " threads, " << eager << " pops for 4 pushes");
  SUPPORT_SHOW_SEED();
  with_domain<Stack> object;
  Stack& stack = object.stack;
  std::vector<std::vector<stamped>> received(threads + 1);
  support::run_threads(threads, [&](std::size_t thread) {
    support::random random(thread);
    support::stalls stalls(100 + thread);
    auto& mine = received[thread];
    for (std::size_t sent = 0; sent < count; ++sent) {
      const stamped next{static_cast<std::uint32_t>(thread), static_cast<std::uint32_t>(sent)};
      if (random.one_in(2)) {
        stack.push(next);
      } else {
        stack.emplace(next);
      }
      stalls.maybe();
      if (random.below(4) >= eager) continue;
      if (random.one_in(2)) {
        if (const auto element = stack.try_pop()) mine.push_back(*element);
      } else {
        stamped element;
        if (stack.try_pop(element)) mine.push_back(element);
      }
      stalls.maybe();
    }
  });
  while (const auto element = stack.try_pop()) received.back().push_back(*element);
  REQUIRE(stack.empty_approx());
  // What was left is one snapshot, newest first: the pushes of each thread come out in reverse.
  std::vector<std::int64_t> last(threads, std::numeric_limits<std::int64_t>::max());
  for (const stamped& element : received.back()) {
    REQUIRE(element.number < last[element.producer]);
    last[element.producer] = element.number;
  }
  REQUIRE(support::check_history(std::vector<std::uint32_t>(threads, static_cast<std::uint32_t>(count)), received,
                                 false) == "");
}

template <class Stack>
void stress_all(std::size_t total) {
  const std::size_t many = 3 * support::cores() + 2;
  for (const std::size_t threads : {std::size_t{2}, many}) {
    for (const std::size_t eager : {std::size_t{2}, std::size_t{4}}) {
      stress<Stack>(threads, support::scaled(total) / threads, eager);
    }
  }
}

const auto plain = support::each<support::stacks<stamped>>(
    "loses and repeats nothing under more threads than cores", "[stack][stress]",
    []<class Stack>(support::type<Stack>) { stress_all<Stack>(200'000); });

TEST_CASE("treiber_stack loses and repeats nothing when threads are stopped between any two steps", "[stack][stress]") {
  stress_all<lockfree::treiber_stack<stamped, support::stalling_platform>>(100'000);
}

/// Growing numbers were pushed, then several threads pop: each of them sees falling ones.
const auto falling = support::each<support::stacks<std::size_t>>(
    "hands out the newest first to each of several threads", "[stack][stress]", []<class Stack>(support::type<Stack>) {
      for (std::size_t round = 0; round < support::scaled(200); ++round) {
        with_domain<Stack> object;
        constexpr std::size_t inside = 1'000;
        for (std::size_t i = 1; i <= inside; ++i) object.stack.push(i);
        std::atomic<bool> rising{false};
        std::atomic<std::size_t> popped{0};
        support::run_threads(4, [&](std::size_t) {
          std::size_t last = inside + 1;
          while (const auto element = object.stack.try_pop()) {
            if (*element >= last) rising = true;
            last = *element;
            popped.fetch_add(1, std::memory_order::relaxed);
          }
        });
        REQUIRE_FALSE(rising.load());
        REQUIRE(popped.load() == inside);
      }
    });

/// Elements that own memory: under AddressSanitizer each must be freed once, wherever it ends.
const auto owning = support::each<support::stacks<std::unique_ptr<std::size_t>>>(
    "moves owning elements from thread to thread", "[stack][stress]", []<class Stack>(support::type<Stack>) {
      constexpr std::size_t threads = 6;
      const std::size_t count = support::scaled(20'000);
      std::atomic<std::size_t> sum{0};
      {
        with_domain<Stack> object;
        support::run_threads(threads, [&](std::size_t) {
          for (std::size_t i = 1; i <= count; ++i) {
            object.stack.push(std::make_unique<std::size_t>(i));
            if (i % 4 == 0) continue;  // some stay inside
            if (auto element = object.stack.try_pop()) sum.fetch_add(**element, std::memory_order::relaxed);
          }
        });
        while (const auto element = object.stack.try_pop()) sum += **element;
        object.stack.push(std::make_unique<std::size_t>(0));  // is inside at the end
      }
      REQUIRE(sum.load() == threads * count * (count + 1) / 2);
    });

}  // namespace
