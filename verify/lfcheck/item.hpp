// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/explore.hpp"

namespace lfcheck {

namespace engine = lockfree::verify::detail;

/// What lfcheck runs in one child: a check as it is, or with one of its defects.
struct item {
  enum class expectation { holds, violation, canary };

  const engine::registered_check* check = nullptr;
  const lockfree::verify::defect* defect = nullptr;
  std::string name;  // "spsc_ring/wraps" or "spsc_ring/wraps!spsc_ring.hpp:P3"
  expectation expects = expectation::holds;
};

/// How an item ended, worst last.
enum class status { passed, inconclusive, failed, harness };

struct outcome {
  status how = status::harness;
  std::string verdict;       // one word or two: "holds", "data race", "missed"
  std::string sentence;      // what is wrong, or empty
  std::string trace;         // text, ready to print
  std::string replay;        // schedule of a violation
  std::string completeness;  // "complete", "complete at bound 2", "sampled"
  int bound = -1;
  std::uint64_t executions = 0;
  double seconds = 0;
  std::string row;  // what a command of its own wants to know besides
};

struct settings {
  engine::search how = engine::search::portfolio;
  unsigned bound = 3;
  double seconds = 4;            // of a check; an expected violation gets four times that
  std::uint64_t executions = 0;  // 0: the seconds alone decide
  std::uint64_t seed = 1;
  std::optional<engine::decisions> replay;
  bool colour = false;
  unsigned jobs = 1;
  /// What a child does with its item, where that is not `run_item`.
  outcome (*run)(const item& work, const settings& with, void (*progress)(std::uint64_t executions)) = nullptr;
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

/// Runs the items, each in a child of its own, `jobs` at a time.
[[nodiscard]] std::vector<outcome> run_all(const std::vector<item>& work, const settings& with, listener& tell);

}  // namespace lfcheck
