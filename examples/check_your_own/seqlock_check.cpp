// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>

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

/// What is checked: both halves are the number that is stored; 0 is there at first.
struct checked {
  seqlock<pair, verify::platform> value;

  void store(int number) { value.store({static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(number)}); }
  int load() {
    verify::platform::spin_wait wait;
    for (;;) {
      if (const auto seen = value.try_load()) return seen->left == seen->right ? static_cast<int>(seen->left) : -1;
      wait.once();
    }
  }
};
/// And what it should look like from outside.
struct last_number {
  int now = 0;

  void store(int number) { now = number; }
  int load() { return now; }
};
const verify::declare<checked, last_number> add_declared{
    "seqlock/declared",
    {{"store", [](auto& to, int number) { to.store(number); }, verify::role::producer},
     {"load", [](auto& from) { return from.load(); }}},
    {.structure = "seqlock",
     .purpose = "every read gives the last number, in every scenario that is generated",
     .dies_of = {verify::weaken("seqlock.hpp:R2")}}};

}  // namespace
