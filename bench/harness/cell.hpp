// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/crew.hpp"
#include "harness/histogram.hpp"

namespace lockfree::bench {

/// lockfree: a structure of the library. mutex: its twin from lockfree/baseline, guarded by a lock. rival: another
/// library's.
enum class kind { lockfree, mutex, rival };

constexpr std::string_view to_string(kind value) noexcept {
  switch (value) {
    case kind::lockfree: return "lockfree";
    case kind::mutex: return "mutex";
    case kind::rival: return "rival";
  }
  return "?";
}

/// The shortest study that a cell is part of.
enum class tier { quick, standard, full };

/// What is measured.
struct subject {
  std::string name;
  std::string library;
  bench::kind kind = kind::lockfree;
  bool bounded = false;  ///< has a capacity; the same for all, `flow_capacity`
};

/// How many threads do what. `scenario` is unique within a family, for throughput and for latency alike.
struct shape {
  std::string scenario;
  std::string group;  ///< scenarios of one group belong into one chart
  std::string title;  ///< what happens, in words
  std::string when;   ///< the user's situation that it stands for; advice is given by situation
  std::size_t threads = 1;
  std::size_t producers = 0;  ///< 0 where the roles do not apply
  std::size_t consumers = 0;
  std::size_t cpus = 0;  ///< use only so many CPUs; 0: all
};

/// How long the successful calls of one operation took.
struct timed_calls {
  std::string operation;
  histogram nanoseconds;
};

/// What one run came to. It exists only if the run was correct.
struct outcome {
  std::uint64_t items = 0;
  double seconds = 0;
  std::vector<timed_calls> calls;  ///< empty unless the cell times single calls
};

/// One thing to be measured: a structure in a scenario.
struct cell {
  std::string family;
  subject what;
  shape how;
  std::size_t payload_bytes = 8;
  std::string unit;
  tier least = tier::standard;
  bool latency = false;  ///< times single calls; its throughput is then meaningless
  /// Does it once. Throws `wrong_result` or `interrupted`.
  std::function<outcome(const run_length&)> run;
  bool waits_timed = false;  ///< a timed call lasts until it is done; otherwise failed attempts are left out
};

struct family {
  std::string id;
  std::string title;
  std::string unit;
};

/// Everything that can be measured. Cells that are to be compared (same scenario) stand together.
struct grid {
  std::vector<family> families;
  std::vector<cell> cells;
};

/// One function a family; each in bench/<family>.cpp.
void add_queues(grid& all);
void add_stacks(grid& all);
void add_deques(grid& all);
void add_counters(grid& all);
void add_registers(grid& all);
void add_reclamation(grid& all);

inline grid whole_grid() {
  grid all;
  add_queues(all);
  add_stacks(all);
  add_deques(all);
  add_counters(all);
  add_registers(all);
  add_reclamation(all);
  return all;
}

/// As in `--benchmark_filter`: queue/mpmc_ring/2x2/8B; other libraries' names carry their library.
inline std::string full_name(const cell& each) {
  return each.family + "/" + (each.what.kind == kind::rival ? each.what.library + ":" : "") + each.what.name + "/" +
         each.how.scenario + "/" + std::to_string(each.payload_bytes) + "B";
}

}  // namespace lockfree::bench
