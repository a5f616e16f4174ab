// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "machine.hpp"

namespace lockfree::inline v1::verify::detail {

struct registered_check {
  std::string name;
  description about;
  program body;
  std::string file;
};

/// All checks of the program by name.
[[nodiscard]] const std::vector<registered_check>& checks();

enum class search { uniform, pct, bound, full, portfolio };

struct exploration_options {
  search how = search::portfolio;
  unsigned bound = 3;            ///< highest number of preemptions (search::bound)
  double seconds = 4;            ///< of processor time; 0: no limit
  std::uint64_t executions = 0;  ///< 0: no limit
  std::uint64_t seed = 1;
  unsigned shard = 0;  ///< which part of the work this is, from 0
  unsigned shards = 1;
  bool expects_violation = false;  ///< look for one at random first
  unsigned most_weak = ~0U;        ///< stale reads and delayed stores in one execution; 0: interleaving alone
  bool shrink = true;              ///< a violation is made short and gets its trace
  limits bounds;
  std::vector<edit> edits;
  std::string scenario;                                    ///< of a declared check: only this one; `replay` needs it
  std::function<void(std::uint64_t executions)> progress;  ///< a few times a second of processor time
};

struct exploration {
  violation found;               ///< kind == holds: nothing was found
  std::uint64_t executions = 0;  ///< up to and including the violation
  double seconds = 0;
  bool complete = false;       ///< every execution has been seen
  bool cut = false;            ///< but for what fairness, the limit of spurious events or of remembered values left out
  int complete_bound = -1;     ///< every execution with so many preemptions has been seen
  bool repeatable = true;      ///< the violation came again when it was replayed; equal decisions led to the same
  bool fits = true;            ///< of `replay`: each decision of the schedule was there to be made
  decisions schedule;          ///< of the violation, shrunk
  std::vector<event> trace;    ///< of the violation, shrunk
  std::vector<weakness> weak;  ///< what of the trace only a weak memory does
  unsigned rival_thread = 0;   ///< data race: the other access, as in run_result
  std::uint64_t rival_clock = 0;
  std::vector<std::uint64_t> applied;  ///< for each edit
  std::vector<unsigned> operations;    ///< most operations of each thread in an execution
  bool frozen = false;
  std::string scenario;                ///< of the violation, if the check is declared; shrunk
  std::size_t scenarios = 0;           ///< of a declared check
  std::size_t scenarios_complete = 0;  ///< those whose every execution has been seen
  std::vector<lint> lints;             ///< of that execution, or of all where none is a violation
};

/// Searches for a violation, shrinks and replays what it found.
exploration explore(const program& body, const exploration_options& options);

/// Makes the schedule of a violation that was found as dull as it can be, and traces it.
void shrink_schedule(const program& body, exploration& found, const exploration_options& options);

/// Runs one schedule, with its trace.
exploration replay(const program& body, const decisions& schedule, const exploration_options& options);

}  // namespace lockfree::inline v1::verify::detail
