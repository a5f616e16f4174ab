// SPDX-License-Identifier: Apache-2.0
#include <fnmatch.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "engine/progress.hpp"
#include "engine/sites.hpp"
#include "engine/trace.hpp"
#include "lfcheck/advice.hpp"
#include "lfcheck/commands.hpp"
#include "lfcheck/item.hpp"
#include "lfcheck/options.hpp"
#include "lfcheck/output_file.hpp"
#include "lfcheck/report.hpp"
#include "lfcheck/terminal.hpp"

namespace lfcheck {
namespace {

using lockfree::progress;

/// Fewer executions with a stopped thread say nothing about a claim that nobody blocks.
constexpr std::uint64_t least_stopped = 1'000;

std::string place(std::uint32_t site) {
  std::string out = engine::place_text(engine::sites()[site]);
  return out.empty() ? "an unknown place" : out;
}

/// The same for a table that outlives changes elsewhere in the file: no line number.
std::string lasting_place(std::uint32_t site) {
  const engine::site& at = engine::sites()[site];
  return fmt::format("{} {}", engine::file_of(at.file), at.tag.empty() ? '`' + at.text + '`' : '[' + at.tag + ']');
}

std::string listed(const std::vector<std::uint32_t>& sites, std::string (*text)(std::uint32_t), std::size_t most) {
  std::vector<std::string> out;
  for (const std::uint32_t site : sites) {
    if (std::string one = text(site); std::find(out.begin(), out.end(), one) == out.end())
      out.push_back(std::move(one));
  }
  if (out.size() > most) out.resize(most);
  return fmt::format("{}", fmt::join(out, ", "));
}

std::string word(progress value) { return std::string(lockfree::to_string(value)); }

std::string steps_text(const engine::progress_found& found) {
  return fmt::format("{} accesses while each other thread does {} operations", fmt::join(found.longest(), ", "),
                     fmt::join(engine::interference, ", "));
}

std::string worst_stop(const engine::progress_found& found) {
  const auto most = std::max_element(found.stops.begin(), found.stops.end(),
                                     [](const auto& a, const auto& b) { return a.blocked < b.blocked; });
  if (most == found.stops.end() || most->blocked == 0) return {};
  return fmt::format(
      "stopped before {}{}, the others wait at {}", place(most->site),
      most->stopped_beside.empty() ? "" : " with another before " + listed(most->stopped_beside, place, 2),
      listed(most->others_wait, place, 2));
}

/// What is wrong with the claim, or nothing.
std::string contradiction(const engine::progress_found& found, const lockfree::verify::progress_claim& claim) {
  const progress shown = found.shown();
  const std::string claims = fmt::format("{} claims {}, but ", claim.structure, word(claim.claims));
  if (shown != claim.claims) {
    switch (shown) {
      case progress::blocking: return claims + "a stopped thread blocks others: " + worst_stop(found);
      case progress::obstruction_free:
        return claims + "threads that go in lockstep keep each other from getting through: obstruction-free";
      case progress::lock_free:
        return claims + (claim.claims == progress::wait_free
                             ? "an operation takes " + steps_text(found) + ": lock-free"
                             : fmt::format("no stop at any of {} points blocks others: lock-free", found.points));
      case progress::wait_free:
        return claims + fmt::format(
                            "no stop at any of {} points blocks others and no operation takes more than {} accesses, "
                            "whatever the others do: wait-free",
                            found.points, found.longest().back());
    }
  }
  if (shown == progress::wait_free && claim.own_steps != found.longest().back()) {
    return fmt::format("{} claims at most {} accesses in one operation, and the most that any takes is {}",
                       claim.structure, claim.own_steps, found.longest().back());
  }
  return {};
}

/// "| `mpmc_ring/push and pop` | blocking | ... |": what the table keeps of a check.
std::string row_of(const std::string& name, const engine::progress_found& found,
                   const lockfree::verify::progress_claim& claim) {
  std::vector<std::string> blocks;
  std::vector<std::string> waits;
  std::vector<std::string> places;
  const auto add = [](std::vector<std::string>& to, const std::string& text) {
    if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
  };
  for (const engine::stop& each : found.stops) {
    add(places, lasting_place(each.site));
    if (each.blocked == 0) continue;
    add(blocks, lasting_place(each.site));
    for (const std::uint32_t other : each.others_wait) add(waits, lasting_place(other));
  }
  std::sort(blocks.begin(), blocks.end());
  std::sort(waits.begin(), waits.end());
  const std::string steps = found.blocks()    ? "-"
                            : found.bounded() ? std::to_string(found.longest().back())
                                              : "no bound";
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", name, word(claim.claims), word(found.shown()),
                     places.size(), blocks.empty() ? "-" : fmt::format("{}", fmt::join(blocks, "<br>")),
                     waits.empty() ? "-" : fmt::format("{}", fmt::join(waits, "<br>")), steps);
}

const engine::registered_progress& registered(const item& work) {
  const auto& all = engine::progress_checks();
  return *std::find_if(all.begin(), all.end(), [&](const auto& each) { return &each.check == work.check; });
}

/// In the child.
outcome run_progress(const item& work, const settings& with, void (*report)(std::uint64_t executions)) {
  const engine::registered_progress& what = registered(work);
  engine::progress_options options;
  options.seed = with.seed;
  if (with.executions != 0) options.executions = with.executions;
  options.report = report;
  const engine::progress_found found = engine::check_progress(what, options);

  outcome out;
  out.executions = found.executions;
  out.seconds = found.seconds;
  if (found.wrong.kind != engine::verdict::holds) {
    out.how = status::harness;
    out.verdict = engine::to_string(found.wrong.kind);
    out.sentence = fmt::format("{} although no thread is held up by a stopped one, at {}: {}", out.verdict,
                               place(found.wrong.site), found.wrong.message);
    return out;
  }
  out.verdict = word(found.shown());
  out.completeness = fmt::format("{} of {} points block", found.blocking_points + found.blocking_together_points,
                                 found.points + found.together_points);
  out.row = row_of(work.name, found, what.claim);
  for (const engine::stop& each : found.stops) {
    if (each.blocked == 0) continue;
    const std::string line =
        fmt::format("  stopped before {}{}: the others wait at {}\n", place(each.site),
                    each.stopped_beside.empty() ? "" : " with another before " + listed(each.stopped_beside, place, 3),
                    listed(each.others_wait, place, 4));
    if (out.trace.find(line) == std::string::npos) out.trace += line;  // two accesses of one line
  }
  if (!found.blocks()) out.trace += fmt::format("  one operation: at most {}\n", steps_text(found));
  out.sentence = contradiction(found, what.claim);
  out.how = out.sentence.empty() ? status::passed : status::failed;
  if (!found.blocks() && (!found.every_thread_stopped || found.stopped_executions < least_stopped)) {
    out.how = status::inconclusive;
    out.sentence = fmt::format("a thread was stopped in only {}; at least {} are needed, and each thread",
                               count_text(found.stopped_executions, "execution"), count_text(least_stopped));
  }
  return out;
}

class progress_printer : public listener {
 public:
  progress_printer(const std::vector<item>& work, const settings& with, bool quiet)
      : work_(work), with_(with), quiet_(quiet) {}
  void running(std::size_t, const std::vector<std::size_t>&, std::uint64_t) override {}
  void finished(std::size_t index, const outcome& o) override {
    const bool good = o.how == status::passed;
    if (good && quiet_) return;
    const char* words[] = {"ok", "INCONCLUSIVE", "VIOLATION", "HARNESS"};
    fmt::print("{}  {}: {}{}; {}, {:.2f} s\n",
               paint(fmt::format("{:<12}", words[static_cast<int>(o.how)]), colour_of(o.how), with_.colour),
               work_[index].name, o.verdict, o.completeness.empty() ? "" : ", " + o.completeness,
               count_text(o.executions, "execution"), o.seconds);
    if (!o.sentence.empty()) fmt::print("  {}\n", paint(o.sentence, "1", with_.colour));
    fmt::print("{}", o.trace);
    std::fflush(stdout);
  }

 private:
  const std::vector<item>& work_;
  const settings& with_;
  bool quiet_;
};

std::string table_of(const std::vector<outcome>& results) {
  std::string out =
      "# What a stopped thread does to the others\n\n"
      "Written by `lfcheck progress --write`, compared by the test \"model: progress\". Each thread is stopped for "
      "ever\n"
      "before each of its accesses to shared memory, at random moments of the others. *Places*: source lines before\n"
      "which a thread was stopped. *Own steps*: the most accesses of one operation, however much the others do.\n\n"
      "| check | claims | shows | places | blocks when stopped before | the others wait at | own steps |\n"
      "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const outcome& each : results) out += each.row;
  return out;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// Whether the stored table is the one that was found; says what is different.
bool table_holds(const std::string& path, const std::string& table) {
  const auto stored = read_file(path);
  if (stored && *stored == table) return true;
  fmt::print("{} is not what this run has found; --write makes it anew\n", path);
  const std::vector<std::string> before = lines_of(stored.value_or(""));
  const std::vector<std::string> now = lines_of(table);
  const auto missing = [](const std::vector<std::string>& from, const std::vector<std::string>& in, char sign) {
    for (const std::string& line : from) {
      if (std::find(in.begin(), in.end(), line) == in.end()) fmt::print("{} {}\n", sign, line);
    }
  };
  missing(before, now, '-');
  missing(now, before, '+');
  return false;
}

bool is_canary(const item& work) { return work.name.starts_with("canary/"); }

}  // namespace

int progress_command(int argc, char** argv) {
  settings with;
  std::vector<std::string> filters;
  std::string file;
  std::string write_path;
  std::string check_path;
  std::string junit_path;
  bool list = false;
  bool no_canaries = false;
  with.jobs = std::max(1U, std::thread::hardware_concurrency());
  with.seconds = 120;
  options of{"lfcheck progress",
             "Stops each thread for ever at each of its accesses and sees whether the others still get through; counts "
             "the accesses of one operation while the others do more and more. What is shown must be what the "
             "structure claims.",
             "Exit code: 0 every claim is what is shown, 1 one is not or the table differs, 2 usage, 3 inconclusive, "
             "4 the harness failed."};
  of.words("check", filters, "Progress checks to run; * and ? match anything");
  of.text("--file", file, "Only checks that are written in this source file");
  of.count("--executions", with.executions, 1, "For each thread and each of its accesses (1,000)");
  of.count("--seed", with.seed, 0, "Of the random schedulers");
  of.text("--write", write_path, "Write the table of all checks there");
  of.text("--check", check_path, "Compare with the table that is there");
  of.text("--junit", junit_path, "Write the results there as JUnit XML");
  of.small("-j,--jobs", with.jobs, 1, "Checks at a time");
  of.flag("--no-canaries", no_canaries, "Leave out the checks of this check itself");
  of.flag("--list", list, "List the checks");
  if (const auto done = of.parse(argc, argv)) return *done;
  with.colour = wants_colour();

  std::vector<item> canaries;
  std::vector<item> chosen;
  std::vector<bool> used(filters.size());
  for (const engine::registered_progress& each : engine::progress_checks()) {
    item one{&each.check, nullptr, each.check.name, item::expectation::holds};
    bool wanted = filters.empty() && !is_canary(one);
    for (std::size_t f = 0; f < filters.size(); ++f) {
      if (fnmatch(filters[f].c_str(), one.name.c_str(), 0) != 0) continue;
      used[f] = true;
      wanted = true;
    }
    if (!file.empty() && engine::file_of(each.check.file) != file) wanted = false;
    if (is_canary(one) && !wanted && !no_canaries) canaries.push_back(one);
    if (wanted) chosen.push_back(std::move(one));
  }
  for (std::size_t f = 0; f < filters.size(); ++f) {
    if (!used[f]) refuse(fmt::format("no progress check is called '{}'; --list names them all", filters[f]));
  }
  if (chosen.empty()) refuse("there is no progress check to run");
  if (list) {
    for (const item& one : chosen) {
      fmt::print("{:<40} {:<17} {}\n", one.name, word(registered(one).claim.claims), one.check->about.purpose);
    }
    return all_hold;
  }
  if (!(write_path.empty() && check_path.empty()) && !(filters.empty() && file.empty())) {
    refuse("the table is of all checks: --write and --check go with no selection");
  }
  with.items = chosen.size();
  const output_file table_file(write_path);
  const output_file junit_file(junit_path);
  if (!check_path.empty() && !read_file(check_path)) refuse(fmt::format("can't read {}", check_path));

  if (!canaries.empty()) {
    settings usual = with;
    usual.executions = 0;
    progress_printer show(canaries, usual, true);
    if (code_of(run_all(canaries, usual, show, &run_progress)) != all_hold) {
      std::fflush(stdout);
      fmt::print(stderr,
                 "lfcheck: a canary of the progress check was missed: no result of this build can be trusted\n");
      return harness_failed;
    }
    fmt::print("all {} canaries caught\n", canaries.size());
  }
  progress_printer show(chosen, with, false);
  const std::vector<outcome> results = run_all(chosen, with, show, &run_progress);
  if (junit_file.wanted()) junit_file.write(junit(chosen, results, with, compiler_name));
  int code = code_of(results);
  if (code != harness_failed && code != undecided) {
    const std::string table = table_of(results);
    if (table_file.wanted()) table_file.write(table);
    if (!check_path.empty() && !table_holds(check_path, table)) code = violation;
  }
  return code;
}

}  // namespace lfcheck
