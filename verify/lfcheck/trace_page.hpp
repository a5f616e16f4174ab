// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "lfcheck/item.hpp"

namespace lfcheck {

/// One HTML page that needs nothing else: every item that did not pass or that has a trace, a column a thread. Pointing
/// at a step lights up what it read and all that happens before it; without JavaScript the tables stay readable.
[[nodiscard]] std::string trace_page(const std::vector<item>& work, const std::vector<outcome>& results,
                                     const settings& with, const std::string& program, const char* compiler);

}  // namespace lfcheck
