// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
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

/// A bounded queue between any number of producer and consumer threads that a stopped thread can't hold up.
///
/// Use it when: several threads on either side, a bound is wanted, and a thread may be stopped (preempted, of low
/// priority, killed) in the middle of an operation without anybody else having to wait for it.
/// Not when: that does not matter (`mpmc_ring` passes an element through one slot; here an index goes through two rings
/// besides), or there is one producer and one consumer (`spsc_ring` is wait-free).
///
/// Algorithm: Nikolaev, "A Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue", DISC 2019 (arXiv
/// 1908.04511), sections 4 and 5. The elements stand in `capacity` cells. Two rings of cell numbers, one of the filled
/// cells and one of the free ones, hand the cells over: a push takes a number from the free ring, fills the cell, and
/// puts the number into the filled ring; a pop the other way round. A ring of numbers has twice as many entries, each
/// one word: the lap that it was written in (cycle), the number or none, and whether it is safe. Takers and putters draw
/// positions by fetch-add. Who takes and finds nothing yet moves the entry on to its own lap, so that nothing can be put
/// there behind its back, or marks it unsafe if a number of an earlier lap still is in the way; who puts and finds
/// either of these, or that number, draws the next position.
/// So that takers do not spoil positions for ever, all of them together give up after a number of failures since the last
/// number was put (the patience); the ring is then empty.
/// Linearization: push at [E4] of the filled ring, pop at [T2] with the position of a number; "empty" at [T1], [L2] or
/// [T6] of the filled ring. Empty is exact. "Full" means that there was no free cell: each held an element or was in
/// the hands of another thread inside a push or pop. So a push may fail while fewer than `capacity` elements are inside,
/// by at most the number of these threads (the check scq_ring/full_is_not_exact).
/// Progress: lock-free. A thread stopped in a push keeps one cell to itself, a capacity less; one stopped in a pop keeps
/// one cell, with the element that it has drawn.
/// Memory: capacity × (sizeof(T) + 4 × sizeof(Index)), in three blocks, + 7 × 128 bytes. Allocates only in the
/// constructor.
/// T: destructible; constructible from what is pushed; for pop move-constructible or move-assignable.
/// Exceptions: a push whose constructor throws leaves the ring as it was. A pop whose move throws loses that element and
/// frees its cell.
/// Threads: any thread, any operation; at most `max_producers` at the same moment in pushes, and `max_consumers` in pops.
/// Construction and destruction must not overlap with anything.
/// Departs from the source: the patience is that of `max_consumers` takers, where the source assumes that there are at
/// most `capacity` threads. A taker that finds patience used up in part looks at head and tail before it draws a
/// position; so heads are ahead of tails by at most one position a thread, and nothing catches up. Where the source is
/// seq_cst throughout, the order of the draws is enough here, and the patience needs none of its own (see `left_`).
/// `Index` is a position, and an entry; it wraps. Narrower types exist for the model checks, which really wrap them. Of
/// the bits of an entry log2(capacity) + 2 are not the cycle's, which has at least three. A thread that sleeps in the
/// middle of an operation while 2^(bits-2) positions pass by takes the future for the past; one that sleeps for exactly
/// 2^(bits-1) takes another's number for its own. With 64 bits either takes a century.
template <class T, class Platform = std_platform, class Index = std::uint64_t>
class scq_ring {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "scq_ring<T>: T must be a non-const object type");
  static_assert(std::is_unsigned_v<Index>, "scq_ring: Index must be unsigned, it wraps");

  static constexpr unsigned index_bits = std::numeric_limits<Index>::digits;
  /// On either side at the same moment; the patience counts on it.
  static constexpr std::size_t most_threads = std::size_t{1} << (index_bits < 32 ? index_bits - 2 : 16);

 public:
  using value_type = T;

  static constexpr std::string_view name = "scq_ring";
  static constexpr auto ordering = lockfree::ordering::fifo;
  static constexpr auto progress = lockfree::progress::lock_free;
  static constexpr std::size_t max_producers = most_threads;
  static constexpr std::size_t max_consumers = most_threads;
  static constexpr bool bounded = true;
  static constexpr std::string_view memory = "capacity × (sizeof(T) + 32 B) + 896 B";
  static constexpr std::string_view exceptions = "push: strong; pop: loses that element";

  /// Room for at least `capacity` elements, rounded up to a power of two.
  /// Throws `std::invalid_argument` (0), `std::length_error` (too large), `std::bad_alloc`.
  explicit scq_ring(std::size_t capacity) : scq_ring(capacity, Index{0}, most_threads) {}

  /// Destroys what is still inside.
  ~scq_ring() {
    for (Index number = filled_.take(); number != filled_.none(); number = filled_.take()) {
      std::destroy_at(at(number).write());
    }
  }

  scq_ring(const scq_ring&) = delete;
  scq_ring& operator=(const scq_ring&) = delete;

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
    const Index number = free_.take();
    if (number == free_.none()) return false;
    put_on_exit owned{&free_, number};  // if the constructor throws
    std::construct_at(at(number).place(), std::forward<Args>(args)...);
    owned.into = &filled_;
    return true;
  }

  /// Any thread. Appends copies of up to `n` elements starting at `first`, one by one, and returns how many. If a copy
  /// throws, the elements before it are in the ring.
  template <class It>
  [[nodiscard]] std::size_t try_push_n(It first, std::size_t n) {
    std::size_t count = 0;
    for (; count < n && try_emplace(*first); ++first) ++count;
    return count;
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

  /// Any thread. Moves up to `n` of the oldest elements to `out`, one by one, and returns how many. A throw loses one
  /// element; those before it are delivered.
  template <class OutIt>
  [[nodiscard]] std::size_t try_pop_n(OutIt out, std::size_t n) {
    std::size_t count = 0;
    for (; count < n && take([&](T& element) { *out = std::move(element); }); ++out) ++count;
    return count;
  }

  /// Number of elements, an estimate in [0, capacity()]. If nothing else runs it is never too small, and 0 if the last
  /// pop found the ring empty; positions that threads have spoilt for each other count until pops have passed them.
  /// Wait-free.
  [[nodiscard]] std::size_t size_approx() const noexcept {
    const std::size_t size = filled_.size_approx();
    return size < capacity() ? size : capacity();
  }

  /// `size_approx() == 0`.
  [[nodiscard]] bool empty_approx() const noexcept { return size_approx() == 0; }

 protected:
  /// As the public constructor, with the positions counted from `first`, so that checks start just before the wrap, and
  /// the patience of so many threads.
  scq_ring(std::size_t capacity, Index first, std::size_t threads)
      : cells_(detail::ring_capacity<Index, 5>(capacity, sizeof(cell) + 4 * sizeof(Index), 1, name)),
        filled_(cells_.size(), first, threads, false),
        free_(cells_.size(), first, threads, true) {}

 private:
  using cell = typename Platform::template plain<T>;

  /// A ring of the numbers 0 to `size` - 1, each of which is put at most once before it is taken: `put` finds room.
  class number_ring {
    using entry = typename Platform::template atomic<Index>;
    using count = std::make_signed_t<Index>;

   public:
    /// Empty, or with all numbers inside.
    number_ring(std::size_t size, Index first, std::size_t threads, bool full)
        : entries_(2 * size),
          mask_(static_cast<Index>(2 * size - 1)),
          order_(static_cast<unsigned>(std::countr_zero(2 * size))),
          spread_(order_ > line_order ? line_order : 0),
          patience_(static_cast<count>(2 * size - 2 + threads)),
          left_(full ? patience_ : count{-1}),
          tail_(full ? static_cast<Index>(first + size) : first),
          head_(first) {
      for (std::size_t i = 0; i < 2 * size; ++i) {
        const auto position = static_cast<Index>(first + i);
        const bool inside = full && i < size;
        const Index written = inside ? cycle(position) : cycle(static_cast<Index>(position - mask_ - 1));
        const Index number = inside ? static_cast<Index>(i) : none();
        // [I1] relaxed: no other thread knows the ring yet
        at(position).store(static_cast<Index>(written | safe() | number), std::memory_order::relaxed);
      }
    }

    /// What `take` gives if the ring is empty.
    [[nodiscard]] Index none() const noexcept { return mask_; }

    /// Appends a number that is not inside.
    void put(Index number) noexcept {
      typename Platform::spin_wait wait;
      for (;;) {
        // [E1] acq_rel, pairs with [E1]: who puts is as new as the putters at all positions before, and so knows of the
        // takers that these have met (see `left_`)
        const Index position = tail_.fetch_add(1, std::memory_order::acq_rel);
        if (put_at(position, number)) [[likely]]
          break;
        wait.once();
      }
      // [E5] relaxed: see `left_`
      if (left_.load(std::memory_order::relaxed) != patience_) {
        // [E6] relaxed: see `left_`
        left_.store(patience_, std::memory_order::relaxed);
      }
    }

    /// Removes the oldest number; `none()` if there is none.
    [[nodiscard]] Index take() noexcept {
      // [T1] relaxed: see `left_`
      const count left = left_.load(std::memory_order::relaxed);
      if (left != patience_ && (left < 0 || looks_empty())) return none();
      typename Platform::spin_wait wait;
      for (;;) {
        // [T2] acq_rel, pairs with [T2], [L1], [E3]: who takes is as new as the takers at all positions before
        const Index position = head_.fetch_add(1, std::memory_order::acq_rel);
        const Index number = take_at(position);
        if (number != none()) [[likely]]
          return number;
        // [T6] relaxed: what takers before this one knew to have been put, it sees by [T2]
        const Index tail = tail_.load(std::memory_order::relaxed);
        const bool empty = !precedes(static_cast<Index>(position + 1), tail);
        // [T7] relaxed: see `left_`
        if (left_.fetch_sub(1, std::memory_order::relaxed) <= 0 || empty) return none();
        wait.once();
      }
    }

    /// Positions from head to tail, unless it is known to be empty.
    [[nodiscard]] std::size_t size_approx() const noexcept {
      // [S1] relaxed: an estimate publishes nothing
      if (left_.load(std::memory_order::relaxed) < 0) return 0;
      // [S2] relaxed: an estimate publishes nothing
      const Index head = head_.load(std::memory_order::relaxed);
      // [S3] relaxed: an estimate publishes nothing
      const Index tail = tail_.load(std::memory_order::relaxed);
      return precedes(head, tail) ? static_cast<std::size_t>(static_cast<Index>(tail - head)) : 0;
    }

   private:
    /// log2 of the entries that share a cache line.
    static constexpr unsigned line_order = static_cast<unsigned>(std::countr_zero(cache_line / sizeof(Index)));

    // An entry, from its lowest bit: the number (`none()`: all ones), the mark `safe()`, the cycle.
    [[nodiscard]] Index safe() const noexcept { return static_cast<Index>(mask_ + 1); }
    [[nodiscard]] Index number_of(Index written) const noexcept { return written & mask_; }
    [[nodiscard]] Index cycle_of(Index written) const noexcept {
      return written & static_cast<Index>(~static_cast<Index>(2 * mask_ + 1));
    }
    /// The cycle of an entry that is written at this position.
    [[nodiscard]] Index cycle(Index position) const noexcept { return cycle_of(static_cast<Index>(position << 1)); }

    /// Whether `a` comes before `b` among positions, or cycles, that wrap.
    static constexpr bool precedes(Index a, Index b) noexcept {
      return static_cast<count>(static_cast<Index>(a - b)) < 0;
    }

    /// The entry of a position; neighbouring positions have entries on different cache lines, if there are several.
    entry& at(Index position) noexcept {
      const auto p = static_cast<std::size_t>(position & mask_);
      return entries_[((p << spread_) | (p >> (order_ - spread_))) & mask_];
    }

    /// Whether the number could be put at this position.
    bool put_at(Index position, Index number) noexcept {
      entry& place = at(position);
      const auto desired = static_cast<Index>(cycle(position) | safe() | number);
      for (;;) {
        // [E2] acquire, pairs with [T5]: [E3] sees a head that is past the taker that made the entry unsafe
        Index seen = place.load(std::memory_order::acquire);
        if (!precedes(cycle_of(seen), cycle(position)) || number_of(seen) != none()) return false;
        if ((seen & safe()) == 0) {
          // [E3] acquire, pairs with [T2]: a putter knows of the takers that made it move on, which the bound of the
          // patience counts on.
          // Audit: relaxed survives: it takes more positions to exceed the patience by this than a check can have
          if (precedes(position, head_.load(std::memory_order::acquire))) return false;
        }
        // [E4] release, pairs with [T3]: what was done with the cell comes before its number shows
        if (place.compare_exchange_strong(seen, desired, std::memory_order::release, std::memory_order::relaxed))
            [[likely]] {
          return true;
        }
      }
    }

    /// The number at this position, or `none()`, and then none will come.
    Index take_at(Index position) noexcept {
      entry& place = at(position);
      for (;;) {
        // [T3] acquire, pairs with [E4]: the cell is as it was when its number was put
        Index seen = place.load(std::memory_order::acquire);
        if (cycle_of(seen) == cycle(position)) [[likely]] {
          // [T4] relaxed: who uses the entry again has the number, or another one, from elsewhere
          (void)place.fetch_or(none(), std::memory_order::relaxed);
          return number_of(seen);
        }
        if (!precedes(cycle_of(seen), cycle(position))) return none();
        const Index passed = number_of(seen) == none() ? static_cast<Index>(cycle(position) | (seen & safe()) | none())
                                                       : static_cast<Index>(seen & ~safe());
        // [T5] release, pairs with [E2]: this taker has moved the head. Stored even where the entry already was unsafe, for
        // the sake of that
        if (place.compare_exchange_strong(seen, passed, std::memory_order::release, std::memory_order::relaxed)) {
          return none();
        }
      }
    }

    /// Whether no number was inside at some moment of the call.
    bool looks_empty() noexcept {
      // [L1] acquire, pairs with [T2]: [L2] sees a tail that is as new as this head
      const Index head = head_.load(std::memory_order::acquire);
      // [L2] relaxed: whatever was put before this call, or before a taker at a position before the head, is seen
      const Index tail = tail_.load(std::memory_order::relaxed);
      return !precedes(head, tail);
    }

    detail::fixed_array<entry, Platform> entries_;
    const Index mask_;
    const unsigned order_;   // log2 of the number of entries
    const unsigned spread_;  // see at()
    const count patience_;

    /// What is left of the patience; negative: nothing is inside.
    ///
    /// Every failure of a taker takes one off, every number that is put restores it. It is enough: let a number be put at
    /// position p, and h be one more than the last position whose taker's draw [T2] happens before [E5]. The positions
    /// from h to p were drawn by putters, [E1], before p was. For each of them a number is inside or about to be put there,
    /// or the putter moved on since the entry held a number of an earlier lap. Of either kind there are at most size - 1,
    /// since the numbers are distinct and one of them goes to p: p is at most h + 2 × size - 2. A taker that drew a
    /// position before h has taken off what it had to before it drew another one, but for its last one. So of what comes
    /// after the value of [E5] in the modification order, failures before p are at most 2 × size - 2 + takers: that is the
    /// patience, and one failure more means that p has been drawn. This counts on the order of each single variable and
    /// on that of the draws ([E1], [T2]); hence every access here is relaxed.
    typename Platform::template atomic<count> left_;
    alignas(cache_line) typename Platform::template atomic<Index> tail_;  // next position to put at
    alignas(cache_line) typename Platform::template atomic<Index> head_;  // next position to take from
  };

  /// The number of a cell that this thread alone uses; goes into the ring `into` when the scope ends, also by an
  /// exception.
  struct put_on_exit {
    number_ring* into;
    const Index number;

    ~put_on_exit() { into->put(number); }
  };
  struct destroy_on_exit {
    T* element;

    ~destroy_on_exit() { std::destroy_at(element); }
  };

  cell& at(Index number) noexcept { return cells_[static_cast<std::size_t>(number)]; }

  template <class Sink>
  bool take(Sink sink) {
    const Index number = filled_.take();
    if (number == filled_.none()) return false;
    const put_on_exit owned{&free_, number};
    const destroy_on_exit taken{at(number).write()};
    sink(*taken.element);
    return true;
  }

  detail::fixed_array<cell, Platform> cells_;
  alignas(cache_line) number_ring filled_;
  alignas(cache_line) number_ring free_;
};

}  // namespace lockfree::inline v1
