// SPDX-License-Identifier: Apache-2.0
// The same header in an ordinary program, on the ordinary platform: plain std::atomic.
#include <cstdint>
#include <cstdio>
#include <thread>

#include "seqlock.hpp"

namespace {

struct pair {
  std::uint64_t left;
  std::uint64_t right;
};

}  // namespace

int main() {
  constexpr std::uint64_t last = 100'000;
  seqlock<pair> value;
  std::jthread writer([&] {
    for (std::uint64_t i = 1; i <= last; ++i) value.store({i, i});
  });
  for (std::uint64_t seen = 0; seen != last;) {
    const auto now = value.try_load();
    if (!now) continue;
    if (now->left != now->right || now->left < seen) {
      std::puts("torn, or back in time");
      return 1;
    }
    seen = now->left;
  }
  std::puts("every pair was whole");
}
