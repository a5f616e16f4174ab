// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// An unbounded stack: a `std::vector` under one `std::mutex`. The baseline of the lock-free stacks.
///
/// Linearization: every operation while it holds the mutex.
/// Progress: blocking; a thread stopped inside any operation stops all others, and a push that grows moves everything.
/// Memory: at most 2 × the greatest size so far × sizeof(T) (libstdc++), one block; never shrinks.
/// T: move-constructible (the vector moves elements as it grows); for try_pop(T&) move-assignable.
/// Exceptions: a push that throws leaves the stack as it was, unless T's move may throw and T can't be copied; a pop
/// whose move throws loses that element.
/// Threads: any thread, any operation. Construction and destruction must not overlap with anything.
template <class T>
class mutex_stack {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "mutex_stack<T>: T must be a non-const object type");

 public:
  using value_type = T;

  static constexpr std::string_view name = "mutex_stack";
  static constexpr auto ordering = lockfree::ordering::lifo;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::string_view memory = "≤ 2 × greatest size × sizeof(T)";
  static constexpr std::string_view exceptions =
      "push: strong, unless T's move may throw and T can't be copied; pop: loses that element";

  mutex_stack() = default;
  mutex_stack(const mutex_stack&) = delete;
  mutex_stack& operator=(const mutex_stack&) = delete;

  /// Any thread. Adds a copy on top. Allocates as it grows; throws `std::bad_alloc` and what the copy throws.
  void push(const T& value) { emplace(value); }

  /// Any thread. Adds on top by move. Allocates as it grows; throws `std::bad_alloc` and what the move throws.
  void push(T&& value) { emplace(std::move(value)); }

  /// Any thread. Adds `T(args...)` on top.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  void emplace(Args&&... args) {
    const std::lock_guard lock(mutex_);
    elements_.emplace_back(std::forward<Args>(args)...);
  }

  /// Any thread. Moves the newest element into `out`; false if empty, and then `out` is untouched.
  [[nodiscard]] bool try_pop(T& out) {
    const std::lock_guard lock(mutex_);
    return take([&](T& element) { out = std::move(element); });
  }

  /// Any thread. The newest element, or nothing if empty.
  [[nodiscard]] std::optional<T> try_pop() {
    std::optional<T> out;
    const std::lock_guard lock(mutex_);
    (void)take([&](T& element) { out.emplace(std::move(element)); });
    return out;
  }

  /// Number of elements at some moment during the call.
  [[nodiscard]] std::size_t size_approx() const {
    const std::lock_guard lock(mutex_);
    return elements_.size();
  }

  /// Whether it was empty at some moment during the call.
  [[nodiscard]] bool empty_approx() const { return size_approx() == 0; }

 private:
  struct pop_on_exit {
    std::vector<T>& elements;
    ~pop_on_exit() { elements.pop_back(); }
  };

  template <class Sink>
  bool take(Sink sink) {
    if (elements_.empty()) return false;
    const pop_on_exit guard{elements_};
    sink(elements_.back());
    return true;
  }

  mutable std::mutex mutex_;
  std::vector<T> elements_;
};

}  // namespace lockfree::inline v1
