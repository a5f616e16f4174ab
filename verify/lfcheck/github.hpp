// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "lfcheck/item.hpp"

namespace lfcheck {

/// What did not pass, as workflow commands of GitHub Actions: an error at the line of each violation, a warning for each
/// inconclusive item. Paths are relative to the current directory where they lie in it.
[[nodiscard]] std::string github_annotations(const std::vector<item>& work, const std::vector<outcome>& results,
                                             const std::string& program);

}  // namespace lfcheck
