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

}  // namespace

int check_command(int argc, char** argv) {
  settings with;
  std::vector<std::string> filters;
  std::string replay_text;
  std::string junit_file;
  std::string shard_text;
  std::string expected_text;
  std::string html_file;
  std::string trace_text = "auto";
  bool github = false;
  std::string file;
  bool no_canaries = false;
  bool only_canaries = false;
  bool list = false;
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
  of.words("item,--filter", filters, "Items to run; * and ? match anything. 'list' alone lists them");
  of.text("--file", file, "Only checks that are written in this source file");
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
  of.text("--junit", junit_file, "Write the results there as JUnit XML");
  of.text("--html", html_file, "Write the traces there as a page, those of expected violations as well");
  of.flag("--github", github, "Print what did not pass as annotations for GitHub Actions");
  of.seconds("--hints", with.hints, 0,
             "Seconds to look for a stronger order that makes a violation disappear; 0: none. Given, also for "
             "violations that are expected");
  of.small("-j,--jobs", with.jobs, 1, "Items at a time");
  of.flag("--no-canaries", no_canaries, "Leave out the checks of the checker itself");
  of.flag("--only-canaries", only_canaries, "Run nothing else");
  if (const auto done = of.parse(argc, argv)) return *done;
  if (of.given("--scenario") && with.scenario.empty()) refuse("--scenario: '' is no scenario");
  with.how = searches.at(scheduler);
  with.program = engine::file_of(argv[0]);
  std::optional<expected_violation> expected;
  if (of.given("--expect-violation")) expected.emplace(expected_text);
  if (of.given("--shard")) {
    set_shard(with, shard_text);
    if (expected) refuse("--shard and --expect-violation don't go together: it is enough if one part finds it");
    if (of.given("--replay")) refuse("--shard and --replay don't go together: a schedule has no parts");
  }
  with.hints_for_all = of.given("--hints");
  if (of.given("--executions") && !of.given("--seconds")) with.seconds = 0;
  if (!filters.empty() && filters.front() == "list") {
    list = true;
    filters.erase(filters.begin());
  }

  std::vector<item> chosen;
  std::vector<item> canaries;
  std::vector<bool> used(filters.size());
  for (item& one : all_items()) {
    if (!file.empty() && engine::file_of(one.check->file) != file) continue;
    bool wanted = filters.empty();
    for (std::size_t f = 0; f < filters.size(); ++f) {
      if (fnmatch(filters[f].c_str(), one.name.c_str(), 0) != 0) continue;
      used[f] = true;
      wanted = true;
    }
    const bool canary = one.expects == item::expectation::canary;
    if (canary && filters.empty() && !no_canaries) canaries.push_back(one);
    if (wanted && (canary ? !filters.empty() || list : !only_canaries)) chosen.push_back(std::move(one));
  }
  if (!no_canaries && (!filters.empty() || !file.empty()) && !list && !of.given("--replay")) {
    canaries.clear();
    for (item& one : all_items()) {
      if (one.expects == item::expectation::canary) canaries.push_back(std::move(one));
    }
  }
  for (std::size_t f = 0; f < filters.size(); ++f) {
    if (!used[f]) refuse(fmt::format("no item is called '{}'; 'lfcheck list' names them all", filters[f]));
  }
  if (chosen.empty() && (canaries.empty() || !only_canaries)) refuse("there is nothing to run");

  with.colour = wants_colour();
  with.trace.width = terminal_width();
  if (!set_trace_style(with.trace, trace_text)) {
    refuse(fmt::format("--trace is auto, columns, rows, full, or two of them as in 'rows,full'; not '{}'", trace_text));
  }
  const bool terminal = isatty(STDOUT_FILENO) == 1 && isatty(STDERR_FILENO) == 1;

  if (list) {
    for (const item& one : chosen) {
      const auto& about = one.check->about;
      std::string broken = about.twin_of.empty() ? " (broken)" : fmt::format(" (broken twin of {})", about.twin_of);
      if (one.defect != nullptr || !about.broken) broken.clear();
      fmt::print("{:<50}  {}{}\n", one.name, one.defect != nullptr ? "must be found" : about.purpose, broken);
    }
    return all_hold;
  }
  if (of.given("--replay")) {
    const auto [scenario, schedule] = engine::split_replay(replay_text);
    if (!scenario.empty()) with.scenario = scenario;
    with.replay = engine::from_text(schedule);
    if (!with.replay) refuse(fmt::format("'{}' is not a schedule", replay_text));
    if (chosen.size() != 1) refuse(fmt::format("--replay needs exactly one item, not {}", chosen.size()));
    canaries.clear();
    if (chosen.front().check->body.declared != nullptr && with.scenario.empty()) {
      refuse(fmt::format("'{}' is declared: its replay is 'SCENARIO @ SCHEDULE'", chosen.front().name));
    }
  }
  require_usable(chosen, with.scenario);
  if (expected) expected->choose(chosen);
  with.work = work_id(chosen, with);
  if (with.shards > 1) chosen = part_of(chosen, with);
  const output_file report(junit_file);
  const output_file page(html_file);
  with.trace_found = with.show_found || page.wanted();

  std::vector<outcome> results;
  std::vector<item> all = canaries;
  bool canary_missed = false;
  std::optional<int> expected_code;
  if (!canaries.empty()) {
    settings gentle = with;
    gentle.how = engine::search::portfolio;
    gentle.executions = 0;
    gentle.seconds = 2;
    gentle.trace_found = gentle.show_found = false;
    if (!only_canaries) fmt::print("{} faults that this checker must report (canaries): ", canaries.size());
    std::fflush(stdout);
    printer show(canaries, gentle, argv[0], terminal, !only_canaries);
    results = run_all(canaries, gentle, show);
    show.clear();
    canary_missed = code_of(results) != all_hold;
    if (!canary_missed && !only_canaries) fmt::print("all caught\n");
    if (canary_missed) {
      std::fflush(stdout);
      fmt::print(stderr, "lfcheck: a canary was missed: no result of this build can be trusted\n");
    }
  }
  if (!canary_missed && !only_canaries) {
    printer show(chosen, with, argv[0], terminal, false);
    std::vector<outcome> more = run_all(chosen, with, show);
    show.clear();
    if (with.replay) {
      if (more.front().how == status::passed) show.explain(chosen.front(), more.front());
      fmt::print("{}\n", more.front().verdict);
    }
    if (expected) expected_code = expected->judge(more);
    results.insert(results.end(), more.begin(), more.end());
    all.insert(all.end(), chosen.begin(), chosen.end());
  }
  if (!with.replay) {
    const std::size_t skip = only_canaries || canary_missed ? 0 : canaries.size();
    print_summary({all.begin() + static_cast<std::ptrdiff_t>(skip), all.end()},
                  {results.begin() + static_cast<std::ptrdiff_t>(skip), results.end()}, with.colour);
  }
  if (report.wanted()) report.write(junit(all, results, with, compiler_name));
  if (page.wanted()) page.write(trace_page(all, results, with, argv[0], compiler_name));
  if (github) fmt::print("{}", github_annotations(all, results, argv[0]));
  return canary_missed ? harness_failed : expected_code.value_or(code_of(results));
}

}  // namespace lfcheck
