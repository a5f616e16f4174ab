// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace lfcheck {

/// Something that lfcheck can be told to do: `lfcheck <name> ...`.
struct command {
  std::string_view name;
  std::string_view purpose;
  /// Takes the arguments after its own name, with the program's name in front, and returns the exit code.
  int (*run)(int argc, char** argv);
};

/// The one list of them. The first is meant where the arguments name none.
[[nodiscard]] std::span<const command> commands();

int check_command(int argc, char** argv);
int progress_command(int argc, char** argv);
int merge_command(int argc, char** argv);
int audit_command(int argc, char** argv);

}  // namespace lfcheck
