// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "study.hpp"

/// What the numbers say, in sentences. Nothing here knows HTML.
namespace lockfree::study::page {

struct tally {
  std::size_t lockfree = 0;
  std::size_t mutex = 0;
  std::size_t neither = 0;

  std::size_t all() const { return lockfree + mutex + neither; }
};

/// Who won how often; an empty `family` counts all of them.
tally count_winners(const data& study, std::string_view metric, std::string_view family = {});

/// The metrics that the verdicts name: throughput first, then in the order of the study.
std::vector<std::string> metrics(const data& study);

/// "throughput" -> "Throughput", "p99.99" -> "Tail: the slowest one in 10,000 (p99.99)".
std::string metric_title(std::string_view metric);

/// The page's headline.
std::string headline(const data& study);

/// The strongest verdicts on each side, told by what is certain of them (the nearer end of their spread).
std::vector<const verdict*> strongest(const data& study);

/// What a throughput chart shows where the most threads are; `cells` are those of the chart.
std::string throughput_finding(const std::vector<const throughput*>& cells);

/// What a latency chart shows far out in the tail.
std::string latency_finding(const std::vector<const latency*>& cells);

/// The beginning of a sentence: "At 4×4, ", "At 8 threads, ", "Uncontended: ".
std::string at_place(std::string_view scenario, double threads);

/// The scenario in words: "4×4", "8 threads", or its own name.
std::string place(std::string_view scenario, double threads);

}  // namespace lockfree::study::page
