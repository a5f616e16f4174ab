// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdio>

#include "study/measure.hpp"

namespace lockfree::study {

/// Shows on `out` how far the measuring is: one line that is drawn over again on a terminal, a plain line each tenth of
/// the way elsewhere.
class progress_display {
 public:
  progress_display(std::FILE* out, bool terminal) : out_(out), terminal_(terminal) {}
  ~progress_display() { end(); }
  progress_display(const progress_display&) = delete;
  progress_display& operator=(const progress_display&) = delete;

  void show(const progress& now);
  /// Leaves the line; a later `show` would start a new one.
  void end();

 private:
  std::FILE* out_;
  bool terminal_;
  bool drawn_ = false;
  int tenths_ = -1;
  double furthest_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace lockfree::study
