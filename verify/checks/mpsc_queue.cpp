// SPDX-License-Identifier: Apache-2.0
//
// Model checks of mpsc_queue and intrusive_mpsc_queue. In both a push takes its place, by an exchange, before the link
// that shows it is there. What that hides, and for how long, is what the specification below says.

#include <array>
#include <cstddef>
#include <cstdio>
#include <type_traits>
#include <utility>
#include <vector>

#include <lockfree/queue/intrusive_mpsc_queue.hpp>
#include <lockfree/queue/mpsc_queue.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/progress.hpp>

#include "elements.hpp"

namespace {

namespace verify = lockfree::verify;
using checks::fragile;
using checks::on_heap;
using verify::expect;
using verify::platform;
using verify::weaken;

// ------------------------------------------------------------------------------------------------- the specification

/// A push is two steps at two moments of one call: it takes its place in the one order of all elements, and it arrives.
struct step {
  enum class kind { place, arrive, pop };
  kind what = kind::pop;
  bool done = false;
  int value = 0;

  static step place(int value) { return {kind::place, true, value}; }
  static step arrive(int value) { return {kind::arrive, true, value}; }
  static step pop(bool done, int value) { return {kind::pop, done, done ? value : 0}; }
};

/// First in, first out, by place. A pop takes the oldest element; it says empty exactly if there is none or that one
/// has not arrived. `Holds` is when it can't be had although it has arrived.
enum class holds {
  nothing,    ///< never
  the_oldest  ///< while the next one has taken its place but not arrived
};
template <holds Holds>
class queue_of_arrivals {
 public:
  using operation = step;

  static void describe(const step& s, char* out, std::size_t bytes) {
    if (s.what == step::kind::pop) {
      std::snprintf(out, bytes, s.done ? "pop() = %d" : "pop(): empty", s.value);
    } else {
      std::snprintf(out, bytes, s.what == step::kind::place ? "push(%d) takes its place" : "push(%d) arrives", s.value);
    }
  }

  bool apply(const step& s) {
    if (s.what == step::kind::place) {
      elements_[last_++] = {s.value, false};
      return true;
    }
    if (s.what == step::kind::arrive) {
      for (std::size_t i = first_; i < last_; ++i) {
        if (elements_[i].value == s.value) return elements_[i].arrived = true;
      }
      return false;  // it has not taken its place
    }
    const bool there = first_ != last_ && elements_[first_].arrived;
    const bool held = Holds == holds::the_oldest && last_ - first_ > 1 && !elements_[first_ + 1].arrived;
    if (!s.done) return !there || held;
    return there && !held && elements_[first_++].value == s.value;
  }

 private:
  struct element {
    int value = 0;
    bool arrived = false;
  };
  std::array<element, verify::most_operations> elements_{};
  std::size_t first_ = 0;
  std::size_t last_ = 0;
};

/// Small scenarios: the search for an order of two steps a push gets large. Few threads do more, more threads less.
const verify::scenario_options two_threads{.threads = 2, .each = 4, .before = 3, .after = 3};
const verify::scenario_options three_threads{.threads = 3, .each = 2, .before = 3, .after = 3};

/// The two operations as a declaration wants them; both steps of a push lie anywhere within the call.
template <class Object, class Spec>
std::vector<verify::operation<Object, Spec>> in_two_steps() {
  using history = verify::history<Spec>;
  return {{"push",
           [](Object& object, history& results, int value) {
             const std::size_t place = results.begin();
             const std::size_t arrival = results.begin();
             object.push(value);
             results.end(place, step::place(value));
             results.end(arrival, step::arrive(value));
           },
           verify::role::any,
           {verify::fresh()},
           2},
          {"pop",
           [](Object& object) {
             int out = 0;
             const bool done = object.try_pop(out);
             return step::pop(done, out);
           },
           verify::role::consumer}};
}

// -------------------------------------------------------------------------------------------------------- mpsc_queue

template <class T>
using queue = lockfree::mpsc_queue<T, platform>;

using arrivals = queue_of_arrivals<holds::nothing>;
const verify::declare<queue<int>, arrivals> add_declared{
    "mpsc_queue/declared",
    in_two_steps<queue<int>, arrivals>(),
    {.structure = "mpsc_queue",
     .purpose = "every result is one of a queue whose elements take their place and arrive, in every scenario",
     .dies_of = {weaken("mpsc_queue.hpp:P2"), weaken("mpsc_queue.hpp:C2")}},
    three_threads};
const verify::declare<queue<int>, arrivals> add_declared_for_two{
    "mpsc_queue/declared_for_two",
    in_two_steps<queue<int>, arrivals>(),
    {.structure = "mpsc_queue",
     .purpose = "the same with more operations in each of two threads",
     .dies_of = {weaken("mpsc_queue.hpp:P2"), weaken("mpsc_queue.hpp:C2")}},
    two_threads};

const verify::declare<queue<int>, verify::spec::queue<>> add_empty_is_not_exact{
    "mpsc_queue/empty_is_not_exact",
    {verify::op::push(), verify::op::pop(verify::role::consumer)},
    {.structure = "mpsc_queue",
     .purpose = "a pop may say empty after a push that happened before it; whoever relies on more errs",
     .broken = true,
     .twin_of = "mpsc_queue/declared"}};

/// Two producers of two elements each; the consumer takes all four. The nodes that it frees are those that the
/// producers have just linked.
struct delivers {
  static constexpr unsigned threads = 3;
  static constexpr int each = 2;

  queue<int> mailbox;

  void thread(unsigned index) {
    if (index < 2) {
      for (int i = 0; i < each; ++i) mailbox.push(static_cast<int>(index) * each + i);
      return;
    }
    platform::spin_wait wait;
    std::array<int, 2> next{};
    for (int got = 0; got < 2 * each;) {
      int out = -1;
      if (!mailbox.try_pop(out)) {
        wait.once();
        continue;
      }
      expect(out >= 0 && out < 2 * each && out % each == next[static_cast<std::size_t>(out / each)]++,
             "the elements of each producer come out once and in their order");
      ++got;
    }
  }
  void after() { expect(mailbox.empty_approx() && mailbox.size_approx() == 0, "nothing is left"); }
};
const verify::add<delivers> add_delivers{
    "mpsc_queue/delivers",
    {.structure = "mpsc_queue",
     .purpose = "nothing is lost, repeated or reordered while nodes are linked and freed",
     .dies_of = {weaken("mpsc_queue.hpp:P1"), weaken("mpsc_queue.hpp:P2"), weaken("mpsc_queue.hpp:C2")}}};

/// A batch takes its places by one exchange while another producer pushes.
struct batches {
  static constexpr unsigned threads = 3;

  queue<int> mailbox;

  void thread(unsigned index) {
    if (index == 0) {
      const std::array<int, 2> two{1, 2};
      mailbox.push_n(two.begin(), two.size());
    } else if (index == 1) {
      mailbox.push(3);
    } else {
      platform::spin_wait wait;
      std::array<int, 3> out{};
      for (std::size_t got = 0; got < out.size(); wait.once()) {
        got += mailbox.try_pop_n(out.begin() + static_cast<std::ptrdiff_t>(got), out.size() - got);
      }
      expect(out == std::array{1, 2, 3} || out == std::array{3, 1, 2}, "a batch arrives whole, in order, undivided");
    }
  }
};
const verify::add<batches> add_batches{
    "mpsc_queue/batches",
    {.structure = "mpsc_queue",
     .purpose = "the elements of one batch lie next to each other, and one link shows them all",
     .dies_of = {weaken("mpsc_queue.hpp:P1"), weaken("mpsc_queue.hpp:P2"), weaken("mpsc_queue.hpp:C2")}}};

/// The same with a batch that is pushed one by one.
struct singles : batches {
  void thread(unsigned index) {
    if (index != 0) return batches::thread(index);
    mailbox.push(1);
    mailbox.push(2);
  }
};
const verify::add<singles> add_singles{"mpsc_queue/singles",
                                       {.structure = "mpsc_queue",
                                        .purpose = "single pushes of two producers mix",
                                        .broken = true,
                                        .twin_of = "mpsc_queue/batches"}};

/// What is still inside is destroyed with the queue; what came out was destroyed there, once; each node is freed.
template <bool Forgets>
struct destroys {
  static constexpr unsigned threads = 3;

  queue<on_heap<Forgets>> mailbox;

  void thread(unsigned index) {
    for (int i = 0; i < 2; ++i) {
      if (index < 2) {
        mailbox.emplace(i);
      } else if (auto out = mailbox.try_pop()) {
        expect(out->value() >= 0 && out->value() < 2, "an element is whole");
      }
    }
  }
};
const verify::add<destroys<false>> add_destroys{
    "mpsc_queue/destroys",
    {.structure = "mpsc_queue",
     .purpose = "each element is destroyed exactly once, by the consumer or with the queue, and each node is freed",
     .dies_of = {weaken("mpsc_queue.hpp:P1"), weaken("mpsc_queue.hpp:P2"), weaken("mpsc_queue.hpp:C2")}}};
const verify::add<destroys<true>> add_forgets{"mpsc_queue/forgets",
                                              {.structure = "mpsc_queue",
                                               .purpose = "elements whose destructor does not run are noticed",
                                               .broken = true,
                                               .twin_of = "mpsc_queue/destroys"}};

/// Pushes that throw beside others, one of them in the middle of a batch; and a pop that throws.
struct throws {
  static constexpr unsigned threads = 3;

  queue<fragile> mailbox;

  void thread(unsigned index) {
    if (index == 0) {
      const std::array<int, 3> batch{1, fragile::spoilt, 0};
      bool thrown = false;
      try {
        mailbox.push_n(batch.begin(), batch.size());
      } catch (const fragile::failed&) {
        thrown = true;
      }
      expect(thrown, "a batch with an element that can't be made says so");
    } else if (index == 1) {
      try {
        mailbox.emplace(0);
        expect(false, "an element that can't be made is no element");
      } catch (const fragile::failed&) {}
      mailbox.emplace(3);
    } else {
      platform::spin_wait wait;
      int sum = 0;
      for (int seen = 0; seen < 3; wait.once()) {
        try {
          const auto out = mailbox.try_pop();
          if (!out) continue;
          sum += static_cast<int>(*out);
        } catch (const fragile::failed&) {
          sum += 10;
        }
        ++seen;
      }
      expect(sum == 1 + 10 + 3, "what was made is delivered, and what can't be moved is reported lost");
    }
  }
  void after() { expect(mailbox.empty_approx(), "nothing is left"); }
};
const verify::add<throws> add_throws{
    "mpsc_queue/throws",
    {.structure = "mpsc_queue",
     .purpose =
         "a push that throws leaves the queue as it was, but for a batch's elements before; a pop loses one element",
     .dies_of = {weaken("mpsc_queue.hpp:P1"), weaken("mpsc_queue.hpp:P2"), weaken("mpsc_queue.hpp:C2")}}};

/// A consumer that has pushed for itself knows that the queue is not empty, though `try_pop` may say so.
template <bool Believes>
struct estimates {
  static constexpr unsigned threads = 2;

  queue<int> mailbox;

  void thread(unsigned index) {
    mailbox.push(static_cast<int>(index));
    if (index == 0) return;
    const std::size_t size = mailbox.size_approx();
    expect(size <= 2 && (!Believes || size != 0), "no more elements than were pushed");
    expect(!mailbox.empty_approx(), "what this thread has pushed is inside");
    std::size_t popped = 0;
    while (mailbox.try_pop()) ++popped;
    expect(popped >= size, "what was counted can be popped");
    expect(mailbox.size_approx() <= 2 - popped, "what was popped is not counted");
  }
};
const verify::add<estimates<false>> add_estimates{
    "mpsc_queue/estimates",
    {.structure = "mpsc_queue",
     .purpose =
         "size_approx counts what can be popped; empty_approx is false while a push hides what the caller pushed",
     .dies_of = {weaken("mpsc_queue.hpp:S2"), weaken("mpsc_queue.hpp:P2")}}};
const verify::add<estimates<true>> add_believes{"mpsc_queue/believes",
                                                {.structure = "mpsc_queue",
                                                 .purpose = "size_approx may be 0 for a consumer that has just pushed",
                                                 .broken = true,
                                                 .twin_of = "mpsc_queue/estimates"}};

/// Two threads push and one calls `try_pop` once, whatever comes of it: no call waits for another thread.
struct calls {
  static constexpr unsigned threads = 3;

  queue<int> mailbox;

  void operation(unsigned thread, unsigned /*round*/) {
    if (thread < 2) {
      mailbox.push(0);
    } else {
      (void)mailbox.try_pop();
    }
  }
};
const verify::add_progress<calls> add_calls{
    "mpsc_queue/push, one call of try_pop",
    {.structure = "mpsc_queue", .purpose = "two push, one looks", .claims = queue<int>::push_progress, .own_steps = 3}};

/// The consumer pops until it has got an element, of those that it has pushed for itself at the latest.
struct hidden {
  static constexpr unsigned threads = 2;

  queue<int> mailbox;

  void operation(unsigned thread, unsigned round) {
    if (thread == 0 || round % 2 == 0) {
      mailbox.push(0);
    } else {
      platform::spin_wait wait;
      while (!mailbox.try_pop()) wait.once();
    }
  }
};
const verify::add_progress<hidden> add_hidden{"mpsc_queue/push and pop",
                                              {.structure = "mpsc_queue",
                                               .purpose = "one pushes, the other pushes and pops in turn",
                                               .claims = queue<int>::pop_progress,
                                               .rounds = 4}};
static_assert(queue<int>::progress == queue<int>::pop_progress, "progress is that of the weaker side");

// ---------------------------------------------------------------------------------------------- intrusive_mpsc_queue

struct message : lockfree::basic_mpsc_queue_hook<platform> {
  explicit message(int number = 0) : value(number) {}
  verify::variable<int> value;
};
using mailbox_of_nodes = lockfree::intrusive_mpsc_queue<message, platform>;

/// An intrusive queue with a node for each number.
struct numbered {
  mailbox_of_nodes object;
  std::array<message, verify::most_operations + 1> nodes;

  void push(int value) {
    message& node = nodes[static_cast<std::size_t>(value)];
    node.value.set(value);
    object.push(node);
  }
  bool try_pop(int& out) {
    message* const node = object.try_pop();
    if (node != nullptr) out = node->value.get();
    return node != nullptr;
  }
};

using arrivals_that_hold = queue_of_arrivals<holds::the_oldest>;
const verify::declare<numbered, arrivals_that_hold> add_intrusive_declared{
    "intrusive_mpsc_queue/declared",
    in_two_steps<numbered, arrivals_that_hold>(),
    {.structure = "intrusive_mpsc_queue",
     .purpose = "every result is one of a queue whose elements take their place and arrive, and which gives out an "
                "element not before the next one has arrived, in every scenario",
     .dies_of = {weaken("intrusive_mpsc_queue.hpp:P3"), weaken("intrusive_mpsc_queue.hpp:C2")}},
    three_threads};
const verify::declare<numbered, arrivals_that_hold> add_intrusive_declared_for_two{
    "intrusive_mpsc_queue/declared_for_two",
    in_two_steps<numbered, arrivals_that_hold>(),
    {.structure = "intrusive_mpsc_queue",
     .purpose = "the same with more operations in each of two threads",
     .dies_of = {weaken("intrusive_mpsc_queue.hpp:P3"), weaken("intrusive_mpsc_queue.hpp:C2")}},
    two_threads};

const verify::declare<numbered, arrivals> add_holds_the_oldest{
    "intrusive_mpsc_queue/holds_the_oldest",
    in_two_steps<numbered, arrivals>(),
    {.structure = "intrusive_mpsc_queue",
     .purpose = "a pop may say empty although the oldest element has arrived, unlike in mpsc_queue",
     .broken = true,
     .twin_of = "intrusive_mpsc_queue/declared"},
    three_threads};

/// As the operations of `verify::op` want it.
struct numbered_whole {
  numbered object;
};
const verify::declare<numbered_whole, verify::spec::queue<>> add_intrusive_empty_is_not_exact{
    "intrusive_mpsc_queue/empty_is_not_exact",
    {verify::op::push(), verify::op::pop(verify::role::consumer)},
    {.structure = "intrusive_mpsc_queue",
     .purpose = "a pop may say empty after a push that happened before it; whoever relies on more errs",
     .broken = true,
     .twin_of = "intrusive_mpsc_queue/declared"}};

/// The same queue, but when it has pushed the stub to get at the last node, it gives that out without another look: the
/// stub need not be next to it.
class without_second_look {
 public:
  explicit without_second_look(message* nodes) : nodes_(nodes) {}

  void push(message& node) { append(links_[static_cast<std::size_t>(&node - nodes_)]); }

  message* try_pop() {
    link* oldest = tail_;
    if (oldest == &stub_) {
      oldest = oldest->next.load(std::memory_order::acquire);
      if (oldest == nullptr) return nullptr;
      tail_ = oldest;
    }
    link* next = oldest->next.load(std::memory_order::acquire);
    if (next == nullptr) {
      if (head_.load(std::memory_order::relaxed) != oldest) return nullptr;
      append(stub_);
      next = &stub_;
    }
    tail_ = next;
    return nodes_ + (oldest - links_.data());
  }

 private:
  /// Beside the nodes, so that the error shows as what it does and not as a race in a node.
  struct link {
    platform::atomic<link*> next{nullptr};
  };
  void append(link& node) {
    node.next.store(nullptr, std::memory_order::relaxed);
    link* const before = head_.exchange(&node, std::memory_order::acq_rel);
    before->next.store(&node, std::memory_order::release);
  }

  message* nodes_;
  std::array<link, 3> links_;
  link stub_;
  platform::atomic<link*> head_{&stub_};
  link* tail_ = &stub_;
};

/// The consumer pushes each node again as soon as it has popped it, while two producers push behind it.
template <class Queue>
struct uses_again {
  static constexpr unsigned threads = 3;

  std::array<message, 3> nodes;
  Queue mailbox = [&] {
    if constexpr (std::is_constructible_v<Queue, message*>) {
      return Queue(nodes.data());
    } else {
      return Queue();
    }
  }();

  uses_again() {
    nodes[2].value.set(1);
    mailbox.push(nodes[2]);
  }
  void thread(unsigned index) {
    if (index < 2) {
      nodes[index].value.set(1);
      mailbox.push(nodes[index]);
      return;
    }
    platform::spin_wait wait;
    // Each of the three is popped, pushed again with another value, and popped.
    for (int got = 0; got < 6;) {
      message* const node = mailbox.try_pop();
      if (node == nullptr) {
        wait.once();
        continue;
      }
      ++got;
      const int value = node->value.get();
      expect(value == 1 || value == 2, "a node that is popped was pushed");
      node->value.set(value + 1);
      if (value == 1) mailbox.push(*node);
    }
  }
  void after() {
    for (const message& each : nodes) expect(each.value.get() == 3, "each node came out twice");
    expect(mailbox.try_pop() == nullptr, "nothing is left");
  }
};
const verify::add<uses_again<mailbox_of_nodes>> add_uses_again{
    "intrusive_mpsc_queue/uses_again",
    {.structure = "intrusive_mpsc_queue",
     .purpose = "a node is pushed again as soon as it is popped, while pushes stand between exchange and link",
     .dies_of = {weaken("intrusive_mpsc_queue.hpp:P2"), weaken("intrusive_mpsc_queue.hpp:P3"),
                 weaken("intrusive_mpsc_queue.hpp:C2")}}};
const verify::add<uses_again<without_second_look>> add_without_second_look{
    "intrusive_mpsc_queue/without_second_look",
    {.structure = "intrusive_mpsc_queue",
     .purpose = "a queue that gives out a node which a push is about to link loses what that push brings",
     .broken = true,
     .twin_of = "intrusive_mpsc_queue/uses_again"}};

/// Nodes on the heap, that the consumer deletes as soon as it has them. The queue runs empty again and again, so that
/// the stub goes in and out.
struct drains {
  static constexpr unsigned threads = 3;

  mailbox_of_nodes mailbox;

  void thread(unsigned index) {
    if (index < 2) {
      for (int i = 1; i <= 2; ++i) mailbox.push(*new message(i));
      return;
    }
    platform::spin_wait wait;
    for (int got = 0; got < 4;) {
      message* const node = mailbox.try_pop();
      if (node == nullptr) {
        wait.once();
        continue;
      }
      expect(node->value.get() == 1 || node->value.get() == 2, "a node is whole");
      delete node;
      ++got;
    }
    expect(mailbox.empty_approx(), "the queue is known to be empty by who has popped all that there will be");
  }
};
const verify::add<drains> add_drains{
    "intrusive_mpsc_queue/drains",
    {.structure = "intrusive_mpsc_queue",
     .purpose = "a node is deleted as soon as it is popped; the stub comes and goes",
     .dies_of = {weaken("intrusive_mpsc_queue.hpp:P2"), weaken("intrusive_mpsc_queue.hpp:P3"),
                 weaken("intrusive_mpsc_queue.hpp:C2")}}};

/// A node goes back to the producer that it came from, which pushes it again.
struct goes_back {
  static constexpr unsigned threads = 3;

  mailbox_of_nodes mailbox;
  message mine{1};
  message others{2};
  platform::atomic<message*> returned{nullptr};

  void thread(unsigned index) {
    platform::spin_wait wait;
    if (index == 0) {
      mailbox.push(mine);
      message* node = nullptr;
      while ((node = returned.load(std::memory_order::acquire)) == nullptr) wait.once();
      node->value.set(3);
      mailbox.push(*node);
    } else if (index == 1) {
      mailbox.push(others);
    } else {
      int sum = 0;
      for (int got = 0; got < 3; wait.once()) {
        message* const node = mailbox.try_pop();
        if (node == nullptr) continue;
        ++got;
        sum += node->value.get();
        if (node->value.get() == 1) returned.store(node, std::memory_order::release);
      }
      expect(sum == 1 + 2 + 3, "each push is popped once");
    }
  }
};
const verify::add<goes_back> add_goes_back{
    "intrusive_mpsc_queue/goes_back",
    {.structure = "intrusive_mpsc_queue",
     .purpose = "a popped node is pushed again by another thread",
     .dies_of = {weaken("intrusive_mpsc_queue.hpp:P2"), weaken("intrusive_mpsc_queue.hpp:P3"),
                 weaken("intrusive_mpsc_queue.hpp:C2")}}};

/// A consumer that has pushed for itself knows that the queue is not empty, though `try_pop` may give nothing.
template <bool Believes>
struct intrusive_estimates {
  static constexpr unsigned threads = 2;

  mailbox_of_nodes mailbox;
  std::array<message, 2> nodes;

  void thread(unsigned index) {
    mailbox.push(nodes[index]);
    if (index == 0) return;
    expect(!mailbox.empty_approx(), "what this thread has pushed is inside");
    int popped = 0;
    while (mailbox.try_pop() != nullptr) ++popped;
    expect(popped == 2 || popped == 1 || !Believes, "something can be popped");
    expect(popped != 0 || !mailbox.empty_approx(), "what this thread has pushed is still inside");
  }
};
const verify::add<intrusive_estimates<false>> add_intrusive_estimates{
    "intrusive_mpsc_queue/estimates",
    {.structure = "intrusive_mpsc_queue",
     .purpose = "empty_approx is false while a push hides what the caller pushed"}};
const verify::add<intrusive_estimates<true>> add_intrusive_believes{
    "intrusive_mpsc_queue/believes",
    {.structure = "intrusive_mpsc_queue",
     .purpose = "try_pop may give nothing to a consumer that has just pushed",
     .broken = true,
     .twin_of = "intrusive_mpsc_queue/estimates"}};

/// Nodes for each thread, so that none waits for one.
struct own_nodes {
  mailbox_of_nodes mailbox;
  std::array<std::array<message, 16>, 3> nodes;

  void push(unsigned thread, unsigned round) { mailbox.push(nodes[thread][round]); }
};

struct intrusive_calls : own_nodes {
  static constexpr unsigned threads = 3;

  void operation(unsigned thread, unsigned round) {
    if (thread < 2) {
      push(thread, round);
    } else {
      (void)mailbox.try_pop();
    }
  }
};
const verify::add_progress<intrusive_calls> add_intrusive_calls{"intrusive_mpsc_queue/push, one call of try_pop",
                                                                {.structure = "intrusive_mpsc_queue",
                                                                 .purpose = "two push, one looks",
                                                                 .claims = mailbox_of_nodes::push_progress,
                                                                 .own_steps = 10}};

struct intrusive_hidden : own_nodes {
  static constexpr unsigned threads = 2;

  void operation(unsigned thread, unsigned round) {
    if (thread == 0 || round % 2 == 0) {
      push(thread, round);
    } else {
      platform::spin_wait wait;
      while (mailbox.try_pop() == nullptr) wait.once();
    }
  }
};
const verify::add_progress<intrusive_hidden> add_intrusive_hidden{
    "intrusive_mpsc_queue/push and pop",
    {.structure = "intrusive_mpsc_queue",
     .purpose = "one pushes, the other pushes and pops in turn",
     .claims = mailbox_of_nodes::pop_progress,
     .rounds = 4}};
static_assert(mailbox_of_nodes::progress == mailbox_of_nodes::pop_progress, "progress is that of the weaker side");

}  // namespace
