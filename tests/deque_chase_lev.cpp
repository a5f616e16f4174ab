// SPDX-License-Identifier: Apache-2.0
// What chase_lev_deque promises beyond the concept: capacities, memory, wrapping positions, failing allocation.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <lockfree/deque/chase_lev_deque.hpp>

#include "support/catch.hpp"
#include "support/deque_elements.hpp"
#include "support/elements.hpp"
#include "support/seed.hpp"

namespace {

using lockfree::chase_lev_deque;
using lockfree::std_platform;
using support::number;

static_assert(chase_lev_deque<int>::in_place);
static_assert(chase_lev_deque<support::three_words>::in_place);
static_assert(!chase_lev_deque<support::large>::in_place, "too large for the cells");
static_assert(!chase_lev_deque<support::move_only>::in_place, "not trivially copyable");

template <class Exception, class F>
void require_message(F call, const std::string& part) {
  try {
    call();
  } catch (const Exception& error) {
    INFO(error.what());
    REQUIRE(std::string(error.what()).find(part) != std::string::npos);
    return;
  }
  FAIL("no exception");
}

TEST_CASE("chase_lev_deque refuses an initial capacity of 0 by name", "[deque]") {
  require_message<std::invalid_argument>([] { chase_lev_deque<int> deque(0); }, "chase_lev_deque: capacity 0");
}

TEST_CASE("chase_lev_deque refuses an initial capacity beyond memory and names it", "[deque]") {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  require_message<std::length_error>([] { chase_lev_deque<int> deque(most); }, std::to_string(most));
  require_message<std::length_error>([] { chase_lev_deque<int> deque(most / 2); }, std::to_string(most / 2));
  require_message<std::length_error>([] { chase_lev_deque<support::three_words> deque(most / 16); },
                                     std::to_string(most / 16));
  require_message<std::length_error>([] { chase_lev_deque<int, std_platform, std::uint8_t> deque(65); },
                                     "capacity 65; it must be at most 64");
}

TEST_CASE("chase_lev_deque rounds its initial capacity up and doubles it when it is full", "[deque]") {
  REQUIRE(chase_lev_deque<int>(1).capacity() == 1);
  REQUIRE(chase_lev_deque<int>(5).capacity() == 8);
  chase_lev_deque<int> deque(2);
  for (int i = 0; i < 2; ++i) deque.push(i);
  REQUIRE(deque.capacity() == 2);
  deque.push(2);
  REQUIRE(deque.capacity() == 4);
  REQUIRE(deque.steal() == 0);
  deque.push(3);
  deque.push(4);
  REQUIRE(deque.capacity() == 4);
  deque.push(5);
  REQUIRE(deque.capacity() == 8);
  for (int i = 5; i >= 1; --i) REQUIRE(deque.pop() == i);
  REQUIRE(deque.capacity() == 8);
}

/// Counts what is allocated, and fails the k-th allocation from now.
struct watched_memory : std_platform {
  static inline std::size_t bytes = 0;
  static inline std::size_t blocks = 0;
  static inline std::size_t fail_at = 0;  // 1 is the next one, 0 is never

  [[nodiscard]] static void* allocate(std::size_t size, std::size_t alignment) {
    if (fail_at != 0 && --fail_at == 0) throw std::bad_alloc();
    void* memory = std_platform::allocate(size, alignment);
    bytes += size;
    ++blocks;
    return memory;
  }
  static void deallocate(void* memory, std::size_t size, std::size_t alignment) noexcept {
    bytes -= size;
    --blocks;
    std_platform::deallocate(memory, size, alignment);
  }
};

TEST_CASE("chase_lev_deque uses less than two cells per place, plus the headers of its buffers", "[deque]") {
  {
    chase_lev_deque<std::uint64_t, watched_memory> deque(1);
    for (std::uint64_t i = 0; i < 100'000; ++i) {
      deque.push(i);
      const std::size_t capacity = deque.capacity();
      std::size_t buffers = 1;
      while (std::size_t{1} << (buffers - 1) < capacity) ++buffers;
      REQUIRE(watched_memory::blocks == 2 * buffers);
      REQUIRE(watched_memory::bytes < 2 * capacity * sizeof(std::uint64_t) + buffers * 64);
    }
  }
  REQUIRE(watched_memory::blocks == 0);
  REQUIRE(watched_memory::bytes == 0);
}

TEST_CASE("chase_lev_deque keeps one allocation for each boxed element", "[deque]") {
  {
    chase_lev_deque<support::move_only, watched_memory> deque(8);
    const std::size_t before = watched_memory::blocks;
    for (int i = 0; i < 8; ++i) deque.emplace(i);
    REQUIRE(watched_memory::blocks == before + 8);
    REQUIRE(deque.pop().has_value());
    REQUIRE(deque.steal().has_value());
    REQUIRE(watched_memory::blocks == before + 6);
  }
  REQUIRE(watched_memory::blocks == 0);
}

template <class T>
void failing_allocation(std::size_t allocations_of_a_growing_push) {
  std::size_t failures = 0;
  for (std::size_t point = 1; point <= allocations_of_a_growing_push + 1; ++point) {
    {
      chase_lev_deque<T, watched_memory> deque(2);
      deque.emplace(0);
      deque.emplace(1);
      T value(2);
      const std::size_t blocks = watched_memory::blocks;
      watched_memory::fail_at = point;
      bool failed = false;
      try {
        deque.push(std::move(value));
      } catch (const std::bad_alloc&) {
        failed = true;
        ++failures;
      }
      watched_memory::fail_at = 0;
      REQUIRE(failed == (point <= allocations_of_a_growing_push));
      if (failed) {
        REQUIRE(number(value) == 2);
        REQUIRE(deque.size_approx() == 2);
        if (deque.capacity() == 2)
          REQUIRE(watched_memory::blocks == blocks);  // else the larger buffer is there to stay
        deque.push(std::move(value));
      }
      REQUIRE(number(deque.steal().value()) == 0);
      REQUIRE(number(deque.pop().value()) == 2);
      REQUIRE(number(deque.pop().value()) == 1);
      REQUIRE_FALSE(deque.pop().has_value());
    }
    REQUIRE(watched_memory::blocks == 0);
  }
  REQUIRE(failures == allocations_of_a_growing_push);
}

TEST_CASE("chase_lev_deque is as before when an allocation of a push fails, at each of them", "[deque]") {
  failing_allocation<int>(2);                 // header and cells of the larger buffer
  failing_allocation<support::move_only>(3);  // and the box
}

TEST_CASE("chase_lev_deque frees everything when its own constructor runs out of memory", "[deque]") {
  for (std::size_t point = 1; point <= 2; ++point) {
    watched_memory::fail_at = point;
    REQUIRE_THROWS_AS((chase_lev_deque<int, watched_memory>(4)), std::bad_alloc);
    REQUIRE(watched_memory::blocks == 0);
  }
}

/// Starts just before a given position.
template <class T, class Index>
struct aged : chase_lev_deque<T, std_platform, Index> {
  aged(std::size_t capacity, Index first) : chase_lev_deque<T, std_platform, Index>(capacity, first) {}
};

template <class Index>
void compare_across_wraps(Index first, std::size_t most) {
  SUPPORT_SHOW_SEED();
  support::random draw(first);
  aged<int, Index> deque(1, first);
  std::deque<int> model;
  for (int step = 0; step < 20'000; ++step) {
    const auto action = draw.below(5);
    if (action < 3 && model.size() < most) {
      deque.push(step);
      model.push_back(step);
    } else if (action == 3) {
      const auto got = deque.pop();
      REQUIRE(got.has_value() == !model.empty());
      if (got) {
        REQUIRE(*got == model.back());
        model.pop_back();
      }
    } else {
      const auto got = deque.steal();
      REQUIRE(got.has_value() == !model.empty());
      if (got) {
        REQUIRE(*got == model.front());
        model.pop_front();
      }
    }
    REQUIRE(deque.size_approx() == model.size());
  }
}

TEST_CASE("chase_lev_deque agrees with std::deque while its positions wrap", "[deque]") {
  compare_across_wraps<std::uint8_t>(0, 64);
  compare_across_wraps<std::uint8_t>(120, 3);
  compare_across_wraps<std::uint8_t>(250, 1);
  compare_across_wraps<std::uint16_t>(32'760, 100);
  compare_across_wraps<std::uint64_t>(std::numeric_limits<std::uint64_t>::max() - 5, 100);
  compare_across_wraps<std::uint64_t>(static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - 5, 100);
}

TEST_CASE("chase_lev_deque refuses to grow beyond what its positions can tell apart", "[deque]") {
  for (int first = 0; first < 256; ++first) {
    aged<int, std::uint8_t> deque(1, static_cast<std::uint8_t>(first));
    for (int i = 0; i < 64; ++i) deque.push(i);
    require_message<std::length_error>([&] { deque.push(64); }, "capacity 128; it must be at most 64");
    REQUIRE(deque.size_approx() == 64);
    REQUIRE(deque.steal() == 0);
    deque.push(64);
    for (int i = 64; i >= 1; --i) REQUIRE(deque.pop() == i);
    REQUIRE_FALSE(deque.pop().has_value());
  }
}

}  // namespace
