// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/memory.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>
#include <lockfree/reclaim/hazard_pointer.hpp>

namespace lockfree::inline v1 {

/// A state of any size that readers look at without copying it, while writers put new states in its place.
///
/// Use it when: a large or pointer-rich state is read all the time and replaced now and then (configuration, routing
/// table, symbol table). A reader sees one state, whole, for as long as it likes.
/// Not when: the value is small and trivially copyable (`seqlock`, `versioned`: no allocation), or readers keep a state
/// for very long or in number: each view takes a hazard pointer and keeps its state alive.
///
/// Algorithm: one pointer to an immutable node; readers protect it by a hazard pointer (Michael, IEEE TPDS 15(6) 2004),
/// writers exchange it and retire the old one.
/// Linearization: a read where the hazard pointer's re-read succeeds (hazard_pointer.hpp [P4]); a write at [W1], [W2].
/// Progress: lock-free; writes allocate. A thread's first view in the domain allocates and registers the thread under a
/// mutex of the process.
/// Memory: 128 B + sizeof(T) + 24 B for the state, and as much for each old one that waits in the domain.
/// T: copy- or move-constructible as it is stored; destructible in any thread (the one that reclaims).
/// Exceptions: a write whose constructor or allocation throws leaves the state as it was.
/// Threads: everything from any thread; construction and destruction must not overlap with calls, and no view may be
/// left at the destruction. The domain must outlive the snapshot.
template <class T, class Platform = std_platform>
class snapshot {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "snapshot<T>: T must be a non-const object type");
  struct node;

 public:
  using value_type = T;

  static constexpr std::string_view name = "snapshot";
  static constexpr auto ordering = lockfree::ordering::last_value;
  static constexpr auto progress = lockfree::progress::lock_free;
  static constexpr std::size_t max_writers = unlimited;
  static constexpr std::string_view memory = "128 B + (sizeof(T) + 24 B) a state that is seen or waits";
  static constexpr std::string_view exceptions = "store: strong";

  /// A state that stays as it is while this is there. Used by one thread at a time; may be moved.
  class view {
   public:
    const T& operator*() const noexcept { return *seen_->state.read(); }
    const T* operator->() const noexcept { return seen_->state.read(); }

   private:
    friend class snapshot;
    explicit view(const snapshot& from) : hazard_(from.domain_), seen_(hazard_.protect(from.current_)) {}

    basic_hazard_pointer<Platform> hazard_;
    node* seen_;
  };

  /// With `value`; old states go to the default domain. Throws `std::bad_alloc` and what the constructor throws.
  explicit snapshot(T value = T()) requires std::same_as<Platform, std_platform>
      : snapshot(hazard_default_domain(), std::move(value)) {}
  /// With a state made of `args`; old states go to `domain`.
  template <class... Args>
  requires std::constructible_from<T, Args...>
  explicit snapshot(basic_hazard_domain<Platform>& domain, Args&&... args)
      : current_(detail::create<node, Platform>(std::in_place, std::forward<Args>(args)...)), domain_(domain) {}
  /// Destroys the state.
  ~snapshot() {
    // [D1] relaxed: no other thread is left
    free_node()(current_.load(std::memory_order::relaxed));
  }
  snapshot(const snapshot&) = delete;
  snapshot& operator=(const snapshot&) = delete;

  /// The state now. Throws `std::bad_alloc` if there is no memory for another hazard pointer.
  [[nodiscard]] view read() const { return view(*this); }
  /// A copy of the state now.
  [[nodiscard]] T load() const { return *read(); }

  /// Puts `value` in place of the state, whatever it is.
  void store(T value) { swap_in(std::move(value))->retire(domain_); }

  /// Puts `value` in place of the state and returns a copy of that; if the copy throws, the state is the new one.
  T exchange(T value) {
    const retire_on_exit old{domain_, swap_in(std::move(value))};
    return *old.replaced->state.read();
  }

  /// Puts `value` in place of the state that `seen` shows; false if it is another by now. A state that equals it but was
  /// put there later is another.
  [[nodiscard]] bool compare_and_set(const view& seen, T value) {
    return replace(seen, [&]() -> T&& { return std::move(value); });
  }

  /// Puts `change(state)` in place of the state. `change` is called again, with the newer state, whenever another thread
  /// was faster.
  template <std::invocable<const T&> F>
  void update(F change) {
    typename Platform::spin_wait wait;
    for (;;) {
      const view seen = read();
      if (replace(seen, [&] { return change(*seen); })) return;
      wait.once();
    }
  }

 private:
  struct free_node {
    void operator()(node* retired) const noexcept {
      std::destroy_at(retired->state.write());
      detail::destroy<node, Platform>(retired);
    }
  };
  struct node : hazard_pointer_obj_base<node, free_node, Platform> {
    template <class... Args>
    explicit node(std::in_place_t, Args&&... args) {
      std::construct_at(state.place(), std::forward<Args>(args)...);
    }
    typename Platform::template plain<T> state;  // constant while it can be found
  };

  struct retire_on_exit {
    basic_hazard_domain<Platform>& domain;
    node* replaced;
    ~retire_on_exit() { replaced->retire(domain); }
  };

  /// The node that was there, which is for the caller to retire.
  node* swap_in(T&& value) {
    node* const next = detail::create<node, Platform>(std::in_place, std::move(value));
    // [W1] acq_rel: release pairs with [P4] of hazard_pointer.hpp, the node is written before it is found; acquire pairs
    // with the release of whoever wrote the old one ([W1], [W2]), which is freed from here
    return current_.exchange(next, std::memory_order::acq_rel);
  }

  template <class Make>
  bool replace(const view& seen, Make make) {
    // [W3] relaxed: a hint that spares the making of a state; the compare-exchange decides
    if (current_.load(std::memory_order::relaxed) != seen.seen_) return false;
    node* const next = detail::create<node, Platform>(std::in_place, make());
    node* old = seen.seen_;
    // [W2] release, pairs with [P4] of hazard_pointer.hpp: the node is written before it is found. The view has
    // acquired the old one and keeps it from being freed and coming back (ABA)
    if (!current_.compare_exchange_strong(old, next, std::memory_order::release, std::memory_order::relaxed)) {
      free_node()(next);
      return false;
    }
    old->retire(domain_);
    return true;
  }

  alignas(cache_line) typename Platform::template atomic<node*> current_;
  basic_hazard_domain<Platform>& domain_;
};

}  // namespace lockfree::inline v1
