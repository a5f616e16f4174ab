// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/capacity.hpp>
#include <lockfree/core/memory.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1::detail {

/// A ring under a lock: what `mutex_ring` and `spin_ring` have in common. `Lock` has `lock()` and `unlock()`.
template <class T, class Lock>
class locked_ring {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "T must be a non-const object type");

 public:
  using value_type = T;

  static constexpr auto ordering = lockfree::ordering::fifo;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = unlimited;
  static constexpr bool bounded = true;
  static constexpr std::string_view exceptions = "push: strong; pop: loses that element";

  locked_ring(const locked_ring&) = delete;
  locked_ring& operator=(const locked_ring&) = delete;

  /// Number of elements it can hold.
  [[nodiscard]] std::size_t capacity() const noexcept { return cells_.size(); }

  /// Any thread. Appends a copy; false if full. No allocation; throws what the copy throws.
  [[nodiscard]] bool try_push(const T& value) { return try_emplace(value); }

  /// Any thread. Appends by move; false if full, and then `value` is untouched. Throws what the move throws.
  [[nodiscard]] bool try_push(T&& value) { return try_emplace(std::move(value)); }

  /// Any thread. Constructs the element in the ring; false if full, and then `args` are untouched.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  [[nodiscard]] bool try_emplace(Args&&... args) {
    const std::lock_guard lock(lock_);
    return append(std::forward<Args>(args)...);
  }

  /// Any thread. Appends copies of up to `n` elements starting at `first`, next to each other, under one lock, and
  /// returns how many. If a copy throws, the elements before it are in the ring.
  template <class It>
  [[nodiscard]] std::size_t try_push_n(It first, std::size_t n) {
    const std::lock_guard lock(lock_);
    std::size_t count = 0;
    for (; count < n && append(*first); ++first) ++count;
    return count;
  }

  /// Any thread. Moves the oldest element into `out`; false if empty, and then `out` is untouched.
  [[nodiscard]] bool try_pop(T& out) {
    const std::lock_guard lock(lock_);
    return take([&](T& element) { out = std::move(element); });
  }

  /// Any thread. The oldest element, or nothing if empty.
  [[nodiscard]] std::optional<T> try_pop() {
    std::optional<T> out;
    const std::lock_guard lock(lock_);
    (void)take([&](T& element) { out.emplace(std::move(element)); });
    return out;
  }

  /// Any thread. Moves up to `n` of the oldest elements to `out`, under one lock, and returns how many. If a move
  /// throws, that element is lost and those before it are delivered.
  template <class OutIt>
  [[nodiscard]] std::size_t try_pop_n(OutIt out, std::size_t n) {
    const std::lock_guard lock(lock_);
    std::size_t count = 0;
    for (; count < n && take([&](T& element) { *out = std::move(element); }); ++out) ++count;
    return count;
  }

  /// Number of elements at some moment during the call.
  [[nodiscard]] std::size_t size_approx() const {
    const std::lock_guard lock(lock_);
    return static_cast<std::size_t>(tail_ - head_);
  }

  /// `size_approx() == 0`.
  [[nodiscard]] bool empty_approx() const { return size_approx() == 0; }

 protected:
  locked_ring(std::size_t capacity, std::string_view name)
      : cells_(ring_capacity<std::uint64_t>(capacity, sizeof(cell), 1, name)), mask_(cells_.size() - 1) {}

  ~locked_ring() {
    for (; head_ != tail_; ++head_) std::destroy_at(at(head_));
  }

 private:
  using cell = std_platform::plain<T>;

  cell& cell_at(std::uint64_t position) noexcept { return cells_[static_cast<std::size_t>(position) & mask_]; }
  T* at(std::uint64_t position) noexcept { return cell_at(position).write(); }

  template <class... Args>
  bool append(Args&&... args) {
    if (tail_ - head_ == cells_.size()) return false;
    std::construct_at(cell_at(tail_).place(), std::forward<Args>(args)...);
    ++tail_;
    return true;
  }

  struct drop_on_exit {
    locked_ring& ring;
    ~drop_on_exit() {
      std::destroy_at(ring.at(ring.head_));
      ++ring.head_;
    }
  };

  template <class Sink>
  bool take(Sink sink) {
    if (head_ == tail_) return false;
    const drop_on_exit guard{*this};
    sink(*at(head_));
    return true;
  }

  fixed_array<cell, std_platform> cells_;
  const std::size_t mask_;
  // One line for all that an operation writes: the lock's owner has it anyway.
  alignas(cache_line) mutable Lock lock_;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
};

}  // namespace lockfree::inline v1::detail
