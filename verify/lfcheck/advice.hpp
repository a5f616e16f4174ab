// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "engine/explore.hpp"
#include "engine/repair.hpp"
#include "lfcheck/item.hpp"

/// What goes beside a verdict, one line each: which stronger order would help, and what is worth knowing of the code.
namespace lfcheck {

[[nodiscard]] std::string hints_text(const engine::repair_search& from);

/// Of what `explore` or `replay` has just returned.
[[nodiscard]] std::string lints_text(const engine::exploration& from);

/// The lines of a text like those.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

/// Of an exploration that is not repeatable: what did not come again.
[[nodiscard]] std::string unrepeatable_text(const engine::exploration& from);

}  // namespace lfcheck
