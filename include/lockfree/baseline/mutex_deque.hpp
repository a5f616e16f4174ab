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

#include <lockfree/core/concepts.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// A work-stealing deque: a `std::deque` under one `std::mutex`. The baseline of `chase_lev_deque`.
///
/// Linearization: every operation while it holds the mutex. `try_steal` never answers `lost_race`.
/// Progress: blocking; a thread stopped inside any operation stops all others.
/// Memory: that of std::deque; allocates in blocks of 512 bytes (libstdc++) as it grows, gives most back as it shrinks.
/// T: destructible; move-constructible; for try_steal move-assignable.
/// Exceptions: a push that throws leaves the deque as it was; a pop or steal whose move throws loses that element.
/// Threads: any thread, any operation, although only one should be the owner. Construction and destruction must not
/// overlap with anything.
template <class T>
class mutex_deque {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "mutex_deque<T>: T must be a non-const object type");

 public:
  using value_type = T;

  static constexpr std::string_view name = "mutex_deque";
  static constexpr auto ordering = lockfree::ordering::owner_lifo_thief_fifo;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::string_view memory = "size × sizeof(T), in blocks";
  static constexpr std::string_view exceptions = "push: strong; pop, steal: loses that element";

  mutex_deque() = default;
  mutex_deque(const mutex_deque&) = delete;
  mutex_deque& operator=(const mutex_deque&) = delete;

  /// Owner. Adds a copy at the bottom. Allocates now and then; throws `std::bad_alloc` and what the copy throws.
  void push(const T& value) { emplace(value); }

  /// Owner. Adds at the bottom by move. Allocates now and then; throws `std::bad_alloc` and what the move throws.
  void push(T&& value) { emplace(std::move(value)); }

  /// Owner. Constructs an element at the bottom.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  void emplace(Args&&... args) {
    const std::lock_guard lock(mutex_);
    elements_.emplace_back(std::forward<Args>(args)...);
  }

  /// Owner. The newest element, or nothing if empty.
  [[nodiscard]] std::optional<T> pop() {
    std::optional<T> out;
    const std::lock_guard lock(mutex_);
    if (elements_.empty()) return out;
    const drop_newest guard{elements_};
    out.emplace(std::move(elements_.back()));
    return out;
  }

  /// Any thread. The oldest element, or nothing if empty.
  [[nodiscard]] std::optional<T> steal() {
    std::optional<T> out;
    const std::lock_guard lock(mutex_);
    if (elements_.empty()) return out;
    const drop_oldest guard{elements_};
    out.emplace(std::move(elements_.front()));
    return out;
  }

  /// Any thread. Moves the oldest element into `out`; if empty, `out` is untouched.
  [[nodiscard]] steal_status try_steal(T& out) {
    const std::lock_guard lock(mutex_);
    if (elements_.empty()) return steal_status::empty;
    const drop_oldest guard{elements_};
    out = std::move(elements_.front());
    return steal_status::success;
  }

  /// Number of elements at some moment during the call.
  [[nodiscard]] std::size_t size_approx() const {
    const std::lock_guard lock(mutex_);
    return elements_.size();
  }

  /// Whether it was empty at some moment during the call.
  [[nodiscard]] bool empty_approx() const { return size_approx() == 0; }

 private:
  struct drop_newest {
    std::deque<T>& elements;
    ~drop_newest() { elements.pop_back(); }
  };
  struct drop_oldest {
    std::deque<T>& elements;
    ~drop_oldest() { elements.pop_front(); }
  };

  mutable std::mutex mutex_;
  std::deque<T> elements_;
};

}  // namespace lockfree::inline v1
