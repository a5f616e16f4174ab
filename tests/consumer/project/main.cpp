// SPDX-License-Identifier: Apache-2.0
// Uses the compiled part too: the heavy fence is defined there.
#include <lockfree/core/platform.hpp>
#include <lockfree/queue/spsc_ring.hpp>

int main() {
  lockfree::std_platform::fence_heavy();
  lockfree::spsc_ring<int> ring(4);
  if (!ring.try_push(42)) return 1;
  int got = 0;
  return ring.try_pop(got) && got == 42 && ring.empty_approx() ? 0 : 1;
}
