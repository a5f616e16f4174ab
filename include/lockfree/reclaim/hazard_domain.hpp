// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/memory.hpp>
#include <lockfree/core/platform.hpp>

namespace lockfree::inline v1 {

template <class Platform>
class basic_hazard_domain;
template <class Platform>
class basic_hazard_pointer;
template <class T, class D, class Platform>
class hazard_pointer_obj_base;

namespace detail {

/// What a domain knows of an object that can be retired: a base of `hazard_pointer_obj_base`, and what a hazard
/// pointer holds the address of.
template <class Platform>
class hazard_object {
 public:
  using reclaim_function = void (*)(hazard_object&) noexcept;

 protected:
  hazard_object() noexcept = default;
  /// A copy is another object; nothing of the retirement is copied.
  hazard_object(const hazard_object& /*other*/) noexcept {}
  hazard_object& operator=(const hazard_object& /*other*/) noexcept { return *this; }
  ~hazard_object() = default;

 private:
  friend class basic_hazard_domain<Platform>;
  struct retirement {
    hazard_object* next;
    reclaim_function reclaim;
  };
  typename Platform::template plain<retirement> retired_;  // belongs to whoever holds the list it is in
};

/// One hazard pointer's place, which every thread that reclaims reads. Belongs to its domain and is never freed before.
template <class Platform>
struct alignas(cache_line) hazard_slot {
  explicit hazard_slot(basic_hazard_domain<Platform>& owner) noexcept : domain(owner) {}

  typename Platform::template atomic<const hazard_object<Platform>*> hazard{nullptr};
  typename Platform::template atomic<bool> taken{true};  // by a hazard pointer or by a thread that keeps it
  typename Platform::template plain<hazard_slot*> next;  // in the domain's list; constant once there
  basic_hazard_domain<Platform>& domain;
};

}  // namespace detail

/// What hazard pointers protect, the hazard pointers that do it, and what has been retired and waits.
///
/// Use it when: a structure's nodes must not wait for other structures' readers, or must be gone at a known time.
/// Not when: the default domain does (`hazard_default_domain()`): it is shared, needs no argument and never ends.
///
/// Algorithm: Michael, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects", IEEE TPDS 15(6) 2004, with the
/// store-load fence moved to the reclaimer's side (an asymmetric fence, see core/platform.hpp). A thread gathers what it
/// retires in a list of its own; from `limit()` objects on it reads all hazards and reclaims what they do not name.
/// Why it is safe: a reader writes its hazard, then re-reads the source; a reclaimer's object has been taken out of the
/// source, then the reclaimer reads the hazards. With a fence between the two on either side ([C1] here, [P3] in
/// hazard_pointer.hpp) one of them sees the other's write: the reader that the object is gone from the source, or the
/// reclaimer the hazard. A hazard that is not there any more was overwritten, with release, after its last use.
/// Progress: retire is lock-free; for a thread that has made a hazard pointer in this domain wait-free, reclaiming takes
/// steps bounded by the objects and hazards at hand and the deleters'. Making a hazard pointer is lock-free, but a
/// thread's first in this domain registers it under a mutex of the process, and so does the end of such a thread. Nothing
/// else waits for another thread.
/// Allocation: retire and reclaim never allocate. Making a hazard pointer does if none is left over.
/// Memory: 128 B for each hazard pointer in use at one time, up to 8 of them kept for each thread; 256 B a thread.
/// Garbage: let N be the threads that have made a hazard pointer here (the most at one time), H = `hazard_pointers()`,
/// L = max(threshold, 2 H). At most (N + 1) L objects wait, and as many again are in the hands of each thread that is
/// stopped while it reclaims. What deleters retire comes on top until the reclaiming that runs them is over.
/// Cost: each reclaiming frees at least half of what it looks at, so a retired object costs, amortised, a share of one
/// fence (1 / L) and of the hazards, and O(log H) comparisons while H ≤ 256, beyond that O(H / 256).
/// Threads: everything from any thread, also in `thread_local` destructors. What a thread leaves when it ends is taken
/// over by the next thread that reclaims. Deleters may retire and make hazard pointers, here and in other domains.
/// The destructor reclaims everything; no hazard pointer of this domain may be left and no call may overlap, but the
/// ends of threads that have used it may. After `fork()` the child may use a domain that no other thread was inside;
/// what other threads had on lists of their own waits there for the destructor.
/// Departs from the paper: hazards are read in sorted portions of bounded size instead of into a hash table, so that
/// reclaiming needs no memory; what ended threads leave goes to a shared list instead of being helped out of theirs.
template <class Platform>
class basic_hazard_domain {
  using object = detail::hazard_object<Platform>;
  using slot = detail::hazard_slot<Platform>;

 public:
  /// Objects that a thread gathers before it reclaims. A heavy fence takes 0.5 µs alone and about 4 µs for each
  /// processor that it interrupts: with 1024 some nanoseconds an object, and nodes of 64 B still fit the L2 cache.
  static constexpr std::size_t default_threshold = 1024;

  /// Hazards that are compared with all retired objects in one pass: 2 KiB of stack.
  static constexpr std::size_t hazards_at_once = 256;

  /// Unused hazard pointers that a thread keeps for the next it makes; hardly any algorithm holds more at a time.
  static constexpr std::size_t kept_slots = 8;

  /// Threads without a hazard pointer that may reclaim at one time or, by their deleters, inside one another: bounds
  /// the stack that a deleter which retires can use.
  static constexpr std::size_t most_shared_reclaimers = 8;

  constexpr basic_hazard_domain() noexcept = default;

  /// `threshold`: as `default_threshold`; 0 is taken as 1, which reclaims at each retire.
  constexpr explicit basic_hazard_domain(std::size_t threshold) noexcept : threshold_(threshold == 0 ? 1 : threshold) {}

  /// Reclaims everything that was retired, also what deleters retire meanwhile.
  ~basic_hazard_domain() {
    // [D1] relaxed: no other thread is left; retiring only gathers from here on
    shared_reclaimers_.store(most_shared_reclaimers, std::memory_order::relaxed);
    for (;;) {
      // Waits for ends of threads that are under way; then all lists are in the shared one.
      std::destroy_at(&parts_);
      std::construct_at(&parts_);
      object_list all = take_shared();
      if (all.empty()) break;
      while (object* each = all.pop()) reclaim_one(*each);
    }
    // [D2] relaxed: no other thread is left
    for (slot* each = slots_.load(std::memory_order::relaxed); each != nullptr;) {
      slot* next = *each->next.read();
      detail::destroy<slot, Platform>(each);
      each = next;
    }
  }

  basic_hazard_domain(const basic_hazard_domain&) = delete;
  basic_hazard_domain& operator=(const basic_hazard_domain&) = delete;

  /// Reclaims now what this thread and ended threads have retired and no hazard pointer protects. Any thread; without
  /// effect in a deleter. Runs a heavy fence.
  void reclaim() noexcept {
    if (thread_part* mine = parts_.find_local()) {
      if (!mine->reclaiming) reclaim_own(*mine);
    } else {
      reclaim_shared();
    }
  }

  /// Number of objects that wait to be reclaimed, without those that a thread is looking at. Exact while nobody retires.
  [[nodiscard]] std::size_t retired_approx() const noexcept {
    // [Q1] relaxed: an estimate
    std::size_t sum = shared_count_.load(std::memory_order::relaxed);
    parts_.for_each([&sum](const thread_part& part) {
      // [Q2] relaxed: an estimate
      sum += part.count.load(std::memory_order::relaxed);
    });
    return sum;
  }

  /// Number of hazard pointers that this domain has memory for: in use, kept by threads, or free.
  [[nodiscard]] std::size_t hazard_pointers() const noexcept {
    // [Q3] relaxed: enters only into the moment of reclaiming
    return slot_count_.load(std::memory_order::relaxed);
  }

  /// `L` above: the objects at which reclaiming begins.
  [[nodiscard]] std::size_t limit() const noexcept { return std::max(threshold_, 2 * hazard_pointers()); }

 private:
  template <class P>
  friend class basic_hazard_pointer;
  template <class T, class D, class P>
  friend class hazard_pointer_obj_base;

  class object_list {
   public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] object* first() const noexcept { return first_; }

    void push(object& added) noexcept {
      added.retired_.write()->next = first_;
      if (first_ == nullptr) last_ = &added;
      first_ = &added;
      ++size_;
    }
    object* pop() noexcept {
      object* taken = first_;
      if (taken != nullptr) {
        first_ = taken->retired_.read()->next;
        --size_;
      }
      return taken;
    }
    /// Lets the list go on with `next`, which is not counted.
    void join(object* next) noexcept { last_->retired_.write()->next = next; }

    void prepend(const object_list& other) noexcept {
      if (other.empty()) return;
      object* after = first_;
      first_ = other.first_;
      if (after == nullptr) last_ = other.last_;
      size_ += other.size_;
      object_list(other).join(after);
    }
    /// The list that begins with `first`, counted.
    static object_list from(object* first) noexcept {
      object_list all;
      all.first_ = first;
      for (; first != nullptr; first = first->retired_.read()->next) {
        all.last_ = first;
        ++all.size_;
      }
      return all;
    }

   private:
    object* first_ = nullptr;
    object* last_ = nullptr;  // means something only if not empty
    std::size_t size_ = 0;
  };

  /// A thread's part of the domain. Only its thread touches it, but for `count`.
  struct thread_part {
    basic_hazard_domain* domain = nullptr;
    std::array<slot*, kept_slots> kept{};  // unused slots, with gaps; the first is the one to take or to fill
    object_list retired;
    std::size_t limit = 0;
    bool reclaiming = false;                                   // a deleter that retires must not begin again
    typename Platform::template atomic<std::size_t> count{0};  // retired.size(), for others to read

    thread_part() noexcept = default;
    thread_part(const thread_part&) = delete;
    thread_part& operator=(const thread_part&) = delete;
    ~thread_part() { on_thread_exit(); }

    void on_thread_exit() noexcept {
      if (retired.empty()) return;
      (void)domain->push_shared(std::exchange(retired, object_list{}));
      show_count();
    }
    void show_count() noexcept {
      // [R1] relaxed: for statistics
      count.store(retired.size(), std::memory_order::relaxed);
    }
  };

  /// Takes `retiree` over, to call `reclaimer` for it once no hazard pointer protects it.
  void retire(object& retiree, typename object::reclaim_function reclaimer) noexcept {
    retiree.retired_.write()->reclaim = reclaimer;
    thread_part* mine = parts_.find_local();
    if (mine == nullptr) [[unlikely]]
      return retire_shared(retiree);
    mine->retired.push(retiree);
    mine->show_count();
    // [R2] relaxed: decides only when to reclaim
    const std::size_t waiting = mine->retired.size() + shared_count_.load(std::memory_order::relaxed);
    if (waiting >= mine->limit && !mine->reclaiming) [[unlikely]]
      reclaim_own(*mine);
  }

  /// Retires in a thread that has no part of its own, and no memory may be allocated to give it one. While k such
  /// threads reclaim, k + 1 times as many objects must be there for another to begin.
  [[gnu::noinline]] void retire_shared(object& retiree) noexcept {
    object_list one;
    one.push(retiree);
    const std::size_t waiting = push_shared(one);
    // [R3] relaxed: decides only when to reclaim
    const std::size_t others = shared_reclaimers_.load(std::memory_order::relaxed);
    if (waiting >= limit() * (others + 1)) reclaim_shared();
  }

  [[gnu::noinline]] void reclaim_own(thread_part& mine) noexcept {
    mine.reclaiming = true;
    do {
      object_list all = std::exchange(mine.retired, object_list{});
      mine.show_count();
      all.prepend(take_shared());
      mine.retired.prepend(reclaim_unprotected(all));
      mine.show_count();
      mine.limit = limit();
    } while (mine.retired.size() >= mine.limit);  // so many have the deleters retired
    mine.reclaiming = false;
  }

  void reclaim_shared() noexcept {
    // [R4] relaxed: bounds a number, orders nothing
    if (shared_reclaimers_.fetch_add(1, std::memory_order::relaxed) < most_shared_reclaimers) {
      const object_list others = reclaim_unprotected(take_shared());
      if (!others.empty()) (void)push_shared(others);
    }
    // [R5] relaxed: bounds a number, orders nothing
    shared_reclaimers_.fetch_sub(1, std::memory_order::relaxed);
  }

  /// Reclaims each object of `all` that no hazard pointer protects, and returns the others: at most as many as there
  /// are hazard pointers.
  object_list reclaim_unprotected(object_list all) noexcept {
    object_list protected_ones;
    if (all.empty()) return protected_ones;
    // [C1] heavy half of an asymmetric seq_cst fence, with hazard_pointer.hpp [P3]: the objects have been taken out of
    // their sources before the hazards are read
    Platform::fence_heavy();
    // [C2] acquire, pairs with [S5]: the slots are constructed
    const slot* each_slot = slots_.load(std::memory_order::acquire);
    const object* hazards[hazards_at_once];
    for (;;) {
      std::size_t found = 0;
      for (; each_slot != nullptr && found < hazards_at_once; each_slot = *each_slot->next.read()) {
        // [C3] acquire, pairs with hazard_pointer.hpp [P2], [P6] and [P7]: the last use of what the slot protected
        // before comes before the reclaiming
        const object* hazard = each_slot->hazard.load(std::memory_order::acquire);
        if (hazard != nullptr) hazards[found++] = hazard;
      }
      std::sort(hazards, hazards + found, std::less<>{});
      const bool last_portion = each_slot == nullptr;
      object_list open;
      while (object* each = all.pop()) {
        if (contains(hazards, found, each)) {
          protected_ones.push(*each);
        } else if (last_portion) {
          reclaim_one(*each);
        } else {
          open.push(*each);
        }
      }
      if (last_portion) return protected_ones;
      all = open;
    }
  }

  /// Whether `wanted` is one of the first `size`; they are sorted. No branch depends on a comparison: those would be
  /// guessed wrong half of the time.
  static bool contains(const object* const* sorted, std::size_t size, const object* wanted) noexcept {
    if (size == 0) return false;
    for (; size > 1; size -= size / 2) sorted = std::less<>{}(wanted, sorted[size / 2]) ? sorted : sorted + size / 2;
    return *sorted == wanted;
  }

  static void reclaim_one(object& unprotected) noexcept { unprotected.retired_.read()->reclaim(unprotected); }

  /// Adds `list`, which is not empty, to the shared list; returns how many are there, or soon will be.
  std::size_t push_shared(object_list list) noexcept {
    // [O1] relaxed: a number only; counted before they are there, so that it never is too small
    const std::size_t before = shared_count_.fetch_add(list.size(), std::memory_order::relaxed);
    // [O2] relaxed: the compare-exchange finds out
    object* next = shared_.load(std::memory_order::relaxed);
    typename Platform::spin_wait wait;
    for (;;) {
      list.join(next);
      // [O3] release, pairs with [O5]: the objects have been taken out of their sources and linked up
      if (shared_.compare_exchange_weak(next, list.first(), std::memory_order::release, std::memory_order::relaxed)) {
        return before + list.size();
      }
      wait.once();
    }
  }

  object_list take_shared() noexcept {
    // [O4] relaxed: saves the exchange
    if (shared_.load(std::memory_order::relaxed) == nullptr) return object_list{};
    // [O5] acquire, pairs with [O3]: the objects have been taken out of their sources and linked up
    const object_list all = object_list::from(shared_.exchange(nullptr, std::memory_order::acquire));
    // [O6] relaxed: a number only
    shared_count_.fetch_sub(all.size(), std::memory_order::relaxed);
    return all;
  }

  /// A slot for a new hazard pointer; its hazard is null. Throws `std::bad_alloc`.
  slot* take_slot() {
    if (thread_part* mine = parts_.find_local()) [[likely]] {
      for (slot*& each : mine->kept) {
        if (each != nullptr) [[likely]]
          return std::exchange(each, nullptr);
      }
    }
    return find_slot();
  }

  /// Takes a slot back whose hazard is null.
  void give_slot(slot& given) noexcept {
    if (thread_part* mine = parts_.find_local()) [[likely]] {
      for (slot*& each : mine->kept) {
        if (each == nullptr) [[likely]] {
          each = &given;
          return;
        }
      }
    }
    // [S1] relaxed: a hint; counted before it is free
    free_slots_.fetch_add(1, std::memory_order::relaxed);
    // [S2] release, pairs with [S4]: this thread is done with the slot
    given.taken.store(false, std::memory_order::release);
  }

  [[gnu::noinline, gnu::cold]] slot* find_slot() {
    if (parts_.find_local() == nullptr) {
      thread_part& mine = parts_.local();
      mine.domain = this;
      mine.limit = limit();
      return take_slot();  // an ended thread may have left some
    }
    // [S3] relaxed: a hint
    if (free_slots_.load(std::memory_order::relaxed) != 0) {
      // [S6] acquire, pairs with [S5]: the slots are constructed
      for (slot* each = slots_.load(std::memory_order::acquire); each != nullptr; each = *each->next.read()) {
        bool taken = false;
        // [S4] acquire, pairs with [S2]: the null that the thread before left comes before this thread's hazards.
        // Audit: relaxed survives: the model keeps stores to one place in the order of their execution
        if (!each->taken.compare_exchange_strong(taken, true, std::memory_order::acquire, std::memory_order::relaxed)) {
          continue;
        }
        // [S7] relaxed: a hint
        free_slots_.fetch_sub(1, std::memory_order::relaxed);
        return each;
      }
    }
    slot* created = detail::create<slot, Platform>(*this);
    // [S8] relaxed: a number only; counted before it is there, so that `limit` never is too small
    slot_count_.fetch_add(1, std::memory_order::relaxed);
    // [S9] relaxed: the compare-exchange finds out
    slot* next = slots_.load(std::memory_order::relaxed);
    typename Platform::spin_wait wait;
    for (;;) {
      *created->next.write() = next;
      // [S5] release, pairs with [C2] and [S6]: the slot is constructed
      if (slots_.compare_exchange_weak(next, created, std::memory_order::release, std::memory_order::relaxed)) {
        return created;
      }
      wait.once();
    }
  }

  typename Platform::template atomic<slot*> slots_{nullptr};  // all, newest first; nothing is ever taken out
  typename Platform::template atomic<std::size_t> slot_count_{0};
  typename Platform::template atomic<std::size_t> free_slots_{0};
  std::size_t threshold_ = default_threshold;

  // What threads without a part retire and what ended threads leave.
  alignas(cache_line) typename Platform::template atomic<object*> shared_{nullptr};
  typename Platform::template atomic<std::size_t> shared_count_{0};
  typename Platform::template atomic<std::size_t> shared_reclaimers_{0};

  alignas(cache_line) typename Platform::template per_thread<thread_part> parts_;
};

using hazard_domain = basic_hazard_domain<std_platform>;

namespace detail {

/// Constructs the default domain at its first call; defined in the compiled part, once a process.
[[nodiscard]] hazard_domain& default_hazard_domain() noexcept;

}  // namespace detail

/// The domain that hazard pointers and retired objects belong to unless told otherwise. Made when it is first asked for,
/// also before `main`, and never destroyed, so that it is there in destructors of static objects too: what has been
/// retired to it and is not reclaimed when the process ends is left, reachable, and its deleters do not run.
template <class Platform = std_platform>
requires std::same_as<Platform, std_platform>
[[nodiscard]] basic_hazard_domain<Platform>& hazard_default_domain() noexcept {
  static basic_hazard_domain<Platform>& only = detail::default_hazard_domain();  // so that the call is made once
  return only;
}

}  // namespace lockfree::inline v1
