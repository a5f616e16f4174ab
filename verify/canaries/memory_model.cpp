// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/platform.hpp>

// Litmus tests: what C++20 allows must be reachable, what it forbids must not be. Every outcome that is looked for is
// an `expect` that it does not happen.

namespace {

namespace verify = lockfree::verify;
using verify::expect;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;
constexpr auto acq_rel = std::memory_order::acq_rel;
constexpr auto seq_cst = std::memory_order::seq_cst;

struct two_cells {
  verify::atomic<int> x{0}, y{0};
  int seen[4] = {-1, -1, -1, -1};
};

template <std::memory_order Store, std::memory_order Load, bool Fence>
struct store_buffering : two_cells {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    auto& mine = index == 0 ? x : y;
    auto& other = index == 0 ? y : x;
    mine.store(1, Store);
    if (Fence) verify::platform::fence_seq_cst();
    seen[index] = other.load(Load);
  }
  void after() { expect(seen[0] == 1 || seen[1] == 1, "both threads read 0"); }
};
const verify::add<store_buffering<relaxed, relaxed, false>> add_sb_relaxed{
    "canary/store buffering, relaxed", {.purpose = "both loads may miss the stores", .canary = "expectation failed"}};
const verify::add<store_buffering<release, acquire, false>> add_sb_release{
    "canary/store buffering, release and acquire",
    {.purpose = "release and acquire do not order a store before a load", .canary = "expectation failed"}};
const verify::add<store_buffering<seq_cst, seq_cst, false>> add_sb_seq_cst{
    "canary/store buffering, seq_cst", {.purpose = "seq_cst operations forbid it", .canary = "holds"}};
const verify::add<store_buffering<relaxed, relaxed, true>> add_sb_fences{
    "canary/store buffering, seq_cst fences", {.purpose = "seq_cst fences forbid it", .canary = "holds"}};

template <std::memory_order Store, std::memory_order Load>
struct message_passing : two_cells {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, relaxed);
      y.store(1, Store);
    } else {
      seen[0] = y.load(Load);
      seen[1] = x.load(relaxed);
    }
  }
  void after() { expect(seen[0] == 0 || seen[1] == 1, "the flag was seen and the message was not"); }
};
const verify::add<message_passing<relaxed, relaxed>> add_mp_relaxed{
    "canary/message passing, relaxed", {.purpose = "the message may be missed", .canary = "expectation failed"}};
const verify::add<message_passing<relaxed, acquire>> add_mp_no_release{
    "canary/message passing, no release", {.purpose = "the message may be missed", .canary = "expectation failed"}};
const verify::add<message_passing<release, relaxed>> add_mp_no_acquire{
    "canary/message passing, no acquire", {.purpose = "the message may be missed", .canary = "expectation failed"}};
const verify::add<message_passing<release, acquire>> add_mp{
    "canary/message passing", {.purpose = "release and acquire carry the message", .canary = "holds"}};

template <std::memory_order Store>
struct two_plus_two_writes : two_cells {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    auto& first = index == 0 ? x : y;
    auto& second = index == 0 ? y : x;
    first.store(1, Store);
    second.store(2, Store);
  }
  void after() { expect(x.load(relaxed) != 1 || y.load(relaxed) != 1, "each first store came last"); }
};
const verify::add<two_plus_two_writes<relaxed>> add_2w_relaxed{
    "canary/two plus two writes, relaxed",
    {.purpose = "reachable only if relaxed stores are held back", .canary = "expectation failed"}};
const verify::add<two_plus_two_writes<seq_cst>> add_2w_seq_cst{"canary/two plus two writes, seq_cst",
                                                               {.purpose = "seq_cst forbids it", .canary = "holds"}};

struct coherence : two_cells {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, relaxed);
      x.store(2, relaxed);
    } else {
      seen[0] = x.load(relaxed);
      seen[1] = x.load(relaxed);
    }
  }
  void after() {
    expect(seen[1] >= seen[0], "the second read of an atomic never goes back");
    expect(x.load(relaxed) == 2, "a thread's own stores stay in order");
  }
};
const verify::add<coherence> add_coherence{"canary/coherence",
                                           {.purpose = "one atomic has one order", .canary = "holds"}};

struct stale_failure : two_cells {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, relaxed);
      y.store(1, relaxed);
    } else if (y.load(relaxed) == 1) {
      int expected = 1;
      expect(x.compare_exchange_strong(expected, 2, relaxed, relaxed), "failed on the value before");
    }
  }
};
const verify::add<stale_failure> add_stale_failure{
    "canary/compare-exchange fails on an old value",
    {.purpose = "a failing compare-exchange is a load and may be stale", .canary = "expectation failed"}};

struct failure_order : two_cells {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, relaxed);
      y.store(1, release);
    } else {
      int expected = 7;
      // the failure order is stronger than the success order, which C++17 allows
      (void)y.compare_exchange_strong(expected, 8, relaxed, acquire);
      if (expected == 1) expect(x.load(relaxed) == 1, "a failure with acquire acquires");
    }
  }
};
const verify::add<failure_order> add_failure_order{
    "canary/acquire on failure only", {.purpose = "failure orders count by themselves", .canary = "holds"}};

struct spurious : two_cells {
  static constexpr unsigned threads = 1;
  void thread(unsigned) {
    int expected = 0;
    expect(x.compare_exchange_weak(expected, 1, relaxed, relaxed), "a weak compare-exchange failed for no reason");
  }
};
const verify::add<spurious> add_spurious{"canary/weak compare-exchange fails for no reason",
                                         {.purpose = "it may", .canary = "expectation failed"}};

/// C++20 dropped this from C++11: a relaxed store by the releasing thread does not continue the release sequence.
struct no_release_sequence : two_cells {
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, relaxed);
      y.store(1, release);
      y.store(2, relaxed);
    } else if (y.load(acquire) == 2) {
      expect(x.load(relaxed) == 1, "a relaxed store after a release carries nothing");
    }
  }
};
const verify::add<no_release_sequence> add_no_release_sequence{
    "canary/relaxed store ends a release sequence", {.purpose = "C++20, not C++11", .canary = "expectation failed"}};

struct release_sequence : two_cells {
  static constexpr unsigned threads = 3;
  void thread(unsigned index) {
    if (index == 0) {
      x.store(1, relaxed);
      y.store(1, release);
    } else if (index == 1) {
      y.fetch_add(1, relaxed);
    } else if (y.load(acquire) == 2) {
      expect(x.load(relaxed) == 1, "a read-modify-write carries the release on");
    }
  }
};
const verify::add<release_sequence> add_release_sequence{"canary/read-modify-write continues a release sequence",
                                                         {.purpose = "it does", .canary = "holds"}};

template <bool Fence>
struct independent_reads : two_cells {
  static constexpr unsigned threads = 4;
  void thread(unsigned index) {
    if (index == 0) x.store(1, relaxed);
    if (index == 1) y.store(1, relaxed);
    if (index >= 2) {
      auto& first = index == 2 ? x : y;
      auto& second = index == 2 ? y : x;
      const int a = first.load(acquire);
      if (Fence) verify::platform::fence_seq_cst();
      const int b = second.load(acquire);
      seen[index] = a == 1 && b == 0 ? 1 : 0;
    }
  }
  void after() { expect(seen[2] == 0 || seen[3] == 0, "the readers disagree on which store came first"); }
};
const verify::add<independent_reads<false>> add_iriw{
    "canary/independent reads, acquire",
    {.purpose = "stores may reach threads in different orders", .canary = "expectation failed"}};
const verify::add<independent_reads<true>> add_iriw_fences{"canary/independent reads, seq_cst fences",
                                                           {.purpose = "C++20 forbids it", .canary = "holds"}};

struct atomicity : two_cells {
  static constexpr unsigned threads = 3;
  void thread(unsigned) { x.fetch_add(1, relaxed); }
  void after() { expect(x.load(relaxed) == 3, "no addition is lost"); }
};
const verify::add<atomicity> add_atomicity{"canary/read-modify-write is one step",
                                           {.purpose = "no addition is lost", .canary = "holds"}};

/// All kinds and widths of value: the arithmetic of std::atomic.
struct values {
  static constexpr unsigned threads = 1;
  struct pair {
    void* where;
    unsigned long count;
  };
  enum class colour : unsigned char { red, green };
  void thread(unsigned) {
    verify::atomic<unsigned char> narrow{250};
    expect(narrow.fetch_add(10, relaxed) == 250 && narrow.load(relaxed) == 4, "unsigned char wraps");
    verify::atomic<signed char> negative{-3};
    expect(negative.fetch_sub(126, relaxed) == -3 && negative.load(relaxed) == 127, "signed char wraps");
    verify::atomic<int> bits{0b1100};
    expect(bits.fetch_and(0b0110, relaxed) == 0b1100 && bits.fetch_or(0b0001, relaxed) == 0b0100 &&
               bits.fetch_xor(0b0101, relaxed) == 0b0101 && bits.load(relaxed) == 0,
           "and, or, xor");
    long array[4] = {};
    verify::atomic<long*> pointer{array};
    expect(pointer.fetch_add(3, relaxed) == array && pointer.fetch_sub(1, relaxed) == array + 3 &&
               pointer.load(relaxed) == array + 2,
           "pointers move by elements");
    verify::atomic<colour> painted{colour::red};
    expect(painted.exchange(colour::green, acq_rel) == colour::red && painted.load(relaxed) == colour::green, "enums");
    verify::atomic<pair> wide{pair{array, 1}};
    pair expected{array, 2};
    expect(!wide.compare_exchange_strong(expected, pair{nullptr, 0}, relaxed, relaxed) && expected.count == 1 &&
               wide.compare_exchange_strong(expected, pair{array + 1, 5}, acq_rel) && wide.load(acquire).count == 5,
           "16 bytes");
    verify::atomic<bool> flag;
    expect(!flag.exchange(true, relaxed) && flag.load(relaxed), "bool, value-initialised");
  }
};
const verify::add<values> add_values{"canary/values of all kinds",
                                     {.purpose = "arithmetic is that of std::atomic", .canary = "holds"}};

}  // namespace
