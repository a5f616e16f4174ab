// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <type_traits>

#include "harness/cell.hpp"
#include "harness/cpus.hpp"
#include "harness/flow.hpp"
#include "harness/subjects.hpp"

// The scenarios that queues and stacks have in common.
namespace lockfree::bench {

struct flow_scenario {
  shape how;
  tier least = tier::standard;
  bool pairs = false;    ///< each thread pushes and pops; otherwise producers and consumers
  bool latency = false;  ///< single calls are timed
};

inline std::string plural(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

/// The situation of `threads` threads that `do_what`.
inline std::string situation(std::size_t threads, const std::string& do_what) {
  if (threads == 1) return "one thread alone " + do_what;
  return "threads " + do_what +
         (threads <= allowed_cpus().size() ? ", no more of them than CPUs" : ", more of them than CPUs");
}

inline flow_scenario producers_consumers(std::size_t producers, std::size_t consumers, tier least) {
  const std::size_t threads = producers + consumers;
  return {.how = {.scenario = std::to_string(producers) + "x" + std::to_string(consumers),
                  .group = "producers x consumers",
                  .title = plural(producers, "producer") + ", " + plural(consumers, "consumer"),
                  .when = threads == 2 ? "one thread pushes and one pops" : situation(threads, "push while others pop"),
                  .threads = threads,
                  .producers = producers,
                  .consumers = consumers},
          .least = least};
}

inline flow_scenario pairs(std::size_t threads, tier least) {
  return {.how = {.scenario = plural(threads, "thread"),
                  .group = "push then pop",
                  .title = plural(threads, "thread") + ", each pushes one and pops one",
                  .when = situation(threads, threads == 1 ? "pushes and pops" : "push and pop"),
                  .threads = threads},
          .least = least,
          .pairs = true};
}

/// Single calls are timed with four threads on each CPU (8 on 2 CPUs).
inline std::size_t oversubscribed() { return 4 * allowed_cpus().size(); }

inline flow_scenario timed_pairs(tier least) {
  const std::size_t threads = oversubscribed();
  const std::string on = plural(threads, "thread") + " on " + plural(allowed_cpus().size(), "CPU");
  return {.how = {.scenario = on + ", push then pop",
                  .group = "single calls",
                  .title = on + ", each pushes one and pops one; each call timed until it is done",
                  .when = "the slowest calls matter and there are more threads than CPUs",
                  .threads = threads},
          .least = least,
          .pairs = true,
          .latency = true};
}

inline flow_scenario timed_producers_consumers(std::size_t each, std::size_t cpus, tier least) {
  const std::string on = " on " + plural(cpus, "CPU");
  return {.how = {.scenario = std::to_string(each) + "x" + std::to_string(each) + on,
                  .group = "single calls",
                  .title = plural(each, "producer") + " and " + plural(each, "consumer") + on +
                           "; each successful call timed",
                  .when = each == 1 ? "the slowest calls matter, one thread pushes, one pops, and they share a CPU"
                                    : "the slowest calls matter and threads that push and threads that pop outnumber "
                                      "the CPUs",
                  .threads = 2 * each,
                  .producers = each,
                  .consumers = each,
                  .cpus = cpus},
          .least = least,
          .latency = true};
}

/// Adds `scenario` for all structures that allow so many producers and consumers.
template <class Element, class Predicate, template <class, kind> class Adapter, class Rivals>
void add_flow(grid& all, const std::string& family, const flow_scenario& scenario, std::size_t payload_bytes) {
  each_subject<Element, Predicate, Adapter, Rivals>([&]<class A>(std::type_identity<A>) {
    const shape& how = scenario.how;
    if ((scenario.pairs ? how.threads : how.producers) > A::max_producers) return;
    if ((scenario.pairs ? how.threads : how.consumers) > A::max_consumers) return;
    const auto run = scenario.pairs
                         ? (scenario.latency ? run_pairs<A, true> : run_pairs<A, false>)
                         : (scenario.latency ? run_producers_consumers<A, true> : run_producers_consumers<A, false>);
    all.cells.push_back({family, describe<A>(), how, payload_bytes, scenario.latency ? "ns" : "M items/s",
                         scenario.least, scenario.latency,
                         [run, how](const run_length& length) { return run(how, length); },
                         scenario.latency && scenario.pairs});
  });
}

}  // namespace lockfree::bench
