// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <exception>

#include <fmt/format.h>

#include "lfcheck/commands.hpp"
#include "lfcheck/terminal.hpp"

namespace lfcheck {

std::span<const command> commands() {
  static constexpr std::array list{
      command{"check", "runs checks and their defects; what is meant where no command is named", check_command},
      command{"audit", "weakens every memory order, and says which check dies of it", audit_command},
      command{"progress", "stops threads for ever, and compares the effect with what is claimed", progress_command},
      command{"merge", "joins the reports of --shard", merge_command},
  };
  return list;
}

}  // namespace lfcheck

int main(int argc, char** argv) {
  try {
    for (const lfcheck::command& each : lfcheck::commands()) {
      if (argc < 2 || argv[1] != each.name) continue;
      argv[1] = argv[0];
      return each.run(argc - 1, argv + 1);
    }
    return lfcheck::commands().front().run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lfcheck: {}\n", error.what());
    return lfcheck::harness_failed;
  }
}
