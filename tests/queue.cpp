// SPDX-License-Identifier: Apache-2.0
// What every queue of the catalogue must do, seen from one thread.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/each.hpp"
#include "support/elements.hpp"
#include "support/queues.hpp"
#include "support/seed.hpp"

namespace {

using support::emplace;
using support::made;
using support::number;
using support::push;
using support::push_n;
using support::room;

template <class T>
std::vector<T> elements(std::initializer_list<int> numbers) {
  std::vector<T> all;
  all.reserve(numbers.size());
  for (const int each : numbers) all.emplace_back(each);
  return all;
}

/// Random operations on a queue and on a std::deque must agree, with as many of them as the index needs to wrap twice.
template <class Queue>
void agrees_with_a_deque(std::size_t capacity, std::size_t steps) {
  using element = typename Queue::value_type;
  SUPPORT_SHOW_SEED();
  support::random random(capacity);
  Queue queue = made<Queue>(capacity);
  std::deque<int> reference;
  const std::size_t most = room(queue, 3 * capacity);
  int next = 1;

  for (std::size_t step = 0; step < steps; ++step) {
    INFO("step " << step << ", capacity " << capacity);
    const std::size_t space = most - std::min(most, reference.size());
    switch (random.below(8)) {
      case 0:
      case 1: {
        if (!Queue::bounded && space == 0) break;
        element value(next);
        REQUIRE(push(queue, std::move(value)) == (space > 0));
        if (space > 0) {
          reference.push_back(next++);
        } else {
          REQUIRE(number(value) == next);
        }
        break;
      }
      case 2:
        if (!Queue::bounded && space == 0) break;
        REQUIRE(emplace(queue, next) == (space > 0));
        if (space > 0) reference.push_back(next++);
        break;
      case 3: {
        const std::size_t asked = random.below(2 * most + 1);
        const std::size_t n = Queue::bounded ? asked : std::min(asked, space);
        std::vector<element> values;
        values.reserve(n);
        for (std::size_t i = 0; i < n; ++i) values.emplace_back(next + static_cast<int>(i));
        REQUIRE(push_n(queue, std::make_move_iterator(values.begin()), n) == std::min(n, space));
        for (std::size_t i = 0; i < n; ++i) {
          if (i < space) {
            reference.push_back(next + static_cast<int>(i));
          } else {
            REQUIRE(number(values[i]) == next + static_cast<int>(i));
          }
        }
        next += static_cast<int>(n);
        break;
      }
      case 4:
      case 5: {
        element value(-7);
        REQUIRE(queue.try_pop(value) == !reference.empty());
        REQUIRE(number(value) == (reference.empty() ? -7 : reference.front()));
        if (!reference.empty()) reference.pop_front();
        break;
      }
      case 6: {
        const std::optional<element> value = queue.try_pop();
        REQUIRE(value.has_value() == !reference.empty());
        if (value) {
          REQUIRE(number(*value) == reference.front());
          reference.pop_front();
        }
        break;
      }
      default: {
        const std::size_t n = random.below(most + 2);
        std::vector<element> values;
        values.reserve(n);
        for (std::size_t i = 0; i < n; ++i) values.emplace_back(-7);
        const std::size_t got = queue.try_pop_n(values.begin(), n);
        REQUIRE(got == std::min(n, reference.size()));
        for (std::size_t i = 0; i < n; ++i) {
          REQUIRE(number(values[i]) == (i < got ? reference.front() : -7));
          if (i < got) reference.pop_front();
        }
      }
    }
    REQUIRE(queue.size_approx() == reference.size());
    REQUIRE(queue.empty_approx() == reference.empty());
  }
}

const auto random_body = []<class Queue>(support::type<Queue>) {
  for (const std::size_t capacity : {1U, 3U, 8U, 100U}) agrees_with_a_deque<Queue>(capacity, 700);
};

template <class T>
void add_random_tests(const std::string& what) {
  support::each<support::queues<T>>("agrees with std::deque in random sequences of " + what, "[queue]", random_body);
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

TEST_CASE("no queue has put an over-aligned element at a wrong address", "[queue]") {
  agrees_with_a_deque<lockfree::mpmc_ring<support::over_aligned<256>>>(5, 100);
  REQUIRE(support::over_aligned<64>::misplaced.load() == 0);
  REQUIRE(support::over_aligned<256>::misplaced.load() == 0);
}

const auto wraps = support::each<support::rings_on<int, lockfree::std_platform, std::uint8_t>>(
    "with an 8-bit index agrees with std::deque while the index wraps", "[queue]",
    []<class Queue>(support::type<Queue>) {
      // mpmc_ring compares positions that may be a lap apart, spsc_ring only its own two indices; scq_ring packs a number
      // and a lap into one.
      constexpr std::size_t largest = Queue::max_producers == 1 ? 128 : Queue::name == "scq_ring" ? 8 : 64;
      for (const std::size_t capacity : {std::size_t{1}, std::size_t{4}, largest / 2, largest}) {
        agrees_with_a_deque<Queue>(capacity, 5000);
      }
      REQUIRE_THROWS_AS(Queue(largest + 1), std::length_error);
    });

/// The production platform, with the stores to its atomics counted.
struct counts_stores : lockfree::std_platform {
  static inline int stores = 0;
  template <class T>
  struct atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    void store(T value, std::memory_order order) noexcept {
      ++stores;
      std::atomic<T>::store(value, order);
    }
  };
};

const auto failed_batch = support::each<support::rings_on<int, counts_stores, std::uint64_t>>(
    "writes nothing that others read in a batch that moves no element", "[queue]",
    []<class Queue>(support::type<Queue>) {
      Queue queue(4);
      std::vector<int> values(5);
      int before = counts_stores::stores;
      REQUIRE(queue.try_pop_n(values.begin(), 5) == 0);
      REQUIRE(counts_stores::stores == before);
      REQUIRE(queue.try_push_n(values.begin(), 5) == 4);
      REQUIRE(counts_stores::stores > before);
      before = counts_stores::stores;
      REQUIRE(queue.try_push_n(values.begin(), 5) == 0);
      REQUIRE(queue.try_push_n(values.begin(), 0) == 0);
      REQUIRE(queue.try_pop_n(values.begin(), 0) == 0);
      REQUIRE(counts_stores::stores == before);
    });

const auto zero = support::each<support::bounded_queues<int>>(
    "refuses a capacity of 0 and names it", "[queue]", []<class Queue>(support::type<Queue>) {
      REQUIRE_THROWS_AS(Queue(0), std::invalid_argument);
      REQUIRE_THROWS_WITH(Queue(0), Catch::Contains("capacity 0") && Catch::Contains(std::string(Queue::name)));
    });

const auto overflow = support::each<support::bounded_queues<int>>(
    "refuses a capacity that overflows and names it", "[queue]", []<class Queue>(support::type<Queue>) {
      constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();
      for (const std::size_t asked : {largest, largest / 2 + 1, largest / 2}) {
        REQUIRE_THROWS_AS(Queue(asked), std::length_error);
        REQUIRE_THROWS_WITH(Queue(asked), Catch::Contains(std::to_string(asked)));
      }
    });

const auto capacity = support::each<support::bounded_queues<int>>(
    "holds capacity() elements, at least as many as asked for", "[queue]", []<class Queue>(support::type<Queue>) {
      for (std::size_t asked = 1; asked <= 70; ++asked) {
        Queue queue(asked);
        REQUIRE(queue.capacity() >= asked);
        for (std::size_t i = 0; i < queue.capacity(); ++i) REQUIRE(queue.try_push(static_cast<int>(i)));
        REQUIRE_FALSE(queue.try_push(-1));
        REQUIRE(queue.size_approx() == queue.capacity());
        for (std::size_t i = 0; i < queue.capacity(); ++i) {
          REQUIRE(queue.try_pop() == std::optional<int>(static_cast<int>(i)));
        }
        REQUIRE_FALSE(queue.try_pop().has_value());
      }
    });

/// Takes over the string only when it is constructed, and that may throw.
struct from_string {
  explicit from_string(std::string&& text) noexcept(false) : kept(std::move(text)) {}
  std::string kept;
};

const auto untouched = support::each<support::bounded_queues<from_string>>(
    "leaves the arguments untouched when it is full", "[queue]", []<class Queue>(support::type<Queue>) {
      Queue queue(1);
      while (queue.try_emplace(std::string("inside"))) {}
      std::string text = "a text that is too long to be copied by accident";
      const std::string copy = text;
      REQUIRE_FALSE(queue.try_emplace(std::move(text)));
      REQUIRE(text == copy);
      from_string element(std::move(text));
      REQUIRE_FALSE(queue.try_push(std::move(element)));
      REQUIRE(element.kept == copy);
      std::vector<from_string> many;
      many.push_back(std::move(element));
      REQUIRE(queue.try_push_n(std::make_move_iterator(many.begin()), 1) == 0);
      REQUIRE(many.front().kept == copy);
      REQUIRE(queue.try_pop()->kept == "inside");
      REQUIRE(queue.try_emplace(std::move(many.front().kept)));
    });

const auto bulk = support::each<support::queues<int>>(
    "pushes and pops in bulk up to what fits or is there", "[queue]", []<class Queue>(support::type<Queue>) {
      Queue queue = made<Queue>(8);
      const std::size_t fit = room(queue, 8);
      std::vector<int> in(fit + 5);
      for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<int>(i);
      REQUIRE(push_n(queue, in.data(), 0) == 0);
      REQUIRE(push_n(queue, in.data(), 3) == 3);
      std::vector<int> out;
      REQUIRE(queue.try_pop_n(std::back_inserter(out), 2) == 2);  // an output that may throw: one by one
      REQUIRE(out == std::vector<int>{0, 1});
      if constexpr (Queue::bounded) {
        REQUIRE(queue.try_push_n(in.data() + 3, in.size() - 3) == fit - 1);
        REQUIRE(queue.try_push_n(in.data(), 1) == 0);
      } else {
        REQUIRE(push_n(queue, in.data() + 3, fit - 1) == fit - 1);
      }
      std::vector<int> rest(in.size(), -1);
      REQUIRE(queue.try_pop_n(rest.data(), 0) == 0);
      REQUIRE(queue.try_pop_n(rest.data(), rest.size()) == fit);
      REQUIRE(std::equal(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(fit), in.begin() + 2));
      REQUIRE(rest[fit] == -1);
      REQUIRE(queue.try_pop_n(rest.data(), 1) == 0);
    });

const auto destroys = support::each<support::queues<support::nothrow_move>>(
    "destroys what is still inside", "[queue]", []<class Queue>(support::type<Queue>) {
      for (std::size_t inside = 0; inside <= 8; ++inside) {
        {
          Queue queue = made<Queue>(8);
          for (std::size_t i = 0; i < 5; ++i) REQUIRE(emplace(queue, 0));  // so that the rest may wrap around
          for (std::size_t i = 0; i < 5; ++i) REQUIRE(queue.try_pop().has_value());
          for (std::size_t i = 0; i < inside; ++i) REQUIRE(emplace(queue, 1));
          REQUIRE(support::nothrow_move::live.load() == static_cast<std::ptrdiff_t>(inside));
        }
        support::nothrow_move::require_clean();
      }
    });

// ---------------------------------------------------------------------------------------------- throwing elements

/// The numbers that are still inside, oldest first; then the queue must take as many as a new one.
template <class Queue>
std::vector<int> drained(Queue& queue) {
  std::vector<int> all;
  while (auto element = queue.try_pop()) all.push_back(number(*element));
  REQUIRE(queue.empty_approx());
  const std::size_t fit = room(queue, 16);
  for (std::size_t i = 0; i < fit; ++i) REQUIRE(emplace(queue, static_cast<int>(i)));
  for (std::size_t i = 0; i < fit; ++i) REQUIRE(number(*queue.try_pop()) == static_cast<int>(i));
  return all;
}

/// Runs `operation(queue, reference)` on a queue that holds 1, 2, 3, once for each place at which an element may throw
/// in it, and checks what is left against what `after_throw(done, reference)` says must be left; `done` is what the
/// operation counted before it threw.
template <class Queue, class Operation, class AfterThrow>
void throw_everywhere(Operation operation, AfterThrow after_throw, bool must_throw) {
  using element = typename Queue::value_type;
  bool thrown = true;
  std::size_t throws = 0;
  for (std::size_t k = 1; thrown; ++k) {
    INFO("throw at step " << k);
    thrown = false;
    {
      Queue queue = made<Queue>(8);
      std::deque<int> reference{1, 2, 3};
      for (const int each : reference) REQUIRE(emplace(queue, each));
      std::size_t done = 0;
      try {
        operation(queue, done, k);
      } catch (const typename element::thrown&) {
        thrown = true;
        ++throws;
      }
      element::throw_at = 0;
      if (thrown) {
        after_throw(done, reference);
        REQUIRE(drained(queue) == std::vector<int>(reference.begin(), reference.end()));
      }
    }
    element::require_clean();
  }
  REQUIRE((throws > 0) == must_throw);
}

const auto nothing_changes = [](std::size_t, std::deque<int>&) {};
const auto front_is_lost = [](std::size_t, std::deque<int>& reference) { reference.pop_front(); };

template <class T>
constexpr bool move_throws = !std::is_nothrow_move_constructible_v<T>;

template <class T>
void add_throwing_tests(const std::string& what) {
  support::each<support::queues<T>>("is as it was after a push that throws, " + what, "[queue]",
                                    []<class Queue>(support::type<Queue>) {
                                      throw_everywhere<Queue>(
                                          [](Queue& queue, std::size_t&, std::size_t k) {
                                            const T value(9);
                                            T::throw_at = k;
                                            (void)push(queue, value);
                                          },
                                          nothing_changes, true);
                                      throw_everywhere<Queue>(
                                          [](Queue& queue, std::size_t&, std::size_t k) {
                                            T value(9);
                                            T::throw_at = k;
                                            (void)push(queue, std::move(value));
                                          },
                                          nothing_changes, move_throws<T>);
                                      throw_everywhere<Queue>(
                                          [](Queue& queue, std::size_t&, std::size_t k) {
                                            T::throw_at = k;
                                            (void)emplace(queue, 9);
                                          },
                                          nothing_changes, true);
                                    });

  support::each<support::queues<T>>("keeps what a bulk push did before it threw, " + what, "[queue]",
                                    []<class Queue>(support::type<Queue>) {
                                      throw_everywhere<Queue>(
                                          [](Queue& queue, std::size_t& done, std::size_t k) {
                                            const std::vector<T> values = elements<T>({4, 5, 6, 7});
                                            T::throw_at = k;
                                            try {
                                              (void)push_n(queue, values.begin(), values.size());
                                            } catch (...) {
                                              done = k - 1;
                                              throw;
                                            }
                                          },
                                          [](std::size_t done, std::deque<int>& reference) {
                                            for (std::size_t i = 0; i < done; ++i)
                                              reference.push_back(4 + static_cast<int>(i));
                                          },
                                          true);
                                    });

  support::each<support::queues<T>>("loses only the element whose move throws in a pop, " + what, "[queue]",
                                    []<class Queue>(support::type<Queue>) {
                                      throw_everywhere<Queue>(
                                          [](Queue& queue, std::size_t&, std::size_t k) {
                                            T out(0);
                                            T::throw_at = k;
                                            (void)queue.try_pop(out);
                                          },
                                          front_is_lost, move_throws<T>);
                                      throw_everywhere<Queue>(
                                          [](Queue& queue, std::size_t&, std::size_t k) {
                                            T::throw_at = k;
                                            (void)queue.try_pop();
                                          },
                                          front_is_lost, move_throws<T>);
                                      throw_everywhere<Queue>(
                                          [](Queue& queue, std::size_t& done, std::size_t k) {
                                            std::vector<T> out = elements<T>({-1, -1, -1});
                                            T::throw_at = k;
                                            try {
                                              (void)queue.try_pop_n(out.begin(), out.size());
                                            } catch (...) {
                                              for (; number(out[done]) != -1; ++done)
                                                REQUIRE(number(out[done]) == static_cast<int>(done) + 1);
                                              throw;
                                            }
                                          },
                                          [](std::size_t done, std::deque<int>& reference) {
                                            for (std::size_t i = 0; i < done + 1; ++i) reference.pop_front();
                                          },
                                          move_throws<T>);
                                    });
}

const bool throwing_tests = [] {
  add_throwing_tests<support::nothrow_move>("elements whose copy may throw");
  add_throwing_tests<support::may_throw>("elements whose move may throw");
  return true;
}();

// -------------------------------------------------------------------------------------------------- mpmc_ring alone

TEST_CASE("mpmc_ring makes an element aside before it claims a place, so that a throw leaves all places free",
          "[queue]") {
  using element = support::nothrow_move;
  {
    lockfree::mpmc_ring<element> ring(4);
    const element value(1);
    for (int i = 0; i < 100; ++i) {
      element::throw_at = 1;
      REQUIRE_THROWS_AS(ring.try_push(value), element::thrown);
      element::throw_at = 1;
      REQUIRE_THROWS_AS(ring.try_emplace(7), element::thrown);
      REQUIRE(ring.size_approx() == 0);
    }
    for (int i = 0; i < 4; ++i) REQUIRE(ring.try_push(value));
    element::throw_at = 1;
    REQUIRE_FALSE(ring.try_push(value));  // full: not even the copy is made
    REQUIRE(std::exchange(element::throw_at, std::size_t{0}) == 1);
  }
  element::require_clean();
}

TEST_CASE("mpmc_ring gives up a place whose element can't be made, and pop skips it", "[queue]") {
  using element = support::may_throw;
  const auto fail = [](auto& ring) {
    element::throw_at = 1;
    REQUIRE_THROWS_AS(ring.try_emplace(-1), element::thrown);
  };
  {
    lockfree::mpmc_ring<element> ring(4);
    for (int lap = 0; lap < 10; ++lap) {
      fail(ring);
      REQUIRE(ring.try_emplace(1));
      fail(ring);
      REQUIRE(ring.try_emplace(2));
      REQUIRE_FALSE(ring.try_emplace(3));  // given up places count until a pop has passed them
      REQUIRE(ring.size_approx() == 4);
      REQUIRE(number(*ring.try_pop()) == 1);
      std::vector<element> out = elements<element>({0, 0});
      REQUIRE(ring.try_pop_n(out.begin(), 2) == 1);
      REQUIRE(number(out[0]) == 2);
      REQUIRE(ring.empty_approx());
      for (int i = 0; i < 4; ++i) fail(ring);
      REQUIRE_FALSE(ring.try_pop().has_value());
      REQUIRE(ring.empty_approx());
    }
    fail(ring);
    REQUIRE(ring.try_emplace(5));
    fail(ring);  // the destructor meets both kinds
  }
  element::require_clean();
}

}  // namespace
