// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/memory.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>
#include <lockfree/reclaim/hazard_pointer.hpp>

namespace lockfree::inline v1 {

namespace detail {

/// Elements a segment of `mpmc_queue` by default: the segment is close to 8 KiB, so that an allocation and a retirement
/// are shared by some hundred elements, but has at least 16, so that large elements share them too.
template <class T>
inline constexpr std::size_t mpmc_segment_size = [] {
  constexpr std::size_t cell_bytes = sizeof(T) + alignof(T);
  return std::max<std::size_t>(16, (8192 - 4 * cache_line) / cell_bytes);
}();

}  // namespace detail

/// An unbounded queue between any number of producer and consumer threads.
///
/// Use it when: no bound can be named, or a stopped thread must not hold up the others, and memory may follow the load.
/// Not when: a bound is at hand (`mpmc_ring` is faster, allocates nothing, and tells producers that they are too fast);
/// nor where threads hardly meet (`mutex_queue` then takes a third of the time); nor for very many small queues: an empty
/// one takes 9 KiB, and 400 B for each thread that has used it.
///
/// Algorithm: Ramalhete and Correia, "FAAArrayQueue - MPMC lock-free queue", concurrencyfreaks.com, 2016; segments are
/// kept from reuse by hazard pointers (Michael, IEEE TPDS 15(6) 2004). A segment is an array of cells, each used once,
/// and counts the pushes and the pops that came to it: a fetch-add gives a thread its cell. A pop whose cell stays empty
/// closes it, and the push that had that cell takes its element to another. A push that finds the last segment full
/// links a new one that holds its element already.
/// Linearization: push at the fetch-add [P1] of the cell that it could keep, or at [X3]; pop at its fetch-add [C3], or
/// at that push if it comes later; empty at [C1]. So "empty" is exact: every element pushed before was somebody's.
/// Progress: lock-free, not wait-free: a push may lose cell after cell to impatient pops, but each segment comes with an
/// element, so that of SegmentSize pushes in a row that lose their cells one succeeds. A pop that is stopped behind [C3]
/// has taken the element of its cell with it: one element a stopped thread. A push allocates once a segment; a thread's
/// first operation registers it in the domain, under a mutex of the process, and allocates.
/// Memory: 896 B + a segment for each `SegmentSize` elements, two at least once the first is full; segments that are
/// emptied wait in the domain, see there how many. A segment has 512 B + `SegmentSize` × (sizeof(T) + 1 B, rounded up to
/// the alignment), by default 8 KiB in all. After a burst everything else goes back; `footprint()` tells.
/// T: destructible, move-constructible; constructible from what is pushed; for `try_pop(T&)` move-assignable.
/// Exceptions: a push that throws leaves the queue as it was: allocation comes before the element is touched, and an
/// element whose construction may throw is made aside if moving it does not throw. Where moving throws, the element may
/// be lost to its producer; the cell is passed over by a pop, and counts in `size_approx()` until then. A push that lost
/// its cell and then gets no memory has taken its argument. A pop whose move throws loses that element.
/// Threads: everything from any thread; construction and destruction must not overlap with calls. A domain that is
/// handed over must outlive the queue.
/// Departs from the paper: elements lie in the cells, with a state beside them, so that a pop writes nothing shared but
/// its fetch-add while pushes keep ahead; a pop waits a little before it closes a cell; orders weaker than seq_cst; the
/// head takes the tail along where it leaves a segment, [L2]: in the authors' code a segment may be retired that the tail
/// still shows, and freed under a push that comes by the tail.
/// LPRQ (Romanov and Koval, PPoPP 2023) reuses its cells, for which it needs two words a cell and an epoch; elements of
/// any size inside the cells are simpler in cells that are used once.
/// `SegmentSize`: cells of a segment. `Patience`: rounds of waiting before a pop closes a cell; 6 are some 2 µs, more
/// than a push needs between its fetch-add and its element unless it is stopped, and below the first yield.
template <class T, class Platform = std_platform, std::size_t SegmentSize = detail::mpmc_segment_size<T>,
          unsigned Patience = 6>
class mpmc_queue {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "mpmc_queue<T>: T must be a non-const object type");
  static_assert(std::is_move_constructible_v<T>, "mpmc_queue<T>: T moves on where its cell was closed");
  static_assert(SegmentSize >= 1, "mpmc_queue: a segment holds at least the element that it was made for");

 public:
  using value_type = T;

  static constexpr std::string_view name = "mpmc_queue";
  static constexpr auto ordering = lockfree::ordering::fifo;
  static constexpr auto progress = lockfree::progress::lock_free;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = unlimited;
  static constexpr bool bounded = false;
  static constexpr std::string_view memory = "896 B + size × (sizeof(T) + 1 B, aligned), in segments of 8 KiB";
  static constexpr std::string_view exceptions = "push: strong; pop: loses that element";

  /// Emptied segments at which a thread looks for some to free, in a domain of the queue's own: a heavy fence, some
  /// microseconds, for a thousand elements and more.
  static constexpr std::size_t reclaim_threshold = 4;

  /// An empty queue with a domain of its own: the default domain would let a thousand segments wait. Throws
  /// `std::bad_alloc`.
  mpmc_queue() : own_domain_(std::in_place, reclaim_threshold), domain_(*own_domain_) { begin(); }

  /// An empty queue whose segments go to `domain`. Throws `std::bad_alloc`.
  explicit mpmc_queue(basic_hazard_domain<Platform>& domain) : domain_(domain) { begin(); }

  /// Destroys what is still inside.
  ~mpmc_queue() {
    // [D1] relaxed: no other thread is left
    for (segment* each = head_.load(std::memory_order::relaxed); each != nullptr;) {
      // [D2] relaxed: no other thread is left
      const std::size_t end = std::min(each->pushes.load(std::memory_order::relaxed), SegmentSize);
      // [D3] relaxed: no other thread is left
      for (std::size_t i = each->pops.load(std::memory_order::relaxed); i < end; ++i) {
        cell& left = each->cells[i];
        // [D4] relaxed: no other thread is left
        if (left.state.load(std::memory_order::relaxed) == cell_state::filled) std::destroy_at(left.element.write());
      }
      // [D5] relaxed: no other thread is left
      segment* const next = each->next.load(std::memory_order::relaxed);
      detail::destroy<segment, Platform>(each);
      each = next;
    }
  }

  mpmc_queue(const mpmc_queue&) = delete;
  mpmc_queue& operator=(const mpmc_queue&) = delete;

  /// Any thread. Appends a copy. Lock-free; allocates a segment now and then; throws `std::bad_alloc` and what the copy
  /// throws.
  void push(const T& value) { emplace(value); }

  /// Any thread. Appends by move. As above; `value` is untouched after `std::bad_alloc` unless it had lost a cell.
  void push(T&& value) { emplace(std::move(value)); }

  /// Any thread. Appends `T(args...)`. As above.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  void emplace(Args&&... args) {
    basic_hazard_pointer<Platform> hazard(domain_);
    append(hazard, std::forward<Args>(args)...);
  }

  /// Any thread. Appends copies of `n` elements starting at `first`, one after the other: those of other producers may
  /// come between them. If something throws, the elements before it are in the queue.
  template <class It>
  void push_n(It first, std::size_t n) {
    basic_hazard_pointer<Platform> hazard(domain_);
    for (std::size_t i = 0; i < n; ++i, ++first) append(hazard, *first);
  }

  /// Any thread. Moves the oldest element into `out`; false if empty, and then `out` is untouched. Lock-free; allocates
  /// and throws `std::bad_alloc` at most in a thread's first operation, and throws what the move throws.
  [[nodiscard]] bool try_pop(T& out) {
    basic_hazard_pointer<Platform> hazard(domain_);
    return take(hazard, [&](T& element) { out = std::move(element); });
  }

  /// Any thread. The oldest element, or nothing if empty. As above.
  [[nodiscard]] std::optional<T> try_pop() {
    basic_hazard_pointer<Platform> hazard(domain_);
    std::optional<T> out;
    (void)take(hazard, [&](T& element) { out.emplace(std::move(element)); });
    return out;
  }

  /// Any thread. Moves up to `n` of the oldest elements to `out`, one after the other, and returns how many; fewer only
  /// if it found the queue empty. A throw loses one element.
  template <class OutIt>
  [[nodiscard]] std::size_t try_pop_n(OutIt out, std::size_t n) {
    basic_hazard_pointer<Platform> hazard(domain_);
    std::size_t count = 0;
    for (; count < n && take(hazard, [&](T& element) { *out = std::move(element); }); ++out) ++count;
    return count;
  }

  /// Number of elements: exact if nothing else runs, otherwise an estimate. Lock-free; may allocate as a pop.
  [[nodiscard]] std::size_t size_approx() const {
    const extent now = look();
    return now.tail > now.head ? now.tail - now.head : 0;
  }

  /// `size_approx() == 0`.
  [[nodiscard]] bool empty_approx() const { return size_approx() == 0; }

  /// Bytes that the queue holds: itself, its segments, and those that wait in a domain of its own; what waits in a domain
  /// that was handed over is that domain's. Exact if nothing else runs, otherwise an estimate. Lock-free; may allocate as
  /// a pop.
  [[nodiscard]] std::size_t footprint() const {
    const std::size_t waiting = own_domain_ ? own_domain_->retired_approx() : 0;
    return sizeof(*this) + (look().segments + waiting) * sizeof(segment);
  }

 private:
  enum class cell_state : std::uint8_t {
    empty,   // so far; its push is under way, or to come
    filled,  // there is an element, until the pop that has this cell takes it
    closed   // there never will be one
  };

  struct cell {
    typename Platform::template plain<T> element;
    typename Platform::template atomic<cell_state> state{cell_state::empty};
  };

  struct segment;
  struct free_segment {
    void operator()(segment* retired) const noexcept { detail::destroy<segment, Platform>(retired); }
  };

  struct segment : hazard_pointer_obj_base<segment, free_segment, Platform> {
    explicit segment(std::size_t counted) noexcept { *number.place() = counted; }

    // Segments that have been before it; constant.
    typename Platform::template plain<std::size_t> number;

    alignas(cache_line) typename Platform::template atomic<std::size_t> pops{0};    // cells given to pops, and more
    alignas(cache_line) typename Platform::template atomic<std::size_t> pushes{0};  // cells given to pushes, and more
    typename Platform::template atomic<segment*> next{nullptr};  // null until all cells are given to pushes
    alignas(cache_line) alignas(cell) std::array<cell, SegmentSize> cells;
  };

  /// Whether the element is made before a cell is claimed: making it may throw, and then nothing has happened yet, or
  /// take long, and then pops would be waiting for it; moving it does neither.
  template <class... Args>
  static constexpr bool made_aside =
      !std::is_nothrow_constructible_v<T, Args...> && std::is_nothrow_move_constructible_v<T>;

  void begin() {
    segment* const first = detail::create<segment, Platform>(std::size_t{0});
    // [I1] relaxed: no other thread knows the queue yet
    head_.store(first, std::memory_order::relaxed);
    // [I2] relaxed: no other thread knows the queue yet
    tail_.store(first, std::memory_order::relaxed);
  }

  template <class... Args>
  void append(basic_hazard_pointer<Platform>& hazard, Args&&... args) {
    if constexpr (made_aside<Args&&...>) {
      append(hazard, T(std::forward<Args>(args)...));
    } else {
      std::optional<T> lost;  // the element, from when it has lost a cell
      for (;;) {
        segment* const last = hazard.protect(tail_);
        // [P1] relaxed: whoever gets a cell is alone in it; what is pushed is published by the state of the cell
        const std::size_t mine = last->pushes.fetch_add(1, std::memory_order::relaxed);
        if (mine < SegmentSize) [[likely]] {
          if (fill(last->cells[mine], lost, std::forward<Args>(args)...)) [[likely]]
            return;
        } else {
          if (extend(*last, lost, std::forward<Args>(args)...)) return;
        }
      }
    }
  }

  /// Makes the element from `lost`, or if there is nothing from `args`.
  template <class... Args>
  static void construct(cell& in, std::optional<T>& lost, Args&&... args) {
    T* const place = in.element.place();
    if (lost) [[unlikely]] {
      std::construct_at(place, std::move(*lost));
    } else {
      std::construct_at(place, std::forward<Args>(args)...);
    }
  }

  /// Puts the element into a cell that this thread alone pushes to; false if a pop has closed it: then it is in `lost`.
  template <class... Args>
  static bool fill(cell& mine, std::optional<T>& lost, Args&&... args) {
    construct(mine, lost, std::forward<Args>(args)...);
    auto state = cell_state::empty;
    // [P2] release, pairs with [C4] and [C5]: the element is written before the state shows it
    if (mine.state.compare_exchange_strong(state, cell_state::filled, std::memory_order::release,
                                           std::memory_order::relaxed)) [[likely]] {
      return true;
    }
    take_back(mine, lost);
    return false;
  }

  [[gnu::noinline]] static void take_back(cell& mine, std::optional<T>& lost) {
    const destroy_on_exit guard{mine};
    lost.emplace(std::move(*mine.element.write()));
  }

  /// Sees to it that a segment follows `last`, which is full, and that the tail has left it. True if the element is in
  /// the new segment; that it goes in there before the segment is linked makes pushes lock-free: a segment in which
  /// every cell is closed ends in one that has an element.
  template <class... Args>
  [[gnu::noinline]] bool extend(segment& last, std::optional<T>& lost, Args&&... args) {
    // [X1] acquire, pairs with [X3]: the next segment is constructed before [X4] shows it
    segment* next = last.next.load(std::memory_order::acquire);
    bool done = false;
    if (next == nullptr) {
      unlinked made{detail::create<segment, Platform>(*last.number.read() + 1)};
      cell& mine = made.only->cells[0];
      construct(mine, lost, std::forward<Args>(args)...);
      // [X2] relaxed: no other thread knows the segment yet
      made.only->pushes.store(1, std::memory_order::relaxed);
      // [X5] relaxed: no other thread knows the segment yet
      mine.state.store(cell_state::filled, std::memory_order::relaxed);
      // [X3] release, pairs with [X1] and [L1], and acquire where another thread was first, pairs with its release: the
      // segment is constructed and the element written before they can be reached
      done = last.next.compare_exchange_strong(next, made.only, std::memory_order::release, std::memory_order::acquire);
      if (done) {
        next = std::exchange(made.only, nullptr);
      } else {
        take_back(mine, lost);
      }
    }
    segment* expected = &last;
    // [X4] release, pairs with [P4] of hazard_pointer.hpp: the next segment is constructed.
    // Audit: always true survives: the answer is not asked for, who was first does not matter
    tail_.compare_exchange_strong(expected, next, std::memory_order::release, std::memory_order::relaxed);
    return done;
  }

  /// A segment that no other thread knows, freed at the end of the scope.
  struct unlinked {
    segment* only;
    ~unlinked() {
      if (only != nullptr) detail::destroy<segment, Platform>(only);
    }
  };

  template <class Sink>
  bool take(basic_hazard_pointer<Platform>& hazard, Sink sink) {
    for (;;) {
      segment* const first = hazard.protect(head_);
      // [C1] acquire, pairs with [C3]: what had been pushed before the pops that are counted here shows in [C2] and [L1]
      const std::size_t popped = first->pops.load(std::memory_order::acquire);
      if (popped >= SegmentSize) [[unlikely]] {
        if (!go_on(hazard, *first)) return false;
        continue;
      }
      // [C2] relaxed: pushes that it misses are no older than this pop, by [C1]
      if (popped >= first->pushes.load(std::memory_order::relaxed)) return false;
      // [C3] release, pairs with [C1]: what this thread knows to be pushed is pushed before this pop.
      // Audit: relaxed survives: the model has a full fence at hazard_pointer.hpp [P3], which makes up for it
      const std::size_t mine = first->pops.fetch_add(1, std::memory_order::release);
      if (mine < SegmentSize && came(first->cells[mine])) [[likely]] {
        const destroy_on_exit guard{first->cells[mine]};
        sink(*first->cells[mine].element.write());
        return true;
      }
    }
  }

  /// Whether there is an element in a cell that this thread alone pops from; if none comes in time, there never will be.
  static bool came(cell& mine) noexcept {
    typename Platform::spin_wait wait;
    for (unsigned round = 0; round < Patience; ++round) {
      // [C4] acquire, pairs with [P2]: the element is written
      if (mine.state.load(std::memory_order::acquire) == cell_state::filled) [[likely]]
        return true;
      wait.once();
    }
    // [C5] acquire, pairs with [P2]: the element is written, if it came after all
    return mine.state.exchange(cell_state::closed, std::memory_order::acquire) == cell_state::filled;
  }

  /// Moves the head off `drained`, whose cells have all been given to pops; false if no segment follows.
  [[gnu::noinline]] bool go_on(basic_hazard_pointer<Platform>& hazard, segment& drained) {
    // [L1] acquire, pairs with [X3]: the next segment is constructed before the head shows it
    segment* const next = drained.next.load(std::memory_order::acquire);
    if (next == nullptr) return false;
    segment* expected = &drained;
    // [L2] release, pairs with [P4] of hazard_pointer.hpp: the next segment is constructed. Nobody can reach the drained
    // one any more once the head has left it too.
    // Audit: always true survives: the answer is not asked for, who was first does not matter
    tail_.compare_exchange_strong(expected, next, std::memory_order::release, std::memory_order::relaxed);
    expected = &drained;
    // [L3] release, pairs with [P4] of hazard_pointer.hpp: the next segment is constructed
    if (head_.compare_exchange_strong(expected, next, std::memory_order::release, std::memory_order::relaxed)) {
      hazard.reset_protection();
      drained.retire(domain_);
    }
    return true;
  }

  struct destroy_on_exit {
    cell& of;
    ~destroy_on_exit() { std::destroy_at(of.element.write()); }
  };

  /// Positions count cells from the first segment on.
  struct extent {
    std::size_t head;
    std::size_t tail;
    std::size_t segments;
  };

  extent look() const {
    basic_hazard_pointer<Platform> hazard(domain_);
    const segment* const first = hazard.protect(head_);
    const std::size_t first_number = *first->number.read();
    // [S1] relaxed: an estimate publishes nothing
    const std::size_t head = std::min(first->pops.load(std::memory_order::relaxed), SegmentSize);
    const segment* const last = hazard.protect(tail_);
    const std::size_t last_number = *last->number.read();
    // [S2] relaxed: an estimate publishes nothing
    const std::size_t tail = std::min(last->pushes.load(std::memory_order::relaxed), SegmentSize);
    return {first_number * SegmentSize + head, last_number * SegmentSize + tail, last_number - first_number + 1};
  }

  std::optional<basic_hazard_domain<Platform>> own_domain_;  // ends last: it may hold segments
  basic_hazard_domain<Platform>& domain_;
  alignas(cache_line) typename Platform::template atomic<segment*> head_{nullptr};  // pops come here
  alignas(cache_line) typename Platform::template atomic<segment*> tail_{nullptr};  // pushes; never before the head
};

}  // namespace lockfree::inline v1
