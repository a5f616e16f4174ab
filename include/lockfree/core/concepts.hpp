// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// What every structure says about itself. The test suites, the model checks, the benchmarks and the tables of the
/// README read these members; nothing keeps a second list.
///
/// `name`: as in the code. `ordering`, `progress`: see core/traits.hpp; `progress` is that of the weakest operation. A
/// queue whose sides differ has `push_progress` and `pop_progress` beside it.
/// `memory`: footprint as a formula. `exceptions`: what is left when an element throws.
template <class S>
concept concurrent_structure = !std::copyable<S> && !std::movable<S> && requires {
  { S::name } -> std::convertible_to<std::string_view>;
  { S::ordering } -> std::convertible_to<lockfree::ordering>;
  { S::progress } -> std::convertible_to<lockfree::progress>;
  { S::memory } -> std::convertible_to<std::string_view>;
  { S::exceptions } -> std::convertible_to<std::string_view>;
};

/// A queue: `max_producers` threads may push while `max_consumers` pop. Elements pushed are popped at most once and,
/// unless an element's own move throws, exactly once or still inside. `bounded` queues have `try_push`, which is false
/// when it finds no room and then leaves its argument untouched; the others have `push`. `try_pop` is false when it finds
/// no element. How much more "full" and "empty" say is in each header.
template <class Q>
concept concurrent_queue = concurrent_structure<Q> &&
    requires(Q queue, const Q& view, typename Q::value_type element, typename Q::value_type* first, std::size_t n) {
  { Q::max_producers } -> std::convertible_to<std::size_t>;
  { Q::max_consumers } -> std::convertible_to<std::size_t>;
  { Q::bounded } -> std::convertible_to<bool>;
  { queue.try_pop(element) } -> std::same_as<bool>;
  { queue.try_pop() } -> std::same_as<std::optional<typename Q::value_type>>;
  { queue.try_pop_n(first, n) } -> std::same_as<std::size_t>;
  { view.size_approx() } -> std::same_as<std::size_t>;
  { view.empty_approx() } -> std::same_as<bool>;
} && (Q::bounded ? requires(Q queue, const Q& view, typename Q::value_type element, std::size_t n,
                                std::move_iterator<typename Q::value_type*> first) {
      Q(n);
      { queue.try_push(std::move(element)) } -> std::same_as<bool>;
      { queue.try_emplace(std::move(element)) } -> std::same_as<bool>;
      { queue.try_push_n(first, n) } -> std::same_as<std::size_t>;
      { view.capacity() } -> std::same_as<std::size_t>;
    } : requires(Q queue, typename Q::value_type element) { queue.push(std::move(element)); });

/// A stack: any thread pushes and pops; `try_pop` gives the newest element and is false (or empty) when there is none.
/// An unbounded queue has the same members; the ordering tells them apart.
template <class S>
concept concurrent_stack = concurrent_structure<S> && S::ordering ==
                           ordering::lifo&& requires(S stack, const S& view, typename S::value_type element) {
  stack.push(std::move(element));
  stack.emplace(std::move(element));
  { stack.try_pop(element) } -> std::same_as<bool>;
  { stack.try_pop() } -> std::same_as<std::optional<typename S::value_type>>;
  { view.empty_approx() } -> std::same_as<bool>;
};

/// What a steal came to.
enum class steal_status {
  success,   ///< an element was taken
  empty,     ///< the deque was seen empty
  lost_race  ///< another thread took the element first; trying again is worth it
};

/// A work-stealing deque: one owner thread pushes and pops at one end, any thread steals at the other.
template <class D>
concept work_stealing_deque = concurrent_structure<D> &&
    requires(D deque, const D& view, typename D::value_type element) {
  deque.push(std::move(element));
  { deque.pop() } -> std::same_as<std::optional<typename D::value_type>>;
  { deque.steal() } -> std::same_as<std::optional<typename D::value_type>>;
  { deque.try_steal(element) } -> std::same_as<steal_status>;
  { view.size_approx() } -> std::same_as<std::size_t>;
  { view.empty_approx() } -> std::same_as<bool>;
};

/// A counter of 64-bit signed units, updated and read by any thread. Wraps modulo 2^64.
template <class C>
concept concurrent_counter = concurrent_structure<C> && requires(C counter, const C& view, typename C::value_type n) {
  counter.add(n);
  counter.increment();
  counter.decrement();
  { view.value() } -> std::same_as<typename C::value_type>;
};

/// A register: one value that is replaced as a whole by up to `max_writers` threads and read by any.
template <class R>
concept concurrent_register = concurrent_structure<R> && requires(R reg, const R& view, typename R::value_type value) {
  R(value);
  { R::max_writers } -> std::convertible_to<std::size_t>;
  reg.store(value);
  { view.load() } -> std::same_as<typename R::value_type>;
};

}  // namespace lockfree::inline v1
