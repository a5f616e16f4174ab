// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include <fmt/format.h>

#include "lfcheck/advice.hpp"
#include "lfcheck/report.hpp"
#include "lfcheck/trace_text.hpp"

namespace lfcheck {

void refuse(const std::string& message) {
  std::fflush(stdout);
  fmt::print(stderr, "lfcheck: {}\n", message);
  std::exit(usage);
}

std::string paint(std::string_view text, const char* code, bool colour) {
  return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

const char* colour_of(status how) {
  switch (how) {
    case status::passed: return "32";
    case status::inconclusive: return "33";
    case status::failed: return "31";
    case status::harness: return "35";
  }
  return "0";
}

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

std::string replay_command(const std::string& program, const item& work, const outcome& o) {
  const bool one_word = o.replay.find(' ') == std::string::npos;
  return fmt::format("{} '{}' --replay {}", program, work.name, one_word ? o.replay : '\'' + o.replay + '\'');
}

namespace {

std::string last_word(const item& work, const outcome& o) {
  if (o.how == status::passed && work.expects == item::expectation::violation) return "found: " + o.verdict;
  if (o.how == status::passed && work.expects == item::expectation::canary && o.verdict != "holds") {
    return "caught: " + o.verdict;
  }
  return o.verdict;
}

const char* word(status how) {
  switch (how) {
    case status::passed: return "ok";
    case status::inconclusive: return "INCONCLUSIVE";
    case status::failed: return "VIOLATION";
    case status::harness: return "HARNESS";
  }
  return "?";
}

void print_advice(const std::string& text) {
  for (const std::string& line : lines_of(text)) fmt::print("  {}\n", line);
}

}  // namespace

void printer::running(std::size_t finished, const std::vector<std::size_t>& now, std::uint64_t executions) {
  if (!terminal_) return;
  const auto time = std::chrono::steady_clock::now();
  if (time - shown_ < std::chrono::milliseconds(150)) return;
  shown_ = time;
  winsize size{};
  const std::size_t width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
  std::string names;
  for (const std::size_t index : now) names += (names.empty() ? "" : ", ") + work_[index].name;
  std::string line = fmt::format("[{}/{}] {}  {}", finished, work_.size(), count_text(executions, "execution"), names);
  if (line.size() >= width) line.resize(width - 1);
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
  dirty_ = true;
}

void printer::finished(std::size_t index, const outcome& o) {
  const item& work = work_[index];
  const bool good = o.how == status::passed;
  const bool shown = with_.show_found && !o.lines.empty() && !quiet_;
  if (!(good && (quiet_ || terminal_)) || shown) {
    clear();
    fmt::print("{:<12} {}  {}, {:.2f} s, {}\n",
               paint(fmt::format("{:<12}", good ? "ok" : word(o.how)), colour_of(o.how), with_.colour), work.name,
               count_text(o.executions, "execution"), o.seconds, good ? last_word(work, o) : o.verdict);
  }
  if (!good || shown) {
    explain(work, o);
  } else if (!o.hints.empty()) {
    clear();
    print_advice(o.hints);
  }
  std::fflush(stdout);
}

void printer::explain(const item& work, const outcome& o) const {
  std::string sentence = o.sentence;
  for (std::size_t at = 0; (at = sentence.find('\n', at)) != std::string::npos; at += 3) sentence.insert(at + 1, "  ");
  if (!sentence.empty()) fmt::print("  {}\n", paint(sentence, "1", with_.colour));
  if (with_.replay && o.how == status::inconclusive) return;  // the schedule has shown something else
  if (!o.needs.empty()) fmt::print("{}", paragraph(o.needs, with_.trace.width));
  if (!o.scenario.empty()) fmt::print("\n{}", o.scenario);
  if (!o.lines.empty() || !o.trace.empty()) fmt::print("\n{}\n", trace_text(o, with_.trace, with_.colour));
  print_advice(o.hints);
  print_advice(o.lints);
  if (!o.replay.empty()) fmt::print("  replay: {}\n", replay_command(program_, work, o));
}

void printer::clear() {
  if (!dirty_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  dirty_ = false;
}

void print_summary(const std::vector<item>& work, const std::vector<outcome>& results, bool colour) {
  struct row {
    std::string name;
    std::uint64_t executions = 0;
    double seconds = 0;
    std::string verdict = {};
    std::string completeness = {};
    std::size_t defects = 0;
    std::size_t found = 0;
    status worst = status::passed;
  };
  std::set<std::string> checks;  // that were run as they are, not with their defects alone
  for (const item& one : work) {
    if (one.defect == nullptr) checks.insert(one.check->name);
  }
  std::vector<row> rows;
  std::map<std::string, std::size_t> by_name;
  std::size_t width = 5;
  for (std::size_t i = 0; i < work.size(); ++i) {
    const bool counted = work[i].defect != nullptr && checks.contains(work[i].check->name);
    const std::string& name = counted ? work[i].check->name : work[i].name;
    const auto [place, fresh] = by_name.try_emplace(name, rows.size());
    if (fresh) rows.push_back({.name = name});
    row& r = rows[place->second];
    const outcome& o = results[i];
    width = std::max(width, r.name.size());
    r.worst = std::max(r.worst, o.how);
    r.seconds += o.seconds;
    if (counted) {
      ++r.defects;
      r.found += o.how == status::passed ? 1 : 0;
    } else {
      r.executions = o.executions;
      r.verdict = last_word(work[i], o);
      r.completeness = o.completeness == "violation" ? "" : o.completeness;
    }
  }
  fmt::print("\n{:<{}}  {:>13}  {:>8}  {:>7}  {:<22}  {}\n", "check", width, "executions", "seconds", "defects",
             "verdict", "completeness");
  for (const row& r : rows) {
    const std::string defects = r.defects == 0 ? "" : fmt::format("{}/{}", r.found, r.defects);
    fmt::print("{:<{}}  {:>13}  {:>8.2f}  {:>7}  {}  {}\n", r.name, width, count_text(r.executions), r.seconds, defects,
               paint(fmt::format("{:<22}", r.verdict), colour_of(r.worst), colour), r.completeness);
  }
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (work[i].expects != item::expectation::holds || results[i].how != status::passed) continue;
    for (const std::string& line : lines_of(results[i].lints)) fmt::print("{}: {}\n", work[i].name, line);
  }
}

int code_of(const std::vector<outcome>& results) {
  status worst = status::passed;
  for (const outcome& o : results) worst = std::max(worst, o.how);
  switch (worst) {
    case status::passed: return all_hold;
    case status::inconclusive: return undecided;
    case status::failed: return violation;
    case status::harness: return harness_failed;
  }
  return harness_failed;
}

}  // namespace lfcheck
