// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
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
#include <lockfree/reclaim/hazard_pointer.hpp>

namespace lockfree::inline v1 {

/// An unbounded stack for any number of threads.
///
/// Use it when: the newest element is the right one to take (free lists, caches, work whose data is still warm).
/// Not when: many threads push and pop all the time: they all meet at one word. Nor where order of arrival counts.
///
/// Algorithm: Treiber, "Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986; the popped nodes are kept
/// from reuse by hazard pointers (Michael, IEEE TPDS 15(6) 2004, section 3.2), so a node that a thread has compared
/// with cannot come back under its hands (ABA).
/// Linearization: push at [P2], pop at [C2]; empty at [C1] or where a hazard pointer finds the head null.
/// Progress: lock-free; push allocates. A thread's first pop from a stack of this domain allocates too, and registers the
/// thread under a mutex of the process.
/// Memory: 128 B + for each element a node of sizeof(T) + 24 B, rounded up to the alignment; popped nodes wait for
/// their reclaiming in the domain, see there how many.
/// T: destructible; constructible from what is pushed; for pop move-constructible or move-assignable.
/// Exceptions: a push whose constructor or allocation throws leaves the stack as it was; so does a pop that gets no
/// memory for its hazard pointer. A pop whose move throws loses that element.
/// Threads: everything from any thread; construction and destruction must not overlap with calls. The domain must
/// outlive the stack. A popped node holds no element: it is destroyed before `try_pop` returns, in its thread.
template <class T, class Platform = std_platform>
class treiber_stack {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "treiber_stack<T>: T must be a non-const object type");

 public:
  using value_type = T;

  static constexpr std::string_view name = "treiber_stack";
  static constexpr auto ordering = lockfree::ordering::lifo;
  static constexpr auto progress = lockfree::progress::lock_free;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = unlimited;
  static constexpr bool bounded = false;
  static constexpr std::string_view memory = "128 B + (sizeof(T) + 24 B) an element";
  static constexpr std::string_view exceptions = "push: strong; pop: loses that element";

  /// An empty stack whose nodes go to the default domain.
  treiber_stack() noexcept requires std::same_as<Platform, std_platform> : treiber_stack(hazard_default_domain()) {}

  /// An empty stack whose nodes go to `domain`.
  explicit treiber_stack(basic_hazard_domain<Platform>& domain) noexcept : domain_(domain) {}

  /// Destroys what is still inside.
  ~treiber_stack() {
    // [D1] relaxed: no other thread is left
    for (node* top = head_.load(std::memory_order::relaxed); top != nullptr;) {
      node* below = *top->below.read();
      std::destroy_at(top->element.write());
      detail::destroy<node, Platform>(top);
      top = below;
    }
  }

  treiber_stack(const treiber_stack&) = delete;
  treiber_stack& operator=(const treiber_stack&) = delete;

  /// Puts a copy on top. Lock-free but for the allocation; throws what the copy throws and `std::bad_alloc`.
  void push(const T& value) { emplace(value); }

  /// Puts `value` on top by move; if that throws, `std::bad_alloc` before the move, the stack is as it was.
  void push(T&& value) { emplace(std::move(value)); }

  /// Constructs the element in its node and puts it on top.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  void emplace(Args&&... args) {
    node* created = detail::create<node, Platform>(std::in_place, std::forward<Args>(args)...);
    // [P1] relaxed: the compare-exchange finds out
    node* top = head_.load(std::memory_order::relaxed);
    typename Platform::spin_wait wait;
    for (;;) {
      *created->below.write() = top;
      // [P2] release, pairs with [P4] of hazard_pointer.hpp: the node is written before the head shows it
      if (head_.compare_exchange_weak(top, created, std::memory_order::release, std::memory_order::relaxed)) return;
      wait.once();
    }
  }

  /// Moves the newest element into `out`; false if empty, and then `out` is untouched. Lock-free.
  [[nodiscard]] bool try_pop(T& out) {
    return take([&](T& element) { out = std::move(element); });
  }

  /// The newest element, or nothing if empty. Lock-free.
  [[nodiscard]] std::optional<T> try_pop() {
    std::optional<T> out;
    (void)take([&](T& element) { out.emplace(std::move(element)); });
    return out;
  }

  /// Whether it was empty at some moment during the call. Wait-free.
  [[nodiscard]] bool empty_approx() const noexcept {
    // [S1] relaxed: an estimate publishes nothing
    return head_.load(std::memory_order::relaxed) == nullptr;
  }

 private:
  struct node;
  struct free_node {
    void operator()(node* retired) const noexcept { detail::destroy<node, Platform>(retired); }
  };

  struct node : hazard_pointer_obj_base<node, free_node, Platform> {
    template <class... Args>
    explicit node(std::in_place_t, Args&&... args) {
      std::construct_at(element.place(), std::forward<Args>(args)...);
    }
    typename Platform::template plain<node*> below;  // written by the pusher, constant once the head shows the node
    typename Platform::template plain<T> element;    // there until the popper has it
  };

  template <class Sink>
  bool take(Sink sink) {
    // [C1] relaxed: null shows nothing, and anything else is read again under protection
    node* top = head_.load(std::memory_order::relaxed);
    if (top == nullptr) return false;
    basic_hazard_pointer<Platform> hazard(domain_);
    typename Platform::spin_wait wait;
    while (top != nullptr) {
      if (!hazard.try_protect(top, head_)) continue;
      node* const popped = top;
      node* const below = *popped->below.read();
      // [C2] relaxed: the element was acquired with the protection; the node below stays published by its push, whose
      // release sequence this read-modify-write goes on with
      if (head_.compare_exchange_strong(top, below, std::memory_order::relaxed, std::memory_order::relaxed)) {
        hazard.reset_protection();
        const retire_on_exit guard{domain_, popped};
        sink(*popped->element.write());
        return true;
      }
      wait.once();
    }
    return false;
  }

  struct retire_on_exit {
    basic_hazard_domain<Platform>& domain;
    node* popped;
    ~retire_on_exit() {
      std::destroy_at(popped->element.write());
      popped->retire(domain);
    }
  };

  alignas(cache_line) typename Platform::template atomic<node*> head_{nullptr};  // the newest node
  basic_hazard_domain<Platform>& domain_;
};

}  // namespace lockfree::inline v1
