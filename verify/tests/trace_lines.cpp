// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <string_view>
#include <vector>

#include <lockfree/verify/check.hpp>

#include "engine/explore.hpp"
#include "engine/needs.hpp"
#include "engine/trace.hpp"

namespace {

namespace verify = lockfree::verify;
namespace engine = lockfree::verify::detail;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;

engine::exploration_options few() {
  engine::exploration_options options;
  options.how = engine::search::full;
  options.seconds = 0;
  options.executions = 20'000;
  return options;
}

/// Position of the first line that says this; the number of lines if none does.
std::int32_t find(const std::vector<engine::trace_line>& lines, std::string_view words) {
  const auto found = std::find_if(lines.begin(), lines.end(), [words](const engine::trace_line& line) {
    return line.what.find(words) != std::string::npos;
  });
  return static_cast<std::int32_t>(found - lines.begin());
}

bool before(const std::vector<engine::trace_line>& lines, std::int32_t a, std::int32_t b) {
  return a <= lines.at(static_cast<std::size_t>(b)).before.at(lines.at(static_cast<std::size_t>(a)).thread);
}

/// Release and acquire by fences; the violation comes when the message has arrived.
struct fences {
  static constexpr unsigned threads = 2;
  verify::atomic<int> early{0}, flag{0}, late{0};
  void thread(unsigned index) {
    if (index == 0) {
      early.store(1, relaxed);
      verify::atomic_thread_fence(release);
      flag.store(1, relaxed);
      late.store(1, relaxed);
    } else if (flag.load(relaxed) == 1) {
      verify::atomic_thread_fence(acquire);
      verify::expect(late.load(relaxed) == 0, "it has not arrived");
    }
  }
};

/// Needs two stale reads, each of another atomic.
struct two_stale_reads {
  static constexpr unsigned threads = 2;
  verify::atomic<int> x{0}, y{0}, flag{0};
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, relaxed);
      y.store(1, relaxed);
      flag.store(1, relaxed);
    } else if (flag.load(relaxed) == 1) {
      const int first = x.load(relaxed);
      const int second = y.load(relaxed);
      verify::expect(first == 1 || second == 1, "something is seen");
    }
  }
};

/// Fails whatever is read.
struct lost_update {
  static constexpr unsigned threads = 2;
  verify::atomic<int> total{0};
  void thread(unsigned) { total.store(total.load(relaxed) + 1, relaxed); }
  void after() { verify::expect(total.load(relaxed) == 2, "both count"); }
};

}  // namespace

TEST_CASE("What fences order happens before in a trace, and no more than that", "[verify]") {
  const auto body = engine::program_of<fences>();
  engine::exploration seen = engine::explore(body, few());
  REQUIRE(seen.found.kind == engine::verdict::expectation);
  (void)engine::find_needs(body, seen, few(), true);
  const std::vector<engine::trace_line> lines = engine::describe(seen);
  const auto early = find(lines, "early.store");
  const auto flag_store = find(lines, "flag.store");
  const auto flag_load = find(lines, "flag.load");
  const auto late_load = find(lines, "late.load");
  REQUIRE(static_cast<std::size_t>(std::max({early, flag_store, flag_load, late_load})) < lines.size());
  CHECK(lines[static_cast<std::size_t>(flag_load)].reads_from == flag_store);
  CHECK_FALSE(before(lines, early, flag_load));  // the acquire fence comes after it
  CHECK(before(lines, early, late_load));
  CHECK_FALSE(before(lines, flag_store, late_load));  // the release fence comes before it
  CHECK(before(lines, flag_load, late_load));
}

TEST_CASE("A trace has the stale reads that it needs, and all of them are essential", "[verify]") {
  const auto body = engine::program_of<two_stale_reads>();
  engine::exploration seen = engine::explore(body, few());
  REQUIRE(seen.found.kind == engine::verdict::expectation);
  const engine::needs what = engine::find_needs(body, seen, few(), true);
  CHECK(what.is == engine::needs::answer::weak_memory);
  const std::vector<engine::trace_line> lines = engine::describe(seen);
  std::size_t weak = 0;
  for (const engine::trace_line& line : lines) {
    const bool shows = line.stale || line.held;
    weak += shows ? 1 : 0;
    CHECK(line.essential == shows);
  }
  CHECK(weak >= 1);
  CHECK(weak <= 2);
}

TEST_CASE("Interleaving is enough where stale reads only help", "[verify]") {
  const auto body = engine::program_of<lost_update>();
  auto options = few();
  options.how = engine::search::uniform;
  for (options.seed = 1; options.seed <= 20; ++options.seed) {
    engine::exploration seen = engine::explore(body, options);
    REQUIRE(seen.found.kind == engine::verdict::expectation);
    CHECK(engine::find_needs(body, seen, options, true).is == engine::needs::answer::interleaving);
    for (const engine::trace_line& line : engine::describe(seen)) CHECK_FALSE(line.stale);
  }
}
