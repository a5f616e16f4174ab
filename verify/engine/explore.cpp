// SPDX-License-Identifier: Apache-2.0
#include "explore.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "clock.hpp"
#include "scenario.hpp"
#include "schedule.hpp"

namespace lockfree::inline v1::verify::detail {

namespace {

std::vector<registered_check>& registry() {
  static std::vector<registered_check> list;
  return list;
}

double seconds_since(double start) { return processor_seconds() - start; }

/// Plans the search: which schedule makes the next execution, and when it ends.
///
/// Portfolio: a tenth of the time for the full tree (small checks end there, complete), then uniform and PCT in turn up
/// to seven tenths, then all executions with 0, 1, 2, ... preemptions. A violation that is expected is looked for at
/// random first and for longer. Where a complete tree has left out what only fairness keeps from being infinite, some
/// more are made at random.
class plan : public schedule {
 public:
  explicit plan(const exploration_options& options)
      : options_(options),
        start_(processor_seconds()),
        mine_{options.shard, options.shards},
        uniform_(options.seed, mine_),
        pct_(options.seed, mine_) {
    switch (options.how) {
      case search::uniform: current_ = &uniform_; break;
      case search::pct: current_ = &pct_; break;
      case search::full: start_tree(tree_schedule::unbounded); break;
      case search::bound: start_tree(0); break;
      case search::portfolio:
        if (options.expects_violation) {
          current_ = &uniform_;
        } else {
          start_tree(tree_schedule::unbounded);
        }
    }
  }

  void begin(unsigned threads) override {
    weak_ = 0;
    current_->begin(threads);
  }
  unsigned thread(const turn& now) override { return current_->thread(now); }
  unsigned choose(choice what, unsigned limit) override {
    const bool weak = what == choice::older_value || what == choice::hold_store;
    if (weak && weak_ >= options_.most_weak) return 0;
    const unsigned answer = current_->choose(what, limit);
    weak_ += weak && answer != 0 ? 1 : 0;
    return answer;
  }

  bool next() override {
    if (tree_ && current_ == &*tree_ && tree_->foreign()) {
      ++foreign_;
    } else {
      ++executions_;
    }
    if (options_.executions != 0 && executions_ >= options_.executions) return finish_tree(), false;
    if ((executions_ & 63U) == 0) {
      elapsed_ = seconds_since(start_);
      if (options_.progress && elapsed_ >= next_progress_) {
        options_.progress(executions_);
        next_progress_ = elapsed_ + 0.2;
      }
      if (options_.seconds > 0 && elapsed_ >= options_.seconds) return finish_tree(), false;
    }
    if (tree_ && current_ == &*tree_) {
      const bool more = tree_->next();
      if (tree_->astray() || (!more && !tree_done())) return false;
    }
    if (complete_) {
      if (left_after_tree_-- == 0) return false;
      take_turns();
    } else if (options_.how == search::portfolio) {
      choose_phase();
    }
    return true;
  }

  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] int complete_bound() const noexcept { return complete_bound_; }
  [[nodiscard]] bool cut() const noexcept { return cut_; }
  [[nodiscard]] bool astray() const noexcept { return tree_ && tree_->astray(); }
  /// Executions that count as another shard's.
  [[nodiscard]] std::uint64_t foreign() const noexcept { return foreign_; }

 private:
  static constexpr std::uint64_t random_after_tree = 20'000;

  void start_tree(unsigned bound) {
    tree_.emplace(bound, mine_);
    bound_ = bound;
    current_ = &*tree_;
  }

  void finish_tree() {
    if (tree_ && current_ == &*tree_ && !tree_->next()) (void)tree_done();
  }

  /// The tree has been walked; false if there is nothing left to do.
  bool tree_done() {
    if (bound_ != tree_schedule::unbounded) complete_bound_ = static_cast<int>(bound_);
    if (bound_ == tree_schedule::unbounded || !tree_->limited()) {
      complete_ = true;
      cut_ = tree_->cut();
      if (cut_) left_after_tree_ = random_after_tree;
      return cut_;
    }
    if (options_.how == search::bound && bound_ >= options_.bound) return false;
    start_tree(bound_ + 1);
    return true;
  }

  void take_turns() { current_ = current_ == &uniform_ ? static_cast<schedule*>(&pct_) : &uniform_; }

  void choose_phase() {
    // The share of the budget that is used: of the time or of the executions, whichever is further.
    double share = options_.seconds > 0 ? elapsed_ / options_.seconds : 0;
    if (options_.executions != 0) {
      share = std::max(share, static_cast<double>(executions_) / static_cast<double>(options_.executions));
    }
    const bool random = options_.expects_violation ? share < 0.8 : share >= 0.1 && share < 0.7;
    const bool first = !options_.expects_violation && share < 0.1;
    if (random) {
      tree_.reset();
      take_turns();
    } else if (!first && !tree_) {
      start_tree(0);
    }
  }

  const exploration_options& options_;
  double start_;
  share mine_;
  uniform_schedule uniform_;
  pct_schedule pct_;
  std::optional<tree_schedule> tree_;
  unsigned bound_ = 0;
  schedule* current_ = nullptr;
  unsigned weak_ = 0;  // decisions of this execution, against most_weak
  std::uint64_t executions_ = 0;
  std::uint64_t foreign_ = 0;
  double elapsed_ = 0;
  double next_progress_ = 0.2;
  bool complete_ = false;
  bool cut_ = false;
  std::uint64_t left_after_tree_ = 0;
  int complete_bound_ = -1;
};

run_result run_list(const program& body, const decisions& list, const limits& bounds, bool trace) {
  replay_schedule again(list);
  return run(body, again, bounds, trace);
}

std::size_t weight(const decisions& list) {
  return static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [](std::uint8_t d) { return d != 0; }));
}

/// Makes as many decisions dull as it can while the verdict stays: fewer switches, fewer stale reads.
decisions shrink(const program& body, decisions best, verdict kind, const limits& bounds) {
  constexpr double most_seconds = 2;
  constexpr unsigned most_runs = 4'000;
  const auto start = processor_seconds();
  unsigned runs = 0;
  const auto still_fails = [&](const decisions& candidate) {
    ++runs;
    run_result again = run_list(body, candidate, bounds, false);
    if (again.found.kind != kind) return false;
    while (!again.taken.empty() && again.taken.back() == 0) again.taken.pop_back();
    const std::size_t before = weight(best);
    const std::size_t after = weight(again.taken);
    if (after > before || (after == before && again.taken.size() >= best.size())) return false;
    best = std::move(again.taken);
    return true;
  };
  const auto time_left = [&] { return runs < most_runs && seconds_since(start) < most_seconds; };
  for (bool better = true; better && time_left();) {
    better = false;
    for (std::size_t length = std::max<std::size_t>(best.size() / 2, 1); length >= 1 && time_left(); length /= 2) {
      for (std::size_t from = 0; from < best.size() && time_left();) {
        const auto begin = static_cast<std::ptrdiff_t>(from);
        const auto end = static_cast<std::ptrdiff_t>(std::min(from + length, best.size()));
        decisions candidate = best;
        std::fill(candidate.begin() + begin, candidate.begin() + end, std::uint8_t{0});
        if (candidate != best && still_fails(candidate)) {
          better = true;
          continue;
        }
        candidate = best;
        candidate.erase(candidate.begin() + begin, candidate.begin() + end);
        if (still_fails(candidate)) {
          better = true;
          continue;
        }
        from += length;
      }
    }
  }
  return best;
}

void finish(exploration& out, run_result&& last) {
  out.lints = std::move(last.lints);
  out.found = std::move(last.found);
  out.trace = std::move(last.trace);
  out.weak = std::move(last.weak);
  out.rival_thread = last.rival_thread;
  out.rival_clock = last.rival_clock;
}

}  // namespace

void add_check(std::string_view name, description about, const program& body, const where& at) {
  auto& list = registry();
  const auto place = std::lower_bound(list.begin(), list.end(), name,
                                      [](const registered_check& a, std::string_view b) { return a.name < b; });
  if (place != list.end() && place->name == name) {
    std::fprintf(stderr, "lockfree: two checks are called %.*s: %s and %s\n", static_cast<int>(name.size()),
                 name.data(), place->file.c_str(), at.file_name());
    std::_Exit(70);
  }
  list.insert(place, {std::string(name), std::move(about), body, at.file_name()});
}

const std::vector<registered_check>& checks() { return registry(); }

namespace {

exploration explore_one(const program& body, const exploration_options& options) {
  exploration out;
  const auto start = processor_seconds();
  plan search(options);
  run_result result = run(body, search, options.bounds, false);
  out.executions = result.executions - search.foreign();
  out.seconds = seconds_since(start);
  out.complete = search.complete();
  out.cut = search.cut() || result.forgot;
  out.repeatable = !search.astray();
  out.complete_bound = search.complete_bound();
  out.operations = std::move(result.operations);
  out.frozen = result.frozen;
  out.lints = std::move(result.lints);
  if (result.found.kind != verdict::holds) {
    const violation first = result.found;
    const decisions taken = std::move(result.taken);
    out.complete = false;
    // A specification that answers as it likes need not do so again.
    const bool harness = is_harness(first.kind);
    run_result again;
    if (!harness) again = run_list(body, taken, options.bounds, false);
    if (harness || again.found.kind != first.kind) {
      out.repeatable = harness;
      out.found = first;
      out.schedule = taken;
    } else if (!options.shrink) {
      out.schedule = taken;
      finish(out, std::move(again));
    } else {
      out.found = first;
      out.schedule = taken;
      if (body.doing == nullptr) shrink_schedule(body, out, options);  // a scenario is made smaller first
    }
  }
  return out;
}

}  // namespace

void shrink_schedule(const program& body, exploration& found, const exploration_options& options) {
  found.schedule = shrink(body, found.schedule, found.found.kind, options.bounds);
  finish(found, run_list(body, found.schedule, options.bounds, true));
}

exploration explore(const program& body, const exploration_options& options) {
  set_edits(options.edits);
  exploration out =
      body.declared != nullptr ? explore_scenarios(body, options, &explore_one) : explore_one(body, options);
  out.applied = edits_applied();
  return out;
}

exploration replay(const program& body, const decisions& schedule, const exploration_options& options) {
  exploration out;
  set_edits(options.edits);
  scenario keep;
  const program single = body.declared != nullptr ? with_scenario(body, options.scenario, keep) : body;
  const auto start = processor_seconds();
  run_result result = run_list(single, schedule, options.bounds, true);
  out.executions = 1;
  out.seconds = seconds_since(start);
  out.schedule = schedule;
  out.fits = to_text(result.taken) == to_text(schedule);
  out.scenario = options.scenario;
  out.operations = result.operations;
  finish(out, std::move(result));
  out.applied = edits_applied();
  return out;
}

}  // namespace lockfree::inline v1::verify::detail
