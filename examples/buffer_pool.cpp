// SPDX-License-Identifier: Apache-2.0
// Buffers that are expensive to make go back to a pool. The newest is taken first, since its memory is still in the cache.
#include <lockfree/counter/atomic_counter.hpp>
#include <lockfree/stack/treiber_stack.hpp>

#include <cstddef>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

int main() {
  using buffer = std::unique_ptr<std::byte[]>;
  constexpr std::size_t size = std::size_t{64} * 1024;
  constexpr int threads = 4;
  constexpr int rounds = 10'000;
  lockfree::treiber_stack<buffer> pool;
  lockfree::atomic_counter made;

  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&, mark = static_cast<std::byte>(i)] {
        for (int round = 0; round < rounds; ++round) {
          std::optional<buffer> mine = pool.try_pop();
          if (!mine) {
            mine = std::make_unique<std::byte[]>(size);
            made.increment();
          }
          (*mine)[0] = mark;
          std::this_thread::yield();  // the work
          pool.push(*std::move(mine));
        }
      });
    }
  }

  int pooled = 0;
  while (pool.try_pop()) ++pooled;
  std::cout << threads * rounds << " uses of " << pooled << " buffers\n";
  return pooled == made.value() && pooled <= threads ? 0 : 1;
}
