// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lfcheck/commands.hpp"
#include "lfcheck/item.hpp"
#include "lfcheck/options.hpp"
#include "lfcheck/output_file.hpp"
#include "lfcheck/report.hpp"
#include "lfcheck/terminal.hpp"
#include "lfcheck/xml.hpp"

namespace lfcheck {

namespace {

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// One report that was read.
struct report {
  std::string path;
  element suite;
  unsigned shard = 0;  // from 1
  unsigned shards = 0;
  std::size_t items = 0;  // of all shards, without canaries

  [[nodiscard]] const std::string& of(std::string_view key) const { return *suite.property(key); }
};

/// One item of one report.
struct part {
  const element* written = nullptr;
  status how = status::harness;
  std::uint64_t executions = 0;
  double seconds = 0;
  unsigned shard = 0;
  bool divided = false;  // each shard has made a part of it
};

constexpr std::array expectations{item::expectation::holds, item::expectation::violation, item::expectation::canary};
constexpr std::array statuses{status::passed, status::inconclusive, status::failed, status::harness};

/// What a testcase must have. Throws `std::runtime_error` if it does not.
part part_from(const element& written, const report& from) {
  const std::string* const name = written.attribute("name");
  const std::string* const structure = written.attribute("classname");
  const std::string* const time = written.attribute("time");
  const std::string* const how = written.property("status");
  const std::string* const expects = written.property("expects");
  const std::string* const executions = written.property("executions");
  if (written.name != "testcase" || name == nullptr || structure == nullptr || time == nullptr || how == nullptr ||
      expects == nullptr || executions == nullptr || written.property("verdict") == nullptr ||
      written.property("check") == nullptr || written.property("completeness") == nullptr ||
      written.property("bound") == nullptr) {
    throw std::runtime_error("it has an item without name, time, status, verdict, executions, completeness or bound");
  }
  const auto known = std::find_if(statuses.begin(), statuses.end(), [&](status s) { return *how == to_string(s); });
  const auto count = number<std::uint64_t>(*executions);
  const auto seconds = number<double>(*time);
  const bool expected = std::any_of(expectations.begin(), expectations.end(),
                                    [&](item::expectation e) { return *expects == to_string(e); });
  if (known == statuses.end() || !expected || !count || !seconds) {
    throw std::runtime_error(fmt::format("'{}/{}' has a status, a number or a time that is none", *structure, *name));
  }
  return {&written, *known, *count, *seconds, from.shard, written.property("part") != nullptr};
}

std::string name_of(const element& testcase) {
  const std::string& structure = *testcase.attribute("classname");
  const std::string& name = *testcase.attribute("name");
  return testcase.property("check")->starts_with(structure + '/') ? structure + '/' + name : name;
}

std::string contents_of(const std::string& path) {
  std::FILE* const in = std::fopen(path.c_str(), "rb");
  if (in == nullptr) refuse(fmt::format("can't read {}: {}", path, std::strerror(errno)));
  std::string text;
  char buffer[65536];
  while (const std::size_t bytes = std::fread(buffer, 1, sizeof buffer, in)) text.append(buffer, bytes);
  const bool failed = std::ferror(in) != 0;
  std::fclose(in);
  if (failed) refuse(fmt::format("can't read {}", path));
  return text;
}

report read_report(const std::string& path) {
  report out{.path = path, .suite = {}};
  const std::string text = contents_of(path);
  try {
    out.suite = read_xml(text);
    if (out.suite.name == "testsuites" && out.suite.attribute("name") != nullptr &&
        *out.suite.attribute("name") == "lfcheck, merged") {
      throw std::runtime_error("it has been merged already");
    }
    if (out.suite.name != "testsuite") throw std::runtime_error("it is not one testsuite");
    for (const char* const key : {"program", "path", "work", "items", "shard", "compiler", "seed"}) {
      if (out.suite.property(key) == nullptr) throw std::runtime_error(fmt::format("it has no property '{}'", key));
    }
    const std::string_view shard = out.of("shard");
    const std::size_t slash = std::min(shard.find('/'), shard.size() - 1);
    out.shard = number<unsigned>(shard.substr(0, slash)).value_or(0);
    out.shards = number<unsigned>(shard.substr(slash + 1)).value_or(0);
    if (out.shard < 1 || out.shard > out.shards) throw std::runtime_error(fmt::format("'{}' is no shard", shard));
    const auto items = number<std::size_t>(out.of("items"));
    if (!items) throw std::runtime_error(fmt::format("'{}' is no number of items", out.of("items")));
    out.items = *items;
    for (const element& one : out.suite.children) {
      if (one.name != "properties") (void)part_from(one, out);
    }
  } catch (const std::runtime_error& error) {
    refuse(fmt::format("{} is not a report of lfcheck that can be merged: {}", path, error.what()));
  }
  return out;
}

/// The shards of one run, as far as they are there.
struct run_of_shards {
  std::vector<report> reports;  // by shard

  [[nodiscard]] bool takes(const report& another) const {
    const report& mine = reports.front();
    return mine.of("program") == another.of("program") && mine.of("work") == another.of("work") &&
           mine.of("compiler") == another.of("compiler");
  }
};

struct completeness {
  std::string text;
  int bound = -1;
};

/// How complete the whole is if these are all of its parts: as the least complete of them.
completeness completeness_of(const std::vector<part>& parts) {
  constexpr std::string_view mine = "part ";
  constexpr int unbounded = std::numeric_limits<int>::max();
  int bound = unbounded;
  for (const part& p : parts) {
    const std::string_view text = *p.written->property("completeness");
    const bool complete = text.starts_with("part complete") && !text.starts_with("part complete at bound");
    if (!complete) bound = std::min(bound, number<int>(*p.written->property("bound")).value_or(-1));
  }
  if (bound == unbounded) return {parts.front().written->property("completeness")->substr(mine.size())};
  return {bound >= 0 ? fmt::format("complete at bound {}", bound) : "sampled", bound};
}

/// What the shards say of one item, in one.
struct merged {
  element written;
  outcome how;
  std::string name;
};

merged merge_item(const std::vector<part>& parts, unsigned shards) {
  const part* worst = &parts.front();
  std::uint64_t executions = 0;
  double seconds = 0;
  for (const part& p : parts) {
    executions += p.executions;
    seconds += p.seconds;
    if (p.how > worst->how) worst = &p;
  }
  merged out;
  out.written = *worst->written;
  out.name = name_of(out.written);
  const auto text = [&](std::string_view key) {
    const std::string* const value = out.written.property(key);
    return value == nullptr ? std::string() : *value;
  };
  out.how.how = worst->how;
  out.how.verdict = text("verdict");
  out.how.replay = text("replay");
  out.how.completeness = text("completeness");
  out.how.executions = executions;
  out.how.seconds = seconds;
  for (const char* const key : {"failure", "error"}) {
    const element* const bad = out.written.child(key);
    if (bad == nullptr) continue;
    if (bad->attribute("message") != nullptr) out.how.sentence = *bad->attribute("message");
    out.how.trace = bad->text;
  }
  const bool divided = worst->divided;
  const bool whole = !divided || parts.size() == shards;
  if (divided && worst->how <= status::inconclusive) {
    const completeness all = whole ? completeness_of(parts) : completeness{"sampled"};
    out.how.completeness = all.text;
    out.how.bound = all.bound;
  }
  if (!whole && out.how.how < status::inconclusive) {
    out.how.how = status::inconclusive;
    out.how.verdict = "inconclusive";
    out.how.sentence = fmt::format("only {} of its {} parts are there", parts.size(), shards);
    out.written.children.push_back(
        {.name = "error", .attributes = {{"type", out.how.verdict}, {"message", out.how.sentence}}});
  }
  for (auto& [key, value] : out.written.attributes) {
    if (key == "time") value = fmt::format("{:.3f}", seconds);
  }
  out.written.set_property("executions", std::to_string(executions));
  out.written.set_property("verdict", out.how.verdict);
  out.written.set_property("status", to_string(out.how.how));
  if (divided) {
    out.written.set_property("completeness", out.how.completeness);
    out.written.set_property("bound", out.how.bound < 0 ? "none" : std::to_string(out.how.bound));
    out.written.set_property("part", fmt::format("{} of {}", parts.size(), shards));
  }
  return out;
}

std::vector<merged> merge_run(const run_of_shards& run) {
  std::vector<std::pair<std::string, std::vector<part>>> by_name;
  for (const report& one : run.reports) {
    for (const element& written : one.suite.children) {
      if (written.name == "properties") continue;
      const std::string name = name_of(written);
      auto at = std::find_if(by_name.begin(), by_name.end(), [&](const auto& known) { return known.first == name; });
      if (at == by_name.end()) at = by_name.insert(by_name.end(), {name, {}});
      at->second.push_back(part_from(written, one));
    }
  }
  std::vector<merged> out;
  for (const auto& [name, parts] : by_name) out.push_back(merge_item(parts, run.reports.front().shards));
  std::stable_sort(out.begin(), out.end(), [](const merged& a, const merged& b) { return a.name < b.name; });
  return out;
}

std::string program_of(const run_of_shards& run) {
  const report& one = run.reports.front();
  return fmt::format("{} ({}, seed {})", one.of("program"), one.of("compiler"), one.of("seed"));
}

/// A line on standard error, and a testcase that says so to whoever reads the XML alone.
element missing(const run_of_shards& run, const std::string& what, const std::string& message) {
  fmt::print(stderr, "lfcheck: {}\n", message);
  element error{.name = "error", .attributes = {{"type", "inconclusive"}, {"message", message}}};
  return {.name = "testcase",
          .attributes = {{"classname", run.reports.front().of("program")}, {"name", what}, {"time", "0.000"}},
          .children = {std::move(error)}};
}

/// What was to be done and is in no report: shards, or, if all are there, items of theirs.
std::vector<element> missing_work(const run_of_shards& run, const std::vector<merged>& results) {
  std::vector<element> out;
  const unsigned shards = run.reports.front().shards;
  for (unsigned shard = 1; shard <= shards; ++shard) {
    if (std::any_of(run.reports.begin(), run.reports.end(), [&](const report& r) { return r.shard == shard; }))
      continue;
    out.push_back(missing(run, fmt::format("shard {}/{}", shard, shards),
                          fmt::format("the report of shard {}/{} of {} is missing", shard, shards, program_of(run))));
  }
  const auto found = static_cast<std::size_t>(std::count_if(results.begin(), results.end(), [](const merged& one) {
    return *one.written.property("expects") != to_string(item::expectation::canary);
  }));
  const std::size_t items = run.reports.front().items;
  if (out.empty() && found != items) {
    out.push_back(missing(
        run, "items",
        fmt::format("the reports of {} have {} of {}", program_of(run), count_text(found), count_text(items, "item"))));
  }
  return out;
}

/// Prints what went wrong and the summary, as a run of all of it would.
void show(const std::vector<merged>& results, const std::string& program, bool colour) {
  static const lockfree::verify::defect some_defect{};
  std::deque<engine::registered_check> checks;
  std::vector<item> items;
  std::vector<outcome> outcomes;
  for (const merged& one : results) {
    const std::string& check = *one.written.property("check");
    const engine::registered_check* of = nullptr;
    for (const engine::registered_check& known : checks) {
      if (known.name == check) of = &known;
    }
    if (of == nullptr) {
      checks.push_back({.name = check, .about = {}, .body = {}, .file = {}});
      of = &checks.back();
    }
    const bool defect = one.name != check;
    const auto expects = *std::find_if(expectations.begin(), expectations.end(), [&](item::expectation e) {
      return *one.written.property("expects") == to_string(e);
    });
    if (expects == item::expectation::canary && one.how.how == status::passed) continue;  // no more than a run says
    items.push_back({of, defect ? &some_defect : nullptr, one.name, expects});
    outcomes.push_back(one.how);
  }
  settings with;
  with.colour = colour;
  printer print(items, with, program, false, true);
  for (std::size_t i = 0; i < items.size(); ++i) print.finished(i, outcomes[i]);
  print_summary(items, outcomes, colour);
}

}  // namespace

int merge_command(int argc, char** argv) {
  std::string to;
  std::vector<std::string> from;
  options of{"lfcheck merge", "Joins the reports of all shards into one, and says what they come to together.",
             "The worst result of an item wins; what is missing is inconclusive.\n"
             "Exit code: 0 all hold within the stated bounds, 1 violation, 2 usage, 3 inconclusive, 4 the harness "
             "failed."};
  of.word_required("to", to, "The joined report is written there");
  of.words_required("from", from, "Reports that were written with --junit");
  if (const auto done = of.parse(argc, argv)) return *done;

  std::vector<run_of_shards> runs;
  for (const std::string& path : from) {
    if (path == to) refuse(fmt::format("{} would be read and written", path));
    report one = read_report(path);
    auto run = std::find_if(runs.begin(), runs.end(), [&](const run_of_shards& known) { return known.takes(one); });
    if (run == runs.end()) run = runs.insert(runs.end(), run_of_shards{});
    for (const report& other : run->reports) {
      if (other.shard == one.shard) {
        refuse(fmt::format("{} and {} are both shard {}/{} of {}", other.path, path, one.shard, one.shards,
                           program_of(*run)));
      }
    }
    run->reports.push_back(std::move(one));
  }

  std::vector<outcome> all;
  element root{.name = "testsuites", .attributes = {{"name", "lfcheck, merged"}}};
  for (run_of_shards& run : runs) {
    std::sort(run.reports.begin(), run.reports.end(),
              [](const report& a, const report& b) { return a.shard < b.shard; });
    const std::vector<merged> results = merge_run(run);
    if (runs.size() > 1) fmt::print("\n{}\n", program_of(run));
    show(results, run.reports.front().of("path"), wants_colour());
    std::fflush(stdout);
    std::vector<element> gaps = missing_work(run, results);

    const report& first = run.reports.front();
    std::size_t failures = 0;
    std::size_t errors = gaps.size();
    double seconds = 0;
    element suite{.name = "testsuite"};
    for (const char* const key : {"program", "path", "work", "items", "compiler", "seed"}) {
      suite.set_property(key, first.of(key));
    }
    suite.set_property("shards", fmt::format("{} of {}", run.reports.size(), first.shards));
    for (const merged& one : results) {
      failures += one.how.how == status::failed ? 1 : 0;
      errors += one.how.how == status::harness || one.how.how == status::inconclusive ? 1 : 0;
      seconds += one.how.seconds;
      all.push_back(one.how);
      suite.children.push_back(one.written);
    }
    for (element& one : gaps) {
      suite.children.push_back(std::move(one));
      all.emplace_back().how = status::inconclusive;
    }
    suite.attributes = {{"name", first.of("program")},
                        {"tests", std::to_string(suite.children.size() - 1)},
                        {"failures", std::to_string(failures)},
                        {"errors", std::to_string(errors)},
                        {"time", fmt::format("{:.3f}", seconds)}};
    root.children.push_back(std::move(suite));
  }

  write_report(to, write_xml(root));
  return code_of(all);
}

}  // namespace lfcheck
