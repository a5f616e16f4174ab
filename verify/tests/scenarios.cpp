// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <lockfree/queue/mpmc_ring.hpp>
#include <lockfree/verify/declare.hpp>

#include "engine/scenario.hpp"
#include "engine/schedule.hpp"

namespace {

namespace verify = lockfree::verify;
namespace engine = lockfree::verify::detail;
namespace spec = lockfree::verify::spec;
using spec::transfer;
using verify::failure;
using verify::role;

engine::declaration queue_operations(role push = role::any, role pop = role::any) {
  return {{{"push", push, {verify::fresh()}}, {"pop", pop, {}}}, {}};
}

engine::declaration deque_operations() {
  return {{{"push", role::owner, {verify::fresh()}}, {"pop", role::owner, {}}, {"steal", role::thief, {}}}, {}};
}

std::vector<std::string> texts(const engine::declaration& declared, std::uint64_t seed, std::size_t count) {
  std::vector<std::string> out;
  for (const auto& each : engine::generate(declared, seed, count)) out.push_back(engine::to_text(declared, each));
  return out;
}

std::string what_is_wrong(const engine::declaration& declared, const std::string& text) {
  try {
    (void)engine::to_scenario(declared, text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing";
}

/// Would `Spec` have given these results, in this order?
template <class Spec>
bool accepts(std::initializer_list<typename Spec::operation> history) {
  Spec state;
  return std::all_of(history.begin(), history.end(), [&state](const auto& o) { return state.apply(o); });
}

/// With the thread of each.
template <class Spec>
bool accepts_by_thread(std::initializer_list<std::pair<unsigned, typename Spec::operation>> history) {
  Spec state;
  return std::all_of(history.begin(), history.end(),
                     [&state](const auto& o) { return state.apply(o.second, o.first); });
}

transfer push(int value) { return transfer::push(value); }
transfer full(int value) { return transfer::push(value, false); }
transfer pop(int value) { return transfer::pop(true, value); }
transfer steal(int value) { return transfer::steal(true, value); }
const transfer empty = transfer::pop(false, 0);
const transfer nothing_stolen = transfer::steal(false, 0);

using ring = verify::made<lockfree::mpmc_ring<int, verify::platform, std::uint8_t>, std::size_t{4}>;
using queue_of_four = spec::queue<4, failure::lenient, failure::lenient>;
const verify::declare<ring, queue_of_four> add_ring{"ring", {verify::op::push(), verify::op::pop()}};

/// The only check of this program.
const engine::program& declared_ring() { return engine::checks().at(0).body; }

}  // namespace

TEST_CASE("A queue is first in, first out, bounded, and says full and empty when it is", "[verify]") {
  CHECK(accepts<spec::queue<2>>({empty, push(1), push(2), full(3), pop(1), pop(2), empty}));
  CHECK_FALSE(accepts<spec::queue<2>>({push(1), push(2), pop(2)}));
  CHECK_FALSE(accepts<spec::queue<2>>({push(1), pop(1), pop(1)}));
  CHECK_FALSE(accepts<spec::queue<2>>({push(1), empty}));
  CHECK_FALSE(accepts<spec::queue<2>>({push(1), full(2)}));
  CHECK_FALSE(accepts<spec::queue<2>>({push(1), push(2), push(3)}));
  CHECK_FALSE(accepts<spec::queue<>>({full(1)}));
  CHECK(accepts<spec::queue<2, failure::lenient, failure::lenient>>({push(1), full(2), empty, pop(1)}));
}

TEST_CASE("A queue per producer keeps the order of each producer only", "[verify]") {
  using queue = spec::queue_per_producer<3>;
  CHECK(accepts_by_thread<queue>({{0, push(1)}, {1, push(2)}, {2, pop(2)}, {2, pop(1)}, {2, empty}}));
  CHECK(accepts_by_thread<queue>({{0, push(1)}, {1, push(2)}, {0, push(3)}, {1, full(4)}, {2, pop(1)}, {2, pop(3)}}));
  CHECK_FALSE(accepts_by_thread<queue>({{0, push(1)}, {0, push(2)}, {2, pop(2)}}));
  CHECK_FALSE(accepts_by_thread<queue>({{0, push(1)}, {2, pop(1)}, {2, pop(1)}}));
  CHECK_FALSE(accepts_by_thread<queue>({{0, push(1)}, {2, empty}}));
  CHECK_FALSE(accepts_by_thread<queue>({{0, push(1)}, {1, full(2)}}));
}

TEST_CASE("A stack is last in, first out", "[verify]") {
  CHECK(accepts<spec::stack<>>({empty, push(1), push(2), pop(2), pop(1), empty}));
  CHECK_FALSE(accepts<spec::stack<>>({push(1), push(2), pop(1)}));
  CHECK_FALSE(accepts<spec::stack<>>({push(1), empty}));
  CHECK(accepts<spec::stack<failure::lenient>>({push(1), empty, pop(1)}));
}

TEST_CASE("A deque gives its newest to the owner and its oldest to thieves", "[verify]") {
  CHECK(accepts<spec::deque<>>({push(1), push(2), push(3), steal(1), pop(3), pop(2), empty, nothing_stolen}));
  CHECK_FALSE(accepts<spec::deque<>>({push(1), push(2), steal(2)}));
  CHECK_FALSE(accepts<spec::deque<>>({push(1), push(2), pop(1)}));
  CHECK_FALSE(accepts<spec::deque<>>({push(1), pop(1), steal(1)}));
  CHECK_FALSE(accepts<spec::deque<>>({push(1), nothing_stolen}));
  using lossy = spec::deque<failure::exact, failure::lenient>;
  CHECK(accepts<lossy>({push(1), nothing_stolen, steal(1)}));
  CHECK_FALSE(accepts<lossy>({push(1), empty}));
}

TEST_CASE("A priority queue gives its largest, by its own order", "[verify]") {
  CHECK(accepts<spec::priority_queue<>>({push(2), push(3), push(1), pop(3), pop(2), push(5), pop(5), pop(1), empty}));
  CHECK_FALSE(accepts<spec::priority_queue<>>({push(2), push(3), pop(2)}));
  CHECK_FALSE(accepts<spec::priority_queue<>>({push(2), empty}));
  CHECK_FALSE(accepts<spec::priority_queue<>>({push(2), pop(2), pop(2)}));
  CHECK(accepts<spec::priority_queue<std::greater<>>>({push(2), push(3), push(1), pop(1), pop(2)}));
  CHECK_FALSE(accepts<spec::priority_queue<std::greater<>>>({push(2), push(3), pop(3)}));
}

TEST_CASE("A counter has the sum of what was added", "[verify]") {
  using o = spec::counter::operation;
  CHECK(accepts<spec::counter>({o::read(0), o::add(5), o::add(-2), o::read(3)}));
  CHECK_FALSE(accepts<spec::counter>({o::add(5), o::read(0)}));
}

TEST_CASE("A register has what was written last", "[verify]") {
  using value_register = spec::value_register<7>;
  using o = value_register::operation;
  CHECK(accepts<value_register>({o::read(7), o::write(1), o::compare_exchange(1, 2, true), o::read(2),
                                 o::compare_exchange(1, 3, false), o::read(2)}));
  CHECK_FALSE(accepts<value_register>({o::read(0)}));
  CHECK_FALSE(accepts<value_register>({o::write(1), o::read(7)}));
  CHECK_FALSE(accepts<value_register>({o::compare_exchange(1, 2, true)}));
  CHECK_FALSE(accepts<value_register>({o::compare_exchange(7, 2, false)}));
  CHECK_FALSE(accepts<value_register>({o::compare_exchange(7, 2, true), o::read(7)}));
}

TEST_CASE("A map has one value for a key and says what was there", "[verify]") {
  using o = spec::map::operation;
  CHECK(accepts<spec::map>({o::find(1, false, 0), o::insert(1, 10, true), o::insert(1, 11, false), o::find(1, true, 10),
                            o::insert_or_assign(1, 12, false), o::insert_or_assign(2, 20, true), o::find(1, true, 12),
                            o::update(1, 12, 13, true), o::update(1, 12, 14, false), o::update(3, 1, 2, false),
                            o::contains(1, true), o::erase(1, true), o::erase(1, false), o::contains(1, false),
                            o::find(2, true, 20)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, true), o::insert(1, 11, true)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, false)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, true), o::find(1, true, 11)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, true), o::find(1, false, 0)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, true), o::insert_or_assign(1, 11, true)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, true), o::insert(1, 11, false), o::find(1, true, 11)}));
  CHECK_FALSE(accepts<spec::map>({o::contains(1, true)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, true), o::erase(1, true), o::erase(1, true)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, true), o::update(1, 9, 11, true)}));
  CHECK_FALSE(accepts<spec::map>({o::insert(1, 10, true), o::update(1, 10, 11, false)}));
}

TEST_CASE("A lock is held by one thread, which gives it back", "[verify]") {
  using lock = spec::lock<>;
  using o = lock::operation;
  CHECK(accepts_by_thread<lock>({{0, o::lock()},
                                 {1, o::try_lock(false)},
                                 {0, o::unlock()},
                                 {1, o::try_lock(true)},
                                 {1, o::unlock()},
                                 {0, o::lock()}}));
  CHECK_FALSE(accepts_by_thread<lock>({{0, o::lock()}, {1, o::lock()}}));
  CHECK_FALSE(accepts_by_thread<lock>({{0, o::lock()}, {1, o::try_lock(true)}}));
  CHECK_FALSE(accepts_by_thread<lock>({{0, o::lock()}, {1, o::unlock()}}));
  CHECK_FALSE(accepts_by_thread<lock>({{0, o::unlock()}}));
  CHECK_FALSE(accepts_by_thread<lock>({{1, o::try_lock(false)}}));
  using lossy = spec::lock<failure::lenient>;
  CHECK(accepts_by_thread<lossy>({{1, lossy::operation::try_lock(false)}, {1, lossy::operation::lock()}}));
}

TEST_CASE("Equal seeds give equal scenarios, small ones first, and other seeds others", "[verify]") {
  const auto declared = queue_operations();
  const auto first = texts(declared, 7, 60);
  CHECK(first == texts(declared, 7, 60));
  CHECK(first != texts(declared, 8, 60));
  CHECK(first.size() >= 50);
  CHECK(std::set<std::string>(first.begin(), first.end()).size() == first.size());

  std::size_t before = 0;
  std::set<std::size_t> threads;
  bool prefix = false;
  bool suffix = false;
  for (const auto& each : engine::generate(declared, 7, 60)) {
    std::size_t inside = 0;
    for (const auto& thread : each.threads) {
      CHECK((!thread.empty() && thread.size() <= 4));
      inside += thread.size();
    }
    CHECK(inside >= before);
    before = inside;
    threads.insert(each.threads.size());
    prefix = prefix || !each.before.empty();
    suffix = suffix || !each.after.empty();
    CHECK(engine::size_of(each) <= verify::most_operations);
  }
  CHECK(threads == std::set<std::size_t>{2, 3, 4});
  CHECK(prefix);
  CHECK(suffix);
}

TEST_CASE("No two pushes of a scenario push the same number", "[verify]") {
  for (const auto& each : engine::generate(queue_operations(), 3, 60)) {
    std::vector<int> pushed;
    const auto collect = [&pushed](const std::vector<engine::call>& calls) {
      for (const auto& call : calls) {
        if (call.operation == 0) pushed.push_back(call.arguments[0]);
      }
    };
    collect(each.before);
    for (const auto& thread : each.threads) collect(thread);
    collect(each.after);
    CHECK(std::set<int>(pushed.begin(), pushed.end()).size() == pushed.size());
  }
}

TEST_CASE("Generated scenarios keep to the roles", "[verify]") {
  // What is generated is read back from its text, and reading refuses what breaks a role.
  for (const auto& declared :
       {queue_operations(role::producer, role::consumer), queue_operations(role::any, role::consumer),
        queue_operations(role::any, role::alone), deque_operations()}) {
    const auto all = texts(declared, 5, 60);
    CHECK(all.size() >= 20);
    for (const std::string& text : all) CHECK(what_is_wrong(declared, text) == "nothing");
  }
  for (const auto& each : engine::generate(queue_operations(role::producer, role::consumer), 5, 60)) {
    CHECK(each.threads.size() == 2);
  }
  CHECK(what_is_wrong(queue_operations(role::producer), "push(1) | push(2)") ==
        "scenario 'push(1) | push(2)': push in T1, but T0 is the producer");
  CHECK(what_is_wrong(queue_operations(role::any, role::consumer), "pop() | pop()") != "nothing");
  CHECK(what_is_wrong(queue_operations(role::any, role::alone), "push(1) | pop()") != "nothing");
  CHECK(what_is_wrong(queue_operations(role::any, role::alone), "push(1) | suffix: pop()") == "nothing");
  CHECK(what_is_wrong(deque_operations(), "steal() | T1: steal()") != "nothing");
  CHECK(what_is_wrong(deque_operations(), "push(1) | pop()") != "nothing");
}

TEST_CASE("Scenarios survive being written as text", "[verify]") {
  const auto declared = queue_operations();
  for (const auto& each : engine::generate(declared, 1, 60)) {
    CHECK(engine::to_scenario(declared, engine::to_text(declared, each)) == each);
  }
  const auto read = engine::to_scenario(declared, "prefix: push(1) | pop() | T1: pop()push( -2 ) | suffix: pop()");
  CHECK(engine::to_text(declared, read) == "prefix: push(1) | T0: pop() | T1: pop() push(-2) | suffix: pop()");
  CHECK(engine::to_table(declared, read) ==
        "  before: push(1)\n  T0      T1\n  pop()   pop()\n          push(-2)\n  after: pop()\n");
  for (const char* wrong :
       {"", "push", "push(", "push()", "push(1", "push(1,2)", "take()", "push(1) T1: pop()", "T1: pop()",
        "before: pop() | pop()", "prefix: pop()", "push(99999999999)", "pop() ; pop()"}) {
    INFO(wrong);
    CHECK(what_is_wrong(declared, wrong) != "nothing");
  }
}

TEST_CASE("What is too large is refused with its size and the limit", "[verify]") {
  auto declared = queue_operations();
  std::string text = "pop()";
  for (int i = 0; i < 15; ++i) text += " pop()";
  CHECK(what_is_wrong(declared, text) == "nothing");
  CHECK(what_is_wrong(declared, text + " pop()").find("has 17 operations; the limit is 16") != std::string::npos);
  CHECK(what_is_wrong(declared, "pop()|pop()|pop()|pop()|pop()|pop()|pop()|pop()|pop()")
            .find("has 9 threads; the limit is 8") != std::string::npos);
  declared.sizes.each = 16;
  CHECK_THROWS_WITH(engine::require_usable(declared), "it asks for scenarios of 17 operations; the limit is 16");
  declared.sizes = {.threads = 9};
  CHECK_THROWS_WITH(engine::require_usable(declared), "it asks for scenarios of 9 threads; there may be 2 to 8");
}

TEST_CASE("What gives no two threads something to do is refused, unless a scenario is written by hand", "[verify]") {
  const char* const none =
      "it generates no scenario, for which two threads need an operation each, and none is written "
      "by hand";
  CHECK_THROWS_WITH(engine::require_usable(queue_operations(role::alone, role::alone)), none);
  engine::declaration one_thread{{{"push", role::producer, {verify::fresh()}}}, {}};
  CHECK_THROWS_WITH(engine::require_usable(one_thread), none);
  one_thread.sizes.also = {"push(1) push(2)"};
  CHECK_NOTHROW(engine::require_usable(one_thread));
  auto by_hand = queue_operations();
  by_hand.sizes.generate = false;
  CHECK_THROWS_WITH(engine::require_usable(by_hand), none);
  for (const auto& usable :
       {queue_operations(), queue_operations(role::producer, role::consumer), deque_operations()}) {
    CHECK_NOTHROW(engine::require_usable(usable));
  }
}

TEST_CASE("A bound is complete if it is so in every scenario", "[verify]") {
  engine::exploration_options options;
  options.how = engine::search::bound;
  options.bound = 1;
  options.seconds = 0;
  options.scenario = "push(1) | pop()";
  const engine::exploration one = engine::explore(declared_ring(), options);
  CHECK_FALSE(one.complete);
  CHECK(one.complete_bound == 1);
  options.scenario.clear();
  options.executions = 2'000;
  const engine::exploration many = engine::explore(declared_ring(), options);
  CHECK(many.scenarios_complete < many.scenarios);
  CHECK(many.complete_bound < 1);
}

TEST_CASE("What shrinking tries is smaller, and keeps to the roles", "[verify]") {
  const auto declared = queue_operations(role::producer, role::consumer);
  const auto from = engine::to_scenario(declared, "prefix: push(1) | push(2) push(3) | pop() pop() | suffix: pop()");
  const auto tried = engine::smaller(declared, from);
  CHECK(tried.size() >= 9);
  for (const auto& each : tried) {
    CHECK((engine::size_of(each) < engine::size_of(from) || each.threads.size() < from.threads.size()));
    CHECK(what_is_wrong(declared, engine::to_text(declared, each)) == "nothing");
  }
}

TEST_CASE("Replay texts carry the scenario, if there is one", "[verify]") {
  CHECK(engine::split_replay("12a3b") == std::pair<std::string, std::string>("", "12a3b"));
  CHECK(engine::split_replay(engine::replay_text("T0: push(1) | T1: pop()", {0, 0, 3})) ==
        std::pair<std::string, std::string>("T0: push(1) | T1: pop()", "2c"));
}

TEST_CASE("A defect that scenarios find is a defect of a declared check", "[verify]") {
  const engine::program& body = declared_ring();
  engine::exploration_options options;
  options.seconds = 0;
  options.executions = 60'000;
  const engine::exploration holds = engine::explore(body, options);
  CHECK(holds.found.kind == engine::verdict::holds);
  CHECK(holds.scenarios >= 24);
  CHECK(holds.executions > 30'000);
  options.scenario = "push(1) | push(2)";
  options.how = engine::search::full;
  options.executions = 0;
  const engine::exploration small = engine::explore(body, options);
  CHECK(small.complete);
  CHECK(small.scenarios_complete == 1);
  options.scenario.clear();
  options.how = engine::search::portfolio;
  options.executions = 60'000;

  options.edits = {engine::to_edit(verify::weaken("mpmc_ring.hpp:P4"))};
  const engine::exploration broken = engine::explore(body, options);
  REQUIRE(broken.found.kind == engine::verdict::data_race);
  CHECK(broken.applied.at(0) > 0);
  CHECK(engine::size_of(engine::to_scenario(*body.declared, broken.scenario)) == 2);
  options.scenario = broken.scenario;
  CHECK(engine::replay(body, broken.schedule, options).found.kind == engine::verdict::data_race);
}

TEST_CASE("The search for an order costs at most as much again as the execution", "[verify]") {
  const engine::program& body = declared_ring();
  engine::program without = body;
  without.after = [](void*) {};
  engine::exploration_options options;
  options.how = engine::search::uniform;
  options.seconds = 0;
  options.executions = 40'000;
  options.scenario = "push(1) pop() | push(2) pop() | push(3) pop() | push(4) pop()";
  double best[2] = {1e9, 1e9};
  for (int round = 0; round < 3; ++round) {
    best[0] = std::min(best[0], engine::explore(without, options).seconds);
    best[1] = std::min(best[1], engine::explore(body, options).seconds);
  }
  WARN("executions a second: " << static_cast<double>(options.executions) / best[0] << " without the search, "
                               << static_cast<double>(options.executions) / best[1] << " with it");
  CHECK(best[1] <= 2 * best[0]);
}
