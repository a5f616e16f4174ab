// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "lfcheck/item.hpp"

namespace lfcheck {

/// The trace of an outcome as a terminal shows it: a column a thread, time downwards, or a row a step where the columns
/// would be too narrow. Of a long one the last part, unless `style.full`.
[[nodiscard]] std::string trace_text(const outcome& o, const trace_style& style, bool colour);

/// What `--trace` says: words with commas between them; false if one is unknown.
[[nodiscard]] bool set_trace_style(trace_style& style, std::string_view words);

/// Characters across: of the terminal at standard output, else of COLUMNS, else 100.
[[nodiscard]] unsigned terminal_width();

}  // namespace lfcheck
