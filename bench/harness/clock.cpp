// SPDX-License-Identifier: Apache-2.0
#include "harness/clock.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace lockfree::bench {
namespace {

/// Whether the processor says that its counter runs at one rate in every power state and can be read in order.
bool counter_is_steady() {
#if defined(__x86_64__)
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line);
    int found = 0;
    for (std::string word; words >> word;) found += word == "constant_tsc" || word == "nonstop_tsc" || word == "rdtscp";
    return found == 3;
  }
#endif
  return false;
}

}  // namespace

call_timer::call_timer() : tsc_(counter_is_steady()) {
  using clock = std::chrono::steady_clock;
  if (tsc_) {
    const auto from = clock::now();
    const std::uint64_t from_ticks = now();
    while (clock::now() - from < std::chrono::milliseconds(50)) std::this_thread::yield();
    const auto to = clock::now();
    const std::uint64_t ticks = now() - from_ticks;
    ns_per_tick_ = std::chrono::duration<double, std::nano>(to - from).count() / static_cast<double>(ticks);
  }
  std::array<std::uint64_t, 10001> gaps;
  for (std::uint64_t& gap : gaps) {
    const std::uint64_t from = now();
    gap = now() - from;
  }
  std::nth_element(gaps.begin(), gaps.begin() + gaps.size() / 2, gaps.end());
  cost_ticks_ = gaps[gaps.size() / 2];
}

const call_timer& call_timer::get() {
  static const call_timer timer;
  return timer;
}

}  // namespace lockfree::bench
