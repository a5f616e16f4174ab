// SPDX-License-Identifier: Apache-2.0
#include "study/measure.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "harness/flow_grid.hpp"
#include "study/verdict.hpp"

using namespace lockfree::study;
using namespace std::chrono_literals;
using lockfree::bench::cell;
using lockfree::bench::grid;
using lockfree::bench::kind;
using lockfree::bench::outcome;
using lockfree::bench::run_length;
using lockfree::bench::tier;
using nlohmann::json;

namespace {

/// A cell that takes no time and says what it is told to.
cell fake(const std::string& family, const std::string& name, kind what, const std::string& scenario,
          std::function<outcome(const run_length&)> run) {
  return {family,
          {name, what == kind::rival ? "other" : "lockfree", what, true},
          {.scenario = scenario, .group = "g", .title = "t", .when = "w", .threads = 2},
          8,
          "M items/s",
          tier::quick,
          false,
          std::move(run)};
}

outcome rate(double millions) { return {static_cast<std::uint64_t>(millions * 1e6), 1.0, {}}; }

grid grid_of(std::vector<cell> cells) {
  return {{{"f", "Family", "M items/s"}, {"g", "Other", "u"}}, std::move(cells)};
}

effort quickly(std::size_t rounds = 4) {
  effort much;
  much.longest = 1ms;
  much.hiccups = 1ms;
  much.rounds = rounds;
  return much;
}

std::vector<std::string> names(const grid& of) {
  std::vector<std::string> out;
  for (const cell& each : of.cells) out.push_back(full_name(each));
  return out;
}

}  // namespace

TEST_CASE("a round runs every cell once before the next round begins, after a round that is thrown away") {
  std::vector<std::string> order;
  std::vector<cell> cells;
  for (const char* scenario : {"s", "t"}) {
    for (const char* name : {"a", "b", "c"}) {
      const std::string id = std::string(name) + scenario;
      cells.push_back(fake("f", name, kind::lockfree, scenario, [&order, id](const run_length&) {
        order.push_back(id);
        return rate(static_cast<double>(order.size()));
      }));
    }
  }
  const json study = measure(grid_of(cells), mode::quick, quickly(4), {});
  REQUIRE(order.size() == 6 * 5);
  bool shuffled = false;
  for (std::size_t round = 0; round < 5; ++round) {
    std::vector<std::string> here(order.begin() + static_cast<std::ptrdiff_t>(round * 6),
                                  order.begin() + static_cast<std::ptrdiff_t>(round * 6 + 6));
    // All of a scenario, then all of the next.
    CHECK(std::all_of(here.begin(), here.begin() + 3, [](const std::string& id) { return id[1] == 's'; }));
    CHECK(std::all_of(here.begin() + 3, here.end(), [](const std::string& id) { return id[1] == 't'; }));
    shuffled = shuffled || here[0] != "as";
    std::sort(here.begin(), here.end());
    CHECK(here == std::vector<std::string>{"as", "at", "bs", "bt", "cs", "ct"});
  }
  CHECK(shuffled);
  CHECK(study["status"] == "complete");
  CHECK(study["cells_measured"] == 6);
  CHECK(study["rounds_measured"] == 4);
  for (const json& each : study["throughput"]) {
    CHECK(each["samples"].size() == 4);
    for (const double sample : each["samples"]) CHECK(sample > 6);  // none of the first round
  }
}

TEST_CASE("an interrupted study keeps what it measured and says that it is partial") {
  std::size_t runs = 0;
  const auto run = [&runs](const run_length&) {
    if (++runs == 2 + 4 * 2 + 1) throw lockfree::bench::interrupted();  // warm-up, four rounds, and one more run
    return rate(runs % 2 == 0 ? 10 : 30);
  };
  const json study =
      measure(grid_of({fake("f", "ring", kind::lockfree, "s", run), fake("f", "lock", kind::mutex, "s", run)}),
              mode::quick, quickly(9), {});
  CHECK(study["status"] == "partial");
  CHECK(study["rounds_measured"] == 4);
  CHECK(study["rounds_planned"] == 9);
  CHECK(study["cells_measured"] == 2);
  for (const json& each : study["throughput"]) CHECK(each["samples"].size() == 4);
}

TEST_CASE("a study interrupted before anything was measured is partial and empty, not an error") {
  json study = measure(grid_of({fake("f", "ring", kind::lockfree, "s",
                                     [](const run_length&) -> outcome { throw lockfree::bench::interrupted(); })}),
                       mode::quick, quickly(), {});
  CHECK(study["status"] == "partial");
  CHECK(study["cells_measured"] == 0);
  CHECK(study["cells_planned"] == 1);
  CHECK(study["throughput"].empty());
  CHECK_NOTHROW(judge(study));
}

TEST_CASE("a structure with a wrong result is left out, named, and makes the study partial") {
  std::size_t runs = 0;
  const json study = measure(grid_of({fake("f", "ring", kind::lockfree, "s", [](const run_length&) { return rate(1); }),
                                      fake("f", "bad", kind::rival, "s",
                                           [&runs](const run_length&) {
                                             if (++runs == 3)
                                               throw lockfree::bench::wrong_result("bad: put in 2, got out 1");
                                             return rate(1);
                                           })}),
                             mode::quick, quickly(), {});
  CHECK(study["status"] == "partial");
  CHECK(runs == 3);
  REQUIRE(study["errors"].size() == 1);
  CHECK(study["errors"][0]["cell"] == "f/other:bad/s/8B");
  CHECK(study["errors"][0]["message"] == "bad: put in 2, got out 1");
  REQUIRE(study["throughput"].size() == 1);
  CHECK(study["throughput"][0]["structure"] == "ring");
  CHECK(study["throughput"][0]["samples"].size() == 4);
}

TEST_CASE("times of single calls are merged over the rounds, and each round keeps its tail") {
  std::size_t runs = 0;
  cell timed = fake("f", "ring", kind::lockfree, "s", [&runs](const run_length&) {
    lockfree::bench::histogram push;
    lockfree::bench::histogram pop;
    ++runs;
    for (int i = 0; i < 100; ++i) push.record(10 * runs);
    pop.record(1000 * runs);
    return outcome{200, 1.0, {{"push", push}, {"pop", pop}}};
  });
  timed.latency = true;
  const json study = measure(grid_of({timed}), mode::quick, quickly(3), {});
  REQUIRE(study["latency"].size() == 2);
  const json& push = study["latency"][0];
  CHECK(push["operation"] == "push");
  CHECK(push["count"] == 300);
  CHECK(push["percentiles"]["p50"] == 30);
  CHECK(push["percentiles"]["max"] == 40);
  CHECK(push["histogram"] == json({{20, 100}, {30, 100}, {40, 100}}));
  CHECK(study["latency"][1]["count"] == 3);
  REQUIRE(study["latency_rounds"].size() == 1);
  CHECK(study["latency_rounds"][0]["samples"] == json({2000.0, 3000.0, 4000.0}));
  CHECK(study["latency_rounds"][0]["calls"] == json({101, 101, 101}));
  CHECK(push["waiting"] == "left out");
  timed.waits_timed = true;
  CHECK(measure(grid_of({timed}), mode::quick, quickly(3), {})["latency"][0]["waiting"] == "timed");
}

TEST_CASE("runs are as long as the budget allows, and rounds are given up before runs get too short") {
  std::vector<double> lengths;
  std::vector<cell> cells;
  for (int i = 0; i < 10; ++i) {
    cells.push_back(fake("f", std::string("s").append(std::to_string(i)), kind::lockfree, "s",
                         [&lengths](const run_length& length) {
                           lengths.push_back(std::chrono::duration<double>(length.duration).count());
                           const auto end = std::chrono::steady_clock::now() + length.duration;
                           while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
                           return rate(1);
                         }));
  }
  effort much = quickly(20);
  much.longest = 1s;
  much.budget = 2s;  // 20 rounds of 10 would be 10 ms a run; 6 rounds leave 30 ms
  const json study = measure(grid_of(cells), mode::quick, much, {});
  CHECK(study["status"] == "complete");
  CHECK(study["rounds_measured"].get<std::size_t>() >= least_rounds);
  CHECK(study["rounds_measured"].get<std::size_t>() <= 7);
  CHECK(study["seconds"].get<double>() < 2.6);
  CHECK(lengths.at(10) >= good_run.count());
  CHECK(*std::max_element(lengths.begin(), lengths.end()) < 0.2);
}

TEST_CASE("three rounds are measured even if the budget is far too small") {
  effort much = quickly(9);
  much.budget = 1ms;
  const json study = measure(grid_of({fake("f", "ring", kind::lockfree, "s",
                                           [](const run_length& length) {
                                             CHECK(length.duration >= 5ms);
                                             return rate(1);
                                           })}),
                             mode::quick, much, {});
  CHECK(study["status"] == "complete");
  CHECK(study["rounds_measured"] == 3);
}

TEST_CASE("progress goes from 0 towards 1 and names round and cell") {
  std::vector<progress> seen;
  measure(grid_of({fake("f", "ring", kind::lockfree, "s", [](const run_length&) { return rate(1); })}), mode::quick,
          quickly(5), [&](const progress& now) { seen.push_back(now); });
  REQUIRE(seen.size() == 6);
  CHECK(seen.front().round == 0);
  CHECK(seen.back().round == 5);
  CHECK(seen.back().rounds == 5);
  CHECK(seen.back().cell == "f/ring/s/8B");
  CHECK(seen.back().fraction <= 1);
  CHECK(seen.back().left.count() >= 0);
}

TEST_CASE("a structure that gets stuck ends the study with what was measured before") {
  const pid_t child = fork();
  if (child == 0) {
    std::size_t runs = 0;
    effort much = quickly(3);
    much.patience = 1s;  // more than threads that do stop take, the hiccup floor's among them
    const auto stick = [&runs](const run_length& length) {
      if (++runs < 4) return rate(1);
      lockfree::bench::run_crew(1, length, [](lockfree::bench::worker& self) {
        self.start();
        for (;;) std::this_thread::yield();
      });
      return rate(1);
    };
    measure(grid_of({fake("f", "ring", kind::lockfree, "s", stick)}), mode::quick, much, {}, [](const json& study) {
      const bool right = study["status"] == "partial" && study["throughput"].at(0)["samples"].size() == 2 &&
                         study["errors"].at(0)["cell"] == "f/ring/s/8B";
      std::_Exit(right ? 42 : 1);
    });
    std::_Exit(2);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 42);
}

TEST_CASE("filters keep what was asked for and what it is compared with, and name what does not exist") {
  const auto nothing = [](const run_length&) { return rate(1); };
  grid all = grid_of({fake("f", "ring", kind::lockfree, "s", nothing), fake("f", "list", kind::lockfree, "s", nothing),
                      fake("f", "lock", kind::mutex, "s", nothing), fake("f", "theirs", kind::rival, "s", nothing),
                      fake("f", "list", kind::lockfree, "t", nothing), fake("f", "lock", kind::mutex, "t", nothing),
                      fake("g", "count", kind::lockfree, "s", nothing)});
  all.cells[1].least = tier::full;
  CHECK(select(all, mode::full, {}).cells.size() == 7);
  CHECK(select(all, mode::quick, {}).cells.size() == 6);
  CHECK(names(select(all, mode::quick, {{}, {"ring"}, {}, true})) ==
        std::vector<std::string>{"f/ring/s/8B", "f/lock/s/8B", "f/other:theirs/s/8B"});
  CHECK(names(select(all, mode::quick, {{}, {"ring"}, {}, false})) ==
        std::vector<std::string>{"f/ring/s/8B", "f/lock/s/8B"});
  const grid other = select(all, mode::full, {{"g"}, {}, {}, true});
  CHECK(names(other) == std::vector<std::string>{"g/count/s/8B"});
  CHECK(other.families.size() == 1);
  CHECK(names(select(all, mode::full, {{"f"}, {}, {"t"}, true})) ==
        std::vector<std::string>{"f/list/t/8B", "f/lock/t/8B"});
  CHECK_THROWS_WITH(select(all, mode::full, {{"h"}, {}, {}, true}), "no family 'h'; there are: f, g");
  CHECK_THROWS_WITH(select(all, mode::full, {{}, {"rong"}, {}, true}), ContainsSubstring("no structure 'rong'"));
  CHECK_THROWS_WITH(select(all, mode::full, {{}, {}, {"9x9"}, true}), ContainsSubstring("no scenario '9x9'"));
  CHECK_THROWS_WITH(select(all, mode::full, {{"g"}, {"ring"}, {}, true}),
                    ContainsSubstring("nothing matches in mode full: family g, structure ring"));
}
