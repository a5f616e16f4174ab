// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include <lockfree/verify/atomic.hpp>
#include <lockfree/verify/platform.hpp>

/// Store buffering, kept apart by fences; a second look; and a reason that is not so.
class flags {
 public:
  [[nodiscard]] bool enter(unsigned index) {
    // [F1] relaxed: [F2] keeps it before [F3]
    flags_[index].store(1, std::memory_order::relaxed);
    // [F2] seq_cst. Audit: acq_rel survives: which it does not
    lockfree::verify::platform::fence_seq_cst();
    // [F3] relaxed: as [F1]
    const int other = flags_[1 - index].load(std::memory_order::relaxed);
    // [F4] whoever does not look lets both in
    return lockfree::verify::platform::revalidated(other == 0);
  }

 private:
  lockfree::verify::atomic<int> flags_[2] = {};
};
