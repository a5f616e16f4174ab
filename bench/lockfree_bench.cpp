// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "harness/cell.hpp"

// Every throughput cell as a Google Benchmark: one iteration is one item, all iterations of a repetition are one run of
// the harness, and the time is the harness's own (first start to last end), so that this program and lfstudy measure the
// same thing. Single-call latencies are lfstudy's.
//
// Unless told otherwise, 9 repetitions of 0.1 s each, interleaved at random over everything that is measured, and only
// the aggregates are shown: figures of different structures are comparable within one run of this program, no further.
namespace {

namespace bench = lockfree::bench;

std::atomic<bool> failed{false};

void measure(benchmark::State& state, const bench::cell& cell) {
  const auto count = static_cast<std::uint64_t>(state.max_iterations);
  while (state.KeepRunningBatch(state.max_iterations)) {
    try {
      const bench::outcome outcome = cell.run({{}, count});
      state.SetIterationTime(outcome.seconds);
      state.SetItemsProcessed(static_cast<std::int64_t>(outcome.items));
    } catch (const std::exception& error) {
      failed = true;
      state.SkipWithError(error.what());
      break;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> defaults{"--benchmark_repetitions=9", "--benchmark_enable_random_interleaving=true",
                                    "--benchmark_min_time=0.1", "--benchmark_report_aggregates_only=true"};
  std::vector<char*> arguments{argv[0]};
  for (std::string& each : defaults) arguments.push_back(each.data());
  for (int i = 1; i < argc; ++i) arguments.push_back(argv[i]);  // later ones win
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);

  const bench::grid all = bench::whole_grid();
  for (const bench::cell& cell : all.cells) {
    if (cell.latency) continue;
    benchmark::RegisterBenchmark(full_name(cell).c_str(), [&cell](benchmark::State& state) {
      measure(state, cell);
    })->UseManualTime();
  }
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  if (benchmark::RunSpecifiedBenchmarks() == 0) return 2;  // the filter matches nothing; already said
  benchmark::Shutdown();
  if (failed) std::fputs("at least one structure gave a wrong result\n", stderr);
  return failed ? 1 : 0;
}
