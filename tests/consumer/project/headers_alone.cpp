// SPDX-License-Identifier: Apache-2.0
// A structure that needs nothing compiled: the headers are enough.
#include <lockfree/queue/spsc_ring.hpp>

int main() {
  lockfree::spsc_ring<int> ring(4);
  if (!ring.try_push(42)) return 1;
  int got = 0;
  return ring.try_pop(got) && got == 42 && ring.empty_approx() ? 0 : 1;
}
