// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/shards.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "lfcheck/terminal.hpp"

namespace lfcheck {

void set_shard(settings& with, std::string_view text) {
  constexpr unsigned most = 10'000;
  unsigned shard = 0;
  unsigned shards = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '/') {
    const auto second = std::from_chars(first.ptr + 1, end, shards);
    if (second.ec == std::errc() && second.ptr == end && shard >= 1 && shard <= shards && shards <= most) {
      with.shard = shard - 1;
      with.shards = shards;
      return;
    }
  }
  refuse(fmt::format("--shard: '{}' is not a part such as 1/4, with at most {} parts", text, most));
}

void set_work(settings& with, const std::vector<item>& chosen) {
  std::string all = fmt::format("{} {} {} {} {} {}", static_cast<int>(with.how), with.bound, with.seconds,
                                with.executions, with.seed, with.shards);
  if (!with.scenario.empty()) all += '\n' + with.scenario;
  for (const item& one : chosen) all += '\n' + one.name;
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325;  // FNV-1a
  for (const char c : all) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3;
  with.work = fmt::format("{:016x}", hash);
  with.items = static_cast<std::size_t>(std::count_if(
      chosen.begin(), chosen.end(), [](const item& one) { return one.expects != item::expectation::canary; }));
}

std::vector<item> part_of(const std::vector<item>& chosen, const settings& with) {
  std::vector<item> mine;
  unsigned whole = 0;
  for (const item& one : chosen) {
    if (one.expects == item::expectation::holds || whole++ % with.shards == with.shard) mine.push_back(one);
  }
  return mine;
}

}  // namespace lfcheck
