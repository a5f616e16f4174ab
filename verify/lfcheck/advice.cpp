// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/advice.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/trace.hpp"
#include "lfcheck/report.hpp"

namespace lfcheck {

namespace {

std::string operation_text(const engine::repair& r) {
  const std::string_view what = r.where.what == engine::operation::fetch ? "fetch" : engine::to_string(r.where.what);
  return fmt::format("{}{}", what, r.part == engine::edit::half::failure ? " (on failure)" : "");
}

}  // namespace

std::string hints_text(const engine::repair_search& from) {
  std::string out;
  for (const engine::repair& r : from.found) {
    out += fmt::format(
        "repair: {} {} {} -> {} makes this check hold ({}; without, it fails within {})\n", engine::place_text(r.where),
        operation_text(r), engine::to_string(r.from), engine::to_string(r.to),
        r.complete ? "in every execution" : count_text(r.executions, "execution"), count_text(from.failed_in));
  }
  const std::string budget =
      from.tried < from.candidates
          ? fmt::format("the budget was enough for {} of {} stronger orders", from.tried, from.candidates)
          : std::string();
  if (from.found.empty()) {
    out += fmt::format("repair: no stronger order of a single access makes this check hold ({})\n",
                       budget.empty() ? fmt::format("{} tried", from.tried) : budget);
  } else if (!budget.empty()) {
    out += fmt::format("repair: there may be more, {}\n", budget);
  }
  out.pop_back();
  return out;
}

std::string lints_text(const engine::exploration& from) {
  const auto& known = engine::sites();
  std::string out;
  for (const engine::lint& each : from.lints) {
    const std::string at = engine::place_text(known[each.site]);
    const std::string other = engine::place_text(known[each.other]);
    switch (each.what) {
      case engine::lint::kind::release_sequence:
        out += fmt::format(
            "lint: {} acquires what {} stored relaxed, after a release store of the same thread; in C++11 that was "
            "part of the release sequence, in C++20 nothing is acquired (seen {})\n",
            at, other, count_text(each.times, "time"));
        break;
      case engine::lint::kind::mixed_seq_cst:
        out += fmt::format(
            "lint: possible model artefact: seq_cst operations ({}) and seq_cst fences ({}) in one execution; what "
            "they do together is weaker in the model than in C++20\n",
            at, other);
        break;
    }
  }
  if (!out.empty()) out.pop_back();
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    out.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return out;
}

std::string unrepeatable_text(const engine::exploration& from) {
  if (from.found.kind == engine::verdict::holds) return "equal decisions of the scheduler led to different executions";
  return fmt::format("{} was found but did not come again", engine::to_string(from.found.kind));
}

}  // namespace lfcheck
