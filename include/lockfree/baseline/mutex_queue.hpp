// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// An unbounded queue: a `std::deque` under one `std::mutex`. The baseline that lock-free queues are measured against,
/// and the better choice where contention is low and simplicity counts.
///
/// Linearization: every operation while it holds the mutex.
/// Progress: blocking; a thread stopped inside any operation stops all others.
/// Memory: that of std::deque; allocates in blocks of 512 bytes (libstdc++) as it grows, gives most back as it shrinks.
/// T: destructible; constructible from what is pushed; for pop move-constructible or move-assignable.
/// Exceptions: a push that throws leaves the queue as it was; a pop whose move throws loses that element.
/// Threads: any thread, any operation. Construction and destruction must not overlap with anything.
template <class T>
class mutex_queue {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "mutex_queue<T>: T must be a non-const object type");

 public:
  using value_type = T;

  static constexpr std::string_view name = "mutex_queue";
  static constexpr auto ordering = lockfree::ordering::fifo;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = unlimited;
  static constexpr bool bounded = false;
  static constexpr std::string_view memory = "size × sizeof(T), in blocks";
  static constexpr std::string_view exceptions = "push: strong; pop: loses that element";

  mutex_queue() = default;
  mutex_queue(const mutex_queue&) = delete;
  mutex_queue& operator=(const mutex_queue&) = delete;

  /// Any thread. Appends a copy. Allocates now and then; throws `std::bad_alloc` and what the copy throws.
  void push(const T& value) { emplace(value); }

  /// Any thread. Appends by move. Allocates now and then; throws `std::bad_alloc` and what the move throws.
  void push(T&& value) { emplace(std::move(value)); }

  /// Any thread. Appends `T(args...)`.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  void emplace(Args&&... args) {
    const std::lock_guard lock(mutex_);
    elements_.emplace_back(std::forward<Args>(args)...);
  }

  /// Any thread. Appends copies of `n` elements starting at `first`, next to each other, under one lock. If a copy
  /// throws, the elements before it are in the queue.
  template <class It>
  void push_n(It first, std::size_t n) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < n; ++i, ++first) elements_.emplace_back(*first);
  }

  /// Any thread. Moves the oldest element into `out`; false if empty, and then `out` is untouched.
  [[nodiscard]] bool try_pop(T& out) {
    const std::lock_guard lock(mutex_);
    return take([&](T& element) { out = std::move(element); });
  }

  /// Any thread. The oldest element, or nothing if empty.
  [[nodiscard]] std::optional<T> try_pop() {
    std::optional<T> out;
    const std::lock_guard lock(mutex_);
    (void)take([&](T& element) { out.emplace(std::move(element)); });
    return out;
  }

  /// Any thread. Moves up to `n` of the oldest elements to `out`, under one lock, and returns how many. If a move
  /// throws, that element is lost and those before it are delivered.
  template <class OutIt>
  [[nodiscard]] std::size_t try_pop_n(OutIt out, std::size_t n) {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (; count < n && take([&](T& element) { *out = std::move(element); }); ++out) ++count;
    return count;
  }

  /// Number of elements at some moment during the call.
  [[nodiscard]] std::size_t size_approx() const {
    const std::lock_guard lock(mutex_);
    return elements_.size();
  }

  /// `size_approx() == 0`.
  [[nodiscard]] bool empty_approx() const { return size_approx() == 0; }

 private:
  struct pop_on_exit {
    std::deque<T>& elements;
    ~pop_on_exit() { elements.pop_front(); }
  };

  template <class Sink>
  bool take(Sink sink) {
    if (elements_.empty()) return false;
    const pop_on_exit guard{elements_};
    sink(elements_.front());
    return true;
  }

  mutable std::mutex mutex_;
  std::deque<T> elements_;
};

}  // namespace lockfree::inline v1
