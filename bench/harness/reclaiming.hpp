// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/flow.hpp"

// An adapter of safe memory reclamation is one shared pointer to a record. It has a constructor (value of the first
// record) and a class `port(adapter&)`, made once a thread, with `void read(look)`, which calls `look` with the record
// while it is protected, and `void update(value of the next record)`.
namespace lockfree::bench {

/// A record says whether it is whole, so that a read of freed memory is seen.
struct record {
  explicit record(std::uint64_t number) noexcept : value(number), negated(~number) {}
  std::uint64_t value;
  std::uint64_t negated;
};

/// What a reader does with the record while it is protected: `tally::torn` counts those that are not whole.
struct look {
  tally& into;
  void operator()(const record& seen) const noexcept {
    into.add(seen.value);
    into.torn += seen.value == ~seen.negated ? 0 : 1;
  }
};

/// `readers` threads read, the others update. Items: reads where there are readers, updates otherwise.
template <class A>
outcome run_reclamation(const shape& how, std::size_t readers, const run_length& length) {
  A cell(first_number(how.threads));
  std::vector<tally> tallies(how.threads);
  std::vector<std::uint64_t> last_written(how.threads, first_number(how.threads));
  alignas(cache_line) std::atomic<std::size_t> reading{readers};
  const double seconds = run_crew(
      how.threads, length,
      [&](worker& self) {
        const bool reads = self.index() < readers;
        typename A::port port(cell);
        tally done;
        std::uint64_t number = first_number(self.index());
        // Writers beside readers go on until the readers have finished.
        std::uint64_t left = reads          ? length.share(self.index(), readers)
                             : readers == 0 ? length.share(self.index(), how.threads)
                                            : run_length{}.share(0, 1);
        struct done_on_exit {
          std::atomic<std::size_t>* reading;
          ~done_on_exit() {
            if (reading != nullptr) reading->fetch_sub(1, std::memory_order::release);
          }
        } guard{reads ? &reading : nullptr};
        self.start();
        while (left != 0 && !self.stopped()) {
          const std::uint64_t now = std::min(left, operations_per_look);
          left -= now;
          if (reads) {
            for (std::uint64_t i = 0; i < now; ++i) port.read(look{done});
          } else {
            for (std::uint64_t i = 0; i < now; ++i) port.update(++number);
            done.count += now;
            if (readers != 0 && reading.load(std::memory_order::relaxed) == 0) break;
          }
        }
        self.finish();
        tallies[self.index()] = done;
        if (!reads && done.count != 0) last_written[self.index()] = number;
      },
      how.cpus);

  tally all;
  for (std::size_t i = 0; i < how.threads; ++i) {
    if (readers == 0 || i < readers) all += tallies[i];
  }
  if (all.torn != 0) {
    throw wrong_result(std::string(A::name) + ": " + std::to_string(all.torn) + " reads of a record that was gone");
  }
  tally final_read;
  typename A::port(cell).read(look{final_read});
  if (std::find(last_written.begin(), last_written.end(), final_read.sum) == last_written.end()) {
    throw wrong_result(std::string(A::name) + ": the record at the end is not the last of any writer");
  }
  return {all.count, seconds, {}};
}

}  // namespace lockfree::bench
