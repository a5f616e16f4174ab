// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/detail/scenario.hpp>
#include <lockfree/verify/spec.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// The operations of one execution, and whether some order of them explains their results.
///
/// The order must respect happens-before, not the time at which the scheduler ran things: a `try_pop` that sees an old
/// value and says "empty" is right where nothing orders it after the push. A happens before B if all of A happens
/// before the first step of B. What constructor and `after` do comes before and after all threads.
///
/// `Spec` is the sequential object, an ordinary class that is cheap to copy:
///
///     struct operation;                          // what was called and what it returned; default-constructible
///     bool apply(const operation&);              // could it have returned that now? If so, do it.
///     bool apply(const operation&, unsigned thread);   // or so: main_slot (8) is constructor and `after`
///     static void describe(const operation&, char* out, std::size_t bytes);   // "pop() = 3", for the trace
///
/// What `apply` leaves behind when it says no does not matter: it is asked on a copy. Equal states must get equal
/// answers. Each question is put twice, to two copies; if the answers differ, or the states where `Spec` has `==`, the
/// specification is at fault and not the object, and that is what is reported. spec.hpp has the usual ones.
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
    if (count_ == limit) {
      detail::fail(detail::verdict::too_large, "operation number 17 of a history, which holds at most 16", at);
    }
    entries_[count_].begin = detail::now();
    entries_[count_].slot = detail::current_slot();
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
  [[nodiscard]] bool linearizable(const Spec& initial = Spec{}, where at = where::current()) const {
    asked_ = 0;
    std::array<std::uint32_t, limit> before{};
    for (std::size_t b = 0; b < count_; ++b) {
      for (std::size_t a = 0; a < count_; ++a) {
        if (a != b && happens_before(a, b)) before[b] |= std::uint32_t{1} << a;
      }
    }
    return search(initial, 0, before, at);
  }

  /// Ends the execution as a violation unless it is linearizable.
  void check(const Spec& initial = Spec{}, where at = where::current()) const {
    if (linearizable(initial, at)) return;
    if (linearizable(initial, at)) blame_specification("the same search found no order and then one", nullptr, at);
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
      add("%s", i == 0 ? " " : "; ");
      if (entries_[i].slot != detail::main_slot) add("T%u ", entries_[i].slot);
      add("%s", one.data());
    }
    detail::fail(detail::verdict::not_linearizable, text.data(), at);
  }

 private:
  struct entry {
    operation done{};
    detail::clock begin{};
    unsigned slot = 0;
    std::uint64_t end = 0;
    bool ended = false;
  };

  [[nodiscard]] bool happens_before(std::size_t a, std::size_t b) const {
    const entry& first = entries_[a];
    const entry& second = entries_[b];
    if (first.slot == second.slot || first.slot == detail::main_slot || second.slot == detail::main_slot) return a < b;
    return first.ended && second.begin.seen[first.begin.thread] >= first.end;
  }

  static bool ask(Spec& state, const entry& e) {
    if constexpr (requires { state.apply(e.done, e.slot); }) {
      return state.apply(e.done, e.slot);
    } else {
      return state.apply(e.done);
    }
  }

  /// As `ask`, and the specification must answer a copy likewise.
  bool apply(Spec& state, const entry& e, const where& at) const {
    if (++asked_ == most_questions) {
      detail::fail(detail::verdict::bad_specification,
                   "the search for an order has put 10 million questions to the specification and goes on; "
                   "make the scenario smaller, or give its operations more order",
                   at);
    }
    Spec copy = state;
    const bool answer = ask(state, e);
    if (answer != ask(copy, e)) blame_specification("it answered yes and no in the same state to", &e, at);
    if constexpr (std::equality_comparable<Spec>) {
      if (answer && !(state == copy)) blame_specification("two equal states differ after", &e, at);
    }
    return answer;
  }

  [[noreturn]] static void blame_specification(const char* why, const entry* about, const where& at) {
    std::array<char, 64> one{};
    if (about != nullptr) Spec::describe(about->done, one.data(), one.size());
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), "the specification is not deterministic: %s %s", why, one.data());
    detail::fail(detail::verdict::bad_specification, text.data(), at);
  }

  [[nodiscard]] bool search(const Spec& state, std::uint32_t done, const std::array<std::uint32_t, limit>& before,
                            const where& at) const {
    if (done == (std::uint32_t{1} << count_) - 1) return true;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::uint32_t bit = std::uint32_t{1} << i;
      if ((done & bit) != 0 || (before[i] & ~done) != 0) continue;
      Spec next = state;
      if (apply(next, entries_[i], at) && search(next, done | bit, before, at)) return true;
    }
    return false;
  }

  static constexpr std::uint64_t most_questions = 10'000'000;

  std::array<entry, limit> entries_{};
  std::size_t count_ = 0;
  mutable std::uint64_t asked_ = 0;
};

}  // namespace lockfree::inline v1::verify
