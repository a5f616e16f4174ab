// SPDX-License-Identifier: Apache-2.0
// Everything of which the README says that it needs nothing compiled; linked without the library.
#include <lockfree/baseline/mutex_counter.hpp>
#include <lockfree/baseline/mutex_deque.hpp>
#include <lockfree/baseline/mutex_queue.hpp>
#include <lockfree/baseline/mutex_ring.hpp>
#include <lockfree/baseline/mutex_stack.hpp>
#include <lockfree/baseline/spin_ring.hpp>
#include <lockfree/counter/atomic_counter.hpp>
#include <lockfree/counter/cas_counter.hpp>
#include <lockfree/deque/chase_lev_deque.hpp>
#include <lockfree/queue/intrusive_mpsc_queue.hpp>
#include <lockfree/queue/mpmc_ring.hpp>
#include <lockfree/queue/mpsc_queue.hpp>
#include <lockfree/queue/spsc_ring.hpp>

template <class Ring>
bool ring_works() {
  Ring ring(4);
  int out = 0;
  return ring.try_push(42) && ring.try_pop(out) && out == 42 && ring.empty_approx();
}

template <class Pushed>
bool last_in_first_out(Pushed& pushed) {
  pushed.push(1);
  pushed.push(2);
  if constexpr (requires { pushed.steal(); }) {
    return pushed.pop() == 2 && pushed.steal() == 1 && pushed.empty_approx();
  } else {
    return pushed.try_pop() == 2 && pushed.try_pop() == 1 && pushed.empty_approx();
  }
}

bool mailboxes_work() {
  lockfree::mpsc_queue<int> values;
  values.push(42);
  lockfree::mpsc_queue_hook node;
  lockfree::intrusive_mpsc_queue<lockfree::mpsc_queue_hook> nodes;
  nodes.push(node);
  return values.try_pop() == 42 && values.empty_approx() && nodes.try_pop() == &node && nodes.empty_approx();
}

template <class Counter>
bool counts() {
  Counter counter;
  counter.add(3);
  counter.decrement();
  return counter.value() == 2;
}

int main() {
  lockfree::chase_lev_deque<int> deque;
  lockfree::mutex_deque<int> locked_deque;
  lockfree::mutex_stack<int> stack;
  lockfree::mutex_queue<int> queue;
  queue.push(42);
  return ring_works<lockfree::spsc_ring<int>>() && ring_works<lockfree::mpmc_ring<int>>() &&
                 ring_works<lockfree::mutex_ring<int>>() && ring_works<lockfree::spin_ring<int>>() &&
                 last_in_first_out(deque) && last_in_first_out(locked_deque) && last_in_first_out(stack) &&
                 mailboxes_work() && queue.try_pop() == 42 && counts<lockfree::atomic_counter>() &&
                 counts<lockfree::cas_counter>() && counts<lockfree::mutex_counter>()
             ? 0
             : 1;
}
