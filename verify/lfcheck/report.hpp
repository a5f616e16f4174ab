// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/trace.hpp"
#include "lfcheck/item.hpp"

namespace lfcheck {

/// What this program was compiled with.
#if defined(__clang__)
inline constexpr const char* compiler_name = "clang " __clang_version__;
#else
inline constexpr const char* compiler_name = "g++ " __VERSION__;
#endif

using engine::count_text;

/// As a report has it: "passed", "inconclusive", "failed" or "harness".
[[nodiscard]] const char* to_string(status how);
[[nodiscard]] const char* to_string(item::expectation expects);

/// The text with U+FFFD for each byte that is no UTF-8, and for characters that XML 1.0 can't hold.
[[nodiscard]] std::string as_utf8(std::string_view text);
/// The same for an attribute or an element of a report.
[[nodiscard]] std::string xml(std::string_view text);

/// The results as JUnit XML; traces without colour are the caller's business.
[[nodiscard]] std::string junit(const std::vector<item>& work, const std::vector<outcome>& results,
                                const settings& with, const char* compiler);

}  // namespace lfcheck
