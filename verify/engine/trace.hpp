// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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
  enum class kind : std::uint8_t {
    step,     ///< a modelled operation
    heading,  ///< an operation of the check, or a note, above the steps that it consists of
    verdict   ///< what is wrong, where no step shows it
  };
  static constexpr std::int32_t none = -1;

  unsigned thread = 0;      ///< main_slot: constructor, `after` or destructor
  std::string place = {};   ///< "spsc_ring.hpp:137 [P3]"
  std::string what = {};    ///< "tail_.load(acquire) = 0"
  std::string note = {};    ///< "stale; newest was 1, written at ... by T0", "seen 12 times" or nothing
  std::string from = {};    ///< who wrote the value read, where that isn't obvious: "T0 spsc_ring.hpp:137 [P3]"
  std::string file = {};    ///< path of the source file, if there is one
  unsigned line = 0;        ///< in it
  std::string source = {};  ///< that line
  kind is = kind::step;
  unsigned depth = 0;                     ///< 1: belongs to the heading above it in its thread
  bool stale = false;                     ///< did not read the newest value
  bool held = false;                      ///< a store that was shown later than it was made
  bool guilty = false;                    ///< the violation, or the other half of a race
  bool essential = false;                 ///< without this staleness or delay the violation does not come
  std::int32_t reads_from = none;         ///< line that wrote the value read
  std::int32_t newest = none;             ///< stale: line that wrote the newest
  std::vector<std::int32_t> before = {};  ///< for each thread: its last line that happens before this one
};

/// The trace without the steps that say nothing: construction, repeated spinning, threads that end.
/// To be called while the heap is as the execution left it.
[[nodiscard]] std::vector<trace_line> describe(const exploration& seen);

/// "1,234,567".
[[nodiscard]] std::string count_text(std::uint64_t number);
/// "1 execution", "1,234 executions".
[[nodiscard]] std::string count_text(std::uint64_t number, std::string_view of);

/// "T0", or "main".
[[nodiscard]] std::string thread_text(unsigned slot);

/// One line a step, a column of thread names indented by thread.
[[nodiscard]] std::string to_text(const std::vector<trace_line>& lines, bool colour);

}  // namespace lockfree::inline v1::verify::detail
