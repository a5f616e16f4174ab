// SPDX-License-Identifier: Apache-2.0
#include "needs.hpp"

#include <algorithm>
#include <utility>

#include "sites.hpp"
#include "trace.hpp"

namespace lockfree::inline v1::verify::detail {

namespace {

bool is_weak(const weakness& w) { return w.what != choice::spurious; }

/// "the stale read at ring.hpp:42 [C2] by T1".
std::string weak_text(const weakness& w, const exploration& seen) {
  const event& e = seen.trace[w.event];
  const std::string what = w.what == choice::hold_store ? "the delayed store at "
                           : w.what == choice::spurious ? "the failure for no reason at "
                                                        : "the stale read at ";
  return what + place_text(sites()[e.site]) + " by " + thread_text(e.thread);
}

}  // namespace

needs find_needs(const program& body, exploration& seen, const exploration_options& options, bool search) {
  constexpr std::uint64_t most_executions = 20'000;
  constexpr double most_seconds = 0.5;
  constexpr std::size_t most_tries = 3;
  needs out;
  const verdict kind = seen.found.kind;
  const auto still_fails = [&](const decisions& list) { return replay(body, list, options).found.kind == kind; };
  const auto weak_of = [](const exploration& one) {
    return static_cast<std::size_t>(std::count_if(one.weak.begin(), one.weak.end(), is_weak));
  };
  const auto look_for = [&](std::size_t most_weak) {
    exploration_options strong = options;
    strong.how = lockfree::verify::detail::search::full;
    strong.most_weak = static_cast<unsigned>(most_weak);
    strong.seconds = most_seconds;
    strong.executions = most_executions;
    strong.progress = nullptr;
    return explore(body, strong);
  };

  if (weak_of(seen) == 0) {
    out.is = needs::answer::interleaving;
  } else if (search) {
    const std::size_t worst = weak_of(seen);
    for (std::size_t weak = 0; weak < std::min(worst, 1 + most_tries); ++weak) {
      exploration other = look_for(weak);
      const bool found = other.found.kind == kind && other.repeatable;
      if (weak == 0) {
        out.tried = other.executions;
        out.fair = other.cut;
        out.is = found            ? needs::answer::interleaving
                 : other.complete ? needs::answer::weak_memory
                                  : needs::answer::perhaps;
      }
      if (!found) continue;
      // Shrinking may have brought a stale read back; then the trace stays as it is.
      if (weak_of(other) < worst) {
        seen.found = other.found;
        seen.schedule = std::move(other.schedule);
      }
      break;
    }
  }

  exploration last = replay(body, seen.schedule, options);
  for (weakness& w : last.weak) {
    decisions without = seen.schedule;
    if (w.decision >= without.size()) continue;
    without[w.decision] = 0;
    w.essential = !still_fails(without);
  }
  const std::vector<weakness> weak = std::move(last.weak);
  last = replay(body, seen.schedule, options);
  seen.found = std::move(last.found);
  seen.trace = std::move(last.trace);
  seen.weak = weak;
  seen.rival_thread = last.rival_thread;
  seen.rival_clock = last.rival_clock;
  return out;
}

std::string to_text(const needs& found, const exploration& seen) {
  std::string out;
  switch (found.is) {
    case needs::answer::unknown: break;
    case needs::answer::interleaving:
      out = "Interleaving is enough: it also happens when every read returns the newest value.";
      break;
    case needs::answer::weak_memory:
      out = "Needs weak memory: all " + std::string(found.fair ? "fair interleavings (" : "") +
            count_text(found.tried) + (found.fair ? " were tried)" : " interleavings") +
            " hold when every read returns the newest value.";
      break;
    case needs::answer::perhaps:
      out = "May need weak memory: " + count_text(found.tried) +
            " interleavings hold when every read returns the newest value; more were not tried.";
      break;
  }
  std::vector<std::pair<std::string, unsigned>> essential;
  std::vector<std::size_t> told;  // a read that looks two values back takes two decisions
  for (const weakness& w : seen.weak) {
    if (!w.essential || w.event >= seen.trace.size()) continue;
    if (std::find(told.begin(), told.end(), w.event) != told.end()) continue;
    told.push_back(w.event);
    const std::string text = weak_text(w, seen);
    const auto same = std::find_if(essential.begin(), essential.end(), [&](const auto& e) { return e.first == text; });
    if (same == essential.end()) {
      essential.emplace_back(text, 1);
    } else {
      ++same->second;
    }
  }
  for (std::size_t i = 0; i < essential.size(); ++i) {
    out += (i != 0 ? ", " : out.empty() ? "Essential here: " : " Essential here: ") + essential[i].first;
    if (essential[i].second > 1) out += " (" + std::to_string(essential[i].second) + " times)";
  }
  if (!essential.empty()) out += '.';
  return out;
}

}  // namespace lockfree::inline v1::verify::detail
