// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/explore.hpp"
#include "engine/trace.hpp"

namespace lfcheck {

namespace engine = lockfree::verify::detail;

/// What lfcheck runs in one child: a check as it is, or with one of its defects.
struct item {
  enum class expectation { holds, violation, canary };

  const engine::registered_check* check = nullptr;
  const lockfree::verify::defect* defect = nullptr;
  std::string name;  // "spsc_ring/wraps" or "spsc_ring/wraps!spsc_ring.hpp:P3"
  expectation expects = expectation::holds;
  std::vector<engine::edit> edits = {};  // of the audit
};

/// How an item ended, worst last.
enum class status { passed, inconclusive, failed, harness };

struct outcome {
  status how = status::harness;
  std::string verdict;       // one word or two: "holds", "data race", "missed"
  std::string sentence;      // what is wrong, or empty
  std::string trace;         // as text without colour
  std::string replay;        // schedule of a violation, after its scenario if there is one
  std::string scenario;      // of a declared check, as a table
  std::string completeness;  // "complete", "complete at bound 2", "sampled"
  std::string hints;         // which stronger order would make it hold, a line each
  std::string lints;         // what is no violation but worth knowing, a line each
  std::string sites;         // of the audit: what it met, see audit.cpp
  int bound = -1;
  std::uint64_t executions = 0;
  double seconds = 0;
  std::vector<engine::trace_line> lines;  // the trace, for whoever draws it
  std::string needs;                      // whether interleaving is enough, or which stale reads are essential
  std::string file;                       // where the violation is
  unsigned line = 0;
  std::string row;  // what a command of its own wants to know besides
};

/// How a trace is drawn in the terminal.
struct trace_style {
  enum class layout { automatic, columns, rows };
  layout how = layout::automatic;
  bool full = false;  // all of a long one
  unsigned width = 100;
};

struct settings {
  engine::search how = engine::search::portfolio;
  unsigned bound = 3;
  double seconds = 4;            // of a check; an expected violation gets four times that
  std::uint64_t executions = 0;  // 0: the seconds alone decide
  std::uint64_t seed = 1;
  unsigned shard = 0;  // this part of the work, from 0, of so many
  unsigned shards = 1;
  std::string work;            // the same for all shards of the same work
  std::size_t items = 0;       // of all shards, without canaries
  std::string program;         // whose report this is
  std::string path;            // and where it was
  double hints = 10;           // seconds for repair hints on a violation; 0: none
  bool hints_for_all = false;  // also for violations that are expected
  std::optional<engine::decisions> replay;
  std::string scenario;  // declared checks: only this one
  bool colour = false;
  bool trace_found = false;  // expected violations come with a trace as well,
  bool show_found = false;   // and it is printed
  trace_style trace;
  unsigned jobs = 1;
};

/// All items of the program in the order of their names, canaries first.
[[nodiscard]] std::vector<item> all_items();

/// Runs one item in this process.
[[nodiscard]] outcome run_item(const item& work, const settings& with, void (*progress)(std::uint64_t executions));

[[nodiscard]] std::string encode(const outcome& from);
[[nodiscard]] outcome decode(const std::string& bytes);

/// Told what happens while a pool runs.
class listener {
 public:
  virtual ~listener() = default;
  virtual void running(std::size_t finished, const std::vector<std::size_t>& now, std::uint64_t executions) = 0;
  virtual void finished(std::size_t index, const outcome& how) = 0;
};

/// Runs the items, each in a child of its own, `jobs` at a time, by `run`.
[[nodiscard]] std::vector<outcome> run_all(const std::vector<item>& work, const settings& with, listener& tell,
                                           decltype(&run_item) run = &run_item);

}  // namespace lfcheck
