// SPDX-License-Identifier: Apache-2.0
// What is particular to treiber_stack: its domain, its nodes, its memory.
#include <lockfree/stack/treiber_stack.hpp>

#include <atomic>
#include <barrier>
#include <cstddef>
#include <optional>
#include <thread>

#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/elements.hpp"

namespace {

using lockfree::hazard_domain;
using lockfree::treiber_stack;

}  // namespace

TEST_CASE("treiber_stack gives popped nodes to the domain it was made with", "[stack]") {
  hazard_domain domain;
  treiber_stack<int> stack(domain);
  const std::size_t elsewhere = lockfree::hazard_default_domain().retired_approx();
  for (int i = 0; i < 10; ++i) stack.push(i);
  REQUIRE(domain.retired_approx() == 0);
  for (int i = 9; i >= 0; --i) REQUIRE(stack.try_pop() == std::optional<int>(i));
  REQUIRE(domain.retired_approx() == 10);
  REQUIRE(lockfree::hazard_default_domain().retired_approx() == elsewhere);
  domain.reclaim();
  REQUIRE(domain.retired_approx() == 0);
}

TEST_CASE("treiber_stack may be destroyed while its popped nodes wait, in domains and in ended threads", "[stack]") {
  hazard_domain domain;
  {
    std::optional<treiber_stack<support::nothrow_move>> stack(std::in_place, domain);
    for (int i = 0; i < 10; ++i) stack->emplace(i);
    std::thread([&] {
      for (int i = 0; i < 3; ++i) REQUIRE(stack->try_pop().has_value());
    }).join();
    REQUIRE(stack->try_pop().has_value());
    REQUIRE(support::nothrow_move::live.load() == 6);
    stack.reset();
    REQUIRE(domain.retired_approx() == 4);
  }
  support::nothrow_move::require_clean();
}

TEST_CASE("treiber_stack may be destroyed while a thread still holds protection from its domain", "[stack]") {
  struct watched : lockfree::hazard_pointer_obj_base<watched> {
    int value = 5;
  };
  hazard_domain domain(1);
  std::barrier step(2);
  auto* const object = new watched;
  std::atomic<watched*> place{object};
  std::jthread holder([&] {
    lockfree::hazard_pointer hazard = lockfree::make_hazard_pointer(domain);
    const watched* const seen = hazard.protect(place);
    step.arrive_and_wait();
    step.arrive_and_wait();
    REQUIRE(seen->value == 5);
  });
  step.arrive_and_wait();
  {
    treiber_stack<int> stack(domain);
    for (int i = 0; i < 100; ++i) stack.push(i);
    for (int i = 0; i < 50; ++i) REQUIRE(stack.try_pop().has_value());
  }
  object->retire(domain);
  domain.reclaim();
  REQUIRE(domain.retired_approx() == 1);
  step.arrive_and_wait();
}

TEST_CASE("treiber_stack is as it was when a pop gets no memory for its protection", "[stack]") {
  std::thread([] {
    const std::size_t failures = support::with_each_allocation_failing([](auto fail) {
      hazard_domain domain;
      treiber_stack<int> stack(domain);
      stack.push(1);
      std::optional<int> popped;
      if (!fail([&] { popped = stack.try_pop(); })) {
        REQUIRE_FALSE(popped.has_value());
        popped = stack.try_pop();
      }
      REQUIRE(popped == std::optional<int>(1));
    });
    REQUIRE(failures == (support::counts_allocations ? 3 : 0));  // table, part, hazard pointer
  }).join();
}

TEST_CASE("treiber_stack allocates one node for a push and nothing for a pop but the first", "[stack]") {
  if (!support::counts_allocations) return;
  hazard_domain domain(4);
  treiber_stack<long> stack(domain);
  REQUIRE_FALSE(stack.try_pop().has_value());
  stack.push(0);
  REQUIRE(stack.try_pop().has_value());
  const std::size_t before = support::allocations();
  for (long i = 0; i < 100; ++i) stack.push(i);
  REQUIRE(support::allocations() == before + 100);
  while (stack.try_pop()) {}
  REQUIRE(support::allocations() == before + 100);
}
