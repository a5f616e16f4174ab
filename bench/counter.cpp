// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>

#include "harness/counting.hpp"
#include "harness/flow_grid.hpp"
#include "rivals/rivals.hpp"

// Counters. Measured: increments of one counter, a second, all threads together; and reads of its value by one thread
// after as many threads as CPUs have incremented it (so a striped counter has its stripes to add up). The total is
// checked after each run.
namespace lockfree::bench {
namespace {

template <class Run>
void add(grid& all, const shape& how, const std::string& unit, Run run) {
  each_subject<std::int64_t, is_counter, library_counter, rivals::all::counters>(
      [&]<class A>(std::type_identity<A> type) {
        all.cells.push_back({"counter", describe<A>(), how, 8, unit, tier::quick, false,
                             [how, run, type](const run_length& length) { return run(type, how, length); }});
      });
}

}  // namespace

void add_counters(grid& all) {
  all.families.push_back({"counter", "Counters", "M increments/s"});
  for (const std::size_t n : {1U, 2U, 4U, 8U}) {
    add(all,
        {.scenario = plural(n, "thread"),
         .group = "increments",
         .title = plural(n, "thread") + " incrementing one counter",
         .when = situation(n, n == 1 ? "counts" : "count together"),
         .threads = n},
        "M increments/s", []<class A>(std::type_identity<A>, const shape& how, const run_length& length) {
          return run_increments<A>(how, length);
        });
  }
  add(all,
      {.scenario = "read",
       .group = "reads",
       .title = "one thread reading the value at rest",
       .when = "the total is read often",
       .threads = 1},
      "M reads/s", []<class A>(std::type_identity<A>, const shape& how, const run_length& length) {
        return run_reads<A>(how, length);
      });
}

}  // namespace lockfree::bench
