// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include <lockfree/stack/treiber_stack.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/progress.hpp>

#include "elements.hpp"

namespace {

namespace verify = lockfree::verify;
using checks::on_heap;
using verify::drop;
using verify::expect;
using verify::platform;
using verify::weaken;

using domain = lockfree::basic_hazard_domain<platform>;
using operation = verify::spec::transfer;

/// Every result fits one sequential stack. "Empty" is exact: a pop that says so looked at the one word there is.
using history = verify::history<verify::spec::stack<>>;

template <class Stack>
operation push(Stack& stack, int value) {
  stack.push(value);
  return operation::push(value);
}
template <class Stack>
operation pop(Stack& stack) {
  int out = 0;
  const bool done = stack.try_pop(out);
  return operation::pop(done, out);
}

/// A stack that reclaims at each retire, so that a node comes back as soon as it may.
struct with_stack {
  domain nodes{1};
  lockfree::treiber_stack<int, platform> stack{nodes};
  history results;

  void after() { results.check(); }
};

/// Generated scenarios.
struct reclaiming_stack {
  domain nodes{1};
  lockfree::treiber_stack<int, platform> object{nodes};
};
const verify::declare<reclaiming_stack, verify::spec::stack<>> add_declared{
    "treiber_stack/declared",
    {verify::op::push(), verify::op::pop()},
    {.structure = "treiber_stack",
     .purpose = "every result is one of a stack, in every scenario that is generated",
     .dies_of = {weaken("treiber_stack.hpp:P2"), drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8"),
                 drop("hazard_domain.hpp:C1"), weaken("hazard_domain.hpp:C3")}}};

/// Each thread pushes and pops once.
struct exchanges : with_stack {
  static constexpr unsigned threads = 2;

  void thread(unsigned index) {
    results.record([&] { return push(stack, static_cast<int>(index) + 1); });
    results.record([&] { return pop(stack); });
  }
};
const verify::add<exchanges> add_exchanges{"treiber_stack/exchanges",
                                           {.structure = "treiber_stack",
                                            .purpose = "pushes and pops of two threads are those of one stack",
                                            .dies_of = {weaken("treiber_stack.hpp:P2")}}};

/// Two push, two pop.
struct two_against_two : with_stack {
  static constexpr unsigned threads = 4;

  void thread(unsigned index) {
    if (index < 2) {
      results.record([&] { return push(stack, static_cast<int>(index) + 1); });
    } else {
      results.record([&] { return pop(stack); });
    }
  }
};
const verify::add<two_against_two> add_two_against_two{
    "treiber_stack/two_against_two",
    {.structure = "treiber_stack",
     .purpose = "two pops against two pushes: each element comes out at most once, the newest first",
     .dies_of = {weaken("treiber_stack.hpp:P2")}}};

/// One pops. The other pops two, and pushes one back whose node may lie where a popped one lay: if the first has
/// compared with that node and read what lay below it, its compare-exchange must not succeed now (ABA).
template <class Stack>
struct comes_back {
  static constexpr unsigned threads = 2;

  domain nodes{1};
  Stack stack{nodes};
  history results;

  comes_back() {
    results.record([&] { return push(stack, 1); });
    results.record([&] { return push(stack, 2); });
  }
  void thread(unsigned index) {
    results.record([&] { return pop(stack); });
    if (index == 0) return;
    results.record([&] { return pop(stack); });
    nodes.reclaim();
    results.record([&] { return push(stack, 3); });
  }
  void after() {
    for (int i = 0; i < 3; ++i) results.record([&] { return pop(stack); });
    results.check();
  }
};
const verify::add<comes_back<lockfree::treiber_stack<int, platform>>> add_comes_back{
    "treiber_stack/comes_back",
    {.structure = "treiber_stack",
     .purpose = "a node does not come back while a pop compares with it",
     .dies_of = {drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8"), drop("hazard_domain.hpp:C1"),
                 weaken("hazard_domain.hpp:C3")}}};

/// Atomic, though that is not the error of the twins below: so it is the stack that goes wrong and not a race in a node.
struct bare_node {
  platform::atomic<int> value{0};
  platform::atomic<bare_node*> below{nullptr};
};

/// Nodes that are freed when they are popped.
class freed_at_once {
 public:
  bare_node* take() { return new bare_node; }
  void give(bare_node* popped) { delete popped; }
  void end(bare_node* left) { delete left; }
};

/// Nodes that are never freed, as programs that fear it have them; the first that was popped is used again.
class used_again {
 public:
  bare_node* take() {
    bare_node* const spare = spare_.exchange(nullptr, std::memory_order::acq_rel);
    return spare != nullptr ? spare : &nodes_[used_.fetch_add(1, std::memory_order::relaxed)];
  }
  void give(bare_node* popped) {
    bare_node* none = nullptr;
    spare_.compare_exchange_strong(none, popped, std::memory_order::release, std::memory_order::relaxed);
  }
  void end(bare_node* /*left*/) {}

 private:
  std::array<bare_node, 3> nodes_;
  platform::atomic<unsigned> used_{0};
  platform::atomic<bare_node*> spare_{nullptr};
};

/// The same stack without hazard pointers.
template <class Nodes>
class unprotected_stack {
 public:
  explicit unprotected_stack(domain& /*unused*/) {}
  ~unprotected_stack() {
    bare_node* top = head_.load(std::memory_order::acquire);
    while (top != nullptr) nodes_.end(std::exchange(top, top->below.load(std::memory_order::relaxed)));
  }
  unprotected_stack(const unprotected_stack&) = delete;
  unprotected_stack& operator=(const unprotected_stack&) = delete;

  void push(int value) {
    bare_node* const created = nodes_.take();
    created->value.store(value, std::memory_order::relaxed);
    bare_node* top = head_.load(std::memory_order::relaxed);
    do {
      created->below.store(top, std::memory_order::relaxed);
    } while (!head_.compare_exchange_strong(top, created, std::memory_order::release, std::memory_order::relaxed));
  }
  bool try_pop(int& out) {
    bare_node* top = head_.load(std::memory_order::acquire);
    while (top != nullptr) {
      bare_node* const below = top->below.load(std::memory_order::relaxed);
      bare_node* const popped = top;
      if (!head_.compare_exchange_strong(top, below, std::memory_order::acquire, std::memory_order::acquire)) continue;
      out = popped->value.load(std::memory_order::relaxed);
      nodes_.give(popped);
      return true;
    }
    return false;
  }

 private:
  Nodes nodes_;
  platform::atomic<bare_node*> head_{nullptr};
};
const verify::add<comes_back<unprotected_stack<freed_at_once>>> add_frees_at_once{
    "treiber_stack/frees_at_once",
    {.structure = "treiber_stack",
     .purpose = "a stack that frees popped nodes at once",
     .broken = true,
     .twin_of = "treiber_stack/comes_back"}};
const verify::add<comes_back<unprotected_stack<used_again>>> add_uses_again{
    "treiber_stack/uses_again",
    {.structure = "treiber_stack",
     .purpose = "a stack that never frees but uses popped nodes again hands an element out twice (ABA)",
     .broken = true,
     .twin_of = "treiber_stack/comes_back"}};

/// The winner takes the element with it: a popped node that waits holds none. Both stay below the threshold, so what
/// they popped outlives the stack and is taken over from their threads by the domain.
struct destroys {
  static constexpr unsigned threads = 2;

  domain nodes{100};
  lockfree::treiber_stack<on_heap<>, platform> stack{nodes};

  void thread(unsigned index) {
    stack.emplace(static_cast<int>(index));
    if (index == 0) stack.emplace(2);
    if (auto out = stack.try_pop()) expect(out->value() >= 0 && out->value() <= 2, "an element is whole");
  }
};
const verify::add<destroys> add_destroys{
    "treiber_stack/destroys",
    {.structure = "treiber_stack",
     .purpose = "each element is destroyed exactly once, by who popped it or with the stack; each node is freed",
     .dies_of = {weaken("treiber_stack.hpp:P2")}}};

/// Both push and pop in turn, and reclaim at each pop: each finds at least what it has pushed itself.
struct nobody_waits {
  static constexpr unsigned threads = 2;

  domain nodes{1};
  lockfree::treiber_stack<int, platform> stack{nodes};

  void operation(unsigned thread, unsigned round) {
    platform::spin_wait wait;
    int out = 0;
    if (round % 2 == 0) {
      stack.push(static_cast<int>(thread));
    } else {
      while (!stack.try_pop(out)) wait.once();
    }
  }
};
const verify::add_progress<nobody_waits> add_nobody_waits{"treiber_stack/push and pop",
                                                          {.structure = "treiber_stack",
                                                           .purpose = "both threads push and pop in turn",
                                                           .claims = lockfree::treiber_stack<int>::progress,
                                                           .rounds = 4}};

}  // namespace
