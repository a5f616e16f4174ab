// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/flow_grid.hpp"
#include "rivals/rivals.hpp"

// Counters. Measured: increments of one counter, a second, all threads together; and reads of its value by one thread
// after as many threads as CPUs have incremented it (so a striped counter has its stripes to add up). The total is
// checked after each run.
namespace lockfree::bench {
namespace {

template <class A>
void check_total(A& counter, std::uint64_t wanted) {
  const auto got = static_cast<std::uint64_t>(typename A::port(counter).value());
  if (got != wanted) {
    throw wrong_result(std::string(A::name) + ": " + std::to_string(wanted) + " increments, value " +
                       std::to_string(got));
  }
}

template <class A>
outcome run_increments(const shape& how, const run_length& length) {
  A counter;
  std::vector<tally> done(how.threads);
  const double seconds = run_crew(
      how.threads, length,
      [&](worker& self) {
        typename A::port port(counter);
        std::uint64_t left = length.share(self.index(), how.threads);
        std::uint64_t count = 0;
        self.start();
        while (left != 0 && !self.stopped()) {
          const std::uint64_t now = std::min(left, operations_per_look);
          left -= now;
          for (std::uint64_t i = 0; i < now; ++i) {
            port.increment();
            asm volatile("" : : : "memory");  // each increment on its own
          }
          count += now;
        }
        self.finish();
        done[self.index()].count = count;
      },
      how.cpus);
  tally total;
  for (const tally& each : done) total += each;
  check_total(counter, total.count);
  return {total.count, seconds, {}};
}

template <class A>
outcome run_reads(const shape& how, const run_length& length) {
  constexpr std::uint64_t each_adds = 1000;
  A counter;
  const std::size_t writers = allowed_cpus().size();
  run_crew(writers, {{}, writers * each_adds}, [&](worker& self) {
    typename A::port port(counter);
    self.start();
    for (std::uint64_t i = 0; i < each_adds; ++i) port.increment();
    self.finish();
  });
  const std::uint64_t value = writers * each_adds;
  tally done;
  const double seconds = run_crew(
      1, length,
      [&](worker& self) {
        typename A::port port(counter);
        std::uint64_t left = length.share(0, 1);
        tally read;
        self.start();
        while (left != 0 && !self.stopped()) {
          const std::uint64_t now = std::min(left, operations_per_look);
          left -= now;
          for (std::uint64_t i = 0; i < now; ++i) {
            read.add(static_cast<std::uint64_t>(port.value()));
            asm volatile("" : : : "memory");  // each read on its own
          }
        }
        self.finish();
        done = read;
      },
      how.cpus);
  if (done.sum != done.count * value) {
    throw wrong_result(std::string(A::name) + ": a read of a counter at rest was not " + std::to_string(value));
  }
  return {done.count, seconds, {}};
}

template <class Run>
void add(grid& all, const shape& how, const std::string& unit, tier least, Run run) {
  each_subject<std::int64_t, is_counter, library_counter, rivals::all::counters>(
      [&]<class A>(std::type_identity<A> type) {
        all.cells.push_back({"counter", describe<A>(), how, 8, unit, least, false,
                             [how, run, type](const run_length& length) { return run(type, how, length); }});
      });
}

}  // namespace

void add_counters(grid& all) {
  all.families.push_back({"counter", "Counters", "M increments/s"});
  for (const std::size_t n : {1U, 2U, 4U, 8U}) {
    add(all,
        {plural(n, "thread"), "increments", plural(n, "thread") + " incrementing one counter",
         situation(n, n == 1 ? "counts" : "count together"), n, 0, 0, 0},
        "M increments/s", tier::quick, []<class A>(std::type_identity<A>, const shape& how, const run_length& length) {
          return run_increments<A>(how, length);
        });
  }
  add(all, {"read", "reads", "one thread reading the value at rest", "the total is read often", 1, 0, 0, 0},
      "M reads/s", tier::quick, []<class A>(std::type_identity<A>, const shape& how, const run_length& length) {
        return run_reads<A>(how, length);
      });
}

}  // namespace lockfree::bench
