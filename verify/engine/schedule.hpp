// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine.hpp"

namespace lockfree::inline v1::verify::detail {

/// 64 bits of state, 64 bits of output (splitmix64).
class random64 {
 public:
  void seed(std::uint64_t value) noexcept { state_ = value; }
  std::uint64_t next() noexcept;
  /// Below `limit`, which is small.
  unsigned below(unsigned limit) noexcept { return static_cast<unsigned>((next() >> 32U) * limit >> 32U); }

 private:
  std::uint64_t state_ = 0;
};

/// What a random execution does where it is not about threads. Half of the executions leave the memory as weak as it
/// can be; the others are less and less weak, because bugs of interleaving drown in stale reads.
class random_choices {
 public:
  void begin(random64& random) noexcept;
  unsigned choose(random64& random, choice what, unsigned limit) const noexcept;

 private:
  unsigned weak_of_16_ = 8;
};

/// Whether a thread that yields is passed over. In half of the executions it always is; in the others it goes on now and
/// then as if it had not, which a bounded number of turns of a waiting loop must allow for.
class yields {
 public:
  /// `most`, of 16: a thread that goes on by priority must not do so for ever.
  void begin(std::uint64_t seed, unsigned most) noexcept;
  bool passed_over() noexcept { return random_.below(16) >= stubborn_of_16_; }

 private:
  random64 random_;
  unsigned stubborn_of_16_ = 0;
};

/// The part of a search that one of several shards makes: of random executions every `shards`-th, of a tree every
/// `shards`-th subtree. What all shards make together is what a single one would.
struct share {
  unsigned shard = 0;
  unsigned shards = 1;
};

/// Every runnable thread is equally likely at each step.
class uniform_schedule : public schedule {
 public:
  explicit uniform_schedule(std::uint64_t seed, share mine = {}) noexcept
      : seed_(seed), execution_(mine.shard), stride_(mine.shards) {}
  void begin(unsigned threads) override;
  unsigned thread(const turn& now) override;
  unsigned choose(choice what, unsigned limit) override;
  bool next() override { return true; }

 private:
  std::uint64_t seed_;
  std::uint64_t execution_;
  std::uint64_t stride_;
  random64 random_;
  random_choices choices_;
  yields yields_;
};

/// Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): random priorities, changed at depth - 1 random
/// steps; the depth goes through 2, 3, 4. A thread that yields goes behind all others. How far those steps reach is
/// learned from the executions so far, so a shard's own may differ from the same ones of a single search.
class pct_schedule : public schedule {
 public:
  explicit pct_schedule(std::uint64_t seed, share mine = {}) noexcept
      : seed_(seed), execution_(mine.shard), stride_(mine.shards) {}
  void begin(unsigned threads) override;
  unsigned thread(const turn& now) override;
  unsigned choose(choice what, unsigned limit) override;
  bool next() override { return true; }

 private:
  std::uint64_t seed_;
  std::uint64_t execution_;
  std::uint64_t stride_;
  random64 random_;
  random_choices choices_;
  yields yields_;
  std::array<int, max_threads> priority_{};
  int lowest_ = 0;
  unsigned step_ = 0;
  unsigned longest_ = 20;
  std::array<unsigned, 3> change_at_{};
};

/// Every execution with at most `bound` preemptions, each once; `unbounded`: every execution. But spurious failures and
/// spurious wake-ups are limited to two an execution, and a thread that yields waits until the others have had a turn
/// (Musuvathi & Qadeer, "Fair stateless model checking", PLDI 2008), so that spinning does not make it infinite: `cut`
/// tells where that has left something out.
///
/// Shards divide the tree at its first branches: each walks the subtrees that are its own, and of every other subtree
/// the first execution alone, which is how it learns where that one ends.
class tree_schedule : public schedule {
 public:
  static constexpr unsigned unbounded = ~0U;
  static constexpr unsigned free_of_charge_events = 2;
  /// Branches above the subtrees: hundreds of subtrees or more, which is enough to be fair to a few dozen shards and
  /// costs a shard some milliseconds.
  static constexpr std::size_t split_depth = 8;

  explicit tree_schedule(unsigned bound, share mine = {}) noexcept : bound_(bound), mine_(mine) {}
  void begin(unsigned threads) override;
  unsigned thread(const turn& now) override;
  unsigned choose(choice what, unsigned limit) override;
  bool next() override;

  /// All of it has been seen.
  [[nodiscard]] bool done() const noexcept { return done_; }
  /// The execution under way, or just made, belongs to another shard.
  [[nodiscard]] bool foreign() const noexcept { return subtree_ % mine_.shards != mine_.shard; }
  /// The bound kept some execution from being made.
  [[nodiscard]] bool limited() const noexcept { return limited_; }
  /// Fairness, or the limit of spurious events, did.
  [[nodiscard]] bool cut() const noexcept { return cut_; }
  /// Equal decisions have led to different ones: the check depends on something else.
  [[nodiscard]] bool astray() const noexcept { return astray_; }

 private:
  struct node {
    std::uint8_t limit;
    std::uint8_t index;
  };
  unsigned branch(unsigned limit);

  unsigned bound_;
  share mine_;
  std::uint64_t subtree_ = 0;
  std::vector<node> path_;
  std::size_t depth_ = 0;
  unsigned left_ = 0;
  unsigned events_left_ = 0;
  bool done_ = false;
  bool limited_ = false;
  bool cut_ = false;
  bool astray_ = false;
  std::array<unsigned, max_threads> waits_for_{};
  std::array<unsigned, max_threads> ran_since_yield_{};
};

/// One execution, as decided; dull where the list ends.
class replay_schedule : public schedule {
 public:
  explicit replay_schedule(const decisions& list) noexcept : list_(list) {}
  void begin(unsigned threads) override;
  unsigned thread(const turn& now) override;
  unsigned choose(choice what, unsigned limit) override;
  bool next() override { return false; }

 private:
  unsigned take() noexcept { return at_ < list_.size() ? list_[at_++] : 0; }
  const decisions& list_;
  std::size_t at_ = 0;
  unsigned threads_ = 0;
};

/// Decisions as a short text and back: a number is a run of dull ones, a letter another one.
[[nodiscard]] std::string to_text(const decisions& list);
[[nodiscard]] std::optional<decisions> from_text(std::string_view text);

}  // namespace lockfree::inline v1::verify::detail
