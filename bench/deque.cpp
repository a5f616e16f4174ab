// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "harness/flow_grid.hpp"
#include "harness/steal.hpp"
#include "rivals/rivals.hpp"

// Work-stealing deques. Measured: elements pushed and taken once, a second. The owner pushes `burst` elements and pops
// until it has popped as many or finds the deque empty, over and over; each thief steals whenever it can and waits as
// everyone here waits (spin_wait) when it got nothing, be it empty or lost to another. Elements of 8 bytes.
namespace lockfree::bench {
namespace {

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
  const std::string alone = "the owner alone works on its deque";
  add(all,
      {.scenario = "owner",
       .group = "owner and thieves",
       .title = "the owner alone pushes 64, pops 64",
       .when = alone,
       .threads = 1},
      owner_work::bursts, tier::quick);
  for (const std::size_t n : {1U, 3U, 7U}) {
    add(all,
        {.scenario = "owner+" + std::to_string(n),
         .group = "owner and thieves",
         .title =
             "the owner pushes 64 and pops up to 64, " + plural(n, "other thread") + (n == 1 ? " steals" : " steal"),
         .when = situation(1 + n, "steal from the owner"),
         .threads = 1 + n},
        owner_work::bursts, n == 3 ? tier::standard : tier::quick);
  }
  add(all,
      {.scenario = "owner, one by one",
       .group = "owner alone, one by one",
       .title = "the owner alone pushes 1, pops 1",
       .when = alone,
       .threads = 1},
      owner_work::singles, tier::standard);
  add(all,
      {.scenario = "thief takes all",
       .group = "thief takes all",
       .title = "the owner only pushes, 1 thief takes all",
       .when = "the owner hands all work to a thief",
       .threads = 2},
      owner_work::push_only, tier::standard);
}

}  // namespace lockfree::bench
