// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/spec.hpp>

#include "flags.hpp"
#include "mailbox.hpp"

// What audit.sh runs: structures to audit, and code for the lints.

namespace {

namespace verify = lockfree::verify;
using verify::expect;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;
constexpr auto seq_cst = std::memory_order::seq_cst;

struct delivers {
  static constexpr unsigned threads = 3;
  mailbox box;
  int received = 0;
  void thread(unsigned index) {
    if (index == 0) return box.send(7);
    int message = 0;
    if (!box.receive(message)) return;
    expect(message == 7, "the message is what was sent");
    ++received;
  }
  void after() { expect(received <= 1, "one gets it"); }
};
const verify::add<delivers> add_delivers{"mailbox/delivers", {.structure = "mailbox", .purpose = "once, and whole"}};

/// Reaches the same places, but nothing is wrong there with any order.
struct alone {
  static constexpr unsigned threads = 1;
  mailbox box;
  void thread(unsigned) {
    box.send(7);
    int message = 0;
    expect(box.receive(message) && message == 7, "the message is what was sent");
  }
};
const verify::add<alone> add_alone{"mailbox/alone", {.structure = "mailbox", .purpose = "a sender that receives"}};

struct excludes {
  static constexpr unsigned threads = 2;
  flags gate;
  int inside = 0;
  void thread(unsigned index) { inside += gate.enter(index) ? 1 : 0; }
  void after() { expect(inside <= 1, "one gets in"); }
};
const verify::add<excludes> add_excludes{"flags/excludes", {.structure = "flags", .purpose = "one gets in"}};

/// A user's code in the file of its check, without tags; its release has no reason.
class counter {
 public:
  void add() { count_.fetch_add(1, release); }
  [[nodiscard]] int value() const { return count_.load(relaxed); }

 private:
  verify::atomic<int> count_{0};
};
struct counts {
  static constexpr unsigned threads = 2;
  counter total;
  void thread(unsigned) { total.add(); }
  void after() { expect(total.value() == 2, "no addition is lost"); }
};
const verify::add<counts> add_counts{"user/counts", {.structure = "user", .purpose = "no addition is lost"}};

/// A flag that shows its data, and three ways to end where it does not. None is a violation that the model knows of.
struct signals {
  static constexpr unsigned threads = 2;
  verify::atomic<int> data{0}, ready{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.store(1, relaxed);
      ready.store(1, release);
    } else if (ready.load(acquire) == 1 && data.load(relaxed) == 0) {
      std::raise(SIGSEGV);
    }
  }
};
const verify::add<signals> add_signals{"signals/where it is missed", {.structure = "signals", .purpose = "a signal"}};

struct quits {
  static constexpr unsigned threads = 2;
  verify::atomic<int> data{0}, ready{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.store(1, relaxed);
      ready.store(1, release);
    } else if (ready.load(acquire) == 1 && data.load(relaxed) == 0) {
      std::_Exit(7);
    }
  }
};
const verify::add<quits> add_quits{"quits/where it is missed", {.structure = "quits", .purpose = "ends the process"}};

/// Says no and yes to the same question.
struct moody {
  struct operation {};
  static void describe(const operation&, char* out, std::size_t bytes) { std::snprintf(out, bytes, "step"); }
  bool apply(const operation&) {
    static unsigned asked = 0;
    return ++asked % 2 == 0;
  }
};
struct asks_where_missed {
  static constexpr unsigned threads = 2;
  verify::atomic<int> data{0}, ready{0};
  verify::history<moody> results;
  void thread(unsigned index) {
    if (index == 0) {
      data.store(1, relaxed);
      ready.store(1, release);
    } else if (ready.load(acquire) == 1 && data.load(relaxed) == 0) {
      results.record([] { return moody::operation{}; });
    }
  }
  void after() { results.check(); }
};
const verify::add<asks_where_missed> add_asks{"moody/where it is missed",
                                              {.structure = "moody", .purpose = "asks a bad specification"}};

struct asks_always {
  static constexpr unsigned threads = 1;
  verify::history<moody> results;
  void thread(unsigned) {
    results.record([] { return moody::operation{}; });
  }
  void after() { results.check(); }
};
const verify::add<asks_always> add_asks_always{"unclear/always",
                                               {.structure = "unclear", .purpose = "asks a bad specification"}};

/// More operations than a history holds, where the order is missed only: no violation, and so no death of that order.
struct long_where_missed {
  static constexpr unsigned threads = 2;
  verify::atomic<int> data{0}, ready{0};
  verify::history<verify::spec::counter> results;
  void thread(unsigned index) {
    if (index == 0) {
      data.store(1, relaxed);
      ready.store(1, release);
    } else if (ready.load(acquire) == 1 && data.load(relaxed) == 0) {
      for (int i = 0; i < 17; ++i) {
        results.record([] { return verify::spec::counter::operation::add(1); });
      }
    }
  }
};
const verify::add<long_where_missed> add_long{"lengthy/where it is missed",
                                              {.structure = "lengthy", .purpose = "17 operations"}};

/// Publishes, then changes its mind with a relaxed store: part of the release sequence in C++11 only.
template <bool Relies, bool Fence = false>
struct release_sequence {
  static constexpr unsigned threads = 2;
  verify::variable<int> data{0};
  verify::atomic<int> state{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      state.store(1, release);
      state.store(2, relaxed);
    } else {
      const int seen = state.load(Fence ? relaxed : acquire);
      if (Fence) verify::atomic_thread_fence(acquire);
      if (seen == 1 || (Relies && seen == 2)) (void)data.get();
    }
  }
};
const verify::add<release_sequence<true>> add_relies{"lint/relies on C++11",
                                                     {.structure = "lint", .purpose = "a race in C++20 only"}};
const verify::add<release_sequence<false>> add_reads{"lint/reads what C++11 would acquire",
                                                     {.structure = "lint", .purpose = "no race, but worth a look"}};
const verify::add<release_sequence<true, true>> add_fence_relies{
    "lint/fence relies on C++11", {.structure = "lint", .purpose = "the same where a fence acquires"}};
const verify::add<release_sequence<false, true>> add_fence_reads{
    "lint/fence reads what C++11 would acquire", {.structure = "lint", .purpose = "the same where a fence acquires"}};

/// A release fence stands before both stores, so that both show what it releases.
struct after_a_fence {
  static constexpr unsigned threads = 2;
  verify::variable<int> data{0};
  verify::atomic<int> state{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      verify::atomic_thread_fence(release);
      state.store(1, relaxed);
      state.store(2, relaxed);
    } else {
      if (state.load(relaxed) == 0) return;
      verify::atomic_thread_fence(acquire);
      (void)data.get();
    }
  }
};
const verify::add<after_a_fence> add_after_a_fence{"lint/still released by the fence",
                                                   {.structure = "lint", .purpose = "no release sequence is needed"}};

/// What C++20 counts to the release sequence as well, or what C++11 does not either: nothing to say.
struct still_a_sequence {
  static constexpr unsigned threads = 3;
  verify::variable<int> data{0};
  verify::atomic<int> state{0};
  verify::atomic<int> other{0};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      state.store(1, release);
    } else if (index == 1) {
      state.fetch_add(2, relaxed);
      other.store(1, relaxed);
    } else {
      const int seen = state.load(acquire);
      if (seen == 1 || seen == 3) (void)data.get();
      (void)other.load(acquire);
    }
  }
};
const verify::add<still_a_sequence> add_still{"lint/still a release sequence",
                                              {.structure = "lint", .purpose = "a read-modify-write continues it"}};

/// One side keeps its store before its load by seq_cst operations, the other by a fence.
template <bool Fails>
struct mixed {
  static constexpr unsigned threads = 2;
  verify::atomic<int> x{0}, y{0};
  int saw[2] = {1, 1};
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, seq_cst);
      saw[0] = y.load(seq_cst);
    } else {
      y.store(1, relaxed);
      verify::atomic_thread_fence(seq_cst);
      saw[1] = x.load(relaxed);
    }
  }
  void after() { expect(!Fails || saw[0] == 1 || saw[1] == 1, "one sees the other"); }
};
const verify::add<mixed<false>> add_mixed{"lint/mixed", {.structure = "lint", .purpose = "operations and fences"}};
const verify::add<mixed<true>> add_artefact{"lint/artefact", {.structure = "lint", .purpose = "C++20 forbids it"}};

/// Fences in one execution's threads, operations before them: no protocol has both.
struct apart {
  static constexpr unsigned threads = 2;
  verify::atomic<int> x{0}, y{0};
  apart() { x.store(0, seq_cst); }
  void thread(unsigned index) {
    verify::atomic<int>& mine = index == 0 ? x : y;
    mine.store(1, relaxed);
    verify::atomic_thread_fence(seq_cst);
    (void)(index == 0 ? y : x).load(relaxed);
  }
};
const verify::add<apart> add_apart{"lint/apart", {.structure = "lint", .purpose = "fences only"}};

}  // namespace
