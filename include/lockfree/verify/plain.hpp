// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>

#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// `std_platform::plain<T>` under the model: storage for one `T`, whose every access is checked for data races. A
/// race is reported with both places. Reading it before anything was written is reported too.
template <class T>
class plain {
 public:
  plain() noexcept { detail::plain_construct(shadow_); }
  ~plain() { detail::plain_destroy(shadow_); }
  plain(const plain&) = delete;
  plain& operator=(const plain&) = delete;

  /// Where to construct a `T`; announces that the cell is needed for itself.
  T* place(where at = where::current()) noexcept {
    detail::plain_write(shadow_, at);
    return reinterpret_cast<T*>(bytes_);
  }
  /// Announces an access that needs the cell for itself: assign, move from, destroy.
  T* write(where at = where::current()) noexcept {
    detail::plain_write(shadow_, at);
    return std::launder(reinterpret_cast<T*>(bytes_));
  }
  /// Announces an access that may run beside other reads.
  const T* read(where at = where::current()) const noexcept {
    detail::plain_read(shadow_, at);
    return std::launder(reinterpret_cast<const T*>(bytes_));
  }

 private:
  detail::plain_shadow shadow_;
  alignas(T) std::byte bytes_[sizeof(T)];
};

/// A race-checked variable that always holds a value: the convenient form of `plain` for a user's own checks.
template <class T>
class variable {
 public:
  variable(where at = where::current()) : variable(T{}, at) {}
  variable(T initial, where at = where::current()) { ::new (static_cast<void*>(cell_.place(at))) T(initial); }
  ~variable() { cell_.write()->~T(); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

  [[nodiscard]] T get(where at = where::current()) const { return *cell_.read(at); }
  void set(T value, where at = where::current()) { *cell_.write(at) = value; }

 private:
  plain<T> cell_;
};

}  // namespace lockfree::inline v1::verify
