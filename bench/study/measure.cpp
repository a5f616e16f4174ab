// SPDX-License-Identifier: Apache-2.0
#include "study/measure.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <exception>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "harness/clock.hpp"
#include "harness/machine.hpp"
#include "harness/statistics.hpp"

namespace lockfree::study {
namespace {

using clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;
using nlohmann::json;

constexpr std::array<std::pair<const char*, double>, 5> percentiles{
    {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}, {"p99.99", 99.99}}};

json percentiles_of(const bench::histogram& values) {
  json out = json::object();
  for (const auto& [name, percent] : percentiles) out[name] = values.percentile(percent);
  out["max"] = values.max();
  return out;
}

std::string iso_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text;
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

json machine_json() {
  const bench::machine machine = bench::describe_machine();
  json caches = json::array();
  for (const bench::cache& each : machine.caches) {
    caches.push_back({{"level", each.level}, {"bytes", each.bytes}, {"instances", each.instances}});
  }
  const bench::call_timer& timer = bench::call_timer::get();
  return {{"cpu", machine.cpu},
          {"cores", machine.cores},
          {"cpus", machine.cpus},
          {"cpu_quota", machine.cpu_quota},
          {"caches", std::move(caches)},
          {"memory_bytes", machine.memory_bytes},
          {"kernel", machine.kernel},
          {"hypervisor", machine.hypervisor},
          {"compiler", machine.compiler},
          {"flags", machine.flags},
          {"optimised", machine.optimised},
          {"commit", machine.commit},
          {"governor", machine.governor},
          {"pinning", machine.pinning},
          {"timer",
           {{"source", timer.source()},
            {"cost_ns", timer.cost_ns()},
            {"relative_error", bench::histogram::relative_error}}}};
}

/// One cell and what it has come to.
struct record {
  const bench::cell* cell;
  std::vector<double> samples;            // throughput, in the cell's unit; one a round
  std::vector<bench::timed_calls> calls;  // latency: all rounds together
  std::vector<double> tails;              // latency: p99.99 of all calls of a round
  std::vector<std::uint64_t> tail_calls;  // latency: number of calls of a round
  seconds overhead{0.01};                 // what a run takes beyond its duration
  bool dropped = false;

  void take(bench::outcome outcome) {
    if (!cell->latency) {
      samples.push_back(static_cast<double>(outcome.items) / outcome.seconds / 1e6);
      return;
    }
    bench::histogram together;
    for (bench::timed_calls& each : outcome.calls) {
      together.merge(each.nanoseconds);
      const auto same = [&](const bench::timed_calls& known) { return known.operation == each.operation; };
      const auto found = std::find_if(calls.begin(), calls.end(), same);
      if (found == calls.end()) {
        calls.push_back(std::move(each));
      } else {
        found->nanoseconds.merge(each.nanoseconds);
      }
    }
    tails.push_back(static_cast<double>(together.percentile(99.99)));
    tail_calls.push_back(together.count());
  }
  [[nodiscard]] std::size_t rounds() const { return cell->latency ? tails.size() : samples.size(); }
  [[nodiscard]] double weight() const { return cell->latency ? 2 : 1; }
};

json common(const bench::cell& cell) {
  return {{"family", cell.family},           {"structure", cell.what.name},
          {"library", cell.what.library},    {"kind", to_string(cell.what.kind)},
          {"scenario", cell.how.scenario},   {"group", cell.how.group},
          {"title", cell.how.title},         {"when", cell.how.when},
          {"threads", cell.how.threads},     {"producers", cell.how.producers},
          {"consumers", cell.how.consumers}, {"payload_bytes", cell.payload_bytes}};
}

/// An entry of the lists that hold times of single calls.
json common_of_calls(const bench::cell& cell) {
  json out = common(cell);
  out["waiting"] = cell.waits_timed ? "timed" : "left out";
  return out;
}

class study {
 public:
  study(const bench::grid& grid, mode of, const effort& much, const std::function<void(const progress&)>& tell,
        const std::function<void(const json&)>& checkpoint)
      : grid_(grid), mode_(of), effort_(much), tell_(tell), started_(iso_now()), random_(much.seed) {
    for (const bench::cell& each : grid.cells) records_.push_back({&each, {}, {}, {}, {}});
    if (checkpoint) {
      bench::on_hang(
          [this, checkpoint] {
            errors_.push_back({{"cell", running_},
                               {"message", "its threads were stuck and could not be stopped; the study ends here"}});
            checkpoint(result("partial"));
          },
          much.patience);
    }
  }
  ~study() { bench::on_hang({}); }
  study(const study&) = delete;
  study& operator=(const study&) = delete;

  json run() {
    const bool limited = effort_.budget.count() > 0;
    deadline_ =
        limited ? clock::now() + std::chrono::duration_cast<clock::duration>(effort_.budget) : clock::time_point::max();
    machine_ = machine_json();
    rounds_planned_ = effort_.rounds;
    bool complete = false;
    try {
      machine_["hiccup_ns"] =
          percentiles_of(bench::measure_hiccups(std::chrono::duration_cast<std::chrono::nanoseconds>(effort_.hiccups)));
      for (std::size_t round = 0; round <= rounds_planned_; ++round) {
        if (round > 0) plan(round);
        if (round > rounds_planned_) break;
        run_round(round);
        rounds_done_ = round;
      }
      complete = errors_.empty();
    } catch (const bench::interrupted&) {}
    return result(complete ? "complete" : "partial");
  }

 private:
  /// Before each round: gives up rounds that no longer fit.
  void plan(std::size_t round) {
    const seconds good = std::min(good_run, effort_.longest);
    while (rounds_planned_ > least_rounds && rounds_planned_ >= round && run_time() < good) --rounds_planned_;
  }

  /// What is left of the work: runs, weighted by length, and what these runs cost beyond their length.
  std::pair<double, seconds> work_left() const {
    double runs = 0;
    seconds overhead{0};
    for (const record& each : records_) {
      if (each.dropped || each.rounds() >= rounds_planned_) continue;
      const auto left = static_cast<double>(rounds_planned_ - each.rounds());
      runs += left * each.weight();
      overhead += left * each.overhead;
    }
    return {runs, overhead};
  }

  /// The length of the next run: what is left of the budget, spread evenly.
  seconds run_time() const {
    if (deadline_ == clock::time_point::max()) return effort_.longest;
    const auto [runs, overhead] = work_left();
    const seconds left = seconds(deadline_ - clock::now()) - overhead;
    return std::min(effort_.longest, left / std::max(runs, 1.0));
  }

  void run_round(std::size_t round) {
    for (std::size_t from = 0; from < records_.size();) {
      std::size_t to = from + 1;
      while (to < records_.size() && same_scenario(*records_[from].cell, *records_[to].cell)) ++to;
      std::vector<std::size_t> order(to - from);
      std::iota(order.begin(), order.end(), from);
      std::shuffle(order.begin(), order.end(), random_);
      const seconds each = round == 0 ? shortest_run : std::max(run_time(), shortest_run);
      for (const std::size_t index : order) run_once(records_[index], round, each);
      from = to;
    }
  }

  static bool same_scenario(const bench::cell& a, const bench::cell& b) {
    return a.family == b.family && a.how.scenario == b.how.scenario;
  }

  void run_once(record& what, std::size_t round, seconds length) {
    if (what.dropped) return;
    running_ = full_name(*what.cell);
    say(round, length);
    const seconds wanted = round == 0 ? length : length * what.weight();
    const clock::time_point begin = clock::now();
    try {
      bench::outcome outcome = what.cell->run({std::chrono::duration_cast<std::chrono::nanoseconds>(wanted), 0});
      if (round > 0) what.take(std::move(outcome));
    } catch (const bench::interrupted&) {
      throw;
    } catch (const std::exception& error) {
      what.dropped = true;
      errors_.push_back({{"cell", running_}, {"message", error.what()}});
    }
    what.overhead = std::max(seconds(clock::now() - begin) - wanted, seconds(0));
    ++runs_done_;
  }

  void say(std::size_t round, seconds length) {
    if (!tell_) return;
    const auto [runs, overhead] = work_left();
    const seconds next = round == 0 ? std::max(run_time(), shortest_run) : length;
    const seconds left = runs * next + overhead;
    const seconds spent = clock::now() - begin_;
    tell_({spent / (spent + left), left, round, rounds_planned_, running_});
  }

  json result(const char* status) const {
    json out{{"schema", 1},
             {"tool", "lfstudy"},
             {"version", LOCKFREE_VERSION},
             {"status", status},
             {"mode", to_string(mode_)},
             {"started", started_},
             {"seconds", seconds(clock::now() - begin_).count()},
             {"rounds_planned", effort_.rounds},
             {"rounds_measured", rounds_done_},
             {"runs", runs_done_},
             {"seed", effort_.seed},
             {"machine", machine_},
             {"families", json::array()},
             {"structures", json::array()},
             {"throughput", json::array()},
             {"latency", json::array()},
             {"latency_rounds", json::array()},
             {"errors", errors_}};
    for (const bench::family& each : grid_.families) {
      out["families"].push_back({{"id", each.id}, {"title", each.title}, {"unit", each.unit}});
    }
    std::set<std::pair<std::string, std::string>> known;
    std::size_t measured = 0;
    for (const record& each : records_) {
      const bench::cell& cell = *each.cell;
      if (known.insert({cell.family, cell.what.library + ":" + cell.what.name}).second) {
        out["structures"].push_back({{"family", cell.family},
                                     {"structure", cell.what.name},
                                     {"library", cell.what.library},
                                     {"kind", to_string(cell.what.kind)},
                                     {"bounded", cell.what.bounded}});
      }
      if (each.dropped || each.rounds() == 0) continue;
      ++measured;
      if (cell.latency) {
        add_latency(out, each);
      } else {
        add_throughput(out, each);
      }
    }
    out["cells_planned"] = records_.size();
    out["cells_measured"] = measured;
    return out;
  }

  static void add_throughput(json& out, const record& each) {
    const bench::spread spread = bench::spread_of(each.samples);
    json entry = common(*each.cell);
    entry["unit"] = each.cell->unit;
    entry["samples"] = each.samples;
    entry["median"] = spread.median;
    entry["min"] = spread.min;
    entry["max"] = spread.max;
    entry["iqr"] = spread.iqr;
    out["throughput"].push_back(std::move(entry));
  }

  static void add_latency(json& out, const record& each) {
    for (const bench::timed_calls& calls : each.calls) {
      json entry = common_of_calls(*each.cell);
      entry["operation"] = calls.operation;
      entry["count"] = calls.nanoseconds.count();
      entry["percentiles"] = percentiles_of(calls.nanoseconds);
      entry["histogram"] = calls.nanoseconds.filled();
      out["latency"].push_back(std::move(entry));
    }
    json entry = common_of_calls(*each.cell);
    entry["metric"] = "p99.99";
    entry["unit"] = "ns";
    entry["calls"] = each.tail_calls;
    entry["samples"] = each.tails;
    out["latency_rounds"].push_back(std::move(entry));
  }

  const bench::grid& grid_;
  const mode mode_;
  const effort effort_;
  const std::function<void(const progress&)>& tell_;
  const std::string started_;
  const clock::time_point begin_ = clock::now();
  clock::time_point deadline_;
  std::mt19937_64 random_;
  std::vector<record> records_;
  json machine_ = json::object();
  json errors_ = json::array();
  std::string running_;
  std::size_t rounds_planned_ = 0;
  std::size_t rounds_done_ = 0;
  std::size_t runs_done_ = 0;
};

/// Throws `bad_filter` if a wanted name is none of `known`.
void check_names(const std::vector<std::string>& wanted, const std::set<std::string>& known, std::string_view what) {
  for (const std::string& name : wanted) {
    if (!known.contains(name)) {
      throw bad_filter(fmt::format("no {} '{}'; there are: {}", what, name, fmt::join(known, ", ")));
    }
  }
}

bool wanted(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

/// As `full_name` has it: a rival's name with its library. Its bare name will do as well.
std::string listed_name(const bench::subject& what) {
  return what.kind == bench::kind::rival ? what.library + ":" + what.name : what.name;
}

bool wanted(const std::vector<std::string>& names, const bench::subject& what) {
  return wanted(names, what.name) || wanted(names, listed_name(what));
}

}  // namespace

bench::grid select(const bench::grid& all, mode of, const filter& only) {
  std::set<std::string> families;
  std::set<std::string> structures;
  std::set<std::string> scenarios;
  for (const bench::cell& each : all.cells) {
    families.insert(each.family);
    structures.insert(each.what.name);
    structures.insert(listed_name(each.what));
    scenarios.insert(each.how.scenario);
  }
  check_names(only.families, families, "family");
  check_names(only.structures, structures, "structure");
  check_names(only.scenarios, scenarios, "scenario");

  const auto in_mode = [&](const bench::cell& each) {
    return static_cast<int>(each.least) <= static_cast<int>(of) && wanted(only.families, each.family) &&
           wanted(only.scenarios, each.how.scenario) && (only.rivals || each.what.kind != bench::kind::rival);
  };
  // A structure that was asked for brings along what it is compared with, where it is itself measured.
  std::set<std::pair<std::string, std::string>> compared;
  for (const bench::cell& each : all.cells) {
    if (in_mode(each) && wanted(only.structures, each.what)) compared.insert({each.family, each.how.scenario});
  }
  bench::grid out;
  for (const bench::cell& each : all.cells) {
    const bool beside = each.what.kind != bench::kind::lockfree && compared.contains({each.family, each.how.scenario});
    if (in_mode(each) && (wanted(only.structures, each.what) || beside)) out.cells.push_back(each);
  }
  if (out.cells.empty()) {
    throw bad_filter(fmt::format("nothing matches in mode {}: family {}, structure {}, scenario {}{}", to_string(of),
                                 only.families.empty() ? "any" : fmt::format("{}", fmt::join(only.families, "|")),
                                 only.structures.empty() ? "any" : fmt::format("{}", fmt::join(only.structures, "|")),
                                 only.scenarios.empty() ? "any" : fmt::format("{}", fmt::join(only.scenarios, "|")),
                                 only.rivals ? "" : ", no rivals"));
  }
  for (const bench::family& each : all.families) {
    const auto here = [&](const bench::cell& cell) { return cell.family == each.id; };
    if (std::any_of(out.cells.begin(), out.cells.end(), here)) out.families.push_back(each);
  }
  return out;
}

effort effort_of(mode value) {
  switch (value) {
    // The budgets leave a tenth of what is promised (2 and 10 minutes) for the page and for runs that end late.
    case mode::quick: return {seconds(100), seconds(0.25), seconds(0.5), 7};
    case mode::standard: return {seconds(530), seconds(0.5), seconds(1), 11};
    case mode::full: return {seconds(0), seconds(0.5), seconds(2), 15};
  }
  return {};
}

json measure(const bench::grid& grid, mode of, const effort& much, const std::function<void(const progress&)>& tell,
             const std::function<void(const json&)>& checkpoint) {
  return study(grid, of, much, tell, checkpoint).run();
}

}  // namespace lockfree::study
