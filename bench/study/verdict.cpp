// SPDX-License-Identifier: Apache-2.0
#include "study/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <lockfree/catalogue.hpp>

#include "harness/statistics.hpp"

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
  if (result.confidence >= least_confidence) return {};
  return fmt::format(" Only {} {} of both measured (confidence {:.0f} %): no verdict.", result.rounds,
                     result.rounds == 1 ? "round" : "rounds", 100 * result.confidence);
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

/// What advice has to know of the library's own structures beside their figures. Smaller is preferred.
struct standing {
  int weakness = static_cast<int>(lockfree::progress::blocking);  // of the progress that it promises
  bool spins = false;                                             // waits for a lock without giving up the processor
  std::size_t place = static_cast<std::size_t>(-1);               // in the catalogue; reclamation is not in it
};

standing standing_of(std::string_view name) {
  using all = catalogue<std::uint64_t>;
  standing out;
  std::size_t place = 0;
  const auto look = [&]<class... S>(std::type_identity<std::tuple<S...>>) {
    const auto one = [&](std::string_view its_name, lockfree::progress promised) {
      if (its_name == name) out = {static_cast<int>(promised), name == spin_ring<std::uint64_t>::name, place};
      ++place;
    };
    (one(S::name, S::progress), ...);
  };
  look(std::type_identity<all::structures>{});
  look(std::type_identity<all::baselines>{});
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

std::vector<const candidate*> of_kind(const std::vector<candidate>& all, std::string_view kind) {
  std::vector<const candidate*> out;
  for (const candidate& each : all) {
    if (each.mean.kind == kind && !each.mean.samples.empty()) out.push_back(&each);
  }
  return out;
}

/// The one with the best median, or nullptr.
const candidate* best_of(const std::vector<const candidate*>& all) {
  const candidate* best = nullptr;
  for (const candidate* each : all) {
    const double mine = each->mean.median();
    if (best == nullptr || (each->mean.rate() ? mine > best->mean.median() : mine < best->mean.median())) best = each;
  }
  return best;
}

comparison beside(const candidate& first, const candidate& second) {
  return compare(first.mean.samples, second.mean.samples, first.mean.rate());
}

/// Among those that cannot be told apart from the best of `all`, and do as well as it against `other`, the one that
/// stands best: noise must not choose.
const candidate* preferred(const std::vector<const candidate*>& all, const candidate& other) {
  const candidate* best = best_of(all);
  const auto rank = [&](const candidate* each) {
    const standing its = standing_of(each->mean.structure);
    return std::tuple(its.spins, its.weakness, each->mean.bounded != other.mean.bounded, its.place);
  };
  const candidate* out = best;
  for (const candidate* each : all) {
    const bool as_good = each == best || (beside(*best, *each).better() == comparison::result::neither &&
                                          beside(*each, other).better() == beside(*best, other).better());
    if (as_good && rank(each) < rank(out)) out = each;
  }
  return out;
}

/// "", or which candidate has a better median than `chosen` and yet cannot be told apart from it.
std::string passed_over(const candidate& chosen, const candidate& best) {
  if (&chosen == &best) return {};
  return fmt::format("; {} ({}) cannot be told apart from it", best.mean.label(), best.mean.amount());
}

json advice_for(const std::string& when, const std::vector<const series*>& here) {
  using result = comparison::result;
  const std::vector<candidate> all = candidates_for(here);
  const std::vector<const candidate*> lockfree = of_kind(all, "lockfree");
  const std::vector<const candidate*> locks = of_kind(all, "mutex");
  if (lockfree.empty() || locks.empty()) return nullptr;
  const candidate* best_lock = best_of(locks);
  const candidate* ours = preferred(lockfree, *best_lock);
  const candidate* theirs = preferred(locks, *ours);
  if (beside(*ours, *best_lock).confidence < least_confidence) return nullptr;
  const result winner = beside(*ours, *best_lock).better();
  if (winner == result::first) theirs = best_lock;  // what it beats is the best of them

  // Neither: a lock is simpler, unless only a spin lock keeps up.
  bool lock_does = winner == result::second;
  if (winner == result::neither) {
    std::vector<const candidate*> sleeping;
    std::copy_if(locks.begin(), locks.end(), std::back_inserter(sleeping),
                 [](const candidate* each) { return !standing_of(each->mean.structure).spins; });
    if (!sleeping.empty()) theirs = preferred(sleeping, *ours);
    lock_does = !sleeping.empty() && beside(*ours, *theirs).better() != result::first;
  }

  const comparison found = beside(*ours, *theirs);
  const candidate& first = lock_does ? *theirs : *ours;
  const candidate& second = lock_does ? *ours : *theirs;
  const bool open = found.better() == result::neither;
  const bool turned = lock_does && !open;
  const std::string factor = number_text(turned ? 1 / found.ratio : found.ratio);
  const std::string spread = turned ? spread_text(1 / found.high, 1 / found.low) : spread_text(found.low, found.high);
  const std::string at = fmt::format("{}", fmt::join(ours->scenarios, "; "));
  std::string because;
  if (open) {
    const std::string why = lock_does ? ours->mean.label() + " is not measurably better here, and a lock is simpler"
                                      : theirs->mean.label() + " is not measurably worse, but it spins";
    because = fmt::format("{}: {} against {}, ratio {} ({})", why, ours->mean.amount(), theirs->mean.amount(), factor,
                          spread);
  } else if (first.mean.rate()) {
    because = fmt::format("{} times the throughput of {} ({}): {} against {}", factor, second.mean.label(), spread,
                          first.mean.amount(), second.mean.amount());
  } else {
    because = fmt::format("one call in 10,000 takes {} or more, with {} {}: {} times less ({})", first.mean.amount(),
                          second.mean.label(), second.mean.amount(), factor, spread);
  }
  because += ", at " + at;
  if (winner != result::neither) {
    because += passed_over(first, *best_of(lock_does ? locks : lockfree));
  } else if (!lock_does && theirs != best_lock) {
    because += fmt::format("; {} ({}) is not measurably worse, but it spins", best_lock->mean.label(),
                           best_lock->mean.amount());
  }
  return {{"when", when},
          {"family", first.mean.family},
          {"metric", first.mean.metric},
          {"use", first.mean.label()},
          {"because", because}};
}

json advice(const json& study, const std::vector<series>& all) {
  json out = json::array();
  if (narrowed(study)) return out;
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
  if (confidence < least_confidence || (low <= 1 && high >= 1)) return result::neither;
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

bool narrowed(const json& study) {
  const json filter = study.value("filter", json::object());
  const auto given = [&](const char* name) { return !filter.value(name, json::array()).empty(); };
  return given("structures") || given("scenarios");
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
