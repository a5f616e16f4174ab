// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>

#include <lockfree/verify/detail/scenario.hpp>

/// Sequential specifications for `history` and `declare`. Each says of an operation and its result whether the object
/// could have given that result now, and then does it. Capacities and the number of keys are those of a scenario: at
/// most `most_operations` elements.
namespace lockfree::inline v1::verify {

/// How strict a specification is about an operation that reports failure.
enum class failure {
  exact,   ///< "full" and "empty" mean just that at one moment of the call
  lenient  ///< they may also mean that somebody is in the way, or that the caller could not see better yet
};

namespace spec {

inline constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

/// A push, a pop or a steal of an `int`, and whether it was done.
struct transfer {
  enum class kind : std::uint8_t { push, pop, steal };
  kind what = kind::push;
  bool done = false;
  int value = 0;

  static transfer push(int value, bool done = true) { return {kind::push, done, value}; }
  static transfer pop(bool done, int value) { return {kind::pop, done, done ? value : 0}; }
  static transfer steal(bool done, int value) { return {kind::steal, done, done ? value : 0}; }

  static void describe(const transfer& t, char* out, std::size_t bytes) {
    if (t.what == kind::push) {
      std::snprintf(out, bytes, t.done ? "push(%d)" : "push(%d): full", t.value);
      return;
    }
    const char* const name = t.what == kind::pop ? "pop" : "steal";
    if (t.done) {
      std::snprintf(out, bytes, "%s() = %d", name, t.value);
    } else {
      std::snprintf(out, bytes, "%s(): empty", name);
    }
  }
};

/// First in, first out; at most `Capacity` elements.
template <std::size_t Capacity = unbounded, failure Full = failure::exact, failure Empty = failure::exact>
class queue {
 public:
  using operation = transfer;
  static constexpr auto describe = &transfer::describe;

  bool apply(const operation& o) {
    if (o.what == operation::kind::push) {
      if (!o.done) return Full == failure::lenient || last_ - first_ == Capacity;
      if (last_ - first_ == Capacity || last_ == values_.size()) return false;
      values_[last_++] = o.value;
      return true;
    }
    if (!o.done) return Empty == failure::lenient || first_ == last_;
    if (first_ == last_ || values_[first_] != o.value) return false;
    ++first_;
    return true;
  }

 private:
  std::array<int, most_operations> values_{};
  std::size_t first_ = 0;
  std::size_t last_ = 0;
};

/// Elements of one producer in the order in which it pushed them; those of different producers in any. A producer is a
/// thread; what is pushed before or after the threads counts as another one.
template <std::size_t Capacity = unbounded, failure Full = failure::exact, failure Empty = failure::exact>
class queue_per_producer {
 public:
  using operation = transfer;
  static constexpr auto describe = &transfer::describe;

  bool apply(const operation& o, unsigned thread) {
    if (o.what == operation::kind::push) {
      if (!o.done) return Full == failure::lenient || size_ == Capacity;
      if (size_ == Capacity || size_ == elements_.size()) return false;
      elements_[size_++] = {o.value, thread};
      return true;
    }
    if (!o.done) return Empty == failure::lenient || size_ == 0;
    for (std::size_t i = 0; i < size_; ++i) {
      if (elements_[i].value != o.value) continue;
      for (std::size_t older = 0; older < i; ++older) {
        if (elements_[older].producer == elements_[i].producer) return false;
      }
      for (--size_; i < size_; ++i) elements_[i] = elements_[i + 1];
      return true;
    }
    return false;
  }

 private:
  struct element {
    int value = 0;
    unsigned producer = 0;
  };
  std::array<element, most_operations> elements_{};
  std::size_t size_ = 0;
};

/// Last in, first out.
template <failure Empty = failure::exact>
class stack {
 public:
  using operation = transfer;
  static constexpr auto describe = &transfer::describe;

  bool apply(const operation& o) {
    if (o.what == operation::kind::push) {
      if (!o.done || size_ == values_.size()) return false;
      values_[size_++] = o.value;
      return true;
    }
    if (!o.done) return Empty == failure::lenient || size_ == 0;
    if (size_ == 0 || values_[size_ - 1] != o.value) return false;
    --size_;
    return true;
  }

 private:
  std::array<int, most_operations> values_{};
  std::size_t size_ = 0;
};

/// The owner pushes and pops at the bottom, thieves steal at the top. A lenient steal may also fail because another
/// thread was after the same element.
template <failure Pop = failure::exact, failure Steal = failure::exact>
class deque {
 public:
  using operation = transfer;
  static constexpr auto describe = &transfer::describe;

  bool apply(const operation& o) {
    if (o.what == operation::kind::push) {
      if (!o.done || bottom_ == values_.size()) return false;
      values_[bottom_++] = o.value;
      return true;
    }
    const bool steals = o.what == operation::kind::steal;
    if (!o.done) return (steals ? Steal : Pop) == failure::lenient || top_ == bottom_;
    if (top_ == bottom_ || values_[steals ? top_ : bottom_ - 1] != o.value) return false;
    if (steals) {
      ++top_;
    } else {
      --bottom_;
    }
    return true;
  }

 private:
  std::array<int, most_operations> values_{};
  std::size_t top_ = 0;
  std::size_t bottom_ = 0;
};

/// A pop takes the largest element by `Compare`, as `std::priority_queue` does.
template <class Compare = std::less<int>, failure Empty = failure::exact>
class priority_queue {
 public:
  using operation = transfer;
  static constexpr auto describe = &transfer::describe;

  bool apply(const operation& o) {
    if (o.what == operation::kind::push) {
      if (!o.done || size_ == values_.size()) return false;
      const auto end = values_.begin() + static_cast<std::ptrdiff_t>(size_);
      const auto place = std::upper_bound(values_.begin(), end, o.value, Compare{});
      std::move_backward(place, end, end + 1);
      *place = o.value;
      ++size_;
      return true;
    }
    if (!o.done) return Empty == failure::lenient || size_ == 0;
    if (size_ == 0 || values_[size_ - 1] != o.value) return false;
    --size_;
    return true;
  }

 private:
  std::array<int, most_operations> values_{};  // ascending
  std::size_t size_ = 0;
};

/// A counter that is added to and read.
class counter {
 public:
  struct operation {
    enum class kind : std::uint8_t { add, read };
    kind what = kind::add;
    std::int64_t value = 0;

    static operation add(std::int64_t amount) { return {kind::add, amount}; }
    static operation read(std::int64_t total) { return {kind::read, total}; }
  };

  static void describe(const operation& o, char* out, std::size_t bytes) {
    std::snprintf(out, bytes, o.what == operation::kind::add ? "add(%lld)" : "value() = %lld",
                  static_cast<long long>(o.value));
  }

  bool apply(const operation& o) {
    if (o.what == operation::kind::read) return o.value == total_;
    total_ += o.value;
    return true;
  }

 private:
  std::int64_t total_ = 0;
};

/// One value that is read, written and compare-exchanged. `Initial` is there at the start.
template <int Initial = 0>
class value_register {
 public:
  struct operation {
    enum class kind : std::uint8_t { read, write, compare_exchange };
    kind what = kind::read;
    bool done = true;
    int value = 0;     // read or written
    int expected = 0;  // by the compare-exchange

    static operation read(int value) { return {kind::read, true, value, 0}; }
    static operation write(int value) { return {kind::write, true, value, 0}; }
    static operation compare_exchange(int expected, int desired, bool done) {
      return {kind::compare_exchange, done, desired, expected};
    }
  };

  static void describe(const operation& o, char* out, std::size_t bytes) {
    switch (o.what) {
      case operation::kind::read: std::snprintf(out, bytes, "read() = %d", o.value); break;
      case operation::kind::write: std::snprintf(out, bytes, "write(%d)", o.value); break;
      case operation::kind::compare_exchange:
        std::snprintf(out, bytes, "compare_exchange(%d, %d) = %s", o.expected, o.value, o.done ? "true" : "false");
    }
  }

  bool apply(const operation& o) {
    switch (o.what) {
      case operation::kind::read: return value_ == o.value;
      case operation::kind::write: value_ = o.value; return true;
      case operation::kind::compare_exchange:
        if ((value_ == o.expected) != o.done) return false;
        if (o.done) value_ = o.value;
        return true;
    }
    return false;
  }

 private:
  int value_ = Initial;
};

/// A map from `int` to `int`.
class map {
 public:
  struct operation {
    enum class kind : std::uint8_t { insert, insert_or_assign, find, contains, erase, update };
    kind what = kind::find;
    bool done = false;  // inserted anew, found, erased, updated
    int key = 0;
    int value = 0;     // found, or to be there afterwards
    int expected = 0;  // by update

    static operation insert(int key, int value, bool done) { return {kind::insert, done, key, value, 0}; }
    static operation insert_or_assign(int key, int value, bool fresh) {
      return {kind::insert_or_assign, fresh, key, value, 0};
    }
    static operation find(int key, bool found, int value) { return {kind::find, found, key, found ? value : 0, 0}; }
    static operation contains(int key, bool found) { return {kind::contains, found, key, 0, 0}; }
    static operation erase(int key, bool done) { return {kind::erase, done, key, 0, 0}; }
    static operation update(int key, int expected, int desired, bool done) {
      return {kind::update, done, key, desired, expected};
    }
  };

  static void describe(const operation& o, char* out, std::size_t bytes) {
    const char* const answer = o.done ? "true" : "false";
    switch (o.what) {
      case operation::kind::insert: std::snprintf(out, bytes, "insert(%d, %d) = %s", o.key, o.value, answer); break;
      case operation::kind::insert_or_assign:
        std::snprintf(out, bytes, "insert_or_assign(%d, %d) = %s", o.key, o.value, answer);
        break;
      case operation::kind::find:
        std::snprintf(out, bytes, o.done ? "find(%d) = %d" : "find(%d): nothing", o.key, o.value);
        break;
      case operation::kind::contains: std::snprintf(out, bytes, "contains(%d) = %s", o.key, answer); break;
      case operation::kind::erase: std::snprintf(out, bytes, "erase(%d) = %s", o.key, answer); break;
      case operation::kind::update:
        std::snprintf(out, bytes, "update(%d, %d, %d) = %s", o.key, o.expected, o.value, answer);
    }
  }

  bool apply(const operation& o) {
    const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(size_);
    const auto at = std::find_if(entries_.begin(), end, [&o](const entry& e) { return e.key == o.key; });
    const bool there = at != end;
    switch (o.what) {
      case operation::kind::insert:
      case operation::kind::insert_or_assign:
        if (o.done == there) return false;
        if (there && o.what == operation::kind::insert_or_assign) at->value = o.value;
        if (!there) {
          if (size_ == entries_.size()) return false;
          entries_[size_++] = {o.key, o.value};
        }
        return true;
      case operation::kind::find: return o.done == there && (!there || at->value == o.value);
      case operation::kind::contains: return o.done == there;
      case operation::kind::erase:
        if (o.done != there) return false;
        if (there) *at = entries_[--size_];
        return true;
      case operation::kind::update:
        if (o.done != (there && at->value == o.expected)) return false;
        if (o.done) at->value = o.value;
        return true;
    }
    return false;
  }

 private:
  struct entry {
    int key = 0;
    int value = 0;
  };
  std::array<entry, most_operations> entries_{};
  std::size_t size_ = 0;
};

/// Mutual exclusion: one thread at a time has the lock, and that one gives it back. A lenient `try_lock` may fail
/// although nobody has it.
template <failure Try = failure::exact>
class lock {
 public:
  struct operation {
    enum class kind : std::uint8_t { lock, try_lock, unlock };
    kind what = kind::lock;
    bool done = true;

    static operation lock() { return {kind::lock, true}; }
    static operation try_lock(bool done) { return {kind::try_lock, done}; }
    static operation unlock() { return {kind::unlock, true}; }
  };

  static void describe(const operation& o, char* out, std::size_t bytes) {
    switch (o.what) {
      case operation::kind::lock: std::snprintf(out, bytes, "lock()"); break;
      case operation::kind::try_lock: std::snprintf(out, bytes, "try_lock() = %s", o.done ? "true" : "false"); break;
      case operation::kind::unlock: std::snprintf(out, bytes, "unlock()");
    }
  }

  bool apply(const operation& o, unsigned thread) {
    if (o.what == operation::kind::unlock) {
      if (!held_ || holder_ != thread) return false;
      held_ = false;
      return true;
    }
    if (!o.done) return Try == failure::lenient || held_;
    if (held_) return false;
    held_ = true;
    holder_ = thread;
    return true;
  }

 private:
  bool held_ = false;
  unsigned holder_ = 0;
};

}  // namespace spec

}  // namespace lockfree::inline v1::verify
