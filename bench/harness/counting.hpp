// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/cpus.hpp"
#include "harness/flow.hpp"

namespace lockfree::bench {

/// Throws `wrong_result` unless the counter is at `wanted`.
template <class A>
void check_total(A& counter, std::uint64_t wanted) {
  const auto got = static_cast<std::uint64_t>(typename A::port(counter).value());
  if (got != wanted) {
    throw wrong_result(std::string(A::name) + ": " + std::to_string(wanted) + " increments, value " +
                       std::to_string(got));
  }
}

/// All threads increment one counter. Items: increments.
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

/// One thread reads a counter that as many threads as there are CPUs have incremented before. Items: reads.
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

}  // namespace lockfree::bench
