// SPDX-License-Identifier: Apache-2.0
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "engine/scenario.hpp"
#include "engine/schedule.hpp"
#include "engine/sites.hpp"
#include "lfcheck/commands.hpp"
#include "lfcheck/expected.hpp"
#include "lfcheck/github.hpp"
#include "lfcheck/item.hpp"
#include "lfcheck/options.hpp"
#include "lfcheck/output_file.hpp"
#include "lfcheck/report.hpp"
#include "lfcheck/shards.hpp"
#include "lfcheck/terminal.hpp"
#include "lfcheck/trace_page.hpp"
#include "lfcheck/trace_text.hpp"

namespace lfcheck {
namespace {

/// Refuses declarations that can't be run, and a scenario from outside that a check can't do.
void require_usable(const std::vector<item>& chosen, const std::string& scenario) {
  for (const item& one : chosen) {
    const engine::declaration* declared = one.check->body.declared;
    try {
      if (declared != nullptr) engine::require_usable(*declared);
      if (scenario.empty()) continue;
      if (declared == nullptr) throw std::invalid_argument("it is not declared, so it can't do a scenario");
      (void)engine::to_scenario(*declared, scenario);
    } catch (const std::invalid_argument& error) {
      refuse(fmt::format("{}: {}", one.check->name, error.what()));
    }
  }
}

/// What the command line asks for.
struct request {
  settings with;
  std::vector<std::string> filters;
  std::string file;
  std::optional<std::string> replay;
  std::optional<expected_violation> expected;
  std::string junit_file;
  std::string html_file;
  bool github = false;
  bool no_canaries = false;
  bool only_canaries = false;
  bool list = false;
};

/// Reads it. The exit code if there is nothing more to do.
std::optional<int> read_request(int argc, char** argv, request& asked) {
  settings& with = asked.with;
  std::string replay_text;
  std::string shard_text;
  std::string expected_text;
  std::string trace_text = "auto";
  with.jobs = std::max(1U, std::thread::hardware_concurrency());
  const std::map<std::string, engine::search> searches{{"uniform", engine::search::uniform},
                                                       {"pct", engine::search::pct},
                                                       {"bound", engine::search::bound},
                                                       {"full", engine::search::full},
                                                       {"portfolio", engine::search::portfolio}};
  std::string scheduler = "portfolio";
  std::string others;
  for (const command& each : commands()) others += fmt::format("  {:<10}{}\n", each.name, each.purpose);
  options of{"lfcheck [check]",
             "Model-checks the structures of the program: every schedule, every outcome that C++20 allows.",
             "Commands, each with its own --help:\n" + others +
                 "\nAn item is a check, as 'spsc_ring/wraps', or a check with one of its defects, as "
                 "'spsc_ring/wraps!spsc_ring.hpp:P3', which must then be found.\n"
                 "Exit code: 0 all hold within the stated bounds, 1 violation, 2 usage, 3 inconclusive, 4 the harness "
                 "failed, or a specification did."};
  of.words("item,--filter", asked.filters, "Items to run; * and ? match anything. 'list' alone lists them");
  of.text("--file", asked.file, "Only checks that are written in this source file");
  of.choice("--scheduler", scheduler, {"uniform", "pct", "bound", "full", "portfolio"}, "How executions are chosen");
  of.small("--bound", with.bound, 0, "Most preemptions of --scheduler bound");
  of.seconds("--seconds", with.seconds, 0.001, "Budget of a check; an expected violation gets four times that");
  of.count("--executions", with.executions, 1, "Most executions of an item");
  of.count("--seed", with.seed, 0, "Of the random schedulers");
  of.text("--replay", replay_text, "Run one item with this schedule, as a violation prints it");
  of.text("--shard", shard_text, "Make one part of the work, as 2/4; 'merge' joins the reports");
  of.text("--expect-violation", expected_text,
          "Succeed only if a check that should hold fails with a sentence that matches this");
  of.text("--trace", trace_text, "How traces are drawn: auto, columns or rows; full: all of a long one");
  of.flag("--show", with.show_found, "Explain expected violations as well");
  of.text("--scenario", with.scenario, "Run declared checks with this one: 'prefix: push(1) | T0: pop() | T1: ...'");
  of.text("--junit", asked.junit_file, "Write the results there as JUnit XML");
  of.text("--html", asked.html_file, "Write the traces there as a page, those of expected violations as well");
  of.flag("--github", asked.github, "Print what did not pass as annotations for GitHub Actions");
  of.seconds("--hints", with.hints, 0,
             "Seconds to look for a stronger order that makes a violation disappear; 0: none. Given, also for "
             "violations that are expected");
  of.small("-j,--jobs", with.jobs, 1, "Items at a time");
  of.flag("--no-canaries", asked.no_canaries, "Leave out the checks of the checker itself");
  of.flag("--only-canaries", asked.only_canaries, "Run nothing else");
  if (const auto done = of.parse(argc, argv)) return *done;
  if (of.given("--scenario") && with.scenario.empty()) refuse("--scenario: '' is no scenario");
  with.how = searches.at(scheduler);
  with.program = engine::file_of(argv[0]);
  with.path = argv[0];
  if (of.given("--replay")) asked.replay = replay_text;
  if (of.given("--expect-violation")) asked.expected.emplace(expected_text);
  if (of.given("--shard")) {
    set_shard(with, shard_text);
    if (asked.expected) refuse("--shard and --expect-violation don't go together: it is enough if one part finds it");
    if (asked.replay) refuse("--shard and --replay don't go together: a schedule has no parts");
  }
  with.hints_for_all = of.given("--hints");
  if (of.given("--executions") && !of.given("--seconds")) with.seconds = 0;
  with.colour = wants_colour();
  with.trace.width = terminal_width();
  if (!set_trace_style(with.trace, trace_text)) {
    refuse(fmt::format("--trace is auto, columns, rows, full, or two of them as in 'rows,full'; not '{}'", trace_text));
  }
  if (!asked.filters.empty() && asked.filters.front() == "list") {
    asked.list = true;
    asked.filters.erase(asked.filters.begin());
  }
  return std::nullopt;
}

struct selection {
  std::vector<item> canaries;  // that run first
  std::vector<item> chosen;
};

selection select_items(const request& asked) {
  selection out;
  std::vector<bool> used(asked.filters.size());
  for (item& one : all_items()) {
    const bool canary = one.expects == item::expectation::canary;
    if (canary && !asked.no_canaries && !asked.replay && !asked.list) out.canaries.push_back(one);
    if (!asked.file.empty() && engine::file_of(one.check->file) != asked.file) continue;
    bool wanted = asked.filters.empty();
    for (std::size_t f = 0; f < asked.filters.size(); ++f) {
      if (fnmatch(asked.filters[f].c_str(), one.name.c_str(), 0) != 0) continue;
      used[f] = true;
      wanted = true;
    }
    if (wanted && (canary ? !asked.filters.empty() || asked.list : !asked.only_canaries)) {
      out.chosen.push_back(std::move(one));
    }
  }
  for (std::size_t f = 0; f < asked.filters.size(); ++f) {
    if (!used[f]) refuse(fmt::format("no item is called '{}'; 'lfcheck list' names them all", asked.filters[f]));
  }
  if (out.chosen.empty() && (out.canaries.empty() || !asked.only_canaries)) refuse("there is nothing to run");
  return out;
}

int list_items(const std::vector<item>& chosen) {
  for (const item& one : chosen) {
    const auto& about = one.check->about;
    std::string broken = about.twin_of.empty() ? " (broken)" : fmt::format(" (broken twin of {})", about.twin_of);
    if (one.defect != nullptr || !about.broken) broken.clear();
    fmt::print("{:<50}  {}{}\n", one.name, one.defect != nullptr ? "must be found" : about.purpose, broken);
  }
  return all_hold;
}

/// Takes "SCENARIO @ SCHEDULE", or the schedule alone where the check is not declared.
void set_replay(settings& with, const std::string& text, const std::vector<item>& chosen) {
  const auto [scenario, schedule] = engine::split_replay(text);
  if (!scenario.empty()) with.scenario = scenario;
  with.replay = engine::from_text(schedule);
  if (!with.replay) refuse(fmt::format("'{}' is not a schedule", text));
  if (chosen.size() != 1) refuse(fmt::format("--replay needs exactly one item, not {}", chosen.size()));
  if (chosen.front().check->body.declared != nullptr && with.scenario.empty()) {
    refuse(fmt::format("'{}' is declared: its replay is 'SCENARIO @ SCHEDULE'", chosen.front().name));
  }
}

bool on_terminal() { return isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1; }

/// The checks of the checker itself; one that did not end as it must makes all else worthless.
std::vector<outcome> run_canaries(const std::vector<item>& canaries, const request& asked, const char* program) {
  settings gentle = asked.with;
  gentle.how = engine::search::portfolio;
  gentle.executions = 0;
  gentle.seconds = 2;
  gentle.trace_found = gentle.show_found = false;
  if (!asked.only_canaries) fmt::print("{} faults that this checker must report (canaries): ", canaries.size());
  std::fflush(stdout);
  printer show(canaries, gentle, program, on_terminal(), !asked.only_canaries);
  std::vector<outcome> results = run_all(canaries, gentle, show);
  show.clear();
  if (code_of(results) != all_hold) {
    std::fflush(stdout);
    fmt::print(stderr, "lfcheck: a canary was missed: no result of this build can be trusted\n");
  } else if (!asked.only_canaries) {
    fmt::print("all caught\n");
  }
  return results;
}

std::vector<outcome> run_chosen(const std::vector<item>& chosen, const settings& with, const char* program) {
  printer show(chosen, with, program, on_terminal(), false);
  std::vector<outcome> results = run_all(chosen, with, show);
  show.clear();
  if (with.replay) {
    if (results.front().how == status::passed) show.explain(chosen.front(), results.front());
    fmt::print("{}\n", results.front().verdict);
  }
  return results;
}

}  // namespace

int check_command(int argc, char** argv) {
  request asked;
  if (const auto done = read_request(argc, argv, asked)) return *done;
  settings& with = asked.with;
  auto [canaries, chosen] = select_items(asked);
  if (asked.list) return list_items(chosen);
  if (asked.replay) set_replay(with, *asked.replay, chosen);
  require_usable(chosen, with.scenario);
  if (asked.expected) asked.expected->choose(chosen);
  set_work(with, chosen);
  if (with.shards > 1) chosen = part_of(chosen, with);
  const output_file report(asked.junit_file);
  const output_file page(asked.html_file);
  with.trace_found = with.show_found || page.wanted();

  std::vector<item> all = canaries;
  std::vector<outcome> results;
  if (!canaries.empty()) results = run_canaries(canaries, asked, argv[0]);
  const bool canary_missed = code_of(results) != all_hold;
  std::optional<int> expected_code;
  if (canary_missed || asked.only_canaries) {
    print_summary(all, results, with.colour);
  } else {
    std::vector<outcome> more = run_chosen(chosen, with, argv[0]);
    if (asked.expected) expected_code = asked.expected->judge(more);
    if (!with.replay) print_summary(chosen, more, with.colour);
    results.insert(results.end(), more.begin(), more.end());
    all.insert(all.end(), chosen.begin(), chosen.end());
  }
  if (report.wanted()) report.write(junit(all, results, with, compiler_name));
  if (page.wanted()) page.write(trace_page(all, results, with, argv[0], compiler_name));
  if (asked.github) fmt::print("{}", github_annotations(all, results, argv[0]));
  return canary_missed ? harness_failed : expected_code.value_or(code_of(results));
}

}  // namespace lfcheck
