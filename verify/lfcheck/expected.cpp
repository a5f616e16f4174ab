// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/expected.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "lfcheck/report.hpp"
#include "lfcheck/terminal.hpp"

namespace lfcheck {

expected_violation::expected_violation(const std::string& pattern) : pattern_(pattern) {
  try {
    compiled_ = std::regex(pattern);
  } catch (const std::regex_error&) {
    refuse(fmt::format("--expect-violation: '{}' is not a regular expression", pattern));
  }
}

void expected_violation::choose(std::vector<item>& items) const {
  std::erase_if(items, [](const item& one) { return one.expects != item::expectation::holds; });
  if (items.empty()) refuse("--expect-violation is about checks that should hold, and none is chosen");
}

int expected_violation::judge(std::vector<outcome>& results) const {
  const int code = code_of(results);
  if (code == harness_failed) return code;
  std::uint64_t executions = 0;
  std::string others;
  bool found = false;
  for (outcome& one : results) {
    executions += one.executions;
    if (one.how != status::failed) continue;
    if (std::regex_search(one.sentence, compiled_)) {
      one.how = status::passed;
      found = true;
    } else {
      others += (others.empty() ? "'" : ", '") + one.sentence + '\'';
    }
  }
  if (found && others.empty()) {
    fmt::print("a violation as expected: it matches '{}'\n", pattern_);
    return all_hold;
  }
  if (others.empty()) {
    fmt::print("expected a violation that matches '{}', but there is none in {}\n", pattern_,
               count_text(executions, "execution"));
  } else {
    fmt::print("expected a violation that matches '{}', and this is another: {}\n", pattern_, others);
  }
  return violation;
}

}  // namespace lfcheck
