// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// `std::atomic<T>` under the model: the same members, each with a last defaulted argument that says where it was
/// called. `T` is trivially copyable and has at most 16 bytes; compare-exchange compares the bytes of `T`.
///
/// Relaxed stores may become visible late, loads may return any value that coherence and happens-before still allow
/// (the last 8), compare-exchange may fail on a stale value (weak: also for no reason). To be used in a check only, not
/// as a global.
template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(detail::words),
                "verify::atomic<T>: T must be trivially copyable and have at most 16 bytes");
  static constexpr bool arithmetic = std::is_integral_v<T> && !std::is_same_v<T, bool>;
  static constexpr bool pointer = std::is_pointer_v<T> && !std::is_void_v<std::remove_pointer_t<T>>;
  static constexpr auto failure_of(std::memory_order success) noexcept {
    return success == std::memory_order::acq_rel   ? std::memory_order::acquire
           : success == std::memory_order::release ? std::memory_order::relaxed
                                                   : success;
  }

 public:
  using value_type = T;
  static constexpr bool is_always_lock_free = true;

  atomic(where at = where::current()) noexcept : atomic(T{}, at) {}
  atomic(T initial, where at = where::current()) noexcept {
    detail::atomic_construct(handle_, detail::to_words(initial), detail::format_of<T>, sizeof(T), at);
  }
  ~atomic() { detail::atomic_destroy(handle_); }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  [[nodiscard]] bool is_lock_free() const noexcept { return true; }

  [[nodiscard]] T load(std::memory_order order = std::memory_order::seq_cst,
                       where at = where::current()) const noexcept {
    return detail::from_words<T>(detail::atomic_load(handle_, order, at));
  }

  void store(T value, std::memory_order order = std::memory_order::seq_cst, where at = where::current()) noexcept {
    detail::atomic_store(handle_, detail::to_words(value), order, at);
  }

  T exchange(T value, std::memory_order order = std::memory_order::seq_cst, where at = where::current()) noexcept {
    return detail::from_words<T>(detail::atomic_exchange(handle_, detail::to_words(value), order, at));
  }

  bool compare_exchange_weak(T& expected, T desired, std::memory_order success, std::memory_order failure,
                             where at = where::current()) noexcept {
    return compare_exchange(expected, desired, true, success, failure, at);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order order = std::memory_order::seq_cst,
                             where at = where::current()) noexcept {
    return compare_exchange(expected, desired, true, order, failure_of(order), at);
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order success, std::memory_order failure,
                               where at = where::current()) noexcept {
    return compare_exchange(expected, desired, false, success, failure, at);
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order order = std::memory_order::seq_cst,
                               where at = where::current()) noexcept {
    return compare_exchange(expected, desired, false, order, failure_of(order), at);
  }

  T fetch_add(T operand, std::memory_order order = std::memory_order::seq_cst,
              where at = where::current()) noexcept requires arithmetic {
    return modify(detail::fetch::add, operand, order, at);
  }
  T fetch_sub(T operand, std::memory_order order = std::memory_order::seq_cst,
              where at = where::current()) noexcept requires arithmetic {
    return modify(detail::fetch::sub, operand, order, at);
  }
  T fetch_and(T operand, std::memory_order order = std::memory_order::seq_cst,
              where at = where::current()) noexcept requires arithmetic {
    return modify(detail::fetch::bit_and, operand, order, at);
  }
  T fetch_or(T operand, std::memory_order order = std::memory_order::seq_cst,
             where at = where::current()) noexcept requires arithmetic {
    return modify(detail::fetch::bit_or, operand, order, at);
  }
  T fetch_xor(T operand, std::memory_order order = std::memory_order::seq_cst,
              where at = where::current()) noexcept requires arithmetic {
    return modify(detail::fetch::bit_xor, operand, order, at);
  }
  T fetch_add(std::ptrdiff_t elements, std::memory_order order = std::memory_order::seq_cst,
              where at = where::current()) noexcept requires pointer {
    return modify(detail::fetch::add, bytes(elements), order, at);
  }
  T fetch_sub(std::ptrdiff_t elements, std::memory_order order = std::memory_order::seq_cst,
              where at = where::current()) noexcept requires pointer {
    return modify(detail::fetch::sub, bytes(elements), order, at);
  }

  /// Parks until the value differs from `old`. Wakes for `notify_*`, or for no reason and then looks again. A thread
  /// that nobody wakes stays parked, also when the value has changed: that is how a lost wake-up is found.
  void wait(T old, std::memory_order order = std::memory_order::seq_cst, where at = where::current()) const noexcept {
    (void)detail::atomic_wait(handle_, detail::to_words(old), order, false, at);
  }
  /// As `wait`, but the time may run out at any moment; false if it did.
  bool timed_wait(T old, std::memory_order order = std::memory_order::seq_cst,
                  where at = where::current()) const noexcept {
    return detail::atomic_wait(handle_, detail::to_words(old), order, true, at);
  }
  void notify_one(where at = where::current()) noexcept { detail::atomic_notify(handle_, false, at); }
  void notify_all(where at = where::current()) noexcept { detail::atomic_notify(handle_, true, at); }

 protected:
  /// Parks if the newest value is `old` and comes back whatever wakes it; false if that was the end of its time.
  bool park_once(T old, bool timed, const where& at) noexcept {
    return detail::atomic_park(handle_, detail::to_words(old), timed, at);
  }

 private:
  bool compare_exchange(T& expected, T desired, bool weak, std::memory_order success, std::memory_order failure,
                        const where& at) noexcept {
    detail::words wanted = detail::to_words(expected);
    const bool done =
        detail::atomic_compare_exchange(handle_, wanted, detail::to_words(desired), weak, success, failure, at);
    if (!done) expected = detail::from_words<T>(wanted);
    return done;
  }

  template <class Operand>
  T modify(detail::fetch what, Operand operand, std::memory_order order, const where& at) noexcept {
    return detail::from_words<T>(detail::atomic_fetch(handle_, what, static_cast<std::uint64_t>(operand), order, at));
  }

  static std::uint64_t bytes(std::ptrdiff_t elements) noexcept requires pointer {
    return static_cast<std::uint64_t>(elements) * sizeof(std::remove_pointer_t<T>);
  }

  detail::atomic_handle handle_;
};

/// `std::atomic_thread_fence` under the model.
inline void atomic_thread_fence(std::memory_order order, where at = where::current()) noexcept {
  detail::fence(order, at);
}

}  // namespace lockfree::inline v1::verify
