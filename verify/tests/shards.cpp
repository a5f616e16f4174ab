// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <lockfree/verify/check.hpp>

#include "engine/explore.hpp"
#include "engine/schedule.hpp"

// What shards make together is what one search makes alone.

namespace {

namespace verify = lockfree::verify;
namespace engine = lockfree::verify::detail;

/// Some thousand executions, none of them bad.
struct busy {
  static constexpr unsigned threads = 2;
  verify::atomic<int> a{0}, b{0};
  void thread(unsigned index) {
    a.store(static_cast<int>(index), std::memory_order::relaxed);
    for (int i = 0; i < 3; ++i) b.fetch_add(a.load(std::memory_order::acquire), std::memory_order::release);
  }
};

/// Writes down what the executions of another schedule have decided, those that are wanted.
class recorder : public engine::schedule {
 public:
  recorder(engine::schedule& inner, std::size_t most, std::function<bool()> wanted)
      : inner_(inner), most_(most), wanted_(std::move(wanted)) {}

  void begin(unsigned threads) override {
    now_.clear();
    inner_.begin(threads);
  }
  unsigned thread(const engine::turn& now) override {
    const unsigned out = inner_.thread(now);
    now_ += static_cast<char>('A' + out);
    return out;
  }
  unsigned choose(engine::choice what, unsigned limit) override {
    const unsigned out = inner_.choose(what, limit);
    now_ += static_cast<char>('0' + out);
    return out;
  }
  bool next() override {
    if (wanted_()) seen.push_back(now_);
    return inner_.next() && seen.size() < most_;
  }

  std::vector<std::string> seen;

 private:
  engine::schedule& inner_;
  std::size_t most_;
  std::function<bool()> wanted_;
  std::string now_;
};

template <class Schedule>
std::vector<std::string> executions(
    Schedule&& inner, std::size_t most, const std::function<bool()>& wanted = [] { return true; }) {
  recorder all(inner, most, wanted);
  const auto result = engine::run(engine::program_of<busy>(), all, {}, false);
  REQUIRE(result.found.kind == engine::verdict::holds);
  return std::move(all.seen);
}

engine::exploration explore_part(engine::search how, unsigned shard, unsigned shards, std::uint64_t executions) {
  engine::exploration_options options;
  options.how = how;
  options.bound = 2;
  options.seconds = 0;
  options.executions = executions;
  options.shard = shard;
  options.shards = shards;
  return engine::explore(engine::program_of<busy>(), options);
}

}  // namespace

TEST_CASE("random executions of all shards are those of one run with as many") {
  constexpr unsigned each = 300;
  for (const unsigned shards : {2U, 3U, 5U}) {
    std::vector<std::string> together;
    for (unsigned shard = 0; shard < shards; ++shard) {
      const auto mine = executions(engine::uniform_schedule(11, {shard, shards}), each);
      REQUIRE(mine.size() == each);
      together.insert(together.end(), mine.begin(), mine.end());
    }
    auto alone = executions(engine::uniform_schedule(11), std::size_t{each} * shards);
    std::sort(alone.begin(), alone.end());
    std::sort(together.begin(), together.end());
    CHECK(together == alone);
    CHECK(executions(engine::uniform_schedule(11, {0, shards}), each) !=
          executions(engine::uniform_schedule(11, {1, shards}), each));
  }
}

TEST_CASE("subtrees of all shards are the tree, and no two shards share one") {
  constexpr std::size_t no_limit = ~std::size_t{0};
  for (const unsigned bound : {0U, 2U, engine::tree_schedule::unbounded}) {
    auto alone = executions(engine::tree_schedule(bound), no_limit);
    std::sort(alone.begin(), alone.end());
    const auto longest =
        std::max_element(alone.begin(), alone.end(), [](const auto& x, const auto& y) { return x.size() < y.size(); });
    if (bound != 0) REQUIRE(longest->size() > 2 * engine::tree_schedule::split_depth);
    REQUIRE(std::adjacent_find(alone.begin(), alone.end()) == alone.end());
    for (const unsigned shards : {2U, 7U}) {
      std::vector<std::string> together;
      for (unsigned shard = 0; shard < shards; ++shard) {
        engine::tree_schedule tree(bound, {shard, shards});
        std::size_t foreign = 0;
        const auto mine = executions(tree, no_limit, [&] {
          foreign += tree.foreign() ? 1 : 0;
          return !tree.foreign();
        });
        if (bound == engine::tree_schedule::unbounded) CHECK(foreign < alone.size() / 10);
        together.insert(together.end(), mine.begin(), mine.end());
      }
      std::sort(together.begin(), together.end());
      CHECK(together == alone);
    }
  }
}

TEST_CASE("executions of the shards of a complete search add up to those of one") {
  for (const engine::search how : {engine::search::full, engine::search::bound}) {
    const engine::exploration alone = explore_part(how, 0, 1, 0);
    for (const unsigned shards : {2U, 16U}) {
      std::uint64_t sum = 0;
      std::uint64_t most = 0;
      for (unsigned shard = 0; shard < shards; ++shard) {
        const engine::exploration part = explore_part(how, shard, shards, 0);
        CHECK(part.complete == alone.complete);
        CHECK(part.complete_bound == alone.complete_bound);
        sum += part.executions;
        most = std::max(most, part.executions);
      }
      CHECK(sum == alone.executions);
      if (how == engine::search::full) CHECK(most < 2 * alone.executions / shards);
    }
  }
}
