// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lfcheck/item.hpp"

/// What all commands of lfcheck say and how they end.
namespace lfcheck {

enum exit_code { all_hold = 0, violation = 1, usage = 2, undecided = 3, harness_failed = 4 };

/// One line on standard error; ends the program as wrong usage.
[[noreturn]] void refuse(const std::string& message);

/// Text in a colour, where colours are wanted.
[[nodiscard]] std::string paint(std::string_view text, const char* code, bool colour);
[[nodiscard]] const char* colour_of(status how);
/// Standard output is a terminal and NO_COLOR is not set.
[[nodiscard]] bool wants_colour();

/// Prints each item as it ends, and what is under way where that can be seen.
class printer : public listener {
 public:
  printer(const std::vector<item>& work, const settings& with, std::string program, bool terminal, bool quiet)
      : work_(work), with_(with), program_(std::move(program)), terminal_(terminal), quiet_(quiet) {}

  void running(std::size_t finished, const std::vector<std::size_t>& now, std::uint64_t executions) override;
  void finished(std::size_t index, const outcome& o) override;
  void explain(const item& work, const outcome& o) const;
  void clear();

 private:
  const std::vector<item>& work_;
  const settings& with_;
  std::string program_;
  bool terminal_;
  bool quiet_;
  bool dirty_ = false;
  std::chrono::steady_clock::time_point shown_{};
};

/// One line a check, in which its defects are counted; one for a defect that was run without its check.
void print_summary(const std::vector<item>& work, const std::vector<outcome>& results, bool colour);

/// In a shell, what runs a violation again.
[[nodiscard]] std::string replay_command(const std::string& program, const item& work, const outcome& o);

/// The exit code of a run with these results.
[[nodiscard]] int code_of(const std::vector<outcome>& results);

}  // namespace lfcheck
