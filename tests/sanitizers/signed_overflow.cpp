// SPDX-License-Identifier: Apache-2.0
// Adds one to the largest int. The operand is volatile, so that the compiler does not see it and warn.
#include <cstdio>
#include <limits>

int main() {
  const volatile int largest = std::numeric_limits<int>::max();
  std::printf("%d\n", largest + 1);
  return 0;
}
