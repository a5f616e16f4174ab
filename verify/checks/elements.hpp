// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

/// Elements that show what a structure does to them. For checks of any structure.
namespace checks {

/// On the heap: one that is never destroyed is a leak, one that is destroyed twice a double free. `Forgets` is for broken
/// twins, whose elements forget to free.
template <bool Forgets = false>
class on_heap {
 public:
  explicit on_heap(int value) : value_(new int(value)) {}
  on_heap(on_heap&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  on_heap& operator=(on_heap&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~on_heap() {
    if (!Forgets) delete value_;
  }
  [[nodiscard]] int value() const { return *value_; }

 private:
  int* value_;
};

/// Its construction throws from 0, its move while it is `spoilt`.
class fragile {
 public:
  struct failed {};
  static constexpr int spoilt = 2;

  explicit fragile(int value) : value_(value) {
    if (value == 0) throw failed();
  }
  fragile(fragile&& other) noexcept(false) : value_(other.value_) {
    if (value_ == spoilt) throw failed();
  }
  explicit operator int() const { return value_; }

 private:
  int value_;
};

}  // namespace checks
