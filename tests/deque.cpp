// SPDX-License-Identifier: Apache-2.0
// What every work-stealing deque must do, lock-free or not, seen from one thread.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "support/deque_elements.hpp"
#include "support/each.hpp"
#include "support/elements.hpp"
#include "support/seed.hpp"

namespace {

using lockfree::steal_status;
using support::number;

template <class Deque>
void require_empty(Deque& deque) {
  using T = typename Deque::value_type;
  REQUIRE(deque.empty_approx());
  REQUIRE(deque.size_approx() == 0);
  REQUIRE_FALSE(deque.pop().has_value());
  REQUIRE_FALSE(deque.steal().has_value());
  T out(-7);
  REQUIRE(deque.try_steal(out) == steal_status::empty);
  REQUIRE(number(out) == -7);
}

const auto both_ends = support::each<support::deques<int>>("pops the newest and steals the oldest", "[deque]",
                                                           []<class Deque>(support::type<Deque>) {
                                                             Deque deque;
                                                             for (int i = 0; i < 5; ++i) deque.push(i);
                                                             REQUIRE(deque.pop() == std::optional<int>(4));
                                                             REQUIRE(deque.steal() == std::optional<int>(0));
                                                             int out = -1;
                                                             REQUIRE(deque.try_steal(out) == steal_status::success);
                                                             REQUIRE(out == 1);
                                                             REQUIRE(deque.pop() == std::optional<int>(3));
                                                             REQUIRE(deque.pop() == std::optional<int>(2));
                                                             require_empty(deque);
                                                           });

const auto last_element = support::each<support::deques<int>>(
    "is empty at first and again after its last element left by either end", "[deque]",
    []<class Deque>(support::type<Deque>) {
      Deque deque;
      require_empty(deque);
      for (int i = 0; i < 200; ++i) {
        deque.push(i);
        REQUIRE(deque.size_approx() == 1);
        REQUIRE_FALSE(deque.empty_approx());
        REQUIRE((i % 2 == 0 ? deque.pop() : deque.steal()) == std::optional<int>(i));
        require_empty(deque);
      }
    });

const auto stolen_behind_the_owner = support::each<support::deques<int>>(
    "lets its owner pop what thieves left and no more", "[deque]", []<class Deque>(support::type<Deque>) {
      for (int stolen = 0; stolen <= 3; ++stolen) {
        Deque deque;
        for (int i = 0; i < 3; ++i) deque.push(i);
        for (int i = 0; i < stolen; ++i) REQUIRE(deque.steal() == std::optional<int>(i));
        for (int i = 2; i >= stolen; --i) REQUIRE(deque.pop() == std::optional<int>(i));
        require_empty(deque);
        deque.push(3);
        REQUIRE(deque.steal() == std::optional<int>(3));
        require_empty(deque);
      }
    });

template <class T, class Deque>
void many_elements() {
  constexpr int count = 1000;
  Deque deque;
  for (int i = 0; i < count; ++i) {
    if (i % 2 == 0) {
      deque.push(T(i));
    } else {
      deque.emplace(i);
    }
  }
  REQUIRE(deque.size_approx() == count);
  for (int i = 0; i < count / 4; ++i) {
    REQUIRE(number(deque.steal().value()) == 2 * i);
    T out(-7);
    REQUIRE(deque.try_steal(out) == steal_status::success);
    REQUIRE(number(out) == 2 * i + 1);
  }
  for (int i = count - 1; i >= count / 2; --i) REQUIRE(number(deque.pop().value()) == i);
  require_empty(deque);
}

template <class T>
bool holds(const char* sentence) {
  return support::each<support::deques<T>>(sentence, "[deque]",
                                           []<class Deque>(support::type<Deque>) { many_elements<T, Deque>(); });
}

const auto ints = holds<int>("keeps a thousand ints apart");
const auto move_only = holds<support::move_only>("keeps a thousand move-only elements apart");
const auto large = holds<support::large>("keeps a thousand elements of 256 bytes apart");
const auto words = holds<support::three_words>("keeps a thousand elements of three words apart");
const auto odd =
    holds<support::odd_sized>("keeps a thousand elements of three bytes without default constructor apart");

const auto over_aligned = support::each<support::deques<support::over_aligned<128>>>(
    "keeps over-aligned elements where they may be", "[deque]", []<class Deque>(support::type<Deque>) {
      many_elements<support::over_aligned<128>, Deque>();
      REQUIRE(support::over_aligned<128>::misplaced.load() == 0);
    });

const auto copies = support::each<support::deques<support::nothrow_move>>(
    "copies what it is given as an lvalue and moves an rvalue", "[deque]", []<class Deque>(support::type<Deque>) {
      {
        Deque deque;
        support::nothrow_move first(1);
        support::nothrow_move second(2);
        deque.push(first);
        deque.push(std::move(second));
        REQUIRE(first.number() == 1);
        REQUIRE(second.number() == support::nothrow_move::moved_from);
        REQUIRE(deque.pop().value().number() == 2);
        REQUIRE(deque.pop().value().number() == 1);
      }
      support::nothrow_move::require_clean();
    });

const auto destruction = support::each<support::deques<support::nothrow_move>>(
    "destroys what is still inside", "[deque]", []<class Deque>(support::type<Deque>) {
      {
        Deque deque;
        for (int i = 0; i < 300; ++i) deque.emplace(i);
        for (int i = 0; i < 10; ++i) (void)deque.steal();
        for (int i = 0; i < 10; ++i) (void)deque.pop();
        REQUIRE(support::nothrow_move::live.load() == 280);
      }
      support::nothrow_move::require_clean();
    });

const auto throwing_push = support::each<support::deques<support::may_throw>>(
    "is as before when a push throws, at each point where it can", "[deque]", []<class Deque>(support::type<Deque>) {
      using T = support::may_throw;
      std::size_t thrown = 0;
      for (std::size_t point = 1; point <= 4; ++point) {
        for (int way = 0; way < 3; ++way) {
          {
            Deque deque;
            deque.emplace(0);
            deque.emplace(1);
            T value(2);
            T::throw_at = point;
            bool failed = false;
            try {
              if (way == 0) deque.push(std::as_const(value));
              if (way == 1) deque.push(std::move(value));
              if (way == 2) deque.emplace(2);
            } catch (const T::thrown&) {
              failed = true;
              ++thrown;
            }
            T::throw_at = 0;
            REQUIRE(deque.size_approx() == (failed ? 2 : 3));
            if (!failed) REQUIRE(deque.pop().value().number() == 2);
            if (failed && way == 0) REQUIRE(value.number() == 2);
            REQUIRE(deque.pop().value().number() == 1);
            deque.emplace(3);
            REQUIRE(deque.steal().value().number() == 0);
            REQUIRE(deque.steal().value().number() == 3);
            REQUIRE_FALSE(deque.pop().has_value());
          }
          T::require_clean();
        }
      }
      REQUIRE(thrown >= 3);  // each way has a constructor that can throw
    });

const auto throwing_pop = support::each<support::deques<support::may_throw>>(
    "loses at most the element whose move throws on its way out", "[deque]", []<class Deque>(support::type<Deque>) {
      using T = support::may_throw;
      std::size_t thrown = 0;
      for (int elements = 1; elements <= 3; ++elements) {
        for (std::size_t point = 1; point <= 4; ++point) {
          for (int way = 0; way < 3; ++way) {
            {
              Deque deque;
              for (int i = 0; i < elements; ++i) deque.emplace(i);
              T out(-7);
              T::throw_at = point;
              bool failed = false;
              bool taken = false;
              try {
                if (way == 0) taken = deque.pop().has_value();
                if (way == 1) taken = deque.steal().has_value();
                if (way == 2) taken = deque.try_steal(out) == steal_status::success;
              } catch (const T::thrown&) {
                failed = true;
                ++thrown;
              }
              T::throw_at = 0;
              REQUIRE(taken != failed);
              const int oldest = way == 0 ? 0 : 1;
              const int newest = way == 0 ? elements - 2 : elements - 1;
              const auto left = deque.size_approx();
              REQUIRE((left == static_cast<std::size_t>(elements - 1) ||
                       (failed && left == static_cast<std::size_t>(elements))));
              if (left == static_cast<std::size_t>(elements - 1)) {
                for (int i = newest; i >= oldest; --i) REQUIRE(deque.pop().value().number() == i);
              } else {
                for (int i = elements - 1; i >= 0; --i) REQUIRE(deque.pop().value().number() == i);
              }
              deque.emplace(5);
              REQUIRE(deque.steal().value().number() == 5);
              REQUIRE_FALSE(deque.pop().has_value());
            }
            T::require_clean();
          }
        }
      }
      REQUIRE(thrown >= 9);
    });

template <class T, class Deque>
void random_operations() {
  SUPPORT_SHOW_SEED();
  support::random draw(sizeof(T));
  for (int round = 0; round < 50; ++round) {
    Deque deque;
    std::deque<int> model;
    const auto pushes_in_ten = 3 + draw.below(5);
    for (int step = 0; step < 1000; ++step) {
      if (draw.below(10) < pushes_in_ten) {
        deque.emplace(step);
        model.push_back(step);
      } else if (draw.one_in(2)) {
        const auto got = deque.pop();
        REQUIRE(got.has_value() == !model.empty());
        if (got) {
          REQUIRE(number(*got) == model.back());
          model.pop_back();
        }
      } else {
        const auto got = deque.steal();
        REQUIRE(got.has_value() == !model.empty());
        if (got) {
          REQUIRE(number(*got) == model.front());
          model.pop_front();
        }
      }
      REQUIRE(deque.size_approx() == model.size());
    }
  }
}

const auto random_ints =
    support::each<support::deques<int>>("agrees with std::deque over random operations", "[deque]",
                                        []<class Deque>(support::type<Deque>) { random_operations<int, Deque>(); });
const auto random_move_only = support::each<support::deques<support::move_only>>(
    "agrees with std::deque over random operations on move-only elements", "[deque]",
    []<class Deque>(support::type<Deque>) { random_operations<support::move_only, Deque>(); });

}  // namespace
