// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explore.hpp"

/// Scenarios of declared checks: as text, generated, explored one after the other, made smaller.
namespace lockfree::inline v1::verify::detail {

/// "prefix: push(1) | T0: pop() | T1: pop() push(2) | suffix: pop()".
[[nodiscard]] std::string to_text(const declaration& declared, const scenario& what);

/// A column a thread.
[[nodiscard]] std::string to_table(const declaration& declared, const scenario& what);

/// The other way; labels of threads may be left out. Throws `std::invalid_argument`, which says what is wrong: with the
/// text, with the roles, or with the size.
[[nodiscard]] scenario to_scenario(const declaration& declared, std::string_view text);

/// Throws `std::invalid_argument` unless the declaration makes sense, its sizes are within the limits, its hand-written
/// scenarios can be read and there is a scenario at all.
void require_usable(const declaration& declared);

/// About `count` different scenarios, small ones first; the same for equal seeds.
[[nodiscard]] std::vector<scenario> generate(const declaration& declared, std::uint64_t seed, std::size_t count);

/// Each way to make it a little smaller, the largest steps first.
[[nodiscard]] std::vector<scenario> smaller(const declaration& declared, const scenario& from);

/// Number of operations.
[[nodiscard]] std::size_t size_of(const scenario& what) noexcept;

using explore_function = exploration (*)(const program& body, const exploration_options& options);

/// Explores scenarios of a declared check by `one`, which does so for a single one: those that are hand-written, then
/// generated ones. A violation is reported for the smallest scenario that was found to have it.
exploration explore_scenarios(const program& body, const exploration_options& options, explore_function one);

/// The body with the scenario that it is told to do in `text`. Must not outlive `keep`.
[[nodiscard]] program with_scenario(const program& body, std::string_view text, scenario& keep);

/// What `--replay` takes: the schedule, and before it the scenario of a declared check.
[[nodiscard]] std::string replay_text(const std::string& scenario, const decisions& schedule);
/// The two parts of it.
[[nodiscard]] std::pair<std::string, std::string> split_replay(const std::string& text);

}  // namespace lockfree::inline v1::verify::detail
