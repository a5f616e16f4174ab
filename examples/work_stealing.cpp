// SPDX-License-Identifier: Apache-2.0
// A worker keeps its tasks in a deque of its own, newest first; idle threads steal the oldest, which are the largest.
#include <lockfree/deque/chase_lev_deque.hpp>

#include <atomic>
#include <cstdint>
#include <iostream>
#include <optional>
#include <thread>
#include <vector>

namespace {

struct range {
  std::uint32_t first, last;  // to sum up, both included
};

constexpr std::uint32_t biggest = 1'000'000;
constexpr std::uint32_t worth_a_task = 1'000;

}  // namespace

int main() {
  lockfree::chase_lev_deque<range> tasks;
  std::atomic<std::uint64_t> sum{0};
  std::atomic<std::uint32_t> left{biggest};  // numbers that are not in the sum yet

  const auto add_up = [&](range task) {
    std::uint64_t part = 0;
    for (std::uint64_t number = task.first; number <= task.last; ++number) part += number;
    sum.fetch_add(part, std::memory_order::relaxed);
    left.fetch_sub(task.last - task.first + 1, std::memory_order::release);  // shows `part` to who sees 0
  };

  std::vector<std::jthread> thieves;
  for (int i = 0; i < 3; ++i) {
    thieves.emplace_back([&] {
      while (left.load(std::memory_order::acquire) != 0) {
        if (const std::optional<range> task = tasks.steal()) {
          add_up(*task);
        } else {
          std::this_thread::yield();
        }
      }
    });
  }

  tasks.push({1, biggest});
  while (left.load(std::memory_order::acquire) != 0) {
    std::optional<range> task = tasks.pop();
    if (!task) continue;  // the thieves have the rest
    while (task->last - task->first >= worth_a_task) {
      const std::uint32_t middle = task->first + (task->last - task->first) / 2;
      tasks.push({task->first, middle});
      task->first = middle + 1;
    }
    add_up(*task);
  }
  thieves.clear();

  std::cout << "1 + 2 + ... + " << biggest << " = " << sum << "\n";
  return sum == std::uint64_t{biggest} * (biggest + 1) / 2 ? 0 : 1;
}
