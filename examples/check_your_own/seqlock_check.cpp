// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include <lockfree/verify/check.hpp>

#include "seqlock.hpp"

namespace {

namespace verify = lockfree::verify;

struct pair {
  std::uint64_t left;
  std::uint64_t right;
};

/// One thread writes a pair of equal halves, the other reads it once.
struct never_torn {
  static constexpr unsigned threads = 2;

  seqlock<pair, verify::platform> value;

  void thread(unsigned index) {
    if (index == 0) {
      value.store({1, 1});
    } else if (const auto seen = value.try_load()) {
      verify::expect(seen->left == seen->right, "both halves come from the same write");
    }
  }
};
const verify::add<never_torn> add_never_torn{
    "seqlock/never_torn",
    {.structure = "seqlock",
     .purpose = "a reader gets a pair as it was written, or nothing",
     .dies_of = {verify::weaken("seqlock.hpp:W3"), verify::weaken("seqlock.hpp:W4"),
                 verify::weaken("seqlock.hpp:R1")}}};

}  // namespace
