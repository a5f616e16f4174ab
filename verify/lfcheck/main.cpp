// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <exception>
#include <string_view>

#include <fmt/format.h>

#include "lfcheck/commands.hpp"
#include "lfcheck/terminal.hpp"

namespace {

struct command {
  std::string_view name;
  int (*run)(int argc, char** argv);
};

/// `lfcheck <name> ...`; whatever begins otherwise is for `check_command`.
constexpr std::array commands{
    command{"check", lfcheck::check_command},
    command{"progress", lfcheck::progress_command},
    command{"merge", lfcheck::merge_command},
    command{"audit", lfcheck::audit_command},
};

}  // namespace

int main(int argc, char** argv) {
  try {
    for (const command& each : commands) {
      if (argc < 2 || argv[1] != each.name) continue;
      argv[1] = argv[0];
      return each.run(argc - 1, argv + 1);
    }
    return lfcheck::check_command(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lfcheck: {}\n", error.what());
    return lfcheck::harness_failed;
  }
}
