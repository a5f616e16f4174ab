// SPDX-License-Identifier: Apache-2.0
#include "study/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "harness/statistics.hpp"
#include "study/measure.hpp"

namespace lockfree::study {
namespace {

using nlohmann::json;

/// One round has to have so many calls for its p99.99 to be more than its slowest one or two.
constexpr double calls_for_tail = 30'000;

/// A structure in a scenario, one number a round.
struct series {
  std::string family;
  std::string structure;
  std::string library;
  std::string kind;
  std::string scenario;
  std::string when;
  std::string metric;  // "throughput" or "p99.99"
  std::string unit;
  std::vector<double> samples;
  bool bounded = false;

  [[nodiscard]] bool rate() const { return metric == "throughput"; }
  [[nodiscard]] double median() const { return bench::spread_of(samples).median; }
  /// "mpmc_ring", "libcds MSQueue<HP>"
  [[nodiscard]] std::string label() const { return kind == "rival" ? library + " " + structure : structure; }
  /// "58 M items/s", "1.5 ms"
  [[nodiscard]] std::string amount() const {
    return rate() ? number_text(median()) + " " + unit : duration_text(median());
  }
};

std::vector<series> read_series(const json& study) {
  std::map<std::tuple<std::string, std::string, std::string>, bool> bounded;
  for (const json& each : study.value("structures", json::array())) {
    bounded[{each.at("family"), each.at("library"), each.at("structure")}] = each.at("bounded").get<bool>();
  }
  std::vector<series> out;
  const auto add = [&](const json& entry, const std::string& metric) {
    series next{entry.at("family"),
                entry.at("structure"),
                entry.at("library"),
                entry.at("kind"),
                entry.at("scenario"),
                entry.value("when", std::string()),
                metric,
                entry.at("unit"),
                entry.at("samples").get<std::vector<double>>(),
                false};
    const auto found = bounded.find({next.family, next.library, next.structure});
    next.bounded = found != bounded.end() && found->second;
    if (!next.samples.empty()) out.push_back(std::move(next));
  };
  for (const json& each : study.at("throughput")) add(each, "throughput");
  for (const json& each : study.value("latency_rounds", json::array())) {
    const auto calls = each.at("calls").get<std::vector<double>>();
    const bool enough = !calls.empty() && *std::min_element(calls.begin(), calls.end()) >= calls_for_tail;
    if (enough) add(each, each.at("metric"));
  }
  return out;
}

std::string spread_text(double low, double high) {
  return fmt::format("{} to {}", number_text(low), number_text(high));
}

/// Why there is no verdict, or nothing.
std::string too_few(const comparison& result) {
  if (result.rounds >= least_rounds) return {};
  return fmt::format(" Only {} {} of both measured: no verdict.", result.rounds,
                     result.rounds == 1 ? "round" : "rounds");
}

std::string sentence(const series& ours, const series& theirs, const comparison& result) {
  const std::string amounts = fmt::format("{} against {}", ours.amount(), theirs.amount());
  const auto winner = result.better();
  if (winner == comparison::result::neither) {
    return fmt::format("{} and {} cannot be told apart at {}{}: {}, ratio {} ({}).{}", ours.label(), theirs.label(),
                       ours.scenario, ours.rate() ? "" : " in the slowest of 10,000 calls", amounts,
                       number_text(result.ratio), spread_text(result.low, result.high), too_few(result));
  }
  const bool we = winner == comparison::result::first;
  const series& first = we ? ours : theirs;
  const series& second = we ? theirs : ours;
  const double factor = we ? result.ratio : 1 / result.ratio;
  const std::string spread = we ? spread_text(result.low, result.high) : spread_text(1 / result.high, 1 / result.low);
  if (ours.rate()) {
    return fmt::format("{} does {} times as much as {} at {} ({}): {} against {}.", first.label(), number_text(factor),
                       second.label(), ours.scenario, spread, first.amount(), second.amount());
  }
  return fmt::format("One call in 10,000 takes {} or more with {}, {} with {} at {}: {} times less ({}).",
                     first.amount(), first.label(), second.amount(), second.label(), ours.scenario, number_text(factor),
                     spread);
}

json verdict_of(const series& ours, const series& theirs, std::string_view their_name) {
  const comparison result = compare(ours.samples, theirs.samples, ours.rate());
  const auto winner = result.better();
  return {{"family", ours.family},
          {"structure", ours.structure},
          {"baseline", theirs.structure},
          {"library", theirs.library},
          {"scenario", ours.scenario},
          {"metric", ours.metric},
          {"ratio", result.ratio},
          {"low", result.low},
          {"high", result.high},
          {"confidence", result.confidence},
          {"rounds", result.rounds},
          {"winner", winner == comparison::result::first    ? "lockfree"
                     : winner == comparison::result::second ? their_name
                                                            : "neither"},
          {"sentence", sentence(ours, theirs, result)}};
}

/// Compares each lock-free series with those of kind `other` beside it.
json verdicts_against(const std::vector<series>& all, std::string_view other) {
  json out = json::array();
  for (const series& ours : all) {
    if (ours.kind != "lockfree") continue;
    std::vector<const series*> beside;
    bool like = false;  // a baseline that is bounded as the structure is
    for (const series& theirs : all) {
      if (theirs.kind != other || theirs.family != ours.family || theirs.scenario != ours.scenario ||
          theirs.metric != ours.metric) {
        continue;
      }
      beside.push_back(&theirs);
      like = like || theirs.bounded == ours.bounded;
    }
    for (const series* theirs : beside) {
      if (other == "mutex" && like && theirs->bounded != ours.bounded) continue;
      out.push_back(verdict_of(ours, *theirs, other));
    }
  }
  return out;
}

/// One candidate for a piece of advice: a structure that was measured in every scenario of the situation, with the
/// geometric mean over these scenarios, round by round.
struct candidate {
  series mean;
  std::set<std::string> scenarios;
};

std::vector<candidate> candidates_for(const std::vector<const series*>& here) {
  std::map<std::pair<std::string, std::string>, std::vector<const series*>> by_structure;
  std::set<std::string> scenarios;
  for (const series* each : here) {
    by_structure[{each->library, each->structure}].push_back(each);
    scenarios.insert(each->scenario);
  }
  std::vector<candidate> out;
  for (const auto& [name, parts] : by_structure) {
    if (parts.size() != scenarios.size()) continue;
    candidate next{*parts.front(), scenarios};
    std::size_t rounds = parts.front()->samples.size();
    for (const series* part : parts) rounds = std::min(rounds, part->samples.size());
    next.mean.samples.resize(rounds);
    for (std::size_t round = 0; round < rounds; ++round) {
      double logs = 0;
      for (const series* part : parts) logs += std::log(std::max(part->samples[round], 1e-9));
      next.mean.samples[round] = std::exp(logs / static_cast<double>(parts.size()));
    }
    out.push_back(std::move(next));
  }
  return out;
}

const candidate* best_of(const std::vector<candidate>& all, std::string_view kind) {
  const candidate* best = nullptr;
  for (const candidate& each : all) {
    if (each.mean.kind != kind || each.mean.samples.empty()) continue;
    const double mine = each.mean.median();
    if (best == nullptr || (each.mean.rate() ? mine > best->mean.median() : mine < best->mean.median())) best = &each;
  }
  return best;
}

json advice_for(const std::string& when, const std::vector<const series*>& here) {
  const std::vector<candidate> all = candidates_for(here);
  const candidate* ours = best_of(all, "lockfree");
  const candidate* theirs = best_of(all, "mutex");
  if (ours == nullptr || theirs == nullptr) return nullptr;
  const comparison result = compare(ours->mean.samples, theirs->mean.samples, ours->mean.rate());
  if (result.rounds < least_rounds) return nullptr;
  const auto winner = result.better();
  const bool we = winner != comparison::result::second;
  const series& first = we ? ours->mean : theirs->mean;
  const series& second = we ? theirs->mean : ours->mean;
  const std::string factor = number_text(we ? result.ratio : 1 / result.ratio);
  const std::string spread = we ? spread_text(result.low, result.high) : spread_text(1 / result.high, 1 / result.low);
  const std::string at = fmt::format("{}", fmt::join(ours->scenarios, "; "));
  json out{{"when", when}, {"family", first.family}, {"metric", first.metric}};
  if (winner == comparison::result::neither) {
    out["use"] = theirs->mean.label();
    out["because"] =
        fmt::format("{} is not measurably better here, and a lock is simpler: {} against {}, ratio {} ({}), at {}",
                    ours->mean.label(), ours->mean.amount(), theirs->mean.amount(), factor, spread, at);
  } else if (first.rate()) {
    out["use"] = first.label();
    out["because"] = fmt::format("{} times the throughput of {} ({}): {} against {}, at {}", factor, second.label(),
                                 spread, first.amount(), second.amount(), at);
  } else {
    out["use"] = first.label();
    out["because"] = fmt::format("one call in 10,000 takes {} or more, with {} {}: {} times less ({}), at {}",
                                 first.amount(), second.label(), second.amount(), factor, spread, at);
  }
  return out;
}

json advice(const json& study, const std::vector<series>& all) {
  json out = json::array();
  for (const json& family : study.at("families")) {
    std::vector<std::pair<std::string, std::string>> situations;  // when, metric; in the order of the study
    std::map<std::pair<std::string, std::string>, std::vector<const series*>> by_situation;
    for (const series& each : all) {
      if (each.family != family.at("id") || each.when.empty()) continue;
      std::vector<const series*>& here = by_situation[{each.when, each.metric}];
      if (here.empty()) situations.emplace_back(each.when, each.metric);
      here.push_back(&each);
    }
    for (const auto& situation : situations) {
      const std::string title = family.at("title").get<std::string>();
      json next = advice_for(title + ": " + situation.first, by_situation[situation]);
      if (!next.is_null()) out.push_back(std::move(next));
    }
  }
  return out;
}

}  // namespace

comparison::result comparison::better() const {
  if (rounds < least_rounds || (low <= 1 && high >= 1)) return result::neither;
  return low > 1 ? result::first : result::second;
}

comparison compare(const std::vector<double>& first, const std::vector<double>& second, bool higher_is_better) {
  const std::size_t rounds = std::min(first.size(), second.size());
  std::vector<double> ratios;
  ratios.reserve(rounds);
  for (std::size_t i = 0; i < rounds; ++i) {
    // A time of 0 ns is one below the timer's resolution; a rate of 0 is a structure that stood still.
    const double least = higher_is_better ? 1e-9 : 1;
    const double a = std::max(first[i], least);
    const double b = std::max(second[i], least);
    ratios.push_back(higher_is_better ? a / b : b / a);
  }
  const bench::interval interval = bench::median_interval(std::move(ratios));
  return {interval.median, interval.low, interval.high, interval.confidence, rounds};
}

void judge(json& study) {
  const std::vector<series> all = read_series(study);
  study["verdicts"] = verdicts_against(all, "mutex");
  study["rival_verdicts"] = verdicts_against(all, "rival");
  study["advice"] = advice(study, all);
}

void check_schema(const json& study) {
  if (!study.is_object() || study.value("tool", json()) != "lfstudy")
    throw std::runtime_error("not a study of lfstudy");
  if (study.value("schema", json()) != 1) {
    throw std::runtime_error("schema " + study.value("schema", json()).dump() + "; this lfstudy reads schema 1");
  }
  for (const char* name : {"families", "throughput", "latency"}) {
    if (!study.contains(name) || !study[name].is_array()) {
      throw std::runtime_error(std::string("no list \"") + name + "\" in it");
    }
  }
  for (const char* name : {"status", "mode"}) {
    if (!study.contains(name) || !study[name].is_string()) {
      throw std::runtime_error(std::string("no text \"") + name + "\" in it");
    }
  }
  if (!study.contains("machine") || !study["machine"].is_object()) throw std::runtime_error("no \"machine\" in it");
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "?";
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (size >= 99.95) return fmt::format("{:.0f}", value);
  if (size >= 9.995) return fmt::format("{:.1f}", value);
  if (size >= 0.01) return fmt::format("{:.2f}", value);
  return fmt::format("{:.2g}", value);
}

std::string duration_text(double nanoseconds) {
  constexpr std::array<std::pair<double, const char*>, 3> units{{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}}};
  for (const auto& [size, name] : units) {
    if (nanoseconds >= size) return number_text(nanoseconds / size) + " " + name;
  }
  return fmt::format("{:.0f} ns", nanoseconds);
}

}  // namespace lockfree::study
