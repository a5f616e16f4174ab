// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>

#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// Operations that a history may have; the search for an order is exponential in the worst case.
inline constexpr std::size_t most_operations = 16;

/// The operations of one execution, and whether some order of them explains their results.
///
/// The order must respect happens-before, not the time at which the scheduler ran things: a `try_pop` that sees an old
/// value and says "empty" is right where nothing orders it after the push. A happens before B if all of A happens
/// before the first step of B.
///
/// `Spec` is the sequential object, an ordinary class that is cheap to copy:
///
///     struct operation;                          // what was called and what it returned; default-constructible
///     bool apply(const operation&);              // could it have returned that now? If so, do it.
///     static void describe(const operation&, char* out, std::size_t bytes);   // "pop() = 3", for the trace
///
/// Use: one `history` a check, `record` around each operation, `check` in `after`.
template <class Spec>
class history {
 public:
  using operation = typename Spec::operation;
  static constexpr std::size_t limit = most_operations;

  /// Runs `call`, which does one operation on the object and returns what it was and what came out.
  template <class F>
  operation record(F call, where at = where::current()) {
    const std::size_t token = begin(at);
    operation done = call();
    end(token, done, at);
    return done;
  }

  /// An operation begins in the calling thread. The result names it to `end`.
  std::size_t begin(where at = where::current()) {
    if (count_ == limit) detail::fail(detail::verdict::misuse, "a history holds at most 16 operations", at);
    entries_[count_].begin = detail::now();
    if (detail::tracing()) detail::call_begins(at);
    return count_++;
  }

  void end(std::size_t token, const operation& done, where at = where::current()) {
    entry& e = entries_[token];
    e.done = done;
    e.end = detail::now().own();
    e.ended = true;
    if (detail::tracing()) {
      std::array<char, 64> text{};
      Spec::describe(done, text.data(), text.size());
      detail::call_ends(text.data(), at);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  /// Is there an order that respects happens-before and in which `initial` would have given the same results?
  [[nodiscard]] bool linearizable(const Spec& initial = Spec{}) const {
    std::array<std::uint32_t, limit> before{};
    for (std::size_t b = 0; b < count_; ++b) {
      for (std::size_t a = 0; a < count_; ++a) {
        if (a != b && happens_before(a, b)) before[b] |= std::uint32_t{1} << a;
      }
    }
    return search(initial, 0, before);
  }

  /// Ends the execution as a violation unless it is linearizable.
  void check(const Spec& initial = Spec{}, where at = where::current()) const {
    if (linearizable(initial)) return;
    std::array<char, 1024> text{};
    std::size_t used = 0;
    const auto add = [&](const char* format, auto value) {
      const int more = std::snprintf(text.data() + used, text.size() - used, format, value);
      if (more > 0)
        used = used + static_cast<std::size_t>(more) < text.size() ? used + static_cast<std::size_t>(more)
                                                                   : text.size() - 1;
    };
    add("%s", "no order of these operations explains their results:");
    for (std::size_t i = 0; i < count_; ++i) {
      std::array<char, 64> one{};
      Spec::describe(entries_[i].done, one.data(), one.size());
      add(i == 0 ? " T%u " : "; T%u ", entries_[i].begin.thread);
      add("%s", one.data());
    }
    detail::fail(detail::verdict::not_linearizable, text.data(), at);
  }

 private:
  struct entry {
    operation done{};
    detail::clock begin{};
    std::uint64_t end = 0;
    bool ended = false;
  };

  [[nodiscard]] bool happens_before(std::size_t a, std::size_t b) const {
    const entry& first = entries_[a];
    const entry& second = entries_[b];
    if (first.begin.thread == second.begin.thread) return a < b;
    return first.ended && second.begin.seen[first.begin.thread] >= first.end;
  }

  [[nodiscard]] bool search(const Spec& state, std::uint32_t done,
                            const std::array<std::uint32_t, limit>& before) const {
    if (done == (std::uint32_t{1} << count_) - 1) return true;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::uint32_t bit = std::uint32_t{1} << i;
      if ((done & bit) != 0 || (before[i] & ~done) != 0) continue;
      Spec next = state;
      if (next.apply(entries_[i].done) && search(next, done | bit, before)) return true;
    }
    return false;
  }

  std::array<entry, limit> entries_{};
  std::size_t count_ = 0;
};

/// How strict a specification is about an operation that reports failure.
enum class failure {
  exact,   ///< "full" and "empty" mean just that at one moment of the call
  lenient  ///< they may also mean that somebody is in the way, or that the caller could not see better yet
};

namespace spec {

inline constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

/// A push or a pop of an `int`, and whether it was done.
struct transfer {
  enum class kind : std::uint8_t { push, pop };
  kind what = kind::push;
  bool done = false;
  int value = 0;

  static transfer push(int value, bool done = true) { return {kind::push, done, value}; }
  static transfer pop(bool done, int value) { return {kind::pop, done, done ? value : 0}; }

  static void describe(const transfer& t, char* out, std::size_t bytes) {
    if (t.what == kind::push) {
      std::snprintf(out, bytes, t.done ? "push(%d)" : "push(%d): full", t.value);
    } else if (t.done) {
      std::snprintf(out, bytes, "pop() = %d", t.value);
    } else {
      std::snprintf(out, bytes, "pop(): empty");
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

}  // namespace spec

}  // namespace lockfree::inline v1::verify
