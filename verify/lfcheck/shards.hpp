// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lfcheck/item.hpp"

/// One shard of several makes a part of the same work: of every check that should hold a part of its executions, and
/// of what must be found, which nobody can look for by halves, every so-manieth item whole.
namespace lfcheck {

/// Takes "2/4"; anything else is wrong usage.
void set_shard(settings& with, std::string_view text);

/// Notes what all shards of one run have in common and no other run has: items, scenario, search, budget, seed, number
/// of shards.
void set_work(settings& with, const std::vector<item>& chosen);

/// The items of this shard.
[[nodiscard]] std::vector<item> part_of(const std::vector<item>& chosen, const settings& with);

}  // namespace lfcheck
