// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace lockfree::inline v1::detail {

/// `new T(args...)` through the platform's allocation.
template <class T, class Platform, class... Args>
[[nodiscard]] T* create(Args&&... args) {
  void* memory = Platform::allocate(sizeof(T), alignof(T));
  try {
    return ::new (memory) T(std::forward<Args>(args)...);
  } catch (...) {
    Platform::deallocate(memory, sizeof(T), alignof(T));
    throw;
  }
}

/// `delete object` through the platform's allocation.
template <class T, class Platform>
void destroy(T* object) noexcept {
  object->~T();
  Platform::deallocate(object, sizeof(T), alignof(T));
}

/// An array whose length is fixed at construction, each element default-constructed in place, in platform memory.
template <class T, class Platform>
class fixed_array {
 public:
  /// Throws `std::bad_alloc`, and what `T()` throws.
  explicit fixed_array(std::size_t size) : size_(size) {
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
    data_ = static_cast<T*>(Platform::allocate(size * sizeof(T), alignof(T)));
    try {
      std::uninitialized_default_construct_n(data_, size);
    } catch (...) {
      Platform::deallocate(data_, size * sizeof(T), alignof(T));
      throw;
    }
  }
  ~fixed_array() {
    std::destroy_n(data_, size_);
    Platform::deallocate(data_, size_ * sizeof(T), alignof(T));
  }
  fixed_array(const fixed_array&) = delete;
  fixed_array& operator=(const fixed_array&) = delete;

  T& operator[](std::size_t index) noexcept { return data_[index]; }
  const T& operator[](std::size_t index) const noexcept { return data_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }

 private:
  T* data_;
  std::size_t size_;
};

}  // namespace lockfree::inline v1::detail
