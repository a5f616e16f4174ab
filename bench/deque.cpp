// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "harness/flow_grid.hpp"
#include "rivals/rivals.hpp"

// Work-stealing deques. Measured: elements pushed and taken once, a second. The owner pushes `burst` elements and pops
// until it has popped as many or finds the deque empty, over and over; each thief steals whenever it can and waits as
// everyone here waits (spin_wait) when it got nothing, be it empty or lost to another. Elements of 8 bytes.
namespace lockfree::bench {
namespace {

enum class owner_work {
  bursts,     ///< push 64, pop 64
  singles,    ///< push 1, pop 1
  push_only,  ///< thieves take all; at most `backlog` elements wait
};

constexpr std::uint64_t backlog = 1024;

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

void add(grid& all, const shape& how, owner_work work, tier least) {
  using element = payload<8>;
  each_subject<element, is_deque, library_deque, rivals::all::deques<element>>([&]<class A>(std::type_identity<A>) {
    all.cells.push_back({"deque", describe<A>(), how, 8, "M items/s", least, false,
                         [how, work](const run_length& length) { return run_deque<A>(how, work, length); }});
  });
}

}  // namespace

void add_deques(grid& all) {
  all.families.push_back({"deque", "Work-stealing deques", "M items/s"});
  add(all,
      {"owner", "owner and thieves", "the owner alone pushes 64, pops 64", "the owner alone works on its deque", 1, 0,
       0, 0},
      owner_work::bursts, tier::quick);
  for (const std::size_t n : {1U, 3U, 7U}) {
    add(all,
        {"owner+" + std::to_string(n), "owner and thieves",
         "the owner pushes 64 and pops up to 64, " + std::to_string(n) + (n == 1 ? " thief steals" : " thieves steal"),
         situation(1 + n, "steal from the owner"), 1 + n, 0, 0, 0},
        owner_work::bursts, n == 3 ? tier::standard : tier::quick);
  }
  add(all,
      {"owner, one by one", "owner alone, one by one", "the owner alone pushes 1, pops 1",
       "the owner alone works on its deque", 1, 0, 0, 0},
      owner_work::singles, tier::standard);
  add(all,
      {"thief takes all", "thief takes all", "the owner only pushes, 1 thief takes all",
       "the owner hands all work to a thief", 2, 0, 0, 0},
      owner_work::push_only, tier::standard);
}

}  // namespace lockfree::bench
