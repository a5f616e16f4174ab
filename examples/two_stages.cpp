// SPDX-License-Identifier: Apache-2.0
// Two stages of work with a ring between them: reading and parsing overlap, and the bound keeps memory flat. Elements
// move in batches, which costs one index update instead of one per element.
#include <lockfree/queue/spsc_ring.hpp>

#include <array>
#include <cstddef>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

int main() {
  constexpr int lines = 10'000;
  lockfree::spsc_ring<std::string> ring(256);

  std::jthread reader([&] {
    for (int next = 1; next <= lines;) {
      std::vector<std::string> batch;
      for (int i = 0; i < 16 && next <= lines; ++i, ++next) batch.push_back(std::to_string(next));
      for (std::size_t pushed = 0; pushed < batch.size();) {
        const auto rest = std::make_move_iterator(batch.begin() + static_cast<std::ptrdiff_t>(pushed));
        const std::size_t now = ring.try_push_n(rest, batch.size() - pushed);
        if (now == 0) std::this_thread::yield();
        pushed += now;
      }
    }
  });

  long long sum = 0;
  std::array<std::string, 16> batch;
  for (int parsed = 0; parsed < lines;) {
    const std::size_t count = ring.try_pop_n(batch.begin(), batch.size());
    if (count == 0) std::this_thread::yield();
    for (std::size_t i = 0; i < count; ++i) sum += std::stoi(batch[i]);
    parsed += static_cast<int>(count);
  }

  std::cout << lines << " lines, sum " << sum << "\n";
  return sum == static_cast<long long>(lines) * (lines + 1) / 2 ? 0 : 1;
}
