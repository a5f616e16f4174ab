// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

namespace lockfree::study {

/// How the verdict is laid out.
struct layout {
  std::size_t width = 100;  ///< characters in a line; tables are folded to it
  bool colour = false;
};

/// The verdict of a judged study for people: where lock-free wins, where the mutex wins and by how much, what to use
/// when, and how the other libraries compare.
std::string verdict_text(const nlohmann::json& study, const layout& how);

/// The same as Markdown, for a page beside the code.
std::string verdict_markdown(const nlohmann::json& study);

/// The same for programs: status, machine, verdicts, advice, errors; without samples and histograms.
nlohmann::json verdict_json(const nlohmann::json& study);

}  // namespace lockfree::study
