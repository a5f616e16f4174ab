// SPDX-License-Identifier: Apache-2.0
// A user's own model check, from the installed component verify, which brings the program around it.
#include <lockfree/queue/spsc_ring.hpp>
#include <lockfree/verify/check.hpp>

namespace {

class hand_over {
 public:
  static constexpr unsigned threads = 2;
  void thread(unsigned index) {
    if (index == 0) {
      (void)ring_.try_push(42);
    } else {
      int got = 42;
      (void)ring_.try_pop(got);
      lockfree::verify::expect(got == 42, "what arrives is what was sent");
    }
  }

 private:
  lockfree::spsc_ring<int, lockfree::verify::platform> ring_{1};
};

const lockfree::verify::add<hand_over> hand_over_added{"consumer/hand_over",
                                                       {.structure = "spsc_ring",
                                                        .purpose = "an element arrives as it was sent",
                                                        .dies_of = {lockfree::verify::weaken("spsc_ring.hpp:P3")}}};

}  // namespace
