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

/// A bounded queue between any number of producer and consumer threads.
///
/// Use it when: several threads on either side, a bound is wanted, and threads in different slots should not meet.
/// Not when: one producer and one consumer (`spsc_ring` is wait-free), or a thread that is stopped in the middle of an
/// operation must not hold up the others; or elements are large and copied (queue a pointer).
///
/// Algorithm: Vyukov, "Bounded MPMC queue", 1024cores.net, 2010. Each slot carries a sequence number beside its
/// element. For the position p that a slot serves next it is p: free; p + 1: filled; p + 2: abandoned; and p + capacity
/// once the consumer has left: free for the next lap. A thread claims a position by a compare-exchange on tail or head
/// and then has the slot for itself.
/// Linearization: push at [P3] or [F3], pop at [C3] or [G3]; `false` has none.
/// `false` means that this thread saw the next slot taken (not filled), at [F2] or [G2]. While another thread is inside
/// that slot, a push may fail on a ring that is not full, and a pop on one that is not empty.
/// Progress: blocking per slot. No call waits for another thread, but one that stops between its claim and its release
/// of a slot makes pushes fail once the tail has come round to that slot, pops once the head has.
/// Memory: capacity × (sizeof(T) + sizeof(Index), rounded up to their alignment), in one block, + 3 × 128 bytes.
/// Allocates only in the constructor.
/// T: destructible; constructible from what is pushed; for pop move-constructible or move-assignable.
/// Exceptions: what throws in a push throws before a slot is claimed (a copy is made aside and moved in), provided that
/// T's move does not throw and that the constructor can't change its arguments; those stay untouched if the ring is
/// full. Otherwise the claimed place is abandoned: it counts as taken until a pop reaches it and skips it. Either way no
/// element is lost. A pop whose move throws loses that element and frees its slot.
/// Threads: any thread, any operation. Construction and destruction must not overlap with anything.
/// Departs from the source: the claims are relaxed, since only the sequences publish; abandoned places; several positions are
/// claimed by one compare-exchange in the bulk operations.
/// `Index` counts positions and wraps; narrower types exist for the model checks, which really wrap them. A thread that
/// sleeps after reading an index while 2^(bits-1) positions pass by takes the future for the past and may say full or
/// empty where it is not; one whose claim comes after exactly 2^bits would claim wrongly. With 64 bits either takes
/// centuries. The capacity is at most 2^(bits-2), so that one lap of the others is never enough.
template <class T, class Platform = std_platform, class Index = std::uint64_t>
class mpmc_ring {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "mpmc_ring<T>: T must be a non-const object type");
  static_assert(std::is_unsigned_v<Index>, "mpmc_ring: Index must be unsigned, it wraps");

 public:
  using value_type = T;

  static constexpr std::string_view name = "mpmc_ring";
  static constexpr auto ordering = lockfree::ordering::fifo;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = unlimited;
  static constexpr bool bounded = true;
  static constexpr std::string_view memory = "capacity × (sizeof(T) + 8 B, aligned) + 384 B";
  static constexpr std::string_view exceptions =
      "push: strong, or an empty place that pop skips; pop: loses that element";

  /// Room for at least `capacity` elements, rounded up to a power of two, at least 4.
  /// Throws `std::invalid_argument` (0), `std::length_error` (too large), `std::bad_alloc`.
  explicit mpmc_ring(std::size_t capacity) : mpmc_ring(capacity, Index{0}) {}

  /// Destroys what is still inside.
  ~mpmc_ring() {
    const Index tail = tail_.load(std::memory_order::relaxed);  // [D1] no other thread is left
    Index head = head_.load(std::memory_order::relaxed);        // [D2] no other thread is left
    for (; head != tail; ++head) {
      // [D3] relaxed: no other thread is left
      if (at(head).sequence.load(std::memory_order::relaxed) == filled(head)) std::destroy_at(at(head).cell.write());
    }
  }

  mpmc_ring(const mpmc_ring&) = delete;
  mpmc_ring& operator=(const mpmc_ring&) = delete;

  /// Number of elements it can hold.
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.size(); }

  /// Any thread. Appends a copy; false if full. No allocation; throws what the copy throws.
  [[nodiscard]] bool try_push(const T& value) { return try_emplace(value); }

  /// Any thread. Appends by move; false if full, and then `value` is untouched. Throws what the move throws.
  [[nodiscard]] bool try_push(T&& value) { return try_emplace(std::move(value)); }

  /// Any thread. Appends `T(args...)`; false if full, and then `args` are untouched. Throws what the constructor throws.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  [[nodiscard]] bool try_emplace(Args&&... args) {
    if constexpr (made_aside<Args&&...>) {
      if (looks_full()) return false;
      return try_emplace(T(std::forward<Args>(args)...));
    } else {
      const claimed_slot got = claim_one_free();
      if (got.place == nullptr) return false;
      fill_or_abandon batch{*this, got.position, static_cast<Index>(got.position + 1)};
      batch.fill(*got.place, std::forward<Args>(args)...);
      return true;
    }
  }

  /// Any thread. Appends copies of up to `n` elements starting at `first` and returns how many; they stand next to each
  /// other in the queue and cost one claim in all. If a copy throws, the elements before it are in the ring and the
  /// places after them are abandoned.
  template <class It>
  [[nodiscard]] std::size_t try_push_n(It first, std::size_t n) {
    const claim got = claim_free(n);
    fill_or_abandon batch{*this, got.position, static_cast<Index>(got.position + got.count)};
    for (std::size_t i = 0; i < got.count; ++i, ++first) batch.fill(at(batch.next), *first);
    return got.count;
  }

  /// Any thread. Moves the oldest element into `out`; false if empty, and then `out` is untouched.
  [[nodiscard]] bool try_pop(T& out) {
    return take([&](T& element) { out = std::move(element); });
  }

  /// Any thread. The oldest element, or nothing if empty.
  [[nodiscard]] std::optional<T> try_pop() {
    std::optional<T> out;
    (void)take([&](T& element) { out.emplace(std::move(element)); });
    return out;
  }

  /// Any thread. Moves up to `n` of the oldest elements to `out` and returns how many; next to each other in the queue
  /// and for one claim in all, unless writing to `out` may throw: then one by one, and a throw loses one element only.
  template <class OutIt>
  [[nodiscard]] std::size_t try_pop_n(OutIt out, std::size_t n) {
    if constexpr (noexcept(*out = std::declval<T>())&& noexcept(++out)) {
      const claim got = claim_filled(n);
      for (std::size_t i = 0; i < got.count; ++i, ++out) {
        const auto position = static_cast<Index>(got.position + i);
        const leave_on_exit occupied{at(position), next_lap(position)};
        *out = std::move(*occupied.element());
      }
      return got.count;
    } else {
      std::size_t count = 0;
      for (; count < n && take([&](T& element) { *out = std::move(element); }); ++out) ++count;
      return count;
    }
  }

  /// Number of elements, abandoned places included; exact if nothing else runs, otherwise an estimate in
  /// [0, capacity()]. Wait-free.
  [[nodiscard]] std::size_t size_approx() const noexcept {
    // [S1] relaxed: an estimate publishes nothing
    const Index head = head_.load(std::memory_order::relaxed);
    // [S2] relaxed: an estimate publishes nothing
    const Index tail = tail_.load(std::memory_order::relaxed);
    const auto size = static_cast<std::size_t>(static_cast<Index>(tail - head));
    if (size <= capacity()) return size;
    return precedes(tail, head) ? 0 : capacity();  // the two were read at different times
  }

  /// `size_approx() == 0`.
  [[nodiscard]] bool empty_approx() const noexcept { return size_approx() == 0; }

 protected:
  /// As the public constructor, with the positions counted from `first`: checks start just before the wrap.
  mpmc_ring(std::size_t capacity, Index first)
      : slots_(detail::ring_capacity<std::make_signed_t<Index>>(capacity, sizeof(slot), least_capacity, name)),
        mask_(slots_.size() - 1),
        tail_(first),
        head_(first) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const auto position = static_cast<Index>(first + i);
      // [I1] relaxed: no other thread knows the ring yet
      at(position).sequence.store(position, std::memory_order::relaxed);
    }
  }

 private:
  struct slot {
    typename Platform::template atomic<Index> sequence;
    typename Platform::template plain<T> cell;
  };

  /// Four, so that the sequence can tell free, filled, abandoned and free for the next lap apart.
  static constexpr std::size_t least_capacity = 4;

  /// Sequence of the slot of `position` once it holds an element, once its producer has given it up, and once it is free
  /// for the next lap.
  static constexpr Index filled(Index position) noexcept { return static_cast<Index>(position + 1); }
  static constexpr Index abandoned(Index position) noexcept { return static_cast<Index>(position + 2); }
  Index next_lap(Index position) const noexcept { return static_cast<Index>(position + mask_ + 1); }

  /// Whether `a` comes before `b` among indices that wrap.
  static constexpr bool precedes(Index a, Index b) noexcept {
    return static_cast<std::make_signed_t<Index>>(static_cast<Index>(a - b)) < 0;
  }

  /// Whether a constructor that is given an `Arg` must leave it as it is.
  template <class Arg>
  static constexpr bool left_alone = std::is_lvalue_reference_v<Arg> ? std::is_const_v<std::remove_reference_t<Arg>>
                                                                     : std::is_scalar_v<std::remove_reference_t<Arg>>;
  /// Whether the element is made before a slot is claimed: making it may throw, moving it may not, and making it for
  /// nothing does no harm.
  template <class... Args>
  static constexpr bool made_aside = !std::is_nothrow_constructible_v<T, Args...> &&
                                     std::is_nothrow_move_constructible_v<T> && (left_alone<Args> && ...);

  slot& at(Index position) noexcept { return slots_[static_cast<std::size_t>(position) & mask_]; }

  /// Whether a push that starts now would fail.
  bool looks_full() noexcept {
    // [P5] relaxed: a hint; the claim decides
    const Index tail = tail_.load(std::memory_order::relaxed);
    // [P6] relaxed: a hint; the claim decides
    return precedes(at(tail).sequence.load(std::memory_order::relaxed), tail);
  }

  /// Positions whose slots this thread alone may use, until it stores their sequences. Small enough for two registers.
  struct claim {
    Index position;     // the first
    std::size_t count;  // 0: none
  };
  struct claimed_slot {
    slot* place;  // null: none
    Index position;
  };

  /// `claim_free(1)`; the case without hindrance is here, small enough to be inlined everywhere.
  claimed_slot claim_one_free() noexcept {
    // [P1] relaxed: the claim decides whether it is still the tail
    Index tail = tail_.load(std::memory_order::relaxed);
    slot& place = at(tail);
    // [P2] acquire, pairs with [C4], [A3]: the consumer of the lap before has left the slot
    if (place.sequence.load(std::memory_order::acquire) == tail) [[likely]] {
      Index newest = tail;  // apart from `tail`, so that what follows does not wait for the claim's result
      // [P3] relaxed: publishes nothing; whoever gets the slot is alone in it, and took hold of it by [P2]
      if (tail_.compare_exchange_weak(newest, static_cast<Index>(tail + 1), std::memory_order::relaxed,
                                      std::memory_order::relaxed)) [[likely]] {
        return {&place, tail};
      }
    }
    const claim got = claim_free(1);
    return {got.count != 0 ? &at(got.position) : nullptr, got.position};
  }

  /// Claims up to `wanted` free slots from the tail on; none if the next one is not free.
  [[gnu::noinline]] claim claim_free(std::size_t wanted) noexcept {
    typename Platform::spin_wait wait;
    // [F1] relaxed: the claim decides whether it is still the tail
    Index tail = tail_.load(std::memory_order::relaxed);
    for (;;) {
      Index sequence = tail;
      std::size_t count = 0;
      for (; count < wanted; ++count) {
        const auto next = static_cast<Index>(tail + count);
        // [F2] acquire, pairs with [C4], [A3]: the consumer of the lap before has left the slot
        sequence = at(next).sequence.load(std::memory_order::acquire);
        if (sequence != next) break;
      }
      if (count != 0) [[likely]] {
        Index newest = tail;
        // [F3] relaxed: publishes nothing; whoever gets the slots is alone in them, and took hold of them by [F2]
        if (tail_.compare_exchange_weak(newest, static_cast<Index>(tail + count), std::memory_order::relaxed,
                                        std::memory_order::relaxed)) [[likely]] {
          return {tail, count};
        }
        tail = newest;
        wait.once();
      } else {
        if (wanted == 0 || precedes(sequence, tail)) return {tail, 0};
        // [F4] relaxed: the sequence has told of a claim of this position, so that [F2] makes a newer tail visible
        tail = tail_.load(std::memory_order::relaxed);
      }
    }
  }

  /// `claim_filled(1)`; the case without hindrance is here, small enough to be inlined everywhere.
  claimed_slot claim_one_filled() noexcept {
    // [C1] relaxed: the claim decides whether it is still the head
    Index head = head_.load(std::memory_order::relaxed);
    slot& place = at(head);
    // [C2] acquire, pairs with [P4]: the producer has written the element
    if (place.sequence.load(std::memory_order::acquire) == filled(head)) [[likely]] {
      Index newest = head;  // apart from `head`, so that what follows does not wait for the claim's result
      // [C3] relaxed: publishes nothing; whoever gets the slot is alone in it, and took hold of it by [C2]
      if (head_.compare_exchange_weak(newest, static_cast<Index>(head + 1), std::memory_order::relaxed,
                                      std::memory_order::relaxed)) [[likely]] {
        return {&place, head};
      }
    }
    const claim got = claim_filled(1);
    return {got.count != 0 ? &at(got.position) : nullptr, got.position};
  }

  /// Claims up to `wanted` filled slots from the head on; none if the next one is not filled.
  [[gnu::noinline]] claim claim_filled(std::size_t wanted) noexcept {
    typename Platform::spin_wait wait;
    // [G1] relaxed: the claim decides whether it is still the head
    Index head = head_.load(std::memory_order::relaxed);
    for (;;) {
      Index sequence = filled(head);
      std::size_t count = 0;
      for (; count < wanted; ++count) {
        const auto next = static_cast<Index>(head + count);
        // [G2] acquire, pairs with [P4], [A1]: the producer has written the element, or given it up
        sequence = at(next).sequence.load(std::memory_order::acquire);
        if (sequence != filled(next)) break;
      }
      if (count != 0) [[likely]] {
        Index newest = head;
        // [G3] relaxed: publishes nothing; whoever gets the slots is alone in them, and took hold of them by [G2]
        if (head_.compare_exchange_weak(newest, static_cast<Index>(head + count), std::memory_order::relaxed,
                                        std::memory_order::relaxed)) [[likely]] {
          return {head, count};
        }
        head = newest;
        wait.once();
      } else {
        if (wanted == 0 || precedes(sequence, filled(head))) return {head, 0};
        if (sequence == abandoned(head)) skip(head);
        // [G4] relaxed: the position has been left, here or as the sequence tells, and [G2] makes a newer head visible
        head = head_.load(std::memory_order::relaxed);
      }
    }
  }

  /// Moves the head over an abandoned position, if this thread is the one that gets it.
  void skip(Index head) noexcept {
    Index position = head;
    // [A2] relaxed: as [C3]
    if (head_.compare_exchange_strong(position, static_cast<Index>(head + 1), std::memory_order::relaxed,
                                      std::memory_order::relaxed)) {
      // [A3] release, pairs with [P2], [F2]: what the producer left of the failed construction comes before the next lap
      at(head).sequence.store(next_lap(head), std::memory_order::release);
    }
  }

  template <class Sink>
  bool take(Sink sink) {
    const claimed_slot got = claim_one_filled();
    if (got.place == nullptr) return false;
    const leave_on_exit occupied{*got.place, next_lap(got.position)};
    sink(*occupied.element());
    return true;
  }

  /// The claimed positions from `next` to `end`. Fills them one by one; what is left when an exception ends the scope is
  /// abandoned.
  struct fill_or_abandon {
    mpmc_ring& ring;
    Index next;
    const Index end;

    template <class... Args>
    void fill(slot& place, Args&&... args) {
      std::construct_at(place.cell.place(), std::forward<Args>(args)...);
      // [P4] release, pairs with [C2], [G2]: the element is written before the sequence that shows it
      place.sequence.store(filled(next), std::memory_order::release);
      ++next;
    }
    ~fill_or_abandon() {
      for (; next != end; ++next) {
        // [A1] release, pairs with [G2]: what the failed construction wrote comes before the skip
        ring.at(next).sequence.store(abandoned(next), std::memory_order::release);
      }
    }
  };

  /// A claimed slot that holds an element: destroyed, and the slot freed for the next lap, when the scope ends, also by
  /// an exception.
  struct leave_on_exit {
    slot& place;
    const Index next_lap;

    T* element() const noexcept { return place.cell.write(); }
    ~leave_on_exit() {
      std::destroy_at(element());
      // [C4] release, pairs with [P2], [F2]: the consumer has left the slot before the next lap's producer enters
      place.sequence.store(next_lap, std::memory_order::release);
    }
  };

  detail::fixed_array<slot, Platform> slots_;
  const std::size_t mask_;
  alignas(cache_line) typename Platform::template atomic<Index> tail_;  // next position to fill
  alignas(cache_line) typename Platform::template atomic<Index> head_;  // next position to take
};

}  // namespace lockfree::inline v1
