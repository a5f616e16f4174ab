// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include <lockfree/verify/atomic.hpp>
#include <lockfree/verify/plain.hpp>
#include <lockfree/verify/platform.hpp>

// What audit.sh audits: structures with every kind of place that an audit knows.

/// One message, for the one who claims it. All as it should be.
class mailbox {
 public:
  void send(int message) {
    message_.set(message);
    // [M1] release, pairs with [M2]: the message is written
    full_.store(1, std::memory_order::release);
  }
  [[nodiscard]] bool receive(int& message) {
    // [M2] acquire, pairs with [M1]: the message is written
    int full = full_.load(std::memory_order::acquire);
    if (full != 1) return false;
    // [M3] release, for no reason. Audit: relaxed survives: it is
    // here to be found. Audit: relaxed on failure survives: so is this
    if (!full_.compare_exchange_strong(full, 2, std::memory_order::release, std::memory_order::acquire)) return false;
    message = message_.get();
    return true;
  }
  void clear() {
    // [M4] release. Audit: not reached: no check calls it
    full_.store(0, std::memory_order::release);
  }
  ~mailbox() {
    // [M5] relaxed: no other thread is left
    (void)full_.load(std::memory_order::relaxed);
  }

 private:
  lockfree::verify::atomic<int> full_{0};
  lockfree::verify::variable<int> message_{0};
};
