// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "clock.hpp"
#include "schedule.hpp"
#include "sites.hpp"

namespace lockfree::inline v1::verify::detail {

namespace {

std::vector<registered_progress>& registry() {
  static std::vector<registered_progress> list;
  return list;
}

/// Uniform and PCT in turn, for a number of executions.
class mixed_schedule : public schedule {
 public:
  explicit mixed_schedule(std::uint64_t seed) noexcept : uniform_(seed), pct_(seed) {}
  void allow(std::uint64_t executions) noexcept { left_ = executions; }
  /// Nothing fails or wakes for no reason any more: that has no bound, and is nobody's interference.
  void without_chance() noexcept { chance_ = false; }

  void begin(unsigned threads) override {
    current_ = current_ == &uniform_ ? static_cast<schedule*>(&pct_) : &uniform_;
    current_->begin(threads);
  }
  unsigned thread(const turn& now) override { return current_->thread(now); }
  unsigned choose(choice what, unsigned limit) override {
    const unsigned answer = current_->choose(what, limit);
    return !chance_ && (what == choice::spurious || what == choice::wake) ? 0 : answer;
  }
  bool next() override { return --left_ != 0; }

 private:
  uniform_schedule uniform_;
  pct_schedule pct_;
  schedule* current_ = nullptr;
  std::uint64_t left_ = 0;
  bool chance_ = true;
};

/// One thread makes so many steps, then another so many, and so on: what random schedules never keep up. All
/// combinations of small numbers, each once; values are the newest.
class lockstep_schedule : public schedule {
 public:
  explicit lockstep_schedule(unsigned victim) noexcept : victim_(victim) {}

  void begin(unsigned threads) override {
    threads_ = threads;
    at_ = first_ == 0 ? victim_ : (victim_ + 1) % threads;
    left_ = head_start_;
  }
  unsigned thread(const turn& now) override {
    const bool gives_up = yields_ != 0 && now.yielded;
    if (left_ == 0 || gives_up || (now.runnable >> at_ & 1U) == 0) {
      do at_ = (at_ + 1) % threads_;
      while ((now.runnable >> at_ & 1U) == 0);
      left_ = at_ == victim_ ? mine_ : theirs_;
    }
    --left_;
    return at_;
  }
  unsigned choose(choice, unsigned) override { return 0; }
  bool next() override {
    // Counts like a clock.
    struct wheel {
      unsigned& value;
      unsigned first, last;
    };
    for (const wheel& w : {wheel{theirs_, 1, 8}, wheel{mine_, 1, 4}, wheel{head_start_, 1, 3}, wheel{first_, 0, 1},
                           wheel{yields_, 0, 1}}) {
      if (w.value++ < w.last) return true;
      w.value = w.first;
    }
    return false;
  }

 private:
  unsigned victim_;
  unsigned threads_ = 0;
  unsigned at_ = 0;
  unsigned left_ = 0;
  unsigned first_ = 0;       // 0: the victim begins
  unsigned head_start_ = 1;  // steps of who begins, the first time
  unsigned mine_ = 1;        // the victim's steps in a row
  unsigned theirs_ = 1;
  unsigned yields_ = 0;  // 1: a yield ends a turn
};

bool gets_nowhere(verdict kind) noexcept {
  return kind == verdict::deadlock || kind == verdict::livelock || kind == verdict::lost_wakeup;
}

class progress_search {
 public:
  progress_search(const registered_progress& what, const progress_options& options) : what_(what), options_(options) {}

  progress_found result() {
    const double start = processor_seconds();
    if (goes_well()) {
      stop_each();
      if (!out_.blocks() && out_.wrong.kind == verdict::holds) {
        count_own_steps();
        go_in_lockstep();
      }
    }
    finish();
    out_.seconds = processor_seconds() - start;
    return std::move(out_);
  }

 private:
  [[nodiscard]] const program& body() const noexcept { return what_.check.body; }

  [[nodiscard]] limits bounds(unsigned rounds) const {
    limits out;
    out.steps = what_.claim.steps;
    out.rounds.fill(rounds);
    return out;
  }

  run_result run_once(schedule& decide, const limits& with) {
    run_result r = run(body(), decide, with, false);
    out_.executions += r.executions;
    if (options_.report) options_.report(out_.executions);
    return r;
  }

  /// Nobody is stopped: the check must hold.
  bool goes_well() {
    mixed_schedule decide(options_.seed);
    decide.allow(4 * options_.executions);
    run_result r = run_once(decide, bounds(what_.claim.rounds));
    out_.wrong = std::move(r.found);
    return out_.wrong.kind == verdict::holds;
  }

  void stop_each() {
    out_.every_thread_stopped = true;
    for (const bool together : {false, true}) {
      if (together && body().threads < 3) continue;
      for (unsigned t = 0; t < body().threads; ++t) {
        for (unsigned k = 1; out_.wrong.kind == verdict::holds && stop_at(t, k, together); ++k) {}
      }
    }
  }

  /// False if no execution came so far.
  bool stop_at(unsigned thread, unsigned access, bool together) {
    constexpr unsigned most_blocked = 8;  // they are slow, and they all say the same
    limits with = bounds(what_.claim.rounds);
    with.freeze_thread = thread;
    with.freeze_at = access;
    with.freeze_others = together;
    mixed_schedule decide(options_.seed + access);
    std::uint64_t left = options_.executions;
    std::uint64_t stopped = 0;
    unsigned blocked = 0;
    while (left != 0 && blocked < most_blocked) {
      decide.allow(left);
      run_result r = run_once(decide, with);
      left -= std::min(left, r.executions);
      for (std::uint32_t site = 1; site < r.passed.size(); ++site) {
        if (r.passed[site] == 0) continue;
        if (!together) stops_[site].executions += r.passed[site];
        stopped += r.passed[site];
      }
      if (r.found.kind == verdict::holds) break;
      if (!r.stopped || !gets_nowhere(r.found.kind)) {
        out_.wrong = std::move(r.found);
        return false;
      }
      ++blocked;
      ++stopped;
      note_blocked(r, thread, together);
    }
    out_.stopped_executions += stopped;
    if (access == 1 && stopped == 0) out_.every_thread_stopped = false;
    unsigned& points = together ? out_.together_points : out_.points;
    unsigned& blocking = together ? out_.blocking_together_points : out_.blocking_points;
    if (stopped != 0) ++points;
    if (blocked != 0) ++blocking;
    return stopped != 0;
  }

  void note_blocked(const run_result& r, unsigned thread, bool together) {
    for (unsigned t = 0; t < body().threads; ++t) {
      if ((t != thread) != together || r.last_access[t] == 0) continue;
      stop& here = stops_[r.last_access[t]];
      ++here.blocked;
      here.others_wait.insert(here.others_wait.end(), r.waits.begin(), r.waits.end());
      for (unsigned other = 0; together && other < body().threads; ++other) {
        if (other != t && other != thread && r.last_access[other] != 0) {
          here.stopped_beside.push_back(r.last_access[other]);
        }
      }
    }
  }

  /// Each thread does a few operations while the others do none, one, two, four, eight.
  void count_own_steps() {
    out_.own_steps.resize(body().threads);
    for (unsigned victim = 0; victim < body().threads; ++victim) {
      auto& most = out_.own_steps[victim];
      for (std::size_t i = 0; i < interference.size(); ++i) {
        limits with = bounds(interference[i]);
        with.rounds[victim] = what_.claim.rounds;
        mixed_schedule random(options_.seed + i);
        random.without_chance();
        random.allow(options_.executions);
        lockstep_schedule even(victim);
        if (i != 0) most[i] = most[i - 1];  // more interference includes less
        for (schedule* each : {static_cast<schedule*>(&random), static_cast<schedule*>(&even)}) {
          run_result r = run_once(*each, with);
          most[i] = std::max(most[i], r.own_steps[victim]);
          if (each == &even || r.found.kind == verdict::holds) continue;
          out_.wrong = std::move(r.found);
          return;
        }
      }
    }
  }

  /// All threads run, and none gets through: nobody waits for a stopped one, but neither is it lock-free.
  void go_in_lockstep() {
    if (out_.wrong.kind != verdict::holds) return;
    lockstep_schedule even(0);
    run_result r = run_once(even, bounds(what_.claim.rounds));
    out_.livelock = r.found.kind == verdict::livelock;
    if (!out_.livelock) out_.wrong = std::move(r.found);
  }

  void finish() {
    for (auto& [site, here] : stops_) {
      here.site = site;
      for (auto* sites : {&here.others_wait, &here.stopped_beside}) {
        std::sort(sites->begin(), sites->end());
        sites->erase(std::unique(sites->begin(), sites->end()), sites->end());
      }
      out_.stops.push_back(here);
    }
  }

  const registered_progress& what_;
  const progress_options& options_;
  progress_found out_;
  std::map<std::uint32_t, stop> stops_;
};

}  // namespace

void add_progress_check(std::string_view name, const progress_claim& claim, const program& body, const where& at) {
  auto& list = registry();
  const auto place = std::lower_bound(list.begin(), list.end(), name,
                                      [](const registered_progress& a, auto b) { return a.check.name < b; });
  if (place != list.end() && place->check.name == name) {
    std::fprintf(stderr, "lockfree: two progress checks are called %.*s: %s and %s\n", static_cast<int>(name.size()),
                 name.data(), place->check.file.c_str(), at.file_name());
    std::_Exit(70);
  }
  description about;
  about.structure = claim.structure;
  about.purpose = claim.purpose;
  about.steps = claim.steps;
  list.insert(place, {{std::string(name), std::move(about), body, at.file_name()}, claim});
}

const std::array<unsigned, interference.size()>& progress_found::longest() const {
  const auto shorter = [](const auto& a, const auto& b) {
    const bool a_grows = a.back() != a[interference.size() - 2];
    const bool b_grows = b.back() != b[interference.size() - 2];
    return a_grows != b_grows ? b_grows : a.back() < b.back();
  };
  return *std::max_element(own_steps.begin(), own_steps.end(), shorter);
}

const std::vector<registered_progress>& progress_checks() { return registry(); }

progress_found check_progress(const registered_progress& what, const progress_options& options) {
  set_edits({});
  return progress_search(what, options).result();
}

}  // namespace lockfree::inline v1::verify::detail
