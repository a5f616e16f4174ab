// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/capacity.hpp>
#include <lockfree/core/concepts.hpp>
#include <lockfree/core/memory.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// An unbounded work-stealing deque: its owner pushes and pops at the bottom, any thread steals at the top.
///
/// Use it when: each worker keeps its own tasks, newest first, and idle workers take the oldest of others.
/// Not when: several threads push (`mpmc_ring`), or the order must be FIFO for everyone.
///
/// Algorithm: Chase & Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005; orders after Lê, Pop, Cohen, Zappa
/// Nardelli, "Correct and Efficient Work-Stealing for Weak Memory Models", PPoPP 2013.
/// Linearization: push at [P3]; pop at [O2], of the last element at [O5] (empty: [O1] or [O3]); steal at [S5]
/// (empty: [S2]). A steal's "empty" may also mean that the owner's pop is after the last element; if a thief then is
/// faster than that pop, a steal has said "empty" of a deque that was never without an element.
/// Progress: push and pop wait-free (a push that grows copies the elements and allocates); try_steal wait-free; steal
/// lock-free: it repeats only when another thread has taken an element.
/// Memory: a cell is sizeof(T) rounded up to 8 bytes if T is trivially copyable and at most 32 bytes, else 8 bytes and
/// one allocation per element. Capacity doubles when needed, never shrinks. Replaced buffers stay until destruction,
/// because a thief may still read them: in all less than 2 × capacity cells, + 3 × 128 bytes.
/// T: any movable object type; assignable for try_steal.
/// Exceptions: a push that throws leaves the elements as they were, and if it is an allocation that fails its argument
/// too; a pop or steal whose move throws loses that element.
/// Threads: push, emplace, pop from the owner; the rest from any thread. Which thread is the owner may change if the
/// change itself is synchronised (join, mutex). Construction and destruction must not overlap with anything.
/// `Index` counts positions and wraps; narrower types exist for the model checks, which really wrap them. A thief that
/// is stopped while all 2^bits positions pass by would take top for unchanged: with 64 bits that is centuries.
///
/// Departs from the papers:
/// - A thief reads a cell before it knows whether the element is its own. So cells are atomic words, read relaxed and
///   dropped when [S5] fails; there is no deliberate race. What does not fit into words is boxed.
/// - seq_cst operations instead of fences: on x86-64 one `xchg` a pop. Only those of the argument below are seq_cst.
/// - The buffer is published with release ([G3]) and read with acquire ([S3]); relaxed, as printed in the PPoPP paper,
///   a thief can read cells of a new buffer before they are filled (Norris & Demsky, "CDSChecker", OOPSLA 2013).
/// - The owner keeps a copy of top. Push reads the thieves' line only when the copy leaves no room. Pop of an element
///   that the copy already shows to be the last one goes straight to the compare-exchange, as a thief would, and leaves
///   bottom alone: one read-modify-write instead of two.
///
/// Why no element is taken twice. Take a pop of position p without compare-exchange, [O2] bottom = p, [O3] top < p, and
/// a steal of p, [S1] top = p, [S2] bottom > p. A thief's [S5] wrote the top that [S1] read, and [O3] read an older one,
/// so in the order of seq_cst operations [O2] is before [O3], before that [S5], before [S1], before [S2]. (If the owner's
/// [O5] wrote it, that came after [O2] and synchronises with [S1].) So [S2] reads [O2] or something newer; a bottom above
/// p then means that p was pushed again, and [S2] acquires that push. All other takings of p are the compare-exchange of
/// top from p to p + 1, which succeeds once.
template <class T, class Platform = std_platform, class Index = std::uint64_t>
class chase_lev_deque {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "chase_lev_deque<T>: T must be a non-const object type");
  static_assert(std::is_unsigned_v<Index>, "chase_lev_deque: Index must be unsigned, it wraps");

 public:
  using value_type = T;

  static constexpr std::string_view name = "chase_lev_deque";
  static constexpr auto ordering = lockfree::ordering::owner_lifo_thief_fifo;
  static constexpr auto progress = lockfree::progress::lock_free;
  static constexpr std::string_view memory =
      "< 2 × capacity × (sizeof(T) rounded up to 8, or 8 and an allocation per element) + 384 B";
  static constexpr std::string_view exceptions = "push: strong; pop, steal: loses that element";

  /// Largest element that is kept in the cells themselves, in bytes. A thief reads the whole element before it knows
  /// whether it wins; above half a line of 64 bytes an allocation is the better deal.
  static constexpr std::size_t largest_in_place = 32;

  /// Elements are kept in the cells; otherwise each is an allocation of its own.
  static constexpr bool in_place = std::is_trivially_copyable_v<T> && sizeof(T) <= largest_in_place;

  /// Room for `initial_capacity` elements before the first growth, rounded up to a power of two. The default holds the
  /// depth of usual fork-join recursion in 512 bytes.
  /// Throws `std::invalid_argument` (0), `std::length_error` (too large), `std::bad_alloc`.
  explicit chase_lev_deque(std::size_t initial_capacity = 64) : chase_lev_deque(initial_capacity, Index{0}) {}

  /// Destroys what is still inside.
  ~chase_lev_deque() {
    buffer* current = buffer_.load(std::memory_order::relaxed);     // [D1] no other thread is left
    const Index bottom = bottom_.load(std::memory_order::relaxed);  // [D2] no other thread is left
    Index top = top_.load(std::memory_order::relaxed);              // [D3] no other thread is left
    for (; top != bottom; ++top) discard(current->read(top));
    while (current != nullptr) detail::destroy<buffer, Platform>(std::exchange(current, current->older));
  }

  chase_lev_deque(const chase_lev_deque&) = delete;
  chase_lev_deque& operator=(const chase_lev_deque&) = delete;

  /// Owner. Adds a copy at the bottom. Wait-free but for growth; allocates to grow and to box.
  void push(const T& value) { emplace(value); }

  /// Owner. Adds `value` at the bottom by move; if it throws `std::bad_alloc`, `value` is untouched.
  void push(T&& value) { emplace(std::move(value)); }

  /// Owner. Constructs an element at the bottom. Throws what the constructor throws, `std::bad_alloc`, and
  /// `std::length_error` where the index does not reach; the elements are then as before.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  void emplace(Args&&... args) {
    // [P1] relaxed: only the owner writes bottom
    const Index bottom = bottom_.load(std::memory_order::relaxed);
    buffer& current = room(bottom);
    current.write(bottom, store(std::forward<Args>(args)...));
    // [P3] release, pairs with [S2]: the element is written before the bottom that shows it
    bottom_.store(static_cast<Index>(bottom + 1), std::memory_order::release);
  }

  /// Owner. The newest element, or nothing if the deque is empty. Wait-free, no allocation; throws what the move
  /// throws.
  [[nodiscard]] std::optional<T> pop() {
    // [O1] relaxed: only the owner writes bottom
    const Index end = bottom_.load(std::memory_order::relaxed);
    Index top = *top_copy_.read();
    if (top == end) return std::nullopt;
    const auto last = static_cast<Index>(end - 1);
    // [O6] relaxed: only the owner replaces the buffer
    const words element = buffer_.load(std::memory_order::relaxed)->read(last);
    if (top != last) {
      // [O2] seq_cst, before [O3]: keeps the store of bottom before the load of top, see the argument above; release,
      // pairs with [S2]: the elements below are written
      bottom_.store(last, std::memory_order::seq_cst);
      // [O3] seq_cst, after [O2]; acquire, pairs with [S5]: thieves have read the cells that this top gives back
      top = top_.load(std::memory_order::seq_cst);
      *top_copy_.write() = top;
      if (distance(top, last) > 0) return take(element);
      // [O4] release, pairs with [S2]: bottom is back where it was, and the element below it is written
      bottom_.store(end, std::memory_order::release);
      if (top == end) return std::nullopt;
    }
    *top_copy_.write() = end;
    // [O5] release, pairs with [S1]: a thief that reads this top finds [O2] of the pops before it; acquire on failure,
    // pairs with [S5]: the thief that was faster has read the cell that this top gives back.
    // Audit: relaxed survives: in C++20 the values alone say so; in older standards they do not.
    // Audit: relaxed on failure survives: the model never lets a load see a store that comes after it, so it cannot show
    // what happens without
    if (!top_.compare_exchange_strong(top, end, std::memory_order::release, std::memory_order::acquire)) {
      return std::nullopt;
    }
    return take(element);
  }

  /// Any thread. The oldest element, or nothing if the deque was seen empty; tries again when another thread was
  /// faster. Lock-free, no allocation; throws what the move throws.
  [[nodiscard]] std::optional<T> steal() {
    words element;
    typename Platform::spin_wait wait;
    for (;;) {
      switch (claim(element)) {
        case steal_status::success: return take(element);
        case steal_status::empty: return std::nullopt;
        case steal_status::lost_race: wait.once();
      }
    }
  }

  /// Any thread. Moves the oldest element into `out`, which is untouched unless the result is `success`. Wait-free, no
  /// allocation; throws what the move throws.
  [[nodiscard]] steal_status try_steal(T& out) {
    words element;
    const steal_status status = claim(element);
    if (status == steal_status::success) {
      if constexpr (in_place) {
        out = unpack<T>(element);
      } else {
        const box holder{unpack<T*>(element)};
        out = std::move(*holder.element);
      }
    }
    return status;
  }

  /// Number of elements at some moment during the call, for the owner; for others an estimate. Wait-free.
  [[nodiscard]] std::size_t size_approx() const noexcept {
    // [E1] relaxed: an estimate publishes nothing
    const Index top = top_.load(std::memory_order::relaxed);
    // [E2] relaxed: an estimate publishes nothing
    const Index bottom = bottom_.load(std::memory_order::relaxed);
    const auto size = distance(top, bottom);
    return size > 0 ? static_cast<std::size_t>(size) : 0;
  }

  /// `size_approx() == 0`.
  [[nodiscard]] bool empty_approx() const noexcept { return size_approx() == 0; }

  /// Number of elements it holds without growing further. Any thread, wait-free.
  [[nodiscard]] std::size_t capacity() const noexcept {
    // [E3] acquire, pairs with [G3]: the size of the buffer is written.
    // Audit: not reached: the size is a constant, which the model checker does not watch: no check could die of it
    return buffer_.load(std::memory_order::acquire)->cells.size();
  }

 protected:
  /// As the public constructor, with the positions counted from `first`: checks start just before the wrap.
  chase_lev_deque(std::size_t initial_capacity, Index first)
      : bottom_(first),
        top_(first),
        buffer_(detail::create<buffer, Platform>(
            detail::ring_capacity<signed_index>(initial_capacity, sizeof(cell), 1, name), nullptr)) {
    std::construct_at(top_copy_.place(), first);
  }

 private:
  using signed_index = std::make_signed_t<Index>;
  using index_cell = typename Platform::template plain<Index>;
  using word = std::uint64_t;
  using stored = std::conditional_t<in_place, T, T*>;
  using words = std::array<word, (sizeof(stored) + sizeof(word) - 1) / sizeof(word)>;
  using cell = std::array<typename Platform::template atomic<word>, std::tuple_size_v<words>>;

  struct buffer {
    buffer(std::size_t capacity, buffer* replaced) : cells(capacity), mask(capacity - 1), older(replaced) {}

    [[nodiscard]] words read(Index position) const noexcept {
      const cell& from = cells[static_cast<std::size_t>(position) & mask];
      words element;
      for (std::size_t i = 0; i < element.size(); ++i) {
        // [S4] relaxed: written before what the reader acquired; a thief drops it unless [S5] proves it current
        element[i] = from[i].load(std::memory_order::relaxed);
      }
      return element;
    }

    void write(Index position, const words& element) noexcept {
      cell& to = cells[static_cast<std::size_t>(position) & mask];
      for (std::size_t i = 0; i < element.size(); ++i) {
        // [P4] relaxed: published by [P3] or [G3]
        to[i].store(element[i], std::memory_order::relaxed);
      }
    }

    detail::fixed_array<cell, Platform> cells;
    const std::size_t mask;
    buffer* const older;  // kept for thieves that still read it
  };

  /// Owns an element that has an allocation of its own.
  struct box {
    T* element;
    ~box() { detail::destroy<T, Platform>(element); }
  };

  /// How far `to` is ahead of `from`; negative if it is behind.
  static constexpr signed_index distance(Index from, Index to) noexcept {
    return static_cast<signed_index>(static_cast<Index>(to - from));
  }

  template <class... Args>
  static words store(Args&&... args) {
    if constexpr (in_place) {
      return pack(T(std::forward<Args>(args)...));
    } else {
      return pack(detail::create<T, Platform>(std::forward<Args>(args)...));
    }
  }

  static words pack(const stored& element) noexcept {
    words out{};
    std::memcpy(out.data(), std::addressof(element), sizeof(stored));
    return out;
  }

  template <class Stored>
  static Stored unpack(const words& element) noexcept {
    std::array<std::byte, sizeof(Stored)> bytes;
    std::memcpy(bytes.data(), element.data(), sizeof(Stored));
    return std::bit_cast<Stored>(bytes);
  }

  /// Moves an element out that the caller alone has taken.
  static std::optional<T> take(const words& element) {
    if constexpr (in_place) {
      return unpack<T>(element);
    } else {
      const box holder{unpack<T*>(element)};
      return std::optional<T>(std::move(*holder.element));
    }
  }

  static void discard(const words& element) noexcept {
    if constexpr (!in_place) detail::destroy<T, Platform>(unpack<T*>(element));
  }

  /// The buffer, with a free cell at `bottom`. Looks at the thieves' line only if the copy of top leaves no room.
  buffer& room(Index bottom) {
    // [P5] relaxed: only the owner replaces the buffer
    buffer* current = buffer_.load(std::memory_order::relaxed);
    if (static_cast<Index>(bottom - *top_copy_.read()) <= current->mask) [[likely]]
      return *current;
    return more_room(*current, bottom);
  }

  /// The buffer after another look at the thieves' index, or, where that does not help, one of twice the size. Out of
  /// line, so that push is small enough to be inlined.
  [[gnu::noinline]] buffer& more_room(buffer& current, Index bottom) {
    // [P2] acquire, pairs with [S5]: thieves have read the cells that this top gives back.
    // Audit: relaxed survives: the model never lets a load see a store that comes after it, so it cannot show what
    // happens without
    const Index top = top_.load(std::memory_order::acquire);
    *top_copy_.write() = top;
    if (static_cast<Index>(bottom - top) <= current.mask) return current;
    const std::size_t capacity = detail::ring_capacity<signed_index>(2 * current.cells.size(), sizeof(cell), 1, name);
    buffer* larger = detail::create<buffer, Platform>(capacity, &current);
    for (Index position = top; position != bottom; ++position) {
      larger->write(position, current.read(position));
    }
    // [G3] release, pairs with [S3]: the cells are copied before thieves see the buffer
    buffer_.store(larger, std::memory_order::release);
    return *larger;
  }

  /// Takes the oldest element for the caller; what is in `element` otherwise means nothing.
  steal_status claim(words& element) noexcept {
    // [S1] seq_cst, before [S2]: keeps this load before the next, see the argument above; acquire, pairs with [O5].
    // Audit: relaxed survives: in the model the order of seq_cst operations is that of execution; by the standard a
    // weaker load could return what [S5] writes only after [S2]
    Index top = top_.load(std::memory_order::seq_cst);
    // [S2] seq_cst, after [S1]; acquire, pairs with [P3], [O2], [O4]: the elements below this bottom are written
    const Index bottom = bottom_.load(std::memory_order::seq_cst);
    if (distance(top, bottom) <= 0) return steal_status::empty;
    // [S3] acquire, pairs with [G3]: the cells of the buffer are filled
    element = buffer_.load(std::memory_order::acquire)->read(top);
    // [S5] seq_cst, between [O3] and [S1], see the argument above (in C++20 release would be enough for it, in older
    // standards and for the model checker it is not; the instruction is the same); release, pairs with [O3], [P2], [O5]:
    // the cell is read before the owner may write it again; failure relaxed: the element is dropped
    if (!top_.compare_exchange_strong(top, static_cast<Index>(top + 1), std::memory_order::seq_cst,
                                      std::memory_order::relaxed)) {
      return steal_status::lost_race;
    }
    return steal_status::success;
  }

  alignas(cache_line) typename Platform::template atomic<Index> bottom_;  // next cell to fill; written by the owner
  index_cell top_copy_;                                                   // the owner's copy of top_, never ahead of it
  alignas(cache_line) typename Platform::template atomic<Index> top_;     // oldest element; written by who takes it
  alignas(cache_line) typename Platform::template atomic<buffer*> buffer_;  // written by the owner when it grows
};

}  // namespace lockfree::inline v1
