// SPDX-License-Identifier: Apache-2.0
#include <lockfree/counter/striped_counter.hpp>

/// Counts in the calling thread, which from then on has something in this module that runs when it ends.
extern "C" [[gnu::visibility("default")]] long long count_once() {
  static auto& counter = *new lockfree::striped_counter;
  counter.increment();
  return counter.value();
}
