// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <new>

#include <lockfree/verify/atomic.hpp>
#include <lockfree/verify/detail/engine.hpp>

namespace lockfree::inline v1::verify {

/// The model of `lockfree::per_thread`: one record a thread, owned by this object; the same interface.
///
/// Records form a list that only grows, so `for_each` may run beside everything else and like the real one may miss a
/// record that is being added unless something orders the two. A thread that ends calls `on_thread_exit()` of its
/// records and leaves them for the next thread; [R1] and [R3] give the new owner what the old one did.
template <class Record>
class per_thread {
 public:
  per_thread() noexcept = default;
  ~per_thread() {
    detail::forget_thread_end(this);
    // [D1] relaxed: no other thread is left
    for (node* at = first_.load(std::memory_order::relaxed); at != nullptr;) {
      node* next = at->next;
      at->~node();
      detail::deallocate(at, sizeof(node), alignof(node), where::current());
      at = next;
    }
  }
  per_thread(const per_thread&) = delete;
  per_thread& operator=(const per_thread&) = delete;

  /// The calling thread's record; creates or takes over one the first time. May throw `std::bad_alloc`.
  Record& local() {
    node*& mine = mine_[detail::current_slot()];
    if (mine == nullptr) {
      mine = adopt();
      if (mine == nullptr) mine = create();
      detail::at_thread_end({&leave, this});
    }
    return mine->record;
  }

  /// The calling thread's record, or nullptr if it has none yet.
  [[nodiscard]] Record* find_local() noexcept {
    node* mine = mine_[detail::current_slot()];
    return mine == nullptr ? nullptr : &mine->record;
  }

  /// Calls `visit(record)` for each record ever created.
  template <class F>
  void for_each(F visit) {
    // [V1] acquire, pairs with [R4]: the record is constructed
    for (node* at = first_.load(std::memory_order::acquire); at != nullptr; at = at->next) visit(at->record);
  }
  template <class F>
  void for_each(F visit) const {
    // [V2] acquire, pairs with [R4]: the record is constructed
    for (const node* at = first_.load(std::memory_order::acquire); at != nullptr; at = at->next) visit(at->record);
  }

 private:
  struct node {
    Record record;
    atomic<bool> owned{true};
    node* next = nullptr;  // written before [R4] shows the node, never after
  };

  node* adopt() {
    // [R2] acquire, pairs with [R4]: the node is constructed
    for (node* at = first_.load(std::memory_order::acquire); at != nullptr; at = at->next) {
      bool free = false;
      // [R1] acquire, pairs with [R3]: what the old owner did happens before what the new one does
      if (at->owned.compare_exchange_strong(free, true, std::memory_order::acquire, std::memory_order::relaxed)) {
        return at;
      }
    }
    return nullptr;
  }

  node* create() {
    void* memory = detail::allocate(sizeof(node), alignof(node), where::current());
    node* fresh = ::new (memory) node;
    // [R5] relaxed: the compare-exchange validates it
    fresh->next = first_.load(std::memory_order::relaxed);
    // [R4] release, pairs with [V1], [V2] and [R2]: the node is constructed before the list shows it
    while (!first_.compare_exchange_weak(fresh->next, fresh, std::memory_order::release, std::memory_order::relaxed)) {
      detail::yield(where::current());
    }
    return fresh;
  }

  static void leave(void* object, unsigned slot) noexcept {
    auto& self = *static_cast<per_thread*>(object);
    node* mine = self.mine_[slot];
    if (mine == nullptr) return;
    mine->record.on_thread_exit();
    self.mine_[slot] = nullptr;
    // [R3] release, pairs with [R1]: all that this thread did to the record
    mine->owned.store(false, std::memory_order::release);
  }

  atomic<node*> first_{nullptr};
  std::array<node*, detail::slots> mine_{};  // what thread_local would hold: each thread touches its own entry
};

}  // namespace lockfree::inline v1::verify
