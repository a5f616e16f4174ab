// SPDX-License-Identifier: Apache-2.0
// Misuse that the types show. Each block is compiled alone and must be refused with the words beside it; what stands
// outside of the blocks is right and must compile. See check_must_not_compile.py.
#include <memory>
#include <string>
#include <utility>

#include <lockfree/baseline/mutex_deque.hpp>
#include <lockfree/baseline/mutex_queue.hpp>
#include <lockfree/baseline/mutex_ring.hpp>
#include <lockfree/baseline/mutex_stack.hpp>
#include <lockfree/deque/chase_lev_deque.hpp>
#include <lockfree/queue/intrusive_mpsc_queue.hpp>
#include <lockfree/queue/mpmc_ring.hpp>
#include <lockfree/queue/mpsc_queue.hpp>
#include <lockfree/queue/spsc_ring.hpp>
#include <lockfree/stack/treiber_stack.hpp>

struct base {};
struct derived : base {};
struct other {};
enum class colour { red };

// An element is made as a variable is, `T element(args...)`, explicit constructors included; never by a cast.
void right(lockfree::mpmc_ring<base*>& bases, derived* one, lockfree::chase_lev_deque<std::unique_ptr<int>>& owners,
           lockfree::spsc_ring<std::string>& texts, lockfree::treiber_stack<colour>& colours) {
  (void)bases.try_emplace(one);
  owners.emplace(new int(1));
  (void)texts.try_emplace(3, 'x');
  colours.emplace(colour::red);
}

template <class Queue, class Argument>
void push_into(Queue& queue, Argument argument) {
  if constexpr (Queue::bounded) {
    (void)queue.try_emplace(std::move(argument));
  } else {
    queue.emplace(std::move(argument));
  }
}

#if defined(MPMC_RING_DOWNCAST)  // no matching (member )?function .*try_emplace
void wrong(lockfree::mpmc_ring<derived*>& ring, base* element) { push_into(ring, element); }
#endif
#if defined(MPMC_RING_ADDRESS_FROM_NUMBER)  // no matching (member )?function .*try_emplace
void wrong(lockfree::mpmc_ring<derived*>& ring) { push_into(ring, 42L); }
#endif
#if defined(MPMC_RING_ENUMERATOR_FROM_NUMBER)  // no matching (member )?function .*try_emplace
void wrong(lockfree::mpmc_ring<colour>& ring) { push_into(ring, 99); }
#endif
#if defined(SPSC_RING_DOWNCAST)  // no matching (member )?function .*try_emplace
void wrong(lockfree::spsc_ring<derived*>& ring, base* element) { push_into(ring, element); }
#endif
#if defined(MUTEX_RING_DOWNCAST)  // no matching (member )?function .*try_emplace
void wrong(lockfree::mutex_ring<derived*>& ring, base* element) { push_into(ring, element); }
#endif
#if defined(MUTEX_QUEUE_DOWNCAST)  // no matching (member )?function .*emplace
void wrong(lockfree::mutex_queue<derived*>& queue, base* element) { push_into(queue, element); }
#endif
#if defined(TREIBER_STACK_DOWNCAST)  // no matching (member )?function .*emplace
void wrong(lockfree::treiber_stack<derived*>& stack, base* element) { stack.emplace(element); }
#endif
#if defined(MUTEX_STACK_DOWNCAST)  // no matching (member )?function .*emplace
void wrong(lockfree::mutex_stack<derived*>& stack, base* element) { stack.emplace(element); }
#endif
#if defined(CHASE_LEV_DEQUE_UNRELATED_POINTER)  // no matching (member )?function .*emplace
void wrong(lockfree::chase_lev_deque<derived*>& deque, other* element) { deque.emplace(element); }
#endif
#if defined(MUTEX_DEQUE_UNRELATED_POINTER)  // no matching (member )?function .*emplace
void wrong(lockfree::mutex_deque<derived*>& deque, other* element) { deque.emplace(element); }
#endif
#if defined(COPY_OF_A_MOVE_ONLY_ELEMENT)  // no matching (member )?function .*try_emplace
void wrong(lockfree::mpmc_ring<std::unique_ptr<int>>& ring, const std::unique_ptr<int>& element) {
  (void)ring.try_push(element);
}
#endif
#if defined(MPSC_QUEUE_DOWNCAST)  // no matching (member )?function .*emplace
void wrong(lockfree::mpsc_queue<derived*>& queue, base* element) { queue.emplace(element); }
#endif
#if defined(NODE_WITHOUT_HOOK)  // intrusive_mpsc_queue<Node>: Node must derive from mpsc_queue_hook
void wrong(lockfree::intrusive_mpsc_queue<int>& queue, int& node) { queue.push(node); }
#endif
#if defined(CONSTANT_ELEMENT)  // spsc_ring<T>: T must be a non-const object type
lockfree::spsc_ring<const int> wrong(4);
#endif
#if defined(COPIED_STRUCTURE)  // use of deleted function|call to deleted constructor
void wrong(lockfree::mpmc_ring<int>& ring) { lockfree::mpmc_ring<int> copy(ring); }
#endif

#if defined(SELF_TEST_COMPILES)  // anything
void wrong(lockfree::mpmc_ring<int>& ring) { (void)ring.try_emplace(1); }
#endif
#if defined(SELF_TEST_OTHER_REASON)  // no matching (member )?function .*try_emplace
void wrong(lockfree::mpmc_ring<int>& ring) { ring.try_emplace_it(1); }
#endif
