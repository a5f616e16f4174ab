// SPDX-License-Identifier: Apache-2.0
// The helpers of the tests must themselves be able to fail.
#include <atomic>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/elements.hpp"
#include "support/history.hpp"
#include "support/threads.hpp"

namespace {

using support::check_history;
using history = std::vector<std::vector<support::stamped>>;

TEST_CASE("the history checker accepts a right history", "[support]") {
  REQUIRE(check_history({2, 1}, history{{{0, 0}, {1, 0}}, {{0, 1}}}, true).empty());
  REQUIRE(check_history({0}, history{{}}, true).empty());
}

TEST_CASE("the history checker sees loss, duplication, invention and wrong order", "[support]") {
  REQUIRE(check_history({2}, history{{{0, 0}}}, true) == "lost: element 1 of producer 0");
  REQUIRE(check_history({1}, history{{{0, 0}}, {{0, 0}}}, true) == "twice: element 0 of producer 0");
  REQUIRE(check_history({1}, history{{{0, 0}, {0, 7}}}, true) ==
          "consumer 0 got what nobody pushed: element 7 of producer 0");
  REQUIRE(check_history({1}, history{{{0, 0}, {1, 0}}}, true) ==
          "consumer 0 got what nobody pushed: element 0 of producer 1");
  REQUIRE(check_history({2}, history{{{0, 1}, {0, 0}}}, true) ==
          "consumer 0 got element 0 of producer 0 after number 1");
  REQUIRE(check_history({2}, history{{{0, 1}, {0, 0}}}, false).empty());
}

TEST_CASE("tracked elements count the living and see misuse", "[support]") {
  using element = support::nothrow_move;
  {
    element first(1);
    const element second(std::move(first));
    REQUIRE(element::live.load() == 2);
    REQUIRE(first.number() == element::moved_from);
    REQUIRE(second.number() == 1);
  }
  element::require_clean();

  alignas(element) unsigned char memory[sizeof(element)] = {};
  (void)reinterpret_cast<element*>(memory)->number();
  REQUIRE(element::misuses.exchange(0) == 1);
}

TEST_CASE("tracked elements throw at the step that was asked for", "[support]") {
  using element = support::may_throw;
  {
    const element source(1);
    element::throw_at = 2;
    const element copy(source);
    REQUIRE_THROWS_AS(element(source), element::thrown);
    REQUIRE(element::live.load() == 2);
    const element after(source);
    REQUIRE(after.number() == 1);
  }
  element::require_clean();
}

TEST_CASE("large elements see bytes that do not fit together", "[support]") {
  support::large element(7);
  REQUIRE(element.number() == 7);
  reinterpret_cast<unsigned char*>(&element)[200] ^= 1U;
  REQUIRE(element.number() == -1);
}

TEST_CASE("threads run together and their exceptions arrive", "[support]") {
  std::atomic<int> count = 0;
  support::run_threads(8, [&](std::size_t) { count.fetch_add(1); });
  REQUIRE(count.load() == 8);
  REQUIRE_THROWS_AS(support::run_threads(3,
                                         [](std::size_t i) {
                                           if (i == 1) throw std::out_of_range("one");
                                         }),
                    std::out_of_range);
}

}  // namespace
