// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <optional>

#include <lockfree/verify/declare.hpp>

// Declared checks that end in each way: what declared.sh runs.

namespace {

namespace verify = lockfree::verify;
namespace op = lockfree::verify::op;
using verify::failure;
using verify::role;
using verify::spec::queue;
using verify::spec::transfer;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;
constexpr auto acq_rel = std::memory_order::acq_rel;

enum class fault { none, loses, duplicates };

/// A queue of Michael and Scott's kind on `verify::atomic` alone, whose nodes are never used again. A pop may read an
/// old null in `next` and then says "empty" although a push that nothing orders before it is done.
template <fault Fault>
class linked_queue {
 public:
  void push(int value) {
    const unsigned made = used_.fetch_add(1, relaxed);
    nodes_[made].value.set(value);
    for (;;) {
      unsigned last = tail_.load(acquire);
      unsigned next = nodes_[last].next.load(acquire);
      if (next == 0 && link(last, made)) {
        tail_.compare_exchange_strong(last, made, release, relaxed);
        return;
      }
      if (next != 0) tail_.compare_exchange_strong(last, next, release, relaxed);
      verify::platform::spin_wait{}.once();
    }
  }
  std::optional<int> try_pop() {
    unsigned first = head_.load(acquire);
    for (;;) {
      const unsigned next = nodes_[first].next.load(acquire);
      if (next == 0) return std::nullopt;
      if constexpr (Fault == fault::duplicates) {
        head_.store(next, release);
        return nodes_[next].value.get();
      }
      if (head_.compare_exchange_strong(first, next, acq_rel, acquire)) return nodes_[next].value.get();
    }
  }

 private:
  struct node {
    verify::atomic<unsigned> next{0};
    verify::variable<int> value{0};
  };

  bool link(unsigned last, unsigned made) {
    if constexpr (Fault == fault::loses) {
      nodes_[last].next.store(made, release);
      return true;
    }
    unsigned none = 0;
    return nodes_[last].next.compare_exchange_strong(none, made, release, relaxed);
  }

  std::array<node, 13> nodes_;
  verify::atomic<unsigned> used_{1};
  verify::atomic<unsigned> head_{0};
  verify::atomic<unsigned> tail_{0};
};

/// Twelve pushes are all that it has room for.
const verify::scenario_options small{.each = 2, .before = 1, .after = 3};

const verify::declare<linked_queue<fault::none>, queue<>> add_linked{
    "holds/stale empty", {op::push(), op::pop()}, {.purpose = "an old \"empty\" is no error"}, small};
const verify::declare<linked_queue<fault::loses>, queue<>> add_loses{
    "fails/loses", {op::push(), op::pop()}, {.purpose = "a push overwrites another"}, small};
const verify::declare<linked_queue<fault::duplicates>, queue<>> add_duplicates{
    "fails/duplicates", {op::push(), op::pop()}, {.purpose = "two pops take the same"}, small};

/// Odd and even numbers in lanes of their own, of which the first is emptied first.
struct lanes {
  std::array<linked_queue<fault::none>, 2> lane;
  void push(int value) { lane[value % 2 == 0 ? 0 : 1].push(value); }
  std::optional<int> try_pop() {
    const auto first = lane[0].try_pop();
    return first ? first : lane[1].try_pop();
  }
};
const verify::declare<lanes, queue<>> add_reorders{
    "fails/reorders", {op::push(), op::pop()}, {.purpose = "two pushes and a pop"}, small};
const verify::declare<lanes, verify::spec::queue_per_producer<>> add_lanes_per_producer{
    "fails/reorders those of one producer", {op::push(), op::pop()}, {.purpose = "the same"}, small};

/// A specification that is an ordinary class, with operations of one's own on a bare `verify::atomic`.
struct tickets {
  int last = 0;
  int take() { return ++last; }
  [[nodiscard]] int seen() const { return last; }
};
template <bool Whole>
struct atomic_tickets {
  verify::atomic<int> last{0};
  int take() {
    if constexpr (Whole) return last.fetch_add(1, acq_rel) + 1;
    const int mine = last.load(acquire) + 1;
    last.store(mine, release);
    return mine;
  }
  [[nodiscard]] int seen() const { return last.load(acquire); }
};
const auto take = [](auto& from) { return from.take(); };
const auto seen = [](auto& from) { return from.seen(); };
const verify::declare<atomic_tickets<true>, tickets> add_tickets{
    "holds/ordinary class", {{"take", take}, {"seen", seen}}, {.purpose = "tickets are taken once"}};
const verify::declare<atomic_tickets<false>, tickets> add_torn_tickets{
    "fails/ordinary class", {{"take", take}, {"seen", seen}}, {.purpose = "a load and a store"}};

/// A cell for one producer and one consumer, who have to keep to their roles.
class mailbox {
 public:
  bool try_push(int value) {
    if (full_.load(acquire)) return false;
    value_.set(value);
    full_.store(true, release);
    return true;
  }
  bool try_pop(int& out) {
    if (!full_.load(acquire)) return false;
    out = value_.get();
    full_.store(false, release);
    return true;
  }

 private:
  verify::variable<int> value_{0};
  verify::atomic<bool> full_{false};
};
using lenient_cell = queue<1, failure::lenient, failure::lenient>;
const verify::declare<mailbox, lenient_cell> add_mailbox{"holds/roles",
                                                         {op::push(role::producer), op::pop(role::consumer)},
                                                         {.purpose = "one producer, one consumer"},
                                                         {.also = {"prefix: push(7) | T0: push(8) | T1: pop() pop()"}}};
const verify::declare<mailbox, lenient_cell> add_mailbox_for_all{
    "fails/no roles", {op::push(), op::pop()}, {.purpose = "the same without roles is a race"}};

/// A lock that may let two threads in, which the race detector sees on what it guards.
template <bool Whole>
class flag_lock {
 public:
  bool try_lock() {
    if constexpr (Whole) return !taken_.exchange(true, acquire);
    if (taken_.load(acquire)) return false;
    taken_.store(true, relaxed);
    return true;
  }
  void lock() {
    while (!try_lock()) verify::platform::spin_wait{}.once();
  }
  void unlock() { taken_.store(false, release); }

 private:
  verify::atomic<bool> taken_{false};
};
const verify::declare<verify::guarded<flag_lock<true>>, verify::spec::lock<>> add_lock{
    "holds/lock", {op::section(), op::try_section()}, {.purpose = "one thread is inside"}, {.before = 0, .after = 0}};
const verify::declare<verify::guarded<flag_lock<false>>, verify::spec::lock<>> add_open_lock{
    "fails/inside at once",
    {op::section(), op::try_section()},
    {.purpose = "two may enter"},
    {.before = 0, .after = 0}};

/// Two keys, each in a cell of its own. seq_cst: less is not enough for an order of operations on different cells.
template <bool Whole>
class cells {
 public:
  bool insert(int key, int value) {
    auto& at = cell(key);
    if constexpr (Whole) {
      int none = 0;
      return at.compare_exchange_strong(none, value);
    }
    if (at.load() != 0) return false;
    at.store(value);
    return true;
  }
  bool erase(int key) { return cell(key).exchange(0) != 0; }
  std::optional<int> find(int key) {
    const int value = cell(key).load();
    return value == 0 ? std::nullopt : std::optional(value);
  }

 private:
  verify::atomic<int>& cell(int key) { return cells_[static_cast<std::size_t>(key - 1)]; }
  std::array<verify::atomic<int>, 2> cells_;
};
const verify::declare<cells<true>, verify::spec::map> add_map{
    "holds/map", {op::insert(), op::erase(), op::find()}, {.purpose = "one value for a key"}};
const verify::declare<cells<false>, verify::spec::map> add_torn_map{
    "fails/map", {op::insert(), op::erase(), op::find()}, {.purpose = "two inserts of one key"}};

/// Under a lock, or with a pop that looks under the lock and takes under another.
template <bool Whole>
class heap {
 public:
  void push(int value) {
    const std::lock_guard inside(lock_);
    values_[static_cast<std::size_t>(size_++)] = value;
    std::push_heap(values_.begin(), values_.begin() + size_);
  }
  std::optional<int> try_pop() {
    int top = 0;
    {
      const std::lock_guard inside(lock_);
      if (size_ == 0) return std::nullopt;
      top = values_[0];
      if constexpr (Whole) {
        remove();
        return top;
      }
    }
    const std::lock_guard inside(lock_);
    if (size_ == 0) return std::nullopt;
    remove();
    return top;
  }

 private:
  void remove() {
    std::pop_heap(values_.begin(), values_.begin() + size_);
    --size_;
  }
  verify::mutex lock_;
  std::array<int, verify::most_operations> values_{};
  int size_ = 0;
};
const verify::declare<heap<true>, verify::spec::priority_queue<>> add_heap{
    "holds/priority queue", {op::push(), op::pop()}, {.purpose = "the largest comes first"}};
const verify::declare<heap<false>, verify::spec::priority_queue<>> add_torn_heap{
    "fails/priority queue", {op::push(), op::pop()}, {.purpose = "another element may be taken than was seen"}};

/// Answers as it likes.
struct moody : queue<> {
  bool apply(const transfer& o) {
    static unsigned asked = 0;
    return queue<>::apply(o) && ++asked % 5 != 0;
  }
};
const verify::declare<linked_queue<fault::none>, moody> add_moody{
    "harness/moody", {op::push(), op::pop()}, {.purpose = "says yes and no"}, small};

/// Equal answers, but states that differ.
struct drifting {
  int last = 0;
  int take() {
    static int drift = 0;
    noise = ++drift;
    return ++last;
  }
  [[nodiscard]] int seen() const { return last; }
  int noise = 0;
  friend bool operator==(const drifting&, const drifting&) = default;
};
const verify::declare<atomic_tickets<true>, drifting> add_drifting{
    "harness/drifting", {{"take", take}, {"seen", seen}}, {.purpose = "two equal states become different ones"}};

/// The object itself depends on what is not modelled.
struct unrepeatable : atomic_tickets<true> {
  int take() {
    static unsigned taken = 0;
    return ++taken % 1000 == 0 ? 0 : atomic_tickets<true>::take();
  }
};
const verify::declare<unrepeatable, tickets> add_unrepeatable{
    "harness/unrepeatable", {{"take", take}, {"seen", seen}}, {.purpose = "a wrong result once in a while"}};

/// Believes nothing after it was told everything: sixteen operations without order have 63 million orders.
struct sceptic {
  struct operation {
    bool last = false;
  };
  static void describe(const operation&, char* out, std::size_t bytes) { std::snprintf(out, bytes, "step"); }
  unsigned steps = 0;
  bool apply(const operation&) { return ++steps < verify::most_operations; }
};
const verify::declare<atomic_tickets<true>, sceptic> add_endless{
    "harness/endless",
    {{"step", [](atomic_tickets<true>&) { return sceptic::operation{}; }}},
    {.purpose = "a search that would take for ever"},
    {.also = {"step() step() step() step() | step() step() step() step() | step() step() step() step() | "
              "step() step() step() step()"},
     .generate = false}};

const verify::declare<mailbox, lenient_cell> add_too_large{
    "refused/too large", {op::push(), op::pop()}, {.purpose = "17 operations"}, {.each = 16}};
const verify::declare<mailbox, lenient_cell> add_too_large_by_hand{
    "refused/by hand",
    {op::push(), op::pop()},
    {.purpose = "17 operations"},
    {.also = {"T0: pop() pop() pop() pop() pop() pop() pop() pop() pop() | T1: pop() pop() pop() pop() pop() pop() "
              "pop() pop()"}}};
const verify::declare<mailbox, lenient_cell> add_two_producers{"refused/two producers",
                                                               {op::push(role::producer), op::pop(role::consumer)},
                                                               {.purpose = "a role on two threads"},
                                                               {.also = {"push(1) | push(2)"}}};

const verify::declare<mailbox, lenient_cell> add_all_alone{
    "refused/all alone", {op::push(role::alone), op::pop(role::alone)}, {.purpose = "no thread may do anything"}};
const verify::declare<mailbox, lenient_cell> add_one_thread{
    "refused/one thread", {op::push(role::producer)}, {.purpose = "a second thread has nothing to do"}};

/// Needs three operations; the scenario that is run has fifteen.
const verify::declare<lanes, queue<>> add_large{
    "fails/large",
    {op::push(), op::pop()},
    {.purpose = "shrinks to three operations"},
    {.also =
         {"prefix: push(1) pop() | T0: push(2) pop() push(3) | T1: pop() pop() pop() pop() | T2: push(4) pop() | T3: "
          "push(5) | suffix: pop() pop() pop()"},
     .generate = false}};

}  // namespace
