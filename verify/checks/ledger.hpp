// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include <lockfree/verify/check.hpp>

/// For checks of rings whose elements are the numbers 1, 2, 3 ...
namespace checks {

namespace verify = lockfree::verify;

/// Tries until there is room.
template <class Ring>
void push(Ring& queue, int element) {
  verify::platform::spin_wait wait;
  while (!queue.try_emplace(element)) wait.once();
}

/// Tries until there is an element.
template <class Ring>
int pop(Ring& queue) {
  verify::platform::spin_wait wait;
  for (;;) {
    if (auto element = queue.try_pop()) return static_cast<int>(*element);
    wait.once();
  }
}

/// What was popped. Elements up to `Count`, each once.
template <int Count>
class ledger {
 public:
  void popped(int element) {
    verify::expect(element >= 1 && element <= Count, "what is popped was pushed");
    verify::expect(!taken_[static_cast<std::size_t>(element)], "no element is popped twice");
    taken_[static_cast<std::size_t>(element)] = true;
    ++count_;
  }
  template <class Ring>
  void settle(Ring& queue) {
    while (auto element = queue.try_pop()) popped(static_cast<int>(*element));
    verify::expect(count_ == Count, "every element is popped or still inside");
    verify::expect(queue.empty_approx(), "nothing is left");
  }

 private:
  std::array<bool, Count + 1> taken_{};
  int count_ = 0;
};

}  // namespace checks
