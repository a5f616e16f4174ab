// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/flow.hpp"

namespace lockfree::bench {

enum class owner_work {
  bursts,     ///< push 64, pop 64
  singles,    ///< push 1, pop 1
  push_only,  ///< thieves take all; at most `backlog` elements wait
};

inline constexpr std::uint64_t backlog = 1024;

/// Thread 0 owns the deque, the others steal. Items: elements pushed and taken once.
template <class A>
outcome run_deque(const shape& how, owner_work work, const run_length& length) {
  using element = typename A::element;
  A deque;
  std::vector<tally> taken(how.threads);
  tally put_in;
  alignas(cache_line) std::atomic<bool> owner_done{false};

  const auto own = [&](worker& self) {
    struct done_on_exit {
      std::atomic<bool>& done;
      ~done_on_exit() { done.store(true, std::memory_order::release); }
    } guard{owner_done};
    typename A::port port(deque);
    std::uint64_t number = first_number(0);
    std::uint64_t left = length.share(0, 1);
    tally pushed;
    tally popped;
    element out;
    spin_wait wait;
    const std::uint64_t burst = work == owner_work::singles ? 1 : operations_per_look;
    self.start();
    while (left != 0 && !self.stopped()) {
      if (work == owner_work::push_only && port.size() >= backlog) {
        wait.once();
        continue;
      }
      wait.reset();
      const std::uint64_t look = std::min(left, operations_per_look);
      left -= look;
      for (std::uint64_t done = 0; done < look; done += burst) {
        const std::uint64_t now = std::min(burst, look - done);
        for (std::uint64_t i = 0; i < now; ++i) {
          port.push(element(number));
          pushed.add(number++);
        }
        if (work == owner_work::push_only) continue;
        for (std::uint64_t i = 0; i < now && port.pop(out); ++i) popped.add(out);
      }
    }
    if (work != owner_work::push_only) {
      while (port.pop(out)) popped.add(out);
    }
    self.finish();
    put_in = pushed;
    taken[0] = popped;
  };
  const auto steal = [&](worker& self) {
    typename A::port port(deque);
    tally stolen;
    element out;
    spin_wait wait;
    self.start();
    for (;;) {
      const bool last_look = owner_done.load(std::memory_order::acquire);
      const steal_status status = port.steal(out);
      if (status == steal_status::success) {
        stolen.add(out);
        wait.reset();
      } else if (status == steal_status::empty && last_look) {
        break;
      } else {
        wait.once();
      }
    }
    self.finish();
    taken[self.index()] = stolen;
  };
  const double seconds = run_crew(
      how.threads, length, [&](worker& self) { self.index() == 0 ? own(self) : steal(self); }, how.cpus);

  tally out;
  for (const tally& each : taken) out += each;
  tally left;
  {
    typename A::port port(deque);
    for (element value; port.pop(value);) left.add(value);
  }
  check_flow(A::name, put_in, tally(out) += left);
  if (left.count != 0) {
    throw wrong_result(std::string(A::name) + ": said that it is empty with " + std::to_string(left.count) +
                       " elements inside");
  }
  return {out.count, seconds, {}};
}

}  // namespace lockfree::bench
