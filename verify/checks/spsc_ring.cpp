// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>

#include <lockfree/queue/spsc_ring.hpp>
#include <lockfree/verify/check.hpp>

namespace {

namespace verify = lockfree::verify;
using verify::expect;
using verify::weaken;

template <class T>
using ring = lockfree::spsc_ring<T, verify::platform, std::uint8_t>;

/// Two cells, three elements, indices that pass 255 on the way: every element arrives once and in order.
struct wraps {
  static constexpr unsigned threads = 2;
  static constexpr int elements = 3;

  ring<int> queue{2};

  wraps() {
    for (int i = 0; i < 254; ++i) {  // the next index but one is 0 again
      int out = -1;
      expect(queue.try_push(i) && queue.try_pop(out) && out == i, "the ring works alone");
    }
  }
  void thread(unsigned index) {
    verify::platform::spin_wait wait;
    if (index == 0) {
      for (int i = 0; i < elements; ++i) {
        while (!queue.try_push(i)) wait.once();
      }
    } else {
      for (int i = 0; i < elements; ++i) {
        int out = -1;
        while (!queue.try_pop(out)) wait.once();
        expect(out == i, "elements come out in the order in which they went in");
      }
    }
  }
  void after() { expect(queue.empty_approx(), "nothing is left"); }
};
const verify::add<wraps> add_wraps{
    "spsc_ring/wraps",
    {.structure = "spsc_ring",
     .purpose = "elements arrive once and in order while the index wraps",
     .dies_of = {weaken("spsc_ring.hpp:P3"), weaken("spsc_ring.hpp:C2"), weaken("spsc_ring.hpp:C3"),
                 weaken("spsc_ring.hpp:P2")}}};

}  // namespace
