// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <regex>
#include <string>
#include <vector>

#include "lfcheck/item.hpp"

namespace lfcheck {

/// --expect-violation: a run that is good only if it finds a violation whose sentence matches.
class expected_violation {
 public:
  /// A pattern that is no regular expression is wrong usage.
  explicit expected_violation(const std::string& pattern);

  /// Leaves the checks that should hold; without any it is wrong usage.
  void choose(std::vector<item>& items) const;

  /// Says what came of it, turns the violations that match into good results and returns the exit code.
  [[nodiscard]] int judge(std::vector<outcome>& results) const;

 private:
  std::string pattern_;
  std::regex compiled_;
};

}  // namespace lfcheck
