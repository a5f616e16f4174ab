// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/capacity.hpp>
#include <lockfree/core/memory.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// A bounded queue from one producer thread to one consumer thread.
///
/// Use it when: exactly one thread pushes and exactly one pops. Wait-free, and a side that finds what it needs touches
/// no line that the other writes, but the element's.
/// Not when: a second producer or consumer may ever appear (`mpmc_ring`), or a side must sleep until there is room or work.
///
/// Algorithm: Lamport, "Specifying Concurrent Program Modules", TOPLAS 5(2) 1983, section 4, with each side's copy of
/// the other's index (Lee et al., "A Lock-Free, Cache-Efficient Shared Ring Buffer", ANCS 2009, section 3): a side
/// reads the other's line only when its copy says full or empty, so most operations touch no shared line but the slot's.
/// Linearization: push at [P3], pop at [C3]. "Full" and "empty" are each those of a queue ([P2], [C2]), but not both of
/// one: a side that has just stored may read the other's index as it was before, so a full push and an empty pop can
/// overlap where each would exclude the other (the check spsc_ring/both_are_not_exact).
/// Progress: wait-free, every operation; no loop.
/// Memory: capacity × sizeof(T), in one block, + 3 × 128 bytes. Allocates only in the constructor.
/// T: destructible; constructible from what is pushed; for pop move-constructible or move-assignable.
/// Exceptions: a push whose constructor throws leaves the ring as it was; a pop whose move throws loses that element.
/// Threads: `try_push*`, `try_emplace` from the producer; `try_pop*` from the consumer; the rest from either. Which
/// thread is producer may change if the change itself is synchronised (join, mutex). Construction and destruction
/// must not overlap with anything.
/// `Index` counts positions and wraps; narrower types exist for the model checks, which really wrap them.
template <class T, class Platform = std_platform, class Index = std::uint64_t>
class spsc_ring {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "spsc_ring<T>: T must be a non-const object type");
  static_assert(std::is_unsigned_v<Index>, "spsc_ring: Index must be unsigned, it wraps");

 public:
  using value_type = T;

  static constexpr std::string_view name = "spsc_ring";
  static constexpr auto ordering = lockfree::ordering::fifo;
  static constexpr auto progress = lockfree::progress::wait_free;
  static constexpr std::size_t max_producers = 1;
  static constexpr std::size_t max_consumers = 1;
  static constexpr bool bounded = true;
  static constexpr std::string_view memory = "capacity × sizeof(T) + 384 B";
  static constexpr std::string_view exceptions = "push: strong; pop: loses that element";

  /// Room for at least `capacity` elements, rounded up to a power of two.
  /// Throws `std::invalid_argument` (0), `std::length_error` (too large), `std::bad_alloc`.
  explicit spsc_ring(std::size_t capacity)
      : cells_(detail::ring_capacity<Index>(capacity, sizeof(cell), 1, name)), mask_(cells_.size() - 1) {
    std::construct_at(head_copy_.place(), Index{0});
    std::construct_at(tail_copy_.place(), Index{0});
  }

  /// Destroys what is still inside.
  ~spsc_ring() {
    const Index tail = tail_.load(std::memory_order::relaxed);  // [D1] no other thread is left
    Index head = head_.load(std::memory_order::relaxed);        // [D2] no other thread is left
    for (; head != tail; ++head) std::destroy_at(at(head).write());
  }

  spsc_ring(const spsc_ring&) = delete;
  spsc_ring& operator=(const spsc_ring&) = delete;

  /// Number of elements it can hold.
  [[nodiscard]] std::size_t capacity() const noexcept { return cells_.size(); }

  /// Producer. Appends a copy; false if full. Wait-free, no allocation; throws what the copy throws.
  [[nodiscard]] bool try_push(const T& value) { return try_emplace(value); }

  /// Producer. Appends by move; false if full, and then `value` is untouched. Wait-free; throws what the move throws.
  [[nodiscard]] bool try_push(T&& value) { return try_emplace(std::move(value)); }

  /// Producer. Constructs the element in the ring; false if full, and then `args` are untouched.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  [[nodiscard]] bool try_emplace(Args&&... args) {
    // [P1] relaxed: only the producer writes tail
    const Index tail = tail_.load(std::memory_order::relaxed);
    if (room(tail, 1) == 0) return false;
    std::construct_at(at(tail).place(), std::forward<Args>(args)...);
    // [P3] release, pairs with [C2]: the element is written before the tail that shows it
    tail_.store(static_cast<Index>(tail + 1), std::memory_order::release);
    return true;
  }

  /// Producer. Appends copies of up to `n` elements starting at `first` and returns how many; one index update in all.
  /// If a copy throws, the elements before it are in the ring.
  template <class It>
  [[nodiscard]] std::size_t try_push_n(It first, std::size_t n) {
    // [P4] relaxed: only the producer writes tail
    const Index tail = tail_.load(std::memory_order::relaxed);
    const std::size_t count = room(tail, n);
    if (count == 0) return 0;
    publish_tail batch{*this, tail};
    for (std::size_t i = 0; i < count; ++i, ++first, ++batch.next) std::construct_at(at(batch.next).place(), *first);
    return count;
  }

  /// Consumer. Moves the oldest element into `out`; false if empty, and then `out` is untouched. Wait-free.
  [[nodiscard]] bool try_pop(T& out) {
    return take([&](T& element) { out = std::move(element); });
  }

  /// Consumer. The oldest element, or nothing if empty. Wait-free.
  [[nodiscard]] std::optional<T> try_pop() {
    std::optional<T> out;
    (void)take([&](T& element) { out.emplace(std::move(element)); });
    return out;
  }

  /// Consumer. Moves up to `n` of the oldest elements to `out` and returns how many; one index update in all.
  /// If a move throws, that element is lost and those before it are delivered.
  template <class OutIt>
  [[nodiscard]] std::size_t try_pop_n(OutIt out, std::size_t n) {
    // [C4] relaxed: only the consumer writes head
    const Index head = head_.load(std::memory_order::relaxed);
    const std::size_t count = filled(head, n);
    if (count == 0) return 0;
    publish_head batch{*this, head};
    for (std::size_t i = 0; i < count; ++i, ++out) {
      T* element = at(batch.next).write();
      ++batch.next;
      destroy_on_exit guard{element};
      *out = std::move(*element);
    }
    return count;
  }

  /// Number of elements at some moment during the call, for either of the two threads; for others an estimate in
  /// [0, capacity()]. Wait-free.
  [[nodiscard]] std::size_t size_approx() const noexcept {
    // [S1] relaxed: an estimate publishes nothing
    const Index head = head_.load(std::memory_order::relaxed);
    // [S2] relaxed: an estimate publishes nothing
    const Index tail = tail_.load(std::memory_order::relaxed);
    const auto size = static_cast<std::size_t>(static_cast<Index>(tail - head));
    return size < capacity() ? size : capacity();
  }

  /// `size_approx() == 0`.
  [[nodiscard]] bool empty_approx() const noexcept { return size_approx() == 0; }

 protected:
  /// As the public constructor, with the positions counted from `first`: checks start just before the wrap.
  spsc_ring(std::size_t capacity, Index first)
      : cells_(detail::ring_capacity<Index>(capacity, sizeof(cell), 1, name)),
        mask_(cells_.size() - 1),
        tail_(first),
        head_(first) {
    std::construct_at(head_copy_.write(), first);
    std::construct_at(tail_copy_.write(), first);
  }

 private:
  using cell = typename Platform::template plain<T>;
  using index_cell = typename Platform::template plain<Index>;

  cell& at(Index position) noexcept { return cells_[static_cast<std::size_t>(position) & mask_]; }

  /// Free cells at `tail`, at most `wanted`; looks at the consumer's index only if the copy shows too few.
  std::size_t room(Index tail, std::size_t wanted) noexcept {
    std::size_t free = capacity() - static_cast<Index>(tail - *head_copy_.read());
    if (free < wanted) {
      // [P2] acquire, pairs with [C3]: the consumer has moved out of the cells that this index gives back
      *head_copy_.write() = head_.load(std::memory_order::acquire);
      free = capacity() - static_cast<Index>(tail - *head_copy_.read());
    }
    return free < wanted ? free : wanted;
  }

  /// Filled cells at `head`, at most `wanted`; looks at the producer's index only if the copy shows too few.
  std::size_t filled(Index head, std::size_t wanted) noexcept {
    std::size_t ready = static_cast<Index>(*tail_copy_.read() - head);
    if (ready < wanted) {
      // [C2] acquire, pairs with [P3]: the elements below this index are written
      *tail_copy_.write() = tail_.load(std::memory_order::acquire);
      ready = static_cast<Index>(*tail_copy_.read() - head);
    }
    return ready < wanted ? ready : wanted;
  }

  template <class Sink>
  bool take(Sink sink) {
    // [C1] relaxed: only the consumer writes head
    const Index head = head_.load(std::memory_order::relaxed);
    if (filled(head, 1) == 0) return false;
    publish_head advance{*this, static_cast<Index>(head + 1)};
    destroy_on_exit guard{at(head).write()};
    sink(*guard.element);
    return true;
  }

  struct destroy_on_exit {
    T* element;
    ~destroy_on_exit() { std::destroy_at(element); }
  };

  /// Shows the cells below `next` to the consumer when the scope ends, also by an exception.
  struct publish_tail {
    spsc_ring& ring;
    Index next;
    ~publish_tail() {
      // [P5] release, pairs with [C2]: the batch is written before the tail that shows it
      ring.tail_.store(next, std::memory_order::release);
    }
  };

  /// Gives the cells below `next` back to the producer when the scope ends, also by an exception.
  struct publish_head {
    spsc_ring& ring;
    Index next;
    ~publish_head() {
      // [C3] release, pairs with [P2]: the cells are moved out of before the head that gives them back
      ring.head_.store(next, std::memory_order::release);
    }
  };

  detail::fixed_array<cell, Platform> cells_;
  const std::size_t mask_;
  alignas(cache_line) typename Platform::template atomic<Index> tail_;  // next cell to fill; written by the producer
  index_cell head_copy_;                                                // the producer's copy of head_
  alignas(cache_line) typename Platform::template atomic<Index> head_;  // next cell to take; written by the consumer
  index_cell tail_copy_;                                                // the consumer's copy of tail_
};

}  // namespace lockfree::inline v1
