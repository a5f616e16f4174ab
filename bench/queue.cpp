// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <string>

#include "harness/flow_grid.hpp"
#include "rivals/rivals.hpp"

// Queues. Measured: elements through, a second (harness/flow.hpp), by producers x consumers and by one thread alone;
// and how long a single call takes where threads outnumber CPUs. Elements of 8 bytes, and of 64 in the full study;
// bounded queues have room for 1024.
namespace lockfree::bench {
namespace {

template <std::size_t Bytes>
void add(grid& all, flow_scenario scenario) {
  using element = payload<Bytes>;
  if (Bytes != 8) {
    const std::string size = ", " + std::to_string(Bytes) + " B";
    scenario.how.scenario += size;
    scenario.how.group += size;
    scenario.how.when += ", elements of " + std::to_string(Bytes) + " bytes";
    scenario.how.title += ", elements of " + std::to_string(Bytes) + " bytes";
  }
  add_flow<element, is_queue, library_queue, rivals::all::queues<element>>(all, "queue", scenario, Bytes);
}

flow_scenario uncontended(tier least) {
  flow_scenario alone = pairs(1, least);
  alone.how.scenario = "uncontended";
  alone.how.group = "uncontended";
  alone.how.title = "one thread pushes one and pops one";
  return alone;
}

}  // namespace

void add_queues(grid& all) {
  all.families.push_back({"queue", "Queues", "M items/s"});
  add<8>(all, uncontended(tier::quick));
  for (const std::size_t n : {1U, 2U, 4U, 8U}) add<8>(all, producers_consumers(n, n, tier::quick));
  for (const std::size_t n : {4U, 8U}) {
    add<8>(all, producers_consumers(1, n, tier::full));
    add<8>(all, producers_consumers(n, 1, tier::full));
  }
  add<64>(all, uncontended(tier::full));
  for (const std::size_t n : {1U, 2U, 4U, 8U}) add<64>(all, producers_consumers(n, n, tier::full));

  add<8>(all, timed_pairs(tier::quick));
  add<8>(all, timed_producers_consumers(1, 1, tier::quick));
  add<8>(all, timed_producers_consumers(oversubscribed() / 2, allowed_cpus().size(), tier::standard));
}

}  // namespace lockfree::bench
