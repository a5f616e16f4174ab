// SPDX-License-Identifier: Apache-2.0
// Everything at once, with what needs the compiled part.
#include <lockfree/lockfree.hpp>

int main() {
  lockfree::mpmc_ring<int> ring(4);
  lockfree::treiber_stack<int> stack;
  lockfree::striped_counter counter;
  if (!ring.try_push(42)) return 1;
  stack.push(ring.try_pop().value_or(0));
  counter.add(stack.try_pop().value_or(0));
  return counter.value() == 42 && ring.empty_approx() && stack.empty_approx() ? 0 : 1;
}
