// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>
#include <lockfree/reclaim/hazard_pointer.hpp>
#include <lockfree/sync/snapshot.hpp>

namespace lockfree::inline v1 {

/// A `std::shared_ptr` that any thread may read and replace, with the members of `std::atomic<std::shared_ptr<T>>`, which
/// takes a lock in every implementation that is in use.
///
/// Use it when: readers must keep what they have read for as long as they like, or hand it on.
/// Not when: they only look at it and go (`snapshot`: a read then writes nothing shared, while here all readers count in
/// one reference count), or the object must be destroyed at the very moment when it is replaced: the pointer that was
/// replaced waits in the domain until no reader is copying it.
///
/// Algorithm: a `snapshot` whose state is the pointer; a read copies the pointer under protection.
/// Linearization: as in snapshot.hpp; a compare-exchange that fails where it reads the pointer that is another.
/// Progress: lock-free; writes allocate, `expected` in a failing compare-exchange does not. The first use by a thread
/// allocates, as in snapshot.hpp.
/// Memory: 128 B + 40 B, and 40 B for each pointer that was replaced and waits in the domain.
/// Exceptions: `std::bad_alloc`, and then the pointer is as it was.
/// Threads: everything from any thread; construction and destruction must not overlap with calls. The domain must
/// outlive it. All operations synchronise like acquire loads and release stores.
template <class T, class Platform = std_platform>
class atomic_shared_ptr {
 public:
  using value_type = std::shared_ptr<T>;

  static constexpr std::string_view name = "atomic_shared_ptr";
  static constexpr auto ordering = lockfree::ordering::last_value;
  static constexpr auto progress = lockfree::progress::lock_free;
  static constexpr std::size_t max_writers = unlimited;
  static constexpr std::string_view memory = "128 B + 40 B a pointer that is there or waits";
  static constexpr std::string_view exceptions = "none: a shared_ptr does not throw";

  explicit atomic_shared_ptr(value_type value = nullptr) requires std::same_as<Platform, std_platform>
      : current_(std::move(value)) {}
  explicit atomic_shared_ptr(basic_hazard_domain<Platform>& domain, value_type value = nullptr)
      : current_(domain, std::move(value)) {}
  atomic_shared_ptr(const atomic_shared_ptr&) = delete;
  atomic_shared_ptr& operator=(const atomic_shared_ptr&) = delete;

  [[nodiscard]] value_type load() const { return current_.load(); }
  operator value_type() const { return load(); }

  void store(value_type desired) { current_.store(std::move(desired)); }
  void operator=(value_type desired) { store(std::move(desired)); }

  value_type exchange(value_type desired) { return current_.exchange(std::move(desired)); }

  /// Puts `desired` there if what is there equals `expected` (the same pointer, sharing ownership); otherwise sets
  /// `expected` to what is there and is false. Never fails for no reason.
  bool compare_exchange_strong(value_type& expected, value_type desired) {
    typename Platform::spin_wait wait;
    for (;;) {
      const auto seen = current_.read();
      if (!same(*seen, expected)) {
        expected = *seen;
        return false;
      }
      if (current_.compare_and_set(seen, desired)) return true;
      wait.once();
    }
  }
  bool compare_exchange_weak(value_type& expected, value_type desired) {
    return compare_exchange_strong(expected, std::move(desired));
  }

 private:
  static bool same(const value_type& a, const value_type& b) noexcept {
    return a.get() == b.get() && !a.owner_before(b) && !b.owner_before(a);
  }

  snapshot<value_type, Platform> current_;
};

}  // namespace lockfree::inline v1
