// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/platform.hpp>
#include <lockfree/core/traits.hpp>

namespace lockfree::inline v1 {

template <class Node, class Platform>
class intrusive_mpsc_queue;

/// The base of what can be in an `intrusive_mpsc_queue`: room for one pointer. It does not take part when a node is
/// copied or assigned: a copy is in no queue, and who is assigned to stays where it is.
template <class Platform>
class basic_mpsc_queue_hook {
 public:
  basic_mpsc_queue_hook() noexcept = default;
  basic_mpsc_queue_hook(const basic_mpsc_queue_hook& /*source*/) noexcept {}
  basic_mpsc_queue_hook& operator=(const basic_mpsc_queue_hook& /*source*/) noexcept { return *this; }
  ~basic_mpsc_queue_hook() = default;

 private:
  template <class, class>
  friend class intrusive_mpsc_queue;

  typename Platform::template atomic<basic_mpsc_queue_hook*> next_{nullptr};
};

using mpsc_queue_hook = basic_mpsc_queue_hook<std_platform>;

/// An unbounded queue of nodes that the caller owns, from any number of producer threads to one consumer thread: the
/// mailbox of an actor.
///
///     struct message : lockfree::mpsc_queue_hook { int what; };
///     lockfree::intrusive_mpsc_queue<message> mailbox;
///
/// Use it when: what is sent has a place already, or nothing may be allocated.
/// Not when: elements are values (`mpsc_queue`); the consumer must sleep while there is nothing; or a producer that is
/// stopped inside a push must not hide what others push meanwhile.
///
/// Algorithm: Vyukov, "Intrusive MPSC node-based queue", 1024cores.net, 2010. A push takes its place by one exchange of
/// the newest node and then links the node before it to its own. A node is popped only when it has been linked to the
/// next one, so that no push will touch it any more; to get at the last one the consumer pushes a node of its own, the
/// stub, which is in the queue at most once.
/// Linearization: push at [P2], pop at [C2]. One FIFO order over all producers, the order of the exchanges.
/// "Empty" means: there is no element; or the oldest was not linked to the node before it; or the second oldest was not
/// linked to the oldest, which keeps that one inside as well. In the last two cases a push stands between its exchange
/// [P2] and its link [P3], and until it goes on `try_pop` gives nothing although later pushes have returned, even a push
/// that happened before the call. With a push that arrives in two steps, place and link, the queue is linearizable and
/// "empty" means just that (the check intrusive_mpsc_queue/declared); with an exact "empty" it is not
/// (intrusive_mpsc_queue/empty_is_not_exact). `empty_approx` tells the cases apart.
/// Progress: push is wait-free, without a loop, and never allocates. No `try_pop` waits either, but since it goes on
/// giving nothing while a push is stopped between [P2] and [P3], popping is blocking, and that is what `progress` says.
/// Memory: 256 B; a pointer in each node. Allocates nothing.
/// Node: derives from `basic_mpsc_queue_hook<Platform>`, publicly. It is in one queue at a time, stays alive and in its
/// place while it is inside, and may be pushed again, changed or destroyed as soon as it has been popped.
/// Exceptions: none.
/// Threads: push and `empty_approx` from any thread; `try_pop` from the consumer. Which thread is the consumer may
/// change if the change itself is synchronised. Construction and destruction must not overlap with anything. The
/// destructor leaves the nodes inside alone: pop them first if somebody has to free them.
template <class Node, class Platform = std_platform>
class intrusive_mpsc_queue {
 public:
  using value_type = Node;

  static constexpr std::string_view name = "intrusive_mpsc_queue";
  static constexpr auto ordering = lockfree::ordering::fifo;
  static constexpr auto progress = lockfree::progress::blocking;
  static constexpr auto push_progress = lockfree::progress::wait_free;
  static constexpr auto pop_progress = lockfree::progress::blocking;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = 1;
  static constexpr bool bounded = false;
  static constexpr std::string_view memory = "256 B + 8 B in each node";
  static constexpr std::string_view exceptions = "none";

  intrusive_mpsc_queue() noexcept = default;
  intrusive_mpsc_queue(const intrusive_mpsc_queue&) = delete;
  intrusive_mpsc_queue& operator=(const intrusive_mpsc_queue&) = delete;

  /// Any thread. Appends `node`, which is in no queue; it belongs to this one until `try_pop` gives it back. Wait-free.
  void push(Node& node) noexcept {
    static_assert(std::derived_from<Node, hook>, "intrusive_mpsc_queue<Node>: Node must derive from mpsc_queue_hook");
    append(node);
  }

  /// Consumer. The oldest node, or null if empty. Wait-free; the node is the caller's again, in every respect.
  [[nodiscard]] Node* try_pop() noexcept {
    // [C1] relaxed: only the consumer writes tail
    hook* oldest = tail_.load(std::memory_order::relaxed);
    if (oldest == &stub_) {
      oldest = linked_to(oldest);
      if (oldest == nullptr) return nullptr;
      set_tail(oldest);
    }
    hook* next = linked_to(oldest);
    if (next == nullptr) {
      // [C4] relaxed: another value shows only that a push has exchanged and not yet linked; an old one does no harm
      if (head_.load(std::memory_order::relaxed) != oldest) return nullptr;
      append(stub_);
      next = linked_to(oldest);
      if (next == nullptr) return nullptr;  // a push came in between, and has not linked yet
    }
    set_tail(next);
    return static_cast<Node*>(oldest);
  }

  /// Any thread; for the consumer: whether every node that it knows to be pushed is popped. So after a `try_pop` that
  /// gave nothing, false means that a push is under way: it is worth while to come again. For others an estimate.
  [[nodiscard]] bool empty_approx() const noexcept {
    // [S1] relaxed: an estimate publishes nothing
    const bool stub_is_newest = head_.load(std::memory_order::relaxed) == &stub_;
    // [S2] relaxed: an estimate publishes nothing
    return stub_is_newest && tail_.load(std::memory_order::relaxed) == &stub_;
  }

 private:
  using hook = basic_mpsc_queue_hook<Platform>;

  void append(hook& node) noexcept {
    // [P1] relaxed: [P2] shows it to the next push, which is the only one to write it again
    node.next_.store(nullptr, std::memory_order::relaxed);
    // [P2] acq_rel, pairs with [P2] of the push before and the push after: a node has its null before the next push
    // links it
    hook* const before = head_.exchange(&node, std::memory_order::acq_rel);
    // [P3] release, pairs with [C2]: the node is written before the link that shows it. From here on the consumer may
    // give `before` away
    before->next_.store(&node, std::memory_order::release);
  }

  /// The node after `node`, or null as long as it is not linked.
  static hook* linked_to(const hook* node) noexcept {
    // [C2] acquire, pairs with [P3]: the next node is written, and its push is done with this one
    return node->next_.load(std::memory_order::acquire);
  }

  void set_tail(hook* oldest) noexcept {
    // [C3] relaxed: others only compare it
    tail_.store(oldest, std::memory_order::relaxed);
  }

  alignas(cache_line) typename Platform::template atomic<hook*> head_{&stub_};  // the newest node; for producers
  alignas(cache_line) typename Platform::template atomic<hook*> tail_{&stub_};  // the oldest node; for the consumer
  hook stub_;
};

}  // namespace lockfree::inline v1
