// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "explore.hpp"

namespace lockfree::inline v1::verify::detail {

/// A stronger order of one access with which a check that fails is not seen to fail any more.
struct repair {
  site where;
  edit::half part;           ///< of a compare-exchange
  std::memory_order from;    ///< with the edits that the check failed with
  std::memory_order to;      ///< the weakest that helps
  std::uint64_t executions;  ///< that held
  bool complete;             ///< and these were all there are
};

struct repair_search {
  std::vector<repair> found;    ///< nearest to the end of the violation's trace first
  std::uint64_t failed_in = 0;  ///< executions that a search at random needs to see the violation
  unsigned tried = 0;           ///< stronger orders that were looked at
  unsigned candidates = 0;      ///< of so many; fewer were tried: the budget ran out
};

/// Strengthens one access at a time, in `failed`, which `explore(body, options)` has just returned, and keeps what makes
/// the violation disappear: first for four times the executions that it took before, then for 20,000 or fifty times as
/// many, whichever is more. `seconds` of processor time in all.
[[nodiscard]] repair_search find_repairs(const program& body, const exploration_options& options,
                                         const exploration& failed, double seconds);

/// The orders that an access can have and that are stronger than `order`, weakest first.
[[nodiscard]] std::vector<std::memory_order> stronger_orders(operation what, std::memory_order order);
/// The orders that it can have and that are weaker, strongest first; a fence ends in relaxed, which is none.
[[nodiscard]] std::vector<std::memory_order> weaker_orders(operation what, std::memory_order order);

/// The edit that gives one half of `where` another order.
[[nodiscard]] edit edit_of(const site& where, edit::kind what, edit::half part, std::memory_order to);

}  // namespace lockfree::inline v1::verify::detail
