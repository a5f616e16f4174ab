// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include <lockfree/core/platform.hpp>
#include <lockfree/reclaim/hazard_domain.hpp>

namespace lockfree::inline v1 {

/// Base of a class `T` whose objects hazard pointers can protect and that end by `retire()` (C++26, [saferecl.hp.base]).
///
///     struct node : lockfree::hazard_pointer_obj_base<node> { ... };
///
/// An object that is retired has been taken out of every place from which threads that do not protect it could still
/// reach it. `retire` then calls `d(static_cast<T*>(this))` in some thread once no hazard pointer protects the object.
///
/// D: default-constructible, move-constructible and -assignable, callable with `T*`; none of it throws. An empty one
/// takes no room.
/// Memory: two pointers and a D. Nothing is ever allocated.
/// Extension: `Platform`, for the model checks, and the domain as an argument of `retire`.
template <class T, class D = std::default_delete<T>, class Platform = std_platform>
class hazard_pointer_obj_base : public detail::hazard_object<Platform> {
 public:
  /// Any thread, once an object; the hazard pointers that protect it must belong to `domain`. Does not allocate.
  /// Lock-free; now and then it reclaims objects that were retired before, and so runs their deleters.
  void retire(D d = D(), basic_hazard_domain<Platform>& domain = hazard_default_domain<Platform>()) noexcept {
    deleter_ = std::move(d);
    domain.retire(*this, &reclaim);
  }
  void retire(basic_hazard_domain<Platform>& domain) noexcept { retire(D(), domain); }

 protected:
  hazard_pointer_obj_base() = default;
  hazard_pointer_obj_base(const hazard_pointer_obj_base&) = default;
  hazard_pointer_obj_base(hazard_pointer_obj_base&&) = default;
  hazard_pointer_obj_base& operator=(const hazard_pointer_obj_base&) = default;
  hazard_pointer_obj_base& operator=(hazard_pointer_obj_base&&) = default;
  ~hazard_pointer_obj_base() = default;

 private:
  static void reclaim(detail::hazard_object<Platform>& retired) noexcept {
    auto& self = static_cast<hazard_pointer_obj_base&>(retired);
    D deleter = std::move(self.deleter_);  // it must outlive the object it is in
    deleter(static_cast<T*>(&self));
  }

  [[no_unique_address]] D deleter_;
};

/// Protects one object at a time from being reclaimed (C++26, [saferecl.hp.holder]).
///
/// Use it when: threads follow a pointer to an object that others may replace and retire; readers write nothing shared.
/// Not when: reads walk over many objects and updates may wait (RCU, which is not here), or the object is small and
/// hardly ever read (a mutex around a copy).
///
///     lockfree::hazard_pointer hazard = lockfree::make_hazard_pointer();
///     const config* now = hazard.protect(current);  // *now stays until hazard protects something else or ends
///
/// A hazard pointer is used by one thread at a time and may be handed to another. Keep it where it is used often: a
/// protected read is then two moves and a comparison; making one takes some nanoseconds from what the thread has left
/// over. Protection does not pass from one hazard pointer to another by `reset_protection(p)` and letting the first go:
/// use `swap` or a move.
///
/// Algorithm, safety, progress and memory: see hazard_domain.hpp. Everything here is wait-free but `protect`, which is
/// lock-free: it starts again when the source has changed meanwhile. Making one is another matter, see there.
/// T: `hazard_pointer_obj_base<T, …>` is a public base of it, once, and complete where `protect` is called.
template <class Platform>
class basic_hazard_pointer {
  using object = detail::hazard_object<Platform>;
  using slot = detail::hazard_slot<Platform>;

 public:
  /// Empty: it can only be assigned to, swapped and destroyed.
  basic_hazard_pointer() noexcept = default;
  basic_hazard_pointer(basic_hazard_pointer&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  basic_hazard_pointer& operator=(basic_hazard_pointer&& other) noexcept {
    basic_hazard_pointer(std::move(other)).swap(*this);
    return *this;
  }
  /// Ends the protection.
  ~basic_hazard_pointer() {
    if (slot_ == nullptr) return;
    reset_protection();
    slot_->domain.give_slot(*slot_);
  }

  [[nodiscard]] bool empty() const noexcept { return slot_ == nullptr; }

  /// What `source` holds, protected. Ends the protection of what was protected before. Not on an empty hazard pointer.
  template <class T>
  T* protect(const typename Platform::template atomic<T*>& source) noexcept {
    // [P1] relaxed: a guess, which [P4] confirms
    T* guess = source.load(std::memory_order::relaxed);
    // No pause: each further round follows a newer value.
    while (!try_protect_guess(guess, source)) {}
    return guess;
  }

  /// If `source` holds `pointer`, protects it and is true. Otherwise sets `pointer` to what `source` holds, protects
  /// nothing and is false. Ends the protection of what was protected before. Not on an empty hazard pointer.
  template <class T>
  bool try_protect(T*& pointer, const typename Platform::template atomic<T*>& source) noexcept {
    if (try_protect_guess(pointer, source)) return true;
    reset_protection();
    return false;
  }

  /// Protects `*pointer`, which must not be retired before this returns, or be found, by a read after this, still where
  /// it can't be retired from. Ends the protection of what was protected before. Not on an empty hazard pointer.
  template <class T>
  void reset_protection(const T* pointer) noexcept {
    // [P5] release, pairs with hazard_domain.hpp [C3]: the last use of what was protected before
    slot_->hazard.store(static_cast<const object*>(pointer), std::memory_order::release);
    // [P6] light half of an asymmetric seq_cst fence, with hazard_domain.hpp [C1]: the hazard is there before the
    // caller's read that makes sure
    Platform::fence_light();
  }

  /// Protects nothing any more.
  void reset_protection(std::nullptr_t = nullptr) noexcept {
    // [P7] release, pairs with hazard_domain.hpp [C3]: the last use of what was protected
    slot_->hazard.store(nullptr, std::memory_order::release);
  }

  /// Exchanges the hazard pointers together with what they protect.
  void swap(basic_hazard_pointer& other) noexcept { std::swap(slot_, other.slot_); }
  friend void swap(basic_hazard_pointer& a, basic_hazard_pointer& b) noexcept { a.swap(b); }

  /// Throws `std::bad_alloc`. The same as `make_hazard_pointer(domain)`.
  explicit basic_hazard_pointer(basic_hazard_domain<Platform>& domain) : slot_(domain.take_slot()) {}

 private:
  /// True if `guess` is what `source` holds, and protected; otherwise `guess` is newer, and it is not.
  template <class T>
  bool try_protect_guess(T*& guess, const typename Platform::template atomic<T*>& source) noexcept {
    T* const protectee = guess;
    // [P2] release, pairs with hazard_domain.hpp [C3]: the last use of what was protected before
    slot_->hazard.store(static_cast<const object*>(protectee), std::memory_order::release);
    // [P3] light half of an asymmetric seq_cst fence, with hazard_domain.hpp [C1]: the hazard is there before the source
    // is read again
    Platform::fence_light();
    // [P4] acquire, pairs with whatever published the object: it is constructed. The light fence is no fence here, and
    // the guess need not have been read.
    guess = source.load(std::memory_order::acquire);
    // [P8] without it the object may have been reclaimed before the hazard was there
    return Platform::revalidated(guess == protectee);
  }

  slot* slot_ = nullptr;
};

using hazard_pointer = basic_hazard_pointer<std_platform>;

/// A hazard pointer that is not empty. Takes one that the thread has left over, or one that nobody uses, or allocates.
/// Lock-free but for the allocation; a thread's first one in a domain takes a mutex of the process. Throws `std::bad_alloc`.
template <class Platform>
[[nodiscard]] basic_hazard_pointer<Platform> make_hazard_pointer(basic_hazard_domain<Platform>& domain) {
  return basic_hazard_pointer<Platform>(domain);
}
[[nodiscard]] inline hazard_pointer make_hazard_pointer() { return hazard_pointer(hazard_default_domain()); }

}  // namespace lockfree::inline v1
