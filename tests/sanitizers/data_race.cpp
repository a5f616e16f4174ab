// SPDX-License-Identifier: Apache-2.0
// Two threads count in a plain int. ThreadSanitizer must report it whatever the timing: nothing orders the accesses.
#include <cstdio>
#include <thread>

int main() {
  int counter = 0;
  {
    const std::jthread other([&] {
      for (int i = 0; i < 1000; ++i) ++counter;
    });
    for (int i = 0; i < 1000; ++i) ++counter;
  }
  std::printf("%d\n", counter);
  return 0;
}
