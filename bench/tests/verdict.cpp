// SPDX-License-Identifier: Apache-2.0
#include "study/verdict.hpp"

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "study/terminal.hpp"

using namespace lockfree::study;
using nlohmann::json;
using result = comparison::result;

namespace {

/// A study with one family, to be filled.
json empty_study() {
  return {{"schema", 1},
          {"tool", "lfstudy"},
          {"status", "complete"},
          {"mode", "quick"},
          {"machine", json::object()},
          {"families", {{{"id", "queue"}, {"title", "Queues"}, {"unit", "M items/s"}}}},
          {"structures", json::array()},
          {"throughput", json::array()},
          {"latency", json::array()},
          {"latency_rounds", json::array()}};
}

void add_structure(json& study, const std::string& name, const std::string& kind, bool bounded) {
  study["structures"].push_back({{"family", "queue"},
                                 {"structure", name},
                                 {"library", kind == "rival" ? "other" : "lockfree"},
                                 {"kind", kind},
                                 {"bounded", bounded}});
}

/// Enough rounds for a verdict: those given, over and over, six in all.
std::vector<double> six(const std::vector<double>& some) {
  std::vector<double> out;
  while (out.size() < 6) out.push_back(some[out.size() % some.size()]);
  return out;
}

json entry(const std::string& name, const std::string& kind, const std::string& scenario,
           const std::vector<double>& samples) {
  return {{"family", "queue"}, {"structure", name},    {"library", kind == "rival" ? "other" : "lockfree"},
          {"kind", kind},      {"scenario", scenario}, {"when", "things are as at " + scenario},
          {"threads", 2},      {"unit", "M items/s"},  {"samples", samples}};
}

void add_rate(json& study, const std::string& name, const std::string& kind, const std::string& scenario,
              const std::vector<double>& samples) {
  study["throughput"].push_back(entry(name, kind, scenario, samples));
}

void add_tail(json& study, const std::string& name, const std::string& kind, const std::vector<double>& samples,
              double calls = 1e6) {
  json next = entry(name, kind, "crowd", samples);
  next["metric"] = "p99.99";
  next["unit"] = "ns";
  next["calls"] = std::vector<double>(samples.size(), calls);
  study["latency_rounds"].push_back(next);
}

}  // namespace

TEST_CASE("the ratio of two structures is the median of the ratios of each round") {
  // Both drift together, as a machine does; round by round the first is twice as good.
  const comparison twice = compare({10, 20, 40, 80, 160, 320}, {5, 10, 20, 40, 80, 160}, true);
  CHECK(twice.ratio == 2);
  CHECK(twice.low == 2);
  CHECK(twice.high == 2);
  CHECK(twice.rounds == 6);
  CHECK(twice.confidence == Approx(1 - 2.0 / 64));
  CHECK(twice.better() == result::first);
}

TEST_CASE("of times the shorter is the better") {
  const comparison times = compare(six({100, 100, 100}), six({400, 300, 500}), false);
  CHECK(times.ratio == 4);
  CHECK(times.low == 3);
  CHECK(times.high == 5);
  CHECK(times.better() == result::first);
  CHECK(compare(six({400, 300, 500}), six({100, 100, 100}), false).better() == result::second);
  CHECK(compare({0, 0, 0}, {10, 10, 10}, false).ratio == 10);  // below the timer's resolution
}

TEST_CASE("neither is better where the interval includes 1 or where it is not to be relied on") {
  CHECK(compare(six({11, 9, 12}), six({10}), true).better() == result::neither);
  CHECK(compare(six({11, 10, 12}), six({10}), true).better() == result::neither);
  CHECK(compare(six({11, 10.5, 12}), six({10}), true).better() == result::first);
  CHECK(compare(six({9, 8, 7}), six({10}), true).better() == result::second);
  // Five rounds hold the median with 0.9375 at best, three with 0.75, however far apart the two are.
  CHECK(compare({20, 20, 20, 20, 20}, {10, 10, 10, 10, 10}, true).better() == result::neither);
  CHECK(compare({20, 20, 20}, {10, 10, 10}, true).better() == result::neither);
  CHECK(compare({20, 20, 20, 20}, {10, 10}, true).rounds == 2);
  CHECK(compare({}, {}, true).better() == result::neither);
}

TEST_CASE("a structure is judged against the baselines that are bounded as it is") {
  json study = empty_study();
  add_structure(study, "ring", "lockfree", true);
  add_structure(study, "list", "lockfree", false);
  add_structure(study, "lock_ring", "mutex", true);
  add_structure(study, "lock_list", "mutex", false);
  add_structure(study, "theirs", "rival", true);
  for (const char* name : {"ring", "list"}) add_rate(study, name, "lockfree", "2x2", six({30, 33, 36}));
  for (const char* name : {"lock_ring", "lock_list"}) add_rate(study, name, "mutex", "2x2", six({10, 11, 12}));
  add_rate(study, "theirs", "rival", "2x2", six({60, 66, 72}));
  add_rate(study, "lock_ring", "mutex", "4x4", six({10, 11, 12}));  // nothing to compare with
  judge(study);
  REQUIRE(study["verdicts"].size() == 2);
  CHECK(study["verdicts"][0]["structure"] == "ring");
  CHECK(study["verdicts"][0]["baseline"] == "lock_ring");
  CHECK(study["verdicts"][0]["ratio"] == 3);
  CHECK(study["verdicts"][0]["winner"] == "lockfree");
  CHECK(study["verdicts"][1]["structure"] == "list");
  CHECK(study["verdicts"][1]["baseline"] == "lock_list");
  REQUIRE(study["rival_verdicts"].size() == 2);
  CHECK(study["rival_verdicts"][0]["winner"] == "rival");
  CHECK(study["rival_verdicts"][0]["ratio"] == 0.5);

  for (json& each : study["structures"]) each["bounded"] = each["structure"] == "ring";
  judge(study);  // no bounded baseline any more: all of the family
  CHECK(study["verdicts"].size() == 4);
}

TEST_CASE("the sentence of a verdict names the winner, by how much and both amounts") {
  json study = empty_study();
  add_rate(study, "ring", "lockfree", "a", six({30, 33, 36}));
  add_rate(study, "lock", "mutex", "a", six({10, 11, 12}));
  add_rate(study, "ring", "lockfree", "b", six({5, 5, 4}));
  add_rate(study, "lock", "mutex", "b", six({10, 10, 10}));
  add_rate(study, "ring", "lockfree", "c", six({9, 10, 11}));
  add_rate(study, "lock", "mutex", "c", six({10, 10, 10}));
  add_rate(study, "ring", "lockfree", "d", {90});
  add_rate(study, "lock", "mutex", "d", {10});
  add_tail(study, "ring", "lockfree", six({200, 250, 300}));
  add_tail(study, "lock", "mutex", six({1e6, 1.25e6, 1.5e6}));
  judge(study);
  std::vector<std::string> said;
  for (const json& each : study["verdicts"]) said.push_back(each["sentence"]);
  REQUIRE(said.size() == 5);
  CHECK(said[0] == "ring does 3.00 times as much as lock at a (3.00 to 3.00): 33.0 M items/s against 11.0 M items/s.");
  CHECK(said[1] == "lock does 2.00 times as much as ring at b (2.00 to 2.50): 10.0 M items/s against 5.00 M items/s.");
  CHECK(said[2] ==
        "ring and lock cannot be told apart at c: 10.0 M items/s against 10.0 M items/s, ratio 1.00 (0.90 to 1.10).");
  CHECK_THAT(said[3], ContainsSubstring("Only 1 round of both measured (confidence 0 %): no verdict."));
  CHECK(
      said[4] ==
      "One call in 10,000 takes 250 ns or more with ring, 1.25 ms with lock at crowd: 5000 times less (5000 to 5000).");
  CHECK(study["verdicts"][4]["metric"] == "p99.99");
  CHECK(study["verdicts"][4]["ratio"] == 5000);
}

TEST_CASE("a tail of too few calls gets no verdict") {
  json study = empty_study();
  add_tail(study, "ring", "lockfree", six({200, 250, 300}));
  add_tail(study, "lock", "mutex", six({1e6, 1.25e6, 1.5e6}), 5000);
  judge(study);
  CHECK(study["verdicts"].empty());
}

TEST_CASE("advice follows the measurements") {
  const auto advice_of = [](const std::vector<double>& ours, const std::vector<double>& theirs) {
    json study = empty_study();
    add_rate(study, "ring", "lockfree", "a", six(ours));
    add_rate(study, "slow_ring", "lockfree", "a", six({1, 1, 1}));
    add_rate(study, "lock", "mutex", "a", six(theirs));
    add_rate(study, "slow_lock", "mutex", "a", six({1, 1, 1}));
    judge(study);
    REQUIRE(study["advice"].size() == 1);
    return study["advice"][0];
  };
  const json ahead = advice_of({30, 33, 36}, {10, 11, 12});
  CHECK(ahead["when"] == "Queues: things are as at a");
  CHECK(ahead["use"] == "ring");
  CHECK_THAT(ahead["because"].get<std::string>(), ContainsSubstring("3.00 times the throughput of lock"));
  const json behind = advice_of({10, 11, 12}, {30, 33, 36});
  CHECK(behind["use"] == "lock");
  CHECK_THAT(behind["because"].get<std::string>(), ContainsSubstring("3.00 times the throughput of ring"));
  const json open = advice_of({9, 10, 11}, {10, 10, 10});
  CHECK(open["use"] == "lock");
  CHECK_THAT(open["because"].get<std::string>(), ContainsSubstring("not measurably better"));
}

TEST_CASE("advice pools the scenarios of a situation and asks only those measured in all of them") {
  json study = empty_study();
  add_rate(study, "ring", "lockfree", "a", six({40, 40, 40}));
  add_rate(study, "ring", "lockfree", "b", six({10, 10, 10}));
  add_rate(study, "narrow", "lockfree", "a", six({400, 400, 400}));  // not measured at b
  add_rate(study, "lock", "mutex", "a", six({10, 10, 10}));
  add_rate(study, "lock", "mutex", "b", six({10, 10, 10}));
  for (json& each : study["throughput"]) each["when"] = "it is so";
  judge(study);
  REQUIRE(study["advice"].size() == 1);
  CHECK(study["advice"][0]["use"] == "ring");
  // Geometric mean: sqrt(40 * 10) against 10.
  CHECK_THAT(study["advice"][0]["because"].get<std::string>(), ContainsSubstring("2.00 times the throughput of lock"));
}

TEST_CASE("advice is not chosen by noise: what cannot be told apart is told apart by what it promises") {
  // Names of the catalogue, for their progress and their place: two counters are wait-free, one is lock-free.
  const std::vector<double> noisy{31, 29, 33};  // the better median, by nothing that repeats
  json study = empty_study();
  add_rate(study, "cas_counter", "lockfree", "a", six(noisy));
  add_rate(study, "striped_counter", "lockfree", "a", six({30}));
  add_rate(study, "atomic_counter", "lockfree", "a", six({30}));
  add_rate(study, "mutex_counter", "mutex", "a", six({10}));
  judge(study);
  REQUIRE(study["advice"].size() == 1);
  CHECK(study["advice"][0]["use"] == "atomic_counter");
  CHECK_THAT(study["advice"][0]["because"].get<std::string>(),
             ContainsSubstring("; cas_counter (31.0 M items/s) cannot be told apart from it"));

  // What is measurably better is chosen all the same.
  study["throughput"][0]["samples"] = six({61, 59, 63});
  judge(study);
  CHECK(study["advice"][0]["use"] == "cas_counter");

  // So is what alone is ahead of the lock, even if it cannot be told apart from one that is not.
  study["throughput"][0]["samples"] = std::vector<double>{12, 12, 12, 12, 12, 12};
  study["throughput"][1]["samples"] = std::vector<double>{13, 13, 9, 11, 9, 11};
  study["throughput"][2]["samples"] = std::vector<double>{9, 9, 13, 9, 13, 9};
  judge(study);
  CHECK(study["advice"][0]["use"] == "cas_counter");
}

TEST_CASE("where lock-free is not ahead the advice is a lock that sleeps, not one that spins") {
  json study = empty_study();
  add_structure(study, "mpmc_ring", "lockfree", true);
  for (const char* name : {"mutex_ring", "spin_ring"}) add_structure(study, name, "mutex", true);
  add_structure(study, "mutex_queue", "mutex", false);
  add_rate(study, "mpmc_ring", "lockfree", "a", six({10, 9, 11}));
  add_rate(study, "spin_ring", "mutex", "a", six({10.5, 9, 11}));
  add_rate(study, "mutex_ring", "mutex", "a", six({9, 10, 10}));
  add_rate(study, "mutex_queue", "mutex", "a", six({9, 10, 10}));
  judge(study);
  REQUIRE(study["advice"].size() == 1);
  CHECK(study["advice"][0]["use"] == "mutex_ring");  // and it is bounded, as mpmc_ring is
  CHECK_THAT(study["advice"][0]["because"].get<std::string>(), ContainsSubstring("a lock is simpler"));

  // Only the spin lock keeps up: then the structure that does not spin.
  study["throughput"][2]["samples"] = six({1});
  study["throughput"][3]["samples"] = six({1});
  judge(study);
  CHECK(study["advice"][0]["use"] == "mpmc_ring");
  CHECK_THAT(study["advice"][0]["because"].get<std::string>(),
             ContainsSubstring("10.0 times the throughput of mutex_ring") &&
                 ContainsSubstring("; spin_ring (10.5 M items/s) is not measurably worse, but it spins"));

  // No other lock was measured.
  study["throughput"].erase(3);
  study["throughput"].erase(2);
  judge(study);
  CHECK(study["advice"][0]["use"] == "mpmc_ring");
  CHECK_THAT(study["advice"][0]["because"].get<std::string>(),
             ContainsSubstring("spin_ring is not measurably worse, but it spins: 10.0 M items/s against 10.5"));

  // A spin lock that is ahead of everything is ahead.
  study["throughput"][1]["samples"] = six({100});
  judge(study);
  CHECK(study["advice"][0]["use"] == "spin_ring");
}

TEST_CASE("a study that left out structures or scenarios, or has too few rounds, gives no advice and says why") {
  json study = empty_study();
  add_rate(study, "ring", "lockfree", "a", six({30, 33, 36}));
  add_rate(study, "lock", "mutex", "a", six({10, 11, 12}));
  const json nothing = json::array();
  study["filter"] = {{"families", {"queue"}}, {"structures", nothing}, {"scenarios", nothing}, {"rivals", false}};
  judge(study);
  CHECK(study["advice"].size() == 1);  // whole families
  for (const char* name : {"structures", "scenarios"}) {
    json part = study;
    part["filter"][name] = {"ring"};
    judge(part);
    CHECK(part["advice"].empty());
    CHECK(part["verdicts"] == study["verdicts"]);
    CHECK_THAT(verdict_text(part, {}), ContainsSubstring("No advice: it needs all structures of a family"));
    CHECK_THAT(verdict_markdown(part), ContainsSubstring("No advice: it needs all structures of a family"));
  }
  for (json& each : study["throughput"]) each["samples"] = {each["samples"][0], each["samples"][1], each["samples"][2]};
  judge(study);
  CHECK(study["advice"].empty());
  CHECK(study["verdicts"][0]["winner"] == "neither");
  CHECK_THAT(study["verdicts"][0]["sentence"].get<std::string>(),
             ContainsSubstring("Only 3 rounds of both measured (confidence 75 %): no verdict."));
  CHECK_THAT(verdict_text(study, {}), ContainsSubstring("over the rounds (3 rounds, confidence 75.0 %)") &&
                                          ContainsSubstring("No advice: it needs a confidence of 95 %"));
}

TEST_CASE("judging again changes nothing, whatever stood there") {
  json study = empty_study();
  add_rate(study, "ring", "lockfree", "a", six({30, 33, 36}));
  add_rate(study, "lock", "mutex", "a", six({10, 11, 12}));
  judge(study);
  json again = study;
  again["verdicts"] = {{{"sentence", "bought"}}};
  again["advice"] = json::array();
  judge(again);
  CHECK(again == study);
}

TEST_CASE("what is no study of schema 1 is refused with a reason") {
  CHECK_NOTHROW(check_schema(empty_study()));
  CHECK_THROWS_WITH(check_schema(json::array()), "not a study of lfstudy");
  json other = empty_study();
  other["schema"] = 2;
  CHECK_THROWS_WITH(check_schema(other), ContainsSubstring("schema 2"));
  for (const char* name : {"families", "throughput", "latency", "status", "mode", "machine"}) {
    json broken = empty_study();
    broken.erase(name);
    CHECK_THROWS_WITH(check_schema(broken), ContainsSubstring(name));
  }
}

TEST_CASE("the terminal's verdict shows who is ahead, says where the mutex wins, and says that it is partial") {
  json study = empty_study();
  add_rate(study, "ring", "lockfree", "a", six({30, 33, 36}));
  add_rate(study, "lock", "mutex", "a", six({10, 11, 12}));
  add_rate(study, "ring", "lockfree", "b", six({5, 5, 4}));
  add_rate(study, "lock", "mutex", "b", six({10, 10, 10}));
  judge(study);
  const std::string whole = verdict_text(study, {});
  CHECK_THAT(whole, ContainsSubstring("ring / lock  + 3.00 (3.00 to 3.00)  - 2.00 (2.00 to 2.50)"));
  CHECK_THAT(whole, ContainsSubstring("Where the mutex wins\n  lock does 2.00 times as much as ring at b"));
  CHECK_THAT(whole, ContainsSubstring("over the rounds (6 rounds, confidence 96.9 %)"));
  CHECK_THAT(whole, ContainsSubstring("ahead in 1 of 2 comparisons, the mutex in 1, neither in 0"));
  CHECK(whole.find("PARTIAL") == std::string::npos);
  CHECK(whole.find('\x1b') == std::string::npos);
  study["status"] = "partial";
  study["cells_measured"] = 4;
  study["cells_planned"] = 9;
  CHECK_THAT(verdict_text(study, {}), ContainsSubstring("PARTIAL: 4 of 9 cells"));
  CHECK_THAT(verdict_text(study, {100, true}), ContainsSubstring("\x1b[32m"));
  const json brief = verdict_json(study);
  CHECK(brief["verdicts"] == study["verdicts"]);
  CHECK_FALSE(brief.contains("throughput"));
}

TEST_CASE("numbers have three digits and durations their unit") {
  CHECK(number_text(1234.5) == "1234");
  CHECK(number_text(99.96) == "100");
  CHECK(number_text(12.34) == "12.3");
  CHECK(number_text(1.234) == "1.23");
  CHECK(number_text(0.00123) == "0.0012");
  CHECK(number_text(0) == "0");
  CHECK(duration_text(17) == "17 ns");
  CHECK(duration_text(1500) == "1.50 µs");
  CHECK(duration_text(1.5e6) == "1.50 ms");
  CHECK(duration_text(2e10) == "20.0 s");
}
