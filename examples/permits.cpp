// SPDX-License-Identifier: Apache-2.0
// At most so many at a time: a counter with a limit that is never passed, and a striped one for the statistics.
#include <lockfree/counter/cas_counter.hpp>
#include <lockfree/counter/striped_counter.hpp>

#include <atomic>
#include <cstdint>
#include <iostream>
#include <thread>
#include <vector>

int main() {
  constexpr int limit = 2;
  constexpr int threads = 4;
  constexpr int rounds = 1'000;
  lockfree::cas_counter inside;
  lockfree::striped_counter admitted;
  lockfree::striped_counter refused;
  std::atomic<bool> too_many{false};

  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        for (int round = 0; round < rounds; ++round) {
          if (inside.add_if_below(1, limit)) {
            if (inside.value() > limit) too_many = true;
            std::this_thread::yield();  // the work
            admitted.increment();
            inside.decrement();
          } else {
            refused.increment();
          }
        }
      });
    }
  }

  std::cout << admitted.value() << " admitted, " << refused.value() << " refused, " << inside.value() << " inside\n";
  return !too_many && inside.value() == 0 && admitted.value() + refused.value() == std::int64_t{threads} * rounds ? 0
                                                                                                                  : 1;
}
