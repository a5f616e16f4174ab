// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/memory.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

/// An unbounded queue from any number of producer threads to one consumer thread: a mailbox.
///
/// Use it when: many threads hand work to one, and a push must never wait for another thread, nor fail.
/// Not when: a bound is wanted (`mpmc_ring`); a second consumer may appear; the consumer must sleep while there is
/// nothing; or a producer that is stopped inside a push must not hide what others push meanwhile. Where an allocation in
/// each push is too much: `intrusive_mpsc_queue`.
///
/// Algorithm: Vyukov, "Non-intrusive MPSC node-based queue", 1024cores.net, 2010. A push takes its place by one
/// exchange of the newest node and then links the node before it to its own. The consumer follows the links; it keeps
/// the node of the last popped element, whose link the next push writes.
/// Linearization: push at [P1], pop at [C2]. One FIFO order over all producers, the order of the exchanges.
/// "Empty" means that the oldest element was not linked: there is none, or a push stands between its exchange [P1] and
/// its link [P2]. Until that goes on, later elements stay hidden although their pushes have returned, so a `try_pop`
/// may say empty after a push that happened before it. The queue is not linearizable with an exact "empty" (the check
/// mpsc_queue/empty_is_not_exact); with a push that arrives in two steps, place and link, it is, and "empty" then means
/// just that (mpsc_queue/declared). `empty_approx` tells the two apart.
/// Progress: push is wait-free but for the allocation; no loop. No `try_pop` waits either, but since it goes on saying
/// empty while a push is stopped between [P1] and [P2], popping is blocking, and that is what `progress` says.
/// Memory: 256 B, and for each element, and the last popped one, a node of a pointer and sizeof(T), rounded up to their
/// alignment. Each push allocates one, each pop frees one, mostly another thread's, and where the allocator is slow at
/// that it costs more than all the rest. Nodes are not kept for reuse all the same: to take one from a list that all
/// producers share needs a retry loop, and push would no longer be wait-free.
/// T: destructible; constructible from what is pushed; for pop move-constructible or move-assignable.
/// Exceptions: a push whose allocation or constructor throws leaves the queue as it was; a pop whose move throws loses
/// that element.
/// Threads: push and `empty_approx` from any thread; `try_pop*` and `size_approx` from the consumer. Which thread is
/// the consumer may change if the change itself is synchronised. Construction and destruction must not overlap with
/// anything.
/// Departs from the source: the first node is a member, so the constructor allocates nothing; several elements take
/// their place by one exchange in `push_n`.
template <class T, class Platform = std_platform>
class mpsc_queue {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "mpsc_queue<T>: T must be a non-const object type");

 public:
  using value_type = T;

  static constexpr std::string_view name = "mpsc_queue";
  static constexpr auto ordering = lockfree::ordering::fifo;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr auto push_progress = lockfree::progress::wait_free;
  static constexpr auto pop_progress = lockfree::progress::blocking;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = 1;
  static constexpr bool bounded = false;
  static constexpr std::string_view memory = "256 B + (sizeof(T) + 8 B, aligned) an element and one more";
  static constexpr std::string_view exceptions = "push: strong; pop: loses that element";

  mpsc_queue() noexcept = default;

  /// Destroys what is still inside.
  ~mpsc_queue() {
    link* at = tail_.load(std::memory_order::relaxed);  // [D1] no other thread is left
    for (;;) {
      link* const next = at->next.load(std::memory_order::relaxed);  // [D2] no other thread is left
      free(at);
      if (next == nullptr) return;
      std::destroy_at(element_of(next));
      at = next;
    }
  }

  mpsc_queue(const mpsc_queue&) = delete;
  mpsc_queue& operator=(const mpsc_queue&) = delete;

  /// Any thread. Appends a copy. Wait-free but for the allocation; throws `std::bad_alloc` and what the copy throws.
  void push(const T& value) { emplace(value); }

  /// Any thread. Appends by move; if the allocation throws, `value` is untouched.
  void push(T&& value) { emplace(std::move(value)); }

  /// Any thread. Constructs the element in its node and appends that.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  void emplace(Args&&... args) {
    link* const created = detail::create<node, Platform>(std::in_place, std::forward<Args>(args)...);
    append(created, created);
  }

  /// Any thread. Appends copies of `n` elements starting at `first`, next to each other, by one exchange. If an
  /// allocation or a copy throws, the elements before it are in the queue.
  template <class It>
  void push_n(It first, std::size_t n) {
    append_on_exit batch{*this};
    for (std::size_t i = 0; i < n; ++i, ++first) batch.add(detail::create<node, Platform>(std::in_place, *first));
  }

  /// Consumer. Moves the oldest element into `out`; false if empty, and then `out` is untouched. Allocates nothing.
  [[nodiscard]] bool try_pop(T& out) {
    return take([&](T& element) { out = std::move(element); });
  }

  /// Consumer. The oldest element, or nothing if empty. Allocates nothing.
  [[nodiscard]] std::optional<T> try_pop() {
    std::optional<T> out;
    (void)take([&](T& element) { out.emplace(std::move(element)); });
    return out;
  }

  /// Consumer. Moves up to `n` of the oldest elements to `out` and returns how many. If a move throws, that element is
  /// lost and those before it are delivered.
  template <class OutIt>
  [[nodiscard]] std::size_t try_pop_n(OutIt out, std::size_t n) {
    std::size_t count = 0;
    for (; count < n && take([&](T& element) { *out = std::move(element); }); ++out) ++count;
    return count;
  }

  /// Consumer. Number of elements that `try_pop` would give one after the other; walks over them. (To count for other
  /// threads would cost each push a second read-modify-write.)
  [[nodiscard]] std::size_t size_approx() const noexcept {
    // [S1] relaxed: only the consumer writes tail
    const link* at = tail_.load(std::memory_order::relaxed);
    std::size_t count = 0;
    // [S2] acquire, pairs with [P2]: the node is there before the link that leads to it
    while ((at = at->next.load(std::memory_order::acquire)) != nullptr) ++count;
    return count;
  }

  /// Any thread; for the consumer: whether every element that it knows to be pushed is popped. So after a `try_pop`
  /// that said empty, false means that a push is under way: it is worth while to come again. For others an estimate.
  [[nodiscard]] bool empty_approx() const noexcept {
    // [S3] relaxed: an estimate publishes nothing
    const link* const newest = head_.load(std::memory_order::relaxed);
    // [S4] relaxed: an estimate publishes nothing
    return newest == tail_.load(std::memory_order::relaxed);
  }

 private:
  struct link {
    typename Platform::template atomic<link*> next{nullptr};
  };

  struct node : link {
    template <class... Args>
    explicit node(std::in_place_t, Args&&... args) {
      std::construct_at(element.place(), std::forward<Args>(args)...);
    }
    typename Platform::template plain<T> element;  // there until it is popped
  };

  static T* element_of(link* at) noexcept { return static_cast<node*>(at)->element.write(); }

  void free(link* at) noexcept {
    if (at != &first_) detail::destroy<node, Platform>(static_cast<node*>(at));
  }

  /// Appends the nodes from `oldest` to `newest`, which are linked to each other.
  void append(link* oldest, link* newest) noexcept {
    // [P3] relaxed: [P1] shows it to the next push, which is the only one to write it again
    newest->next.store(nullptr, std::memory_order::relaxed);
    // [P1] acq_rel, pairs with [P1] of the push before and the push after: a node has its null before the next push
    // links it
    link* const before = head_.exchange(newest, std::memory_order::acq_rel);
    // [P2] release, pairs with [C2] and [S2]: the element is written before the link that shows it. From here on the
    // consumer may free `before`
    before->next.store(oldest, std::memory_order::release);
  }

  /// Appends what was added when the scope ends, also by an exception.
  struct append_on_exit {
    mpsc_queue& queue;
    link* oldest = nullptr;
    link* newest = nullptr;

    void add(link* created) noexcept {
      if (oldest == nullptr) {
        oldest = created;
      } else {
        // [P4] relaxed: no other thread knows the nodes yet; they are shown by [P2]
        newest->next.store(created, std::memory_order::relaxed);
      }
      newest = created;
    }
    ~append_on_exit() {
      if (oldest != nullptr) queue.append(oldest, newest);
    }
  };

  template <class Sink>
  bool take(Sink sink) {
    // [C1] relaxed: only the consumer writes tail
    link* const last = tail_.load(std::memory_order::relaxed);
    // [C2] acquire, pairs with [P2]: the element is written, and the push that wrote this link is done with `last`
    link* const next = last->next.load(std::memory_order::acquire);
    if (next == nullptr) return false;
    const advance_on_exit guard{*this, last, next};
    sink(*element_of(next));
    return true;
  }

  struct advance_on_exit {
    mpsc_queue& queue;
    link* last;
    link* next;
    ~advance_on_exit() {
      std::destroy_at(element_of(next));
      // [C3] relaxed: others only compare it
      queue.tail_.store(next, std::memory_order::relaxed);
      queue.free(last);
    }
  };

  alignas(cache_line) typename Platform::template atomic<link*> head_{&first_};  // the newest node; for producers
  alignas(cache_line) typename Platform::template atomic<link*> tail_{&first_};  // the node of the last popped element
  link first_;  // as if an element had been popped from it
};

}  // namespace lockfree::inline v1
