// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>

namespace lockfree::inline v1::verify::detail {

/// Processor time of this process in seconds: a budget in it means the same work on a busy machine.
[[nodiscard]] inline double processor_seconds() noexcept {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace lockfree::inline v1::verify::detail
