// SPDX-License-Identifier: Apache-2.0
#include <sched.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <vector>

#include "adapters.hpp"
#include "catch.hpp"
#include "harness/counting.hpp"
#include "harness/cpus.hpp"
#include "harness/crew.hpp"
#include "harness/flow.hpp"
#include "harness/machine.hpp"
#include "harness/reclaiming.hpp"
#include "harness/steal.hpp"

using namespace lockfree::bench;
using namespace std::chrono_literals;
using broken::defect;

namespace {

const run_length brief{20ms, 0};
const run_length counted{0ms, 20'000};

shape producers_consumers(std::size_t producers, std::size_t consumers) {
  return {.scenario = "",
          .group = "",
          .title = "",
          .when = "",
          .threads = producers + consumers,
          .producers = producers,
          .consumers = consumers};
}

shape of_threads(std::size_t threads) {
  return {.scenario = "", .group = "", .title = "", .when = "", .threads = threads};
}

}  // namespace

TEST_CASE("threads are pinned round-robin over the allowed CPUs and start together") {
  const std::size_t threads = 2 * allowed_cpus().size() + 1;
  std::vector<int> cpus(threads, -1);
  std::atomic<std::size_t> prepared{0};
  std::atomic<std::size_t> early{0};
  run_crew(threads, counted, [&](worker& self) {
    ++prepared;
    self.start();
    if (prepared != threads) ++early;
    cpus[self.index()] = sched_getcpu();
    self.finish();
  });
  CHECK(early == 0);
  for (std::size_t i = 0; i < threads; ++i) CHECK(cpus[i] == allowed_cpus()[i % allowed_cpus().size()]);
}

TEST_CASE("a run can be kept on one CPU") {
  std::vector<int> cpus(3, -1);
  run_crew(
      3, counted,
      [&](worker& self) {
        self.start();
        cpus[self.index()] = sched_getcpu();
        self.finish();
      },
      1);
  for (const int cpu : cpus) CHECK(cpu == allowed_cpus().front());
}

TEST_CASE("the time of a run is from the first start to the last end") {
  const double seconds = run_crew(2, counted, [&](worker& self) {
    self.start();
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < (self.index() == 0 ? 1ms : 30ms)) {}
    self.finish();
  });
  CHECK(seconds >= 0.030);
}

TEST_CASE("a run with a duration is stopped when it is over") {
  const auto begin = std::chrono::steady_clock::now();
  const double seconds = run_crew(4, {30ms, 0}, [&](worker& self) {
    self.start();
    while (!self.stopped()) {}
    self.finish();
  });
  CHECK(seconds >= 0.029);
  CHECK(std::chrono::steady_clock::now() - begin < 20s);
}

TEST_CASE("what a worker throws comes out of the run, and the others end") {
  const auto run = [&](bool before) {
    run_crew(3, {10s, 0}, [&](worker& self) {
      if (before && self.index() == 1) throw std::runtime_error("no");
      self.start();
      if (self.index() == 1) throw std::runtime_error("no");
      while (!self.stopped()) {}
      self.finish();
    });
  };
  CHECK_THROWS_WITH(run(true), "no");
  CHECK_THROWS_WITH(run(false), "no");
}

TEST_CASE("a count is split without remainder") {
  const run_length ten{0ms, 10};
  CHECK(ten.share(0, 3) + ten.share(1, 3) + ten.share(2, 3) == 10);
  CHECK(ten.share(0, 3) == 4);
  CHECK(ten.share(2, 3) == 3);
}

TEST_CASE("a right queue passes, and all that was counted went through") {
  using queue = broken::queue<defect::none>;
  CHECK(run_producers_consumers<queue>(producers_consumers(1, 1), counted).items == counted.count);
  CHECK(run_producers_consumers<queue>(producers_consumers(3, 2), counted).items == counted.count);
  CHECK(run_producers_consumers<queue>(producers_consumers(2, 2), brief).items > 0);
  CHECK(run_pairs<queue>(of_threads(3), counted).items == counted.count);
  CHECK(run_pairs<queue>(of_threads(2), brief).items > 0);
  CHECK(run_producers_consumers<broken::queue<defect::none, 64>>(producers_consumers(2, 2), counted).items ==
        counted.count);
  CHECK(run_producers_consumers<queue>(producers_consumers(2, 2), {0ms, 1}).items == 1);
}

TEST_CASE("a queue that loses, duplicates, alters or tears elements is refused") {
  const shape flow = producers_consumers(2, 2);
  const shape pairs = of_threads(2);
  CHECK_THROWS_AS((run_producers_consumers<broken::queue<defect::loses>>(flow, counted)), wrong_result);
  CHECK_THROWS_AS((run_producers_consumers<broken::queue<defect::duplicates>>(flow, counted)), wrong_result);
  CHECK_THROWS_AS((run_producers_consumers<broken::queue<defect::alters>>(flow, counted)), wrong_result);
  CHECK_THROWS_AS((run_producers_consumers<broken::queue<defect::tears, 64>>(flow, counted)), wrong_result);
  CHECK_THROWS_WITH((run_producers_consumers<broken::queue<defect::hides>>(flow, counted)),
                    ContainsSubstring("said that it is empty with 3 elements inside"));
  CHECK_THROWS_AS((run_pairs<broken::queue<defect::duplicates>>(pairs, counted)), wrong_result);
  CHECK_THROWS_AS((run_pairs<broken::queue<defect::alters>>(pairs, counted)), wrong_result);
  CHECK_THROWS_AS((run_pairs<broken::queue<defect::loses>>(pairs, brief)), wrong_result);
  CHECK_THROWS_AS((run_producers_consumers<broken::queue<defect::loses>, true>(flow, counted)), wrong_result);
}

TEST_CASE("a deque that loses, duplicates or alters elements is refused, a right one is not") {
  for (const owner_work work : {owner_work::bursts, owner_work::singles, owner_work::push_only}) {
    CHECK(run_deque<broken::queue<defect::none>>(of_threads(3), work, counted).items == counted.count);
    CHECK_THROWS_AS(run_deque<broken::queue<defect::loses>>(of_threads(3), work, counted), wrong_result);
    CHECK_THROWS_AS(run_deque<broken::queue<defect::duplicates>>(of_threads(3), work, counted), wrong_result);
    CHECK_THROWS_AS(run_deque<broken::queue<defect::alters>>(of_threads(3), work, counted), wrong_result);
  }
  CHECK(run_deque<broken::queue<defect::none>>(of_threads(1), owner_work::bursts, brief).items > 0);
}

TEST_CASE("a counter that loses increments is refused") {
  CHECK_THROWS_AS(run_increments<broken::counter>(of_threads(1), counted), wrong_result);
  CHECK_THROWS_AS(run_reads<broken::counter>(of_threads(1), counted), wrong_result);
}

TEST_CASE("reclamation that shows freed records or loses updates is refused, a right one is not") {
  using right = broken::shared_record<true>;
  CHECK(run_reclamation<right>(of_threads(3), 3, counted).items == counted.count);
  CHECK(run_reclamation<right>(of_threads(3), 0, counted).items == counted.count);
  CHECK(run_reclamation<right>(of_threads(3), 2, counted).items == counted.count);
  CHECK(run_reclamation<right>(of_threads(3), 2, brief).items > 0);
  CHECK_THROWS_AS(run_reclamation<broken::shared_record<false>>(of_threads(2), 2, counted), wrong_result);
  CHECK_THROWS_AS((run_reclamation<broken::shared_record<true, true>>(of_threads(2), 0, counted)), wrong_result);
}

TEST_CASE("a timed run has one time for each successful call") {
  const outcome flow = run_producers_consumers<broken::queue<defect::none>, true>(producers_consumers(2, 1), counted);
  REQUIRE(flow.calls.size() == 2);
  CHECK(flow.calls[0].operation == "push");
  CHECK(flow.calls[0].nanoseconds.count() == counted.count);
  CHECK(flow.calls[1].operation == "pop");
  // The last pops may be made after the last push was seen to have ended; those are not timed.
  CHECK(flow.calls[1].nanoseconds.count() <= counted.count);
  CHECK(flow.calls[1].nanoseconds.count() + 1000 >= counted.count);
  const outcome pairs = run_pairs<broken::queue<defect::none>, true>(of_threads(2), counted);
  CHECK(pairs.calls.at(0).nanoseconds.count() == counted.count);
  CHECK(pairs.calls.at(1).nanoseconds.count() == counted.count);
}

TEST_CASE("a timed pair lasts from its first attempt until it is done, so a structure's own waiting counts") {
  constexpr std::uint64_t nearly = std::chrono::nanoseconds(broken::hesitant::hesitates).count() * 9 / 10;
  const outcome pairs = run_pairs<broken::hesitant, true>(of_threads(1), {0ms, 50});
  for (const timed_calls& each : pairs.calls) {
    INFO(each.operation);
    CHECK(each.nanoseconds.count() == 50);
    CHECK(each.nanoseconds.percentile(1) >= nearly);
  }
}

TEST_CASE("the machine is described") {
  const machine here = describe_machine();
  CHECK_FALSE(here.cpu.empty());
  CHECK(here.cores >= 1);
  CHECK(here.cpus == allowed_cpus().size());
  CHECK(here.cores <= here.cpus);
  CHECK_FALSE(here.kernel.empty());
  CHECK_FALSE(here.compiler.empty());
  CHECK_FALSE(here.commit.empty());
  CHECK(here.memory_bytes > 0);
  const histogram gaps = measure_hiccups(20ms);
  CHECK(gaps.count() > 100);
  CHECK(gaps.max() >= gaps.percentile(50));
}
