// SPDX-License-Identifier: Apache-2.0
#include "repair.hpp"

#include <algorithm>
#include <array>

#include "clock.hpp"
#include "sites.hpp"

namespace lockfree::inline v1::verify::detail {

namespace {

/// All orders, weaker ones first.
constexpr std::array all_orders{std::memory_order::relaxed, std::memory_order::acquire, std::memory_order::release,
                                std::memory_order::acq_rel, std::memory_order::seq_cst};

bool possible(operation what, std::memory_order order) {
  switch (what) {
    case operation::load: return order != std::memory_order::release && order != std::memory_order::acq_rel;
    case operation::store: return order != std::memory_order::acquire && order != std::memory_order::acq_rel;
    default: return true;
  }
}

/// Whether `a` promises less than `b`.
bool weaker(std::memory_order a, std::memory_order b) {
  if (a == b || b == std::memory_order::relaxed || a == std::memory_order::seq_cst) return false;
  if (a == std::memory_order::relaxed || b == std::memory_order::seq_cst) return true;
  return b == std::memory_order::acq_rel;
}

struct candidate {
  site where;
  edit::half part;
  std::memory_order from;
  std::memory_order to;
};

/// What can be made stronger, nearest to the end of the trace first; what is not in the trace comes last.
std::vector<candidate> candidates_for(const std::vector<event>& trace) {
  const std::vector<site>& known = sites();
  std::vector<std::uint32_t> numbers;
  const auto add = [&](std::uint32_t number) {
    const site& s = known[number];
    if (s.ordered && s.in_threads && std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
      numbers.push_back(number);
    }
  };
  std::for_each(trace.rbegin(), trace.rend(), [&](const event& e) {
    if (e.site != 0) add(e.site);
    if (e.source_site != 0) add(e.source_site);
  });
  for (std::uint32_t n = 1; n < known.size(); ++n) add(n);

  std::vector<candidate> out;
  for (const std::uint32_t number : numbers) {
    const site& s = known[number];
    const effect now = site_is_edited(number) ? edited(number, s.order, s.failure) : effect{s.order, s.failure};
    if (now.drop) continue;
    const edit::half part = s.what == operation::compare_exchange ? edit::half::success : edit::half::both;
    for (const std::memory_order to : stronger_orders(s.what, now.order)) out.push_back({s, part, now.order, to});
    if (s.what != operation::compare_exchange) continue;
    for (const std::memory_order to : stronger_orders(operation::load, now.failure)) {
      out.push_back({s, edit::half::failure, now.failure, to});
    }
  }
  return out;
}

}  // namespace

std::vector<std::memory_order> stronger_orders(operation what, std::memory_order order) {
  std::vector<std::memory_order> out;
  for (const std::memory_order each : all_orders) {
    if (possible(what, each) && weaker(order, each)) out.push_back(each);
  }
  return out;
}

std::vector<std::memory_order> weaker_orders(operation what, std::memory_order order) {
  std::vector<std::memory_order> out;
  for (const std::memory_order each : all_orders) {
    if (possible(what, each) && weaker(each, order)) out.push_back(each);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

edit edit_of(const site& where, edit::kind what, edit::half part, std::memory_order to) {
  edit e;
  e.what = what;
  e.file = where.file;
  e.line = where.line;
  e.column = where.column;
  e.at = where.what;
  e.to = to;
  e.part = part;
  return e;
}

repair_search find_repairs(const program& body, const exploration_options& options, const exploration& failed,
                           double seconds) {
  constexpr std::uint64_t least_executions = 20'000;
  const double start = processor_seconds();
  const auto left = [&] { return seconds - (processor_seconds() - start); };
  repair_search out;
  const std::vector<candidate> candidates = candidates_for(failed.trace);
  out.candidates = static_cast<unsigned>(candidates.size());

  exploration_options again = options;
  again.shrink = false;
  again.how = search::portfolio;
  again.expects_violation = true;
  again.executions = 0;
  again.seconds = seconds / 4;
  again.progress = nullptr;
  const exploration at_random = explore(body, again);
  if (at_random.found.kind == verdict::holds) {  // only the search that found it does
    again.how = options.how;
    again.expects_violation = options.expects_violation;
    out.failed_in = failed.executions;
  } else {
    out.failed_in = at_random.executions;
  }

  const site* helped = nullptr;
  edit::half helped_part{};
  for (const candidate& each : candidates) {
    if (left() <= 0) break;
    ++out.tried;
    const bool same_place = helped != nullptr && helped->file == each.where.file && helped->line == each.where.line &&
                            helped->column == each.where.column && helped_part == each.part;
    if (same_place) continue;  // a weaker order was enough
    again.edits = options.edits;
    again.edits.push_back(edit_of(each.where, edit::kind::strengthen, each.part, each.to));
    const auto holds_for = [&](std::uint64_t executions) {
      again.executions = executions;
      again.seconds = std::max(left(), 0.01);
      return explore(body, again);
    };
    if (holds_for(4 * out.failed_in + 200).found.kind != verdict::holds) continue;
    const exploration longer = holds_for(std::max(least_executions, 50 * out.failed_in));
    if (longer.found.kind != verdict::holds) continue;
    if (!longer.complete && longer.executions < 4 * out.failed_in + 200) continue;  // the budget ran out
    out.found.push_back({each.where, each.part, each.from, each.to, longer.executions, longer.complete && !longer.cut});
    helped = &each.where;
    helped_part = each.part;
  }
  return out;
}

}  // namespace lockfree::inline v1::verify::detail
