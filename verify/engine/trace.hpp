// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "explore.hpp"

namespace lockfree::inline v1::verify::detail {

/// "data race" and so on, as lfcheck prints it and `description::canary` names it.
[[nodiscard]] std::string_view to_string(verdict kind) noexcept;
[[nodiscard]] std::string_view to_string(std::memory_order order) noexcept;
[[nodiscard]] std::string_view to_string(operation what) noexcept;

/// "spsc_ring.hpp:137 [P3]".
[[nodiscard]] std::string place_text(const site& at);

/// "tail_.store": what the source calls the object, and what is done to it; of one line where it can be told from that.
[[nodiscard]] std::string operation_text(const site& at);

/// One step of a trace, in words.
struct trace_line {
  unsigned thread;    ///< main_slot: constructor, `after` or destructor
  std::string place;  ///< "spsc_ring.hpp:137 [P3]"
  std::string what;   ///< "tail_.load(acquire) = 0"
  std::string note;   ///< "stale; newest is 1, written at ... by T0", "x 12" or nothing
};

/// The trace of a violation without the steps that say nothing: construction, repeated spinning.
[[nodiscard]] std::vector<trace_line> describe(const std::vector<event>& trace, bool with_constructor);

/// As a table, a column of thread names indented by thread.
[[nodiscard]] std::string to_text(const std::vector<trace_line>& lines, bool colour);

}  // namespace lockfree::inline v1::verify::detail
