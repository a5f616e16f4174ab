// SPDX-License-Identifier: Apache-2.0
// One owner against more thieves than there are cores: every element comes out exactly once, whole, and each thief
// sees the oldest first.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/deque_elements.hpp"
#include "support/each.hpp"
#include "support/elements.hpp"
#include "support/seed.hpp"
#include "support/stalling_platform.hpp"
#include "support/threads.hpp"

namespace {

using lockfree::steal_status;
using support::number;

/// What is wrong with what the owner (received[0]) and the thieves got of the numbers below `sent`, or nothing.
std::string check(int sent, const std::vector<std::vector<int>>& received) {
  std::vector<unsigned> seen(static_cast<std::size_t>(sent));
  for (std::size_t who = 0; who < received.size(); ++who) {
    int before = -1;
    for (const int got : received[who]) {
      if (got < 0 || got >= sent) return "nobody pushed " + std::to_string(got);
      if (seen[static_cast<std::size_t>(got)]++ != 0) return "twice: " + std::to_string(got);
      if (who != 0 && got < before) return "a thief got " + std::to_string(got) + " after " + std::to_string(before);
      before = got;
    }
  }
  for (int n = 0; n < sent; ++n) {
    if (seen[static_cast<std::size_t>(n)] == 0) return "lost: " + std::to_string(n);
  }
  return {};
}

/// The owner pushes bursts of up to `burst` and pops up to as many; thieves steal until everything is out.
template <class Deque>
void owner_against_thieves(std::size_t thieves, std::size_t count, std::size_t burst) {
  using T = typename Deque::value_type;
  SUPPORT_SHOW_SEED();
  const int sent = static_cast<int>(support::scaled(count));
  Deque deque;
  std::atomic<bool> finished = false;
  std::vector<std::vector<int>> received(thieves + 1);
  support::run_threads(thieves + 1, [&](std::size_t me) {
    support::stalls stalls(me);
    std::vector<int>& mine = received[me];
    if (me == 0) {
      support::random draw(1000 + sizeof(T));
      for (int next = 0; next < sent;) {
        for (auto left = 1 + draw.below(burst); left != 0 && next < sent; --left) deque.emplace(next++);
        stalls.maybe();
        for (auto left = draw.below(burst + 1); left != 0; --left) {
          const auto got = deque.pop();
          if (!got) break;
          mine.push_back(number(*got));
        }
      }
      while (const auto got = deque.pop()) mine.push_back(number(*got));
      finished.store(true, std::memory_order::release);
      return;
    }
    for (bool over = false;;) {
      stalls.maybe();
      if (me % 2 == 0) {
        if (const auto got = deque.steal()) {
          mine.push_back(number(*got));
          continue;
        }
      } else {
        T out(-1);
        const steal_status status = deque.try_steal(out);
        if (status == steal_status::success) mine.push_back(number(out));
        if (status != steal_status::empty) continue;
      }
      if (over) return;
      over = finished.load(std::memory_order::acquire);  // then look once more
      std::this_thread::yield();
    }
  });
  REQUIRE(check(sent, received) == "");
  REQUIRE(deque.empty_approx());
}

/// Stalls between any two steps, and wraps its positions soon. (32 bits: so long can no thief be stopped that all of
/// them come by and top is as it was.)
template <class T>
struct stalled : lockfree::chase_lev_deque<T, support::stalling_platform, std::uint32_t> {
  stalled() : lockfree::chase_lev_deque<T, support::stalling_platform, std::uint32_t>(1, 0xffff'fff0U) {}
};

TEST_CASE("chase_lev_deque gives each element to one thread when threads stall between any two steps",
          "[deque][stress]") {
  const std::size_t crowd = 2 * support::cores() + 1;
  owner_against_thieves<stalled<int>>(1, 50'000, 1);
  owner_against_thieves<stalled<int>>(crowd, 50'000, 3);
  owner_against_thieves<stalled<support::move_only>>(crowd, 50'000, 3);
  owner_against_thieves<stalled<support::three_words>>(crowd, 50'000, 200);
}

template <class T>
bool stress(const char* sentence) {
  return support::each<support::deques<T>>(sentence, "[deque][stress]", []<class Deque>(support::type<Deque>) {
    const std::size_t crowd = 2 * support::cores() + 1;
    owner_against_thieves<Deque>(1, 1'000'000, 1);      // always the last element
    owner_against_thieves<Deque>(2, 500'000, 3);        // two and three elements
    owner_against_thieves<Deque>(crowd, 500'000, 3);    // more threads than cores
    owner_against_thieves<Deque>(crowd, 500'000, 400);  // growth under thieves
  });
}

const auto ints = stress<int>("gives each int to the owner or one thief");
const auto move_only = stress<support::move_only>("gives each move-only element to the owner or one thief");
const auto words = stress<support::three_words>("gives each element of three words whole to the owner or one thief");
const auto large = stress<support::large>("gives each element of 256 bytes whole to the owner or one thief");

const auto growth =
    support::each<support::deques<int>>("grows under thieves from the smallest size, again and again",
                                        "[deque][stress]", []<class Deque>(support::type<Deque>) {
                                          const std::size_t rounds = support::scaled(1000);
                                          for (std::size_t round = 0; round < rounds; ++round) {
                                            constexpr int sent = 300;
                                            auto deque = [] {
                                              if constexpr (std::is_constructible_v<Deque, std::size_t>) {
                                                return std::make_unique<Deque>(std::size_t{1});
                                              } else {
                                                return std::make_unique<Deque>();
                                              }
                                            }();
                                            std::atomic<int> left = sent;
                                            std::vector<std::vector<int>> received(4);
                                            support::run_threads(4, [&](std::size_t me) {
                                              if (me == 0) {
                                                for (int i = 0; i < sent; ++i) deque->push(i);
                                              }
                                              while (left.load(std::memory_order::relaxed) > 0) {
                                                if (const auto got = deque->steal()) {
                                                  received[me].push_back(*got);
                                                  left.fetch_sub(1, std::memory_order::relaxed);
                                                } else {
                                                  std::this_thread::yield();
                                                }
                                              }
                                            });
                                            REQUIRE(check(sent, received) == "");
                                          }
                                        });

const auto handed_over = support::each<support::deques<support::move_only>>(
    "may change its owner when the change is synchronised", "[deque][stress]", []<class Deque>(support::type<Deque>) {
      Deque deque;
      constexpr int rounds = 50;
      const int each = static_cast<int>(support::scaled(20'000));
      std::atomic<int> owners_left = rounds;
      std::vector<std::vector<int>> received(3);
      support::run_threads(3, [&](std::size_t me) {
        if (me == 0) {
          for (int round = 0; round < rounds; ++round) {
            std::jthread([&, round] {
              for (int i = 0; i < each; ++i) {
                deque.emplace(round * each + i);
                if (i % 3 == 0) {
                  if (const auto got = deque.pop()) received[0].push_back(number(*got));
                }
              }
            }).join();
            owners_left.fetch_sub(1, std::memory_order::release);
          }
          while (const auto got = deque.pop()) received[0].push_back(number(*got));
          return;
        }
        for (bool over = false;;) {
          if (const auto got = deque.steal()) {
            received[me].push_back(number(*got));
          } else if (over) {
            return;
          } else {
            over = owners_left.load(std::memory_order::acquire) == 0;
            std::this_thread::yield();
          }
        }
      });
      REQUIRE(check(rounds * each, received) == "");
    });

}  // namespace
