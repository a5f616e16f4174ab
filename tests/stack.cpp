// SPDX-License-Identifier: Apache-2.0
// What every stack of the catalogue must do, seen from one thread.
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/allocations.hpp"
#include "support/each.hpp"
#include "support/elements.hpp"
#include "support/seed.hpp"

namespace {

using support::number;

static_assert(lockfree::concurrent_stack<lockfree::treiber_stack<int>>);
static_assert(!lockfree::concurrent_stack<lockfree::mutex_queue<int>>, "a queue is not a stack");

/// Random operations on a stack and on a std::vector must agree.
template <class Stack>
void agrees_with_a_vector(std::size_t steps) {
  using element = typename Stack::value_type;
  SUPPORT_SHOW_SEED();
  support::random random(steps);
  Stack stack;
  std::vector<int> reference;
  int next = 1;
  for (std::size_t step = 0; step < steps; ++step) {
    INFO("step " << step);
    switch (random.below(6)) {
      case 0:
        stack.push(element(next));
        reference.push_back(next++);
        break;
      case 1:
        if constexpr (std::is_copy_constructible_v<element>) {
          const element copied(next);
          stack.push(copied);
          REQUIRE(number(copied) == next);
          reference.push_back(next++);
          break;
        }
        [[fallthrough]];
      case 2:
        stack.emplace(next);
        reference.push_back(next++);
        break;
      case 3: {
        element value(-7);
        REQUIRE(stack.try_pop(value) == !reference.empty());
        REQUIRE(number(value) == (reference.empty() ? -7 : reference.back()));
        if (!reference.empty()) reference.pop_back();
        break;
      }
      default: {
        const std::optional<element> value = stack.try_pop();
        REQUIRE(value.has_value() == !reference.empty());
        if (value) {
          REQUIRE(number(*value) == reference.back());
          reference.pop_back();
        }
      }
    }
    REQUIRE(stack.empty_approx() == reference.empty());
  }
}

template <class T>
void add_random_tests(const std::string& what) {
  support::each<support::stacks<T>>("agrees with std::vector in random sequences of " + what, "[stack]",
                                    []<class Stack>(support::type<Stack>) { agrees_with_a_vector<Stack>(3'000); });
}

const bool random_tests = [] {
  add_random_tests<int>("ints");
  add_random_tests<support::move_only>("move-only elements");
  add_random_tests<support::over_aligned<64>>("elements aligned to 64");
  add_random_tests<support::over_aligned<256>>("elements aligned to 256");
  add_random_tests<support::large>("elements of 256 bytes");
  add_random_tests<support::nothrow_move>("elements whose copy may throw");
  add_random_tests<support::may_throw>("elements whose move may throw");
  return true;
}();

TEST_CASE("no stack has put an over-aligned element at a wrong address", "[stack]") {
  agrees_with_a_vector<lockfree::treiber_stack<support::over_aligned<256>>>(100);
  REQUIRE(support::over_aligned<64>::misplaced.load() == 0);
  REQUIRE(support::over_aligned<256>::misplaced.load() == 0);
}

const auto destroys = support::each<support::stacks<support::nothrow_move>>(
    "destroys what is still inside, and nothing of what was popped", "[stack]", []<class Stack>(support::type<Stack>) {
      for (std::size_t inside = 0; inside <= 5; ++inside) {
        {
          Stack stack;
          for (std::size_t i = 0; i < 5; ++i) stack.emplace(0);
          for (std::size_t i = 0; i < 5; ++i) REQUIRE(stack.try_pop().has_value());
          REQUIRE(support::nothrow_move::live.load() == 0);  // no popped element waits anywhere
          for (std::size_t i = 0; i < inside; ++i) stack.emplace(1);
          REQUIRE(support::nothrow_move::live.load() == static_cast<std::ptrdiff_t>(inside));
        }
        support::nothrow_move::require_clean();
      }
    });

// ---------------------------------------------------------------------------------------------- throwing elements

/// The numbers that are still inside, newest first; then the stack must work as a new one.
template <class Stack>
std::vector<int> drained(Stack& stack) {
  std::vector<int> all;
  while (auto element = stack.try_pop()) all.push_back(number(*element));
  REQUIRE(stack.empty_approx());
  for (int i = 0; i < 10; ++i) stack.emplace(i);
  for (int i = 9; i >= 0; --i) REQUIRE(number(*stack.try_pop()) == i);
  return all;
}

/// Runs `operation(stack)` on a stack that holds 1, 2, 3, once for each place at which an element may throw in it;
/// `left` must be inside after a throw. Returns whether any did.
template <class Stack, class Operation>
bool throw_everywhere(Operation operation, const std::vector<int>& left) {
  using element = typename Stack::value_type;
  for (std::size_t k = 1;; ++k) {
    INFO("throw at step " << k);
    bool thrown = false;
    {
      Stack stack;
      for (const int each : {1, 2, 3}) stack.emplace(each);
      try {
        operation(stack, k);
      } catch (const typename element::thrown&) {
        thrown = true;
      }
      element::throw_at = 0;
      if (thrown) REQUIRE(drained(stack) == left);
    }
    element::require_clean();
    if (!thrown) return k > 1;
  }
}

template <class T>
constexpr bool move_throws = !std::is_nothrow_move_constructible_v<T>;

template <class T>
void add_throwing_tests(const std::string& what) {
  support::each<support::stacks<T>>("is as it was after a push that throws, " + what, "[stack]",
                                    []<class Stack>(support::type<Stack>) {
                                      const std::vector<int> all{3, 2, 1};
                                      REQUIRE(throw_everywhere<Stack>(
                                          [](Stack& stack, std::size_t k) {
                                            const T value(9);
                                            T::throw_at = k;
                                            stack.push(value);
                                          },
                                          all));
                                      REQUIRE(throw_everywhere<Stack>(
                                                  [](Stack& stack, std::size_t k) {
                                                    T value(9);
                                                    T::throw_at = k;
                                                    stack.push(std::move(value));
                                                  },
                                                  all) == move_throws<T>);
                                      REQUIRE(throw_everywhere<Stack>(
                                          [](Stack& stack, std::size_t k) {
                                            T::throw_at = k;
                                            stack.emplace(9);
                                          },
                                          all));
                                    });
  support::each<support::stacks<T>>("loses one element in a pop that throws, " + what, "[stack]",
                                    []<class Stack>(support::type<Stack>) {
                                      const std::vector<int> rest{2, 1};
                                      REQUIRE(throw_everywhere<Stack>(
                                                  [](Stack& stack, std::size_t k) {
                                                    T::throw_at = k;
                                                    (void)stack.try_pop();
                                                  },
                                                  rest) == move_throws<T>);
                                      REQUIRE(throw_everywhere<Stack>(
                                                  [](Stack& stack, std::size_t k) {
                                                    T value(9);
                                                    T::throw_at = k;
                                                    (void)stack.try_pop(value);
                                                  },
                                                  rest) == move_throws<T>);
                                    });
}

const bool throwing_tests = [] {
  add_throwing_tests<support::nothrow_move>("elements whose copy may throw");
  add_throwing_tests<support::may_throw>("elements whose move may throw");
  return true;
}();

const auto no_memory = support::each<support::stacks<support::nothrow_move>>(
    "is as it was when there is no memory", "[stack]", []<class Stack>(support::type<Stack>) {
      (void)support::with_each_allocation_failing([](auto fail) {
        Stack stack;
        for (const int each : {1, 2, 3, 4}) stack.emplace(each);  // more would make a vector grow
        const bool pushed = fail([&] { stack.emplace(5); });
        REQUIRE(drained(stack) == (pushed ? std::vector<int>{5, 4, 3, 2, 1} : std::vector<int>{4, 3, 2, 1}));
      });
      support::nothrow_move::require_clean();
    });

}  // namespace
