// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <lockfree/verify/progress.hpp>

#include "explore.hpp"

/// What a stopped thread does to the others, and how long an operation can take while the others work.
namespace lockfree::inline v1::verify::detail {

struct registered_progress {
  registered_check check;  // description: structure, purpose and steps
  progress_claim claim;
};

/// All progress checks of the program by name.
[[nodiscard]] const std::vector<registered_progress>& progress_checks();

struct progress_options {
  std::uint64_t executions = 1'000;  ///< for each thread and each of its accesses
  std::uint64_t seed = 1;
  std::function<void(std::uint64_t executions)> report;  ///< now and then
};

/// A place before which a thread was stopped.
struct stop {
  std::uint32_t site = 0;
  std::uint64_t executions = 0;               ///< in which that held up nobody
  std::uint64_t blocked = 0;                  ///< in which others did not get through
  std::vector<std::uint32_t> others_wait;     ///< where those try again and again
  std::vector<std::uint32_t> stopped_beside;  ///< where the other stopped threads stood, if it takes several
};

/// Operations that each of the other threads does beside the one whose steps are counted.
inline constexpr std::array<unsigned, 5> interference{0, 1, 2, 4, 8};

struct progress_found {
  violation wrong;          ///< found although nobody was stopped: the check itself is broken
  bool livelock = false;    ///< nobody was stopped, and the threads kept each other from getting through
  std::vector<stop> stops;  ///< in the order of their sites
  unsigned points = 0;      ///< pairs of a thread and the number of one of its accesses
  unsigned blocking_points = 0;
  unsigned together_points = 0;           ///< of the same, where all threads but one were stopped
  unsigned blocking_together_points = 0;  ///< and that one did not get through
  /// Of each thread: the most accesses of one of its operations, by what the others do.
  std::vector<std::array<unsigned, interference.size()>> own_steps;
  std::uint64_t executions = 0;
  std::uint64_t stopped_executions = 0;
  double seconds = 0;
  bool every_thread_stopped = false;

  [[nodiscard]] bool blocks() const noexcept { return blocking_points + blocking_together_points != 0; }
  /// The thread whose operations are longest; if those of some have no bound, of these.
  [[nodiscard]] const std::array<unsigned, interference.size()>& longest() const;
  /// The steps of an operation have a bound: twice as much interference does not add to them.
  [[nodiscard]] bool bounded() const { return longest().back() == longest()[interference.size() - 2]; }
  [[nodiscard]] progress shown() const {
    if (blocks()) return progress::blocking;
    if (livelock) return progress::obstruction_free;
    return bounded() ? progress::wait_free : progress::lock_free;
  }
};

[[nodiscard]] progress_found check_progress(const registered_progress& what, const progress_options& options);

}  // namespace lockfree::inline v1::verify::detail
