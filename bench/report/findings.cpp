// SPDX-License-Identifier: Apache-2.0
#include "findings.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/core.h>

#include "text.hpp"

namespace lockfree::study::page {
namespace {

std::string capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// "10,000" for "p99.99": of so many operations one is slower. Empty where the name is none of a percentile.
std::string_view one_in(std::string_view percentile) {
  if (percentile == "p50") return "2";
  if (percentile == "p90") return "10";
  if (percentile == "p99") return "100";
  if (percentile == "p99.9") return "1,000";
  if (percentile == "p99.99") return "10,000";
  return {};
}

std::string subject_of(std::string_view metric) {
  if (metric == "throughput") return "throughput";
  return metric == "max" ? "the slowest operation" : fmt::format("the tail ({})", metric);
}

}  // namespace

tally count_winners(const data& study, std::string_view metric, std::string_view family) {
  tally out;
  for (const verdict& each : study.verdicts) {
    if (each.metric != metric || (!family.empty() && each.family != family)) continue;
    switch (each.winner) {
      case winner::lockfree: ++out.lockfree; break;
      case winner::mutex: ++out.mutex; break;
      case winner::neither: ++out.neither; break;
    }
  }
  return out;
}

std::vector<std::string> metrics(const data& study) {
  std::vector<std::string> out;
  for (const verdict& each : study.verdicts)
    if (std::find(out.begin(), out.end(), each.metric) == out.end()) out.push_back(each.metric);
  std::stable_partition(out.begin(), out.end(), [](const std::string& metric) { return metric == "throughput"; });
  return out;
}

std::string metric_title(std::string_view metric) {
  if (metric == "throughput") return "Throughput";
  if (metric == "max") return "Slowest operation";
  const std::string_view many = one_in(metric);
  return many.empty() ? std::string{metric} : fmt::format("Tail: the slowest one in {} ({})", many, metric);
}

std::string headline(const data& study) {
  if (study.verdicts.empty()) {
    const std::size_t cells = study.throughput.size() + study.latency.size();
    if (cells == 0) return "Nothing was measured";
    return fmt::format("{}, but nothing to compare yet", plural(cells, "measurement", "measurements"));
  }
  std::string out;
  std::string previous;
  for (const std::string& metric : metrics(study)) {
    const tally won = count_winners(study, metric);
    const bool lockfree = won.lockfree * 2 > won.all();
    const bool mutex = won.mutex * 2 > won.all();
    const std::string winner = lockfree ? "lock-free" : mutex ? "the mutex" : "neither";
    const std::string subject = subject_of(metric);
    const std::string of = fmt::format("of {}", plural(won.all(), "comparison", "comparisons"));
    std::string part;
    if (winner == "neither") {
      part = fmt::format("{} is open, with {} for lock-free and {} for the mutex {}", subject, won.lockfree, won.mutex,
                         of);
    } else {
      const std::size_t wins = lockfree ? won.lockfree : won.mutex;
      const std::string where = metric == "throughput" ? "for throughput" : "at " + subject;
      part = winner == previous ? fmt::format("{} of {} {}", wins, won.all(), where)
                                : fmt::format("{} wins {} {} {}", winner, wins, of, where);
    }
    if (!out.empty()) out += winner == previous && winner != "neither" ? " and " : "; ";
    out += part;
    previous = winner;
  }
  return capital(out);
}

std::vector<const verdict*> strongest(const data& study) {
  std::vector<const verdict*> out;
  for (const std::string& metric : metrics(study)) {
    for (const winner side : {winner::lockfree, winner::mutex}) {
      const verdict* best = nullptr;
      for (const verdict& each : study.verdicts) {
        if (each.metric != metric || each.winner != side || each.sentence.empty()) continue;
        if (!std::isfinite(each.factor_low())) continue;
        if (best == nullptr || each.factor_low() > best->factor_low()) best = &each;
      }
      if (best != nullptr) out.push_back(best);
    }
  }
  return out;
}

std::string at_place(std::string_view scenario, double threads) {
  const std::string where = place(scenario, threads);
  const bool number = !where.empty() && std::isdigit(static_cast<unsigned char>(where[0])) != 0;
  return number ? fmt::format("At {}, ", where) : fmt::format("{}: ", capital(where));
}

std::string place(std::string_view scenario, double threads) {
  const bool number = !scenario.empty() && std::all_of(scenario.begin(), scenario.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  if (number || scenario.empty())
    return std::isfinite(threads) ? plural(static_cast<std::size_t>(threads), "thread", "threads")
                                  : std::string{scenario};
  return scenario_label(scenario);
}

std::string throughput_finding(const std::vector<const throughput*>& cells) {
  const auto best = [&](kind kind, double threads) {
    const throughput* found = nullptr;
    for (const throughput* each : cells)
      if (each->subject.kind == kind && each->threads == threads && std::isfinite(each->median) &&
          (found == nullptr || each->median > found->median))
        found = each;
    return found;
  };
  std::vector<double> threads;
  for (const throughput* each : cells) threads.push_back(each->threads);
  std::sort(threads.rbegin(), threads.rend());
  for (const double most : threads) {
    const throughput* lockfree = best(kind::lockfree, most);
    const throughput* mutex = best(kind::mutex, most);
    if (lockfree == nullptr || mutex == nullptr) continue;
    const std::string at = at_place(lockfree->scenario, most);
    const auto ahead = [&](const throughput& first, const throughput& second, std::string_view rest) {
      return fmt::format("{}{} moves {} {}, {} times {} ({}, {})", at, first.subject.label(), number(first.median),
                         first.unit, times(first.median / second.median), rest, second.subject.label(),
                         number(second.median));
    };
    if (lockfree->min > mutex->max && mutex->median > 0) return ahead(*lockfree, *mutex, "the best with a mutex");
    if (mutex->min > lockfree->max && lockfree->median > 0) return ahead(*mutex, *lockfree, "the best lock-free one");
    return fmt::format("{}{} ({}) and {} ({} {}) are too close to call", at, lockfree->subject.label(),
                       number(lockfree->median), mutex->subject.label(), number(mutex->median), mutex->unit);
  }
  const throughput* top = nullptr;
  for (const throughput* each : cells)
    if (std::isfinite(each->median) && (top == nullptr || each->median > top->median)) top = each;
  if (top == nullptr) return "No throughput was measured here";
  return fmt::format("{}{} reaches {} {}", at_place(top->scenario, top->threads), top->subject.label(),
                     number(top->median), top->unit);
}

std::string latency_finding(const std::vector<const latency*>& cells) {
  for (std::size_t p = percentile_names.size() - 1; p-- > 0;) {  // the maximum is one operation, no finding
    const auto best = [&](kind kind) {
      const latency* found = nullptr;
      for (const latency* each : cells)
        if (each->subject.kind == kind && std::isfinite(each->percentiles[p]) &&
            (found == nullptr || each->percentiles[p] < found->percentiles[p]))
          found = each;
      return found;
    };
    const latency* lockfree = best(kind::lockfree);
    const latency* mutex = best(kind::mutex);
    if (lockfree == nullptr && mutex == nullptr) continue;
    const latency* first = lockfree != nullptr ? lockfree : mutex;
    std::string out =
        fmt::format("One {} in {} takes {} or more with {}", first->operation.empty() ? "operation" : first->operation,
                    one_in(percentile_names[p]), duration(first->percentiles[p]), first->subject.label());
    if (lockfree != nullptr && mutex != nullptr)
      out += fmt::format(", {} or more with {}", duration(mutex->percentiles[p]), mutex->subject.label());
    return out;
  }
  return "No latency was measured here";
}

}  // namespace lockfree::study::page
