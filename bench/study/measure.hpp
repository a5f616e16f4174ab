// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/cell.hpp"

namespace lockfree::study {

enum class mode { quick, standard, full };

constexpr std::string_view to_string(mode value) noexcept {
  switch (value) {
    case mode::quick: return "quick";
    case mode::standard: return "default";
    case mode::full: return "full";
  }
  return "?";
}

/// What to leave out. Empty: nothing.
struct filter {
  std::vector<std::string> families;
  std::vector<std::string> structures;  ///< these, and in their families all baselines and rivals beside them;
                                        ///< another library's with or without its library ("libcds:MSQueue<HP>")
  std::vector<std::string> scenarios;
  bool rivals = true;
};

/// A filter that matches nothing, or names something that does not exist; `what()` is one line for the user.
struct bad_filter : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The cells of `all` that belong to `of` and pass `only`. Throws `bad_filter`.
bench::grid select(const bench::grid& all, mode of, const filter& only);

/// How long, how often.
struct effort {
  std::chrono::duration<double> budget{0};      ///< for everything; 0: no limit, each run takes `longest`
  std::chrono::duration<double> longest{0.25};  ///< one run at most; runs that time single calls may take twice that
  std::chrono::duration<double> hiccups{1};     ///< measuring the idle machine
  std::size_t rounds = 9;                       ///< at most
  std::uint64_t seed = 1;                       ///< of the order within a scenario
  std::chrono::seconds patience{60};            ///< with threads that do not end when they are told to
};

/// Fewer rounds than this say nothing about spread, so they are measured even if the budget is over. For a verdict
/// they are too few (`least_confidence`).
inline constexpr std::size_t least_rounds = 3;
/// Shorter runs than this measure mostly their own start; rounds are given up before runs get shorter.
inline constexpr std::chrono::duration<double> good_run{0.03};
/// The shortest run, where even `least_rounds` do not fit.
inline constexpr std::chrono::duration<double> shortest_run{0.005};

effort effort_of(mode value);

struct progress {
  double fraction = 0;  ///< 0 to 1
  std::chrono::duration<double> left{0};
  std::size_t round = 0;  ///< 0: warming up
  std::size_t rounds = 0;
  std::string cell;
};

/// Measures the grid in interleaved rounds: round r runs every cell once before round r + 1 begins; within a scenario
/// the structures run one after the other in an order that changes each round. A first, short round is thrown away.
/// Returns the study without its verdicts (see study/schema.md). When interrupted it returns what was measured, with
/// status "partial"; so too if a structure gave a wrong result: that cell is left out and `errors` says so.
/// `checkpoint`, if given, is called where a run hangs, with what was measured until then, and must not return.
nlohmann::json measure(const bench::grid& grid, mode of, const effort& much,
                       const std::function<void(const progress&)>& tell,
                       const std::function<void(const nlohmann::json&)>& checkpoint = {});

}  // namespace lockfree::study
