// SPDX-License-Identifier: Apache-2.0
#include "harness/flow_grid.hpp"
#include "rivals/rivals.hpp"

// Stacks. Measured: elements through, a second (harness/flow.hpp), by threads that each push and pop, and by producers x
// consumers; and how long a single call takes where threads outnumber CPUs. Elements of 8 bytes; unbounded.
namespace lockfree::bench {
namespace {

void add(grid& all, const flow_scenario& scenario) {
  using element = payload<8>;
  add_flow<element, is_stack, library_stack, rivals::all::stacks<element>>(all, "stack", scenario, 8);
}

}  // namespace

void add_stacks(grid& all) {
  all.families.push_back({"stack", "Stacks", "M items/s"});
  for (const std::size_t n : {1U, 2U, 4U, 8U}) add(all, pairs(n, tier::quick));
  for (const std::size_t n : {1U, 2U, 4U, 8U}) add(all, producers_consumers(n, n, tier::standard));
  add(all, timed_pairs(tier::quick));
  add(all, timed_producers_consumers(oversubscribed() / 2, allowed_cpus().size(), tier::full));
}

}  // namespace lockfree::bench
