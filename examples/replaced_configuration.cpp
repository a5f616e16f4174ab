// SPDX-License-Identifier: Apache-2.0
// Threads read a configuration all the time without a lock; another one replaces it now and then. A hazard pointer keeps
// what a reader looks at; the replaced one is deleted once no reader looks at it.
#include <lockfree/reclaim/hazard_pointer.hpp>

#include <atomic>
#include <iostream>
#include <latch>
#include <thread>
#include <vector>

namespace {

struct configuration : lockfree::hazard_pointer_obj_base<configuration> {
  explicit configuration(int number) : version(number), checksum(number * 31) {}
  int version;
  int checksum;
};

}  // namespace

int main() {
  constexpr int versions = 1'000;
  constexpr int readers = 3;
  std::atomic<configuration*> current{new configuration(0)};
  std::atomic<int> bad{0};
  std::latch reading{readers};

  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < readers; ++i) {
      threads.emplace_back([&] {
        lockfree::hazard_pointer hazard = lockfree::make_hazard_pointer();
        reading.count_down();
        for (int seen = 0; seen < versions - 1;) {
          const configuration* now = hazard.protect(current);
          if (now->checksum != now->version * 31 || now->version < seen) ++bad;
          seen = now->version;
        }
      });
    }
    reading.wait();
    for (int version = 1; version < versions; ++version) {
      current.exchange(new configuration(version), std::memory_order::acq_rel)->retire();
    }
  }
  delete current.load(std::memory_order::relaxed);

  std::cout << versions << " versions, " << bad << " bad reads\n";
  return bad == 0 ? 0 : 1;
}
