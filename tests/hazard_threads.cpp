// SPDX-License-Identifier: Apache-2.0
// Hazard pointers with many threads: nothing is reclaimed while it is protected, garbage is bounded, threads come and
// go at any time, also after the end of main; without membarrier; after fork.
#include <lockfree/reclaim/hazard_pointer.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/seed.hpp"
#include "support/threads.hpp"

namespace {

using lockfree::hazard_domain;
using lockfree::hazard_pointer;
using lockfree::hazard_pointer_obj_base;
using lockfree::make_hazard_pointer;

/// Says by its contents whether it is alive; the number of those alive is known.
class canary : public hazard_pointer_obj_base<canary> {
 public:
  explicit canary(std::uint64_t number) : number_(number), check_(~number) {
    live.fetch_add(1, std::memory_order::relaxed);
  }
  ~canary() {
    number_ = check_ = 0;
    live.fetch_sub(1, std::memory_order::relaxed);
  }
  canary(const canary&) = delete;
  canary& operator=(const canary&) = delete;
  [[nodiscard]] bool alive() const { return number_ == ~check_; }

  static inline std::atomic<std::ptrdiff_t> live{0};

 private:
  // Not atomic: ThreadSanitizer sees a deleter that is not ordered after the last use.
  std::uint64_t number_;
  std::uint64_t check_;
};

/// Places that threads read and replace.
class places {
 public:
  places() {
    for (auto& each : all_) each.store(new canary(0), std::memory_order::relaxed);
  }
  ~places() {
    for (auto& each : all_) delete each.load(std::memory_order::relaxed);
  }
  places(const places&) = delete;
  places& operator=(const places&) = delete;

  std::atomic<canary*>& operator[](std::size_t i) { return all_[i % all_.size()]; }
  void replace(std::size_t i, std::uint64_t number, hazard_domain& domain) {
    (*this)[i].exchange(new canary(number), std::memory_order::acq_rel)->retire(domain);
  }

 private:
  std::array<std::atomic<canary*>, 4> all_;
};

/// Readers, writers and threads that do both, more than there are cores, with stalls. The number of dead canaries seen.
std::size_t churn(hazard_domain& domain, std::size_t rounds) {
  places shared;
  std::atomic<std::size_t> dead{0};
  support::run_threads(4 * support::cores(), [&](std::size_t thread) {
    support::random random(thread);
    support::stalls stalls(1000 + thread);
    hazard_pointer hazard;
    hazard_pointer second;
    const bool reads = thread % 4 != 0;  // every fourth only writes, and has no part in the domain
    if (reads) {
      hazard = make_hazard_pointer(domain);
      second = make_hazard_pointer(domain);
    }
    for (std::size_t i = 0; i < rounds; ++i) {
      stalls.maybe();
      if (!reads || random.one_in(4)) {
        shared.replace(random.below(4), i, domain);
        continue;
      }
      canary* const first_seen = hazard.protect(shared[random.below(4)]);
      stalls.maybe();
      canary* const second_seen = second.protect(shared[random.below(4)]);
      stalls.maybe();
      if (!first_seen->alive() || !second_seen->alive()) dead.fetch_add(1, std::memory_order::relaxed);
      if (random.one_in(8)) swap(hazard, second);
      if (random.one_in(8)) hazard.reset_protection();
      if (random.one_in(64)) hazard = make_hazard_pointer(domain);
      if (random.one_in(512)) domain.reclaim();
    }
  });
  return dead.load();
}

/// Runs this test program again with the environment variable set: a choice that a process makes once.
int run_again_with(const char* name, const char* value, const char* test) {
  const support::child_result result = support::in_child([&] {
    (void)setenv(name, value, 1);
    (void)execl("/proc/self/exe", "lockfree_tests", test, static_cast<char*>(nullptr));
    std::_Exit(97);
  });
  return result.signal != 0 ? -result.signal : result.exit_code;
}

}  // namespace

TEST_CASE("hazard pointers keep every protected object alive, and nothing is left at the end", "[hazard][stress]") {
  SUPPORT_SHOW_SEED();
  const std::size_t threshold = GENERATE(1U, 8U, hazard_domain::default_threshold);
  {
    hazard_domain domain(threshold);
    REQUIRE(churn(domain, support::scaled(threshold == 1 ? 5'000 : 50'000)) == 0);
  }
  REQUIRE(canary::live.load() == 0);
}

TEST_CASE("hazard pointers work with plain fences where membarrier is not to be had", "[hazard]") {
  if (std::getenv("LOCKFREE_MEMBARRIER") != nullptr) {  // the second run, see below
    REQUIRE_FALSE(lockfree::detail::asymmetric_fence_ready.load());
    hazard_domain domain(8);
    REQUIRE(churn(domain, support::scaled(50'000)) == 0);
    return;
  }
  REQUIRE(run_again_with("LOCKFREE_MEMBARRIER", "off",
                         "hazard pointers work with plain fences where membarrier is not to be had") == 0);
}

TEST_CASE("garbage stays within its bound", "[hazard][stress]") {
  constexpr std::size_t threads = 8;
  constexpr std::size_t hazards_each = 3;
  const std::size_t threshold = GENERATE(1U, 16U, 100U);
  {
    hazard_domain domain(threshold);
    places shared;
    std::atomic<std::ptrdiff_t> most{0};
    std::barrier all_there(static_cast<std::ptrdiff_t>(threads));
    support::run_threads(threads, [&](std::size_t thread) {
      std::vector<hazard_pointer> hazards;
      for (std::size_t i = 0; i < hazards_each; ++i) hazards.push_back(make_hazard_pointer(domain));
      all_there.arrive_and_wait();
      for (std::size_t i = 0; i < support::scaled(20'000); ++i) {
        (void)hazards[i % hazards_each].protect(shared[i]);
        shared.replace(i + thread, i, domain);
        std::ptrdiff_t seen = canary::live.load(std::memory_order::relaxed);
        std::ptrdiff_t before = most.load(std::memory_order::relaxed);
        while (before < seen && !most.compare_exchange_weak(before, seen, std::memory_order::relaxed)) {}
      }
    });
    const std::size_t limit = domain.limit();
    REQUIRE(domain.hazard_pointers() == threads * hazards_each);
    REQUIRE(limit == std::max(threshold, 2 * threads * hazards_each));
    // In lists, and as many in the hands of each thread while it reclaims; and what the places hold.
    REQUIRE(most.load() <= static_cast<std::ptrdiff_t>((threads + 1) * limit * (1 + threads) + 4));
    domain.reclaim();
    REQUIRE(domain.retired_approx() <= limit);
  }
  REQUIRE(canary::live.load() == 0);
}

TEST_CASE("garbage of one thread at a time stays within (N + 1) L, wherever it was retired", "[hazard]") {
  constexpr std::size_t threshold = 32;
  hazard_domain domain(threshold);
  std::ptrdiff_t most = 0;
  support::random random(0);
  SUPPORT_SHOW_SEED();
  const std::size_t threads = support::scaled(1'000);
  for (std::size_t i = 0; i < threads; ++i) {
    std::thread([&] {
      if (random.one_in(2)) (void)make_hazard_pointer(domain);
      for (std::size_t n = random.below(2 * threshold); n != 0; --n) {
        (new canary(n))->retire(domain);
        most = std::max(most, canary::live.load());
      }
    }).join();
  }
  // one thread at a time with a part, and one hazard pointer: N = 1, L = threshold
  REQUIRE(domain.limit() == threshold);
  REQUIRE(most <= static_cast<std::ptrdiff_t>(2 * threshold));
  REQUIRE(domain.retired_approx() == static_cast<std::size_t>(canary::live.load()));
  domain.reclaim();
  REQUIRE(canary::live.load() == 0);
}

TEST_CASE("retiring costs a bounded share of looking at hazards, however many are set", "[hazard]") {
  // Each object counts how often it is compared: by the fences that its retirement caused. A reclaiming frees at least
  // half of what it looks at, so n retirements cause at most n / (L / 2) of them.
  constexpr std::size_t many = 500;
  hazard_domain domain(16);
  std::vector<hazard_pointer> hazards;
  std::vector<std::unique_ptr<canary>> kept;
  for (std::size_t i = 0; i < many; ++i) {
    kept.push_back(std::make_unique<canary>(i));
    hazards.push_back(make_hazard_pointer(domain));
    hazards.back().reset_protection(kept.back().get());
  }
  for (auto& each : kept) each.release()->retire(domain);  // as much as can be protected is protected
  const std::size_t limit = domain.limit();
  REQUIRE(limit == 2 * many);
  std::size_t reclaimings = 0;
  auto before = canary::live.load();
  constexpr std::size_t retired = 100 * many;
  for (std::size_t i = 0; i < retired; ++i) {
    (new canary(i))->retire(domain);
    const auto now = canary::live.load();
    if (now <= before) ++reclaimings;
    before = now;
  }
  REQUIRE(reclaimings > 0);
  REQUIRE(reclaimings <= retired / (limit / 2) + 1);
  hazards.clear();
  domain.reclaim();
  REQUIRE(canary::live.load() == 0);
}

TEST_CASE("10,000 threads come and go: their garbage is taken over, their hazard pointers are used again",
          "[hazard][stress]") {
  const std::size_t threads = support::scaled(10'000);
  constexpr std::size_t at_once = 4;
  {
    hazard_domain domain(64);
    places shared;
    std::atomic<std::size_t> dead{0};
    for (std::size_t i = 0; i < threads; i += at_once) {
      std::vector<std::jthread> some;
      for (std::size_t k = 0; k < at_once; ++k) {
        some.emplace_back([&, number = i + k] {
          hazard_pointer hazard = make_hazard_pointer(domain);
          if (!hazard.protect(shared[number])->alive()) dead.fetch_add(1, std::memory_order::relaxed);
          shared.replace(number + 1, number, domain);
        });
      }
    }
    REQUIRE(dead.load() == 0);
    REQUIRE(domain.hazard_pointers() <= at_once);
    REQUIRE(domain.retired_approx() <= (at_once + 1) * domain.limit());
  }
  REQUIRE(canary::live.load() == 0);
}

TEST_CASE("what a thread left when it ended is reclaimed by another", "[hazard]") {
  hazard_domain domain;
  std::thread([&] {
    (void)make_hazard_pointer(domain);
    for (int i = 0; i < 10; ++i) (new canary(0))->retire(domain);
  }).join();
  REQUIRE(canary::live.load() == 10);
  REQUIRE(domain.retired_approx() == 10);
  SECTION("that has no part in the domain") { domain.reclaim(); }
  SECTION("that has one") {
    (void)make_hazard_pointer(domain);
    domain.reclaim();
  }
  SECTION("that retires") {
    hazard_pointer hazard = make_hazard_pointer(domain);
    for (std::size_t i = 10; i < hazard_domain::default_threshold; ++i) (new canary(0))->retire(domain);
  }
  REQUIRE(canary::live.load() == 0);
}

TEST_CASE("a domain may be destroyed while threads that used it end", "[hazard][stress]") {
  for (std::size_t round = 0; round < support::scaled(2'000); ++round) {
    std::atomic<bool> done{false};
    std::thread other;
    {
      hazard_domain domain;
      other = std::thread([&] {
        (void)make_hazard_pointer(domain);
        for (int i = 0; i < 3; ++i) (new canary(0))->retire(domain);
        done.store(true, std::memory_order::release);
      });
      while (!done.load(std::memory_order::acquire)) std::this_thread::yield();
    }
    REQUIRE(canary::live.load() == 0);
    other.join();
  }
}

namespace {

hazard_domain used_late(4);

/// Retires, and protects, when its thread ends.
struct late_user {
  hazard_pointer held;
  int retire = 0;
  ~late_user() {
    for (; retire != 0; --retire) {
      hazard_pointer hazard = make_hazard_pointer(used_late);
      std::atomic<canary*> place{new canary(1)};
      canary* const seen = hazard.protect(place);
      seen->retire(used_late);
      if (!seen->alive()) std::abort();
    }
  }
};
thread_local late_user at_end;

/// Protects in the default domain, retires there and reclaims: whether each happened when it should.
bool default_domain_works() {
  const std::ptrdiff_t before = canary::live.load(std::memory_order::relaxed);
  hazard_pointer hazard = make_hazard_pointer();
  std::atomic<canary*> place{new canary(1)};
  canary* const seen = hazard.protect(place);
  seen->retire();
  lockfree::hazard_default_domain().reclaim();
  const bool kept = seen->alive();
  hazard.reset_protection();
  lockfree::hazard_default_domain().reclaim();
  return kept && canary::live.load(std::memory_order::relaxed) == before;
}
const bool worked_before_main = default_domain_works();

}  // namespace

TEST_CASE("threads retire and protect in thread_local destructors", "[hazard]") {
  std::thread([] { at_end.retire = 10; }).join();
  std::thread([] {
    at_end.held = make_hazard_pointer(used_late);
    at_end.retire = 10;
  }).join();
  used_late.reclaim();
  REQUIRE(canary::live.load() == 0);
}

TEST_CASE("the default domain is there before main, during static destruction and after it", "[hazard]") {
  REQUIRE(worked_before_main);
  const support::child_result result = support::in_child([] {
    static std::atomic<canary*> place{new canary(1)};
    static hazard_pointer held = make_hazard_pointer();  // destroyed after the calls below
    (void)held.protect(place);
    const auto use = [] {
      hazard_pointer hazard = make_hazard_pointer();
      canary* const seen = hazard.protect(place);
      place.exchange(new canary(2), std::memory_order::acq_rel)->retire();
      if (!seen->alive()) std::_Exit(1);
    };
    static void (*const in_thread)() = use;
    (void)std::atexit([] {
      in_thread();
      if (support::threads_in_child) std::thread(in_thread).join();
      lockfree::hazard_default_domain().reclaim();
    });
    use();
    static struct last {
      ~last() { in_thread(); }
    } at_exit;
    std::exit(0);
  });
  REQUIRE(result.signal == 0);
  REQUIRE(result.exit_code == 0);
}

TEST_CASE("a forked child uses the domains that no other thread was inside", "[hazard]") {
  hazard_domain domain(8);
  hazard_domain other_domain(8);
  std::barrier step(2);
  std::jthread other([&] {
    hazard_pointer hazard = make_hazard_pointer(domain);
    (new canary(1))->retire(domain);
    step.arrive_and_wait();
    step.arrive_and_wait();
  });
  step.arrive_and_wait();
  const support::child_result result = support::in_child([&] {
    for (hazard_domain* each : {&domain, &other_domain}) {
      hazard_pointer hazard = make_hazard_pointer(*each);
      std::atomic<canary*> place{new canary(1)};
      for (int i = 0; i < 100; ++i) {
        canary* const seen = hazard.protect(place);
        place.exchange(new canary(2), std::memory_order::acq_rel)->retire(*each);
        if (!seen->alive()) std::_Exit(1);
      }
      if (each->retired_approx() > each->limit() + 1) std::_Exit(2);  // 1: the other thread's, which waits
    }
    std::_Exit(0);
  });
  step.arrive_and_wait();
  REQUIRE(result.signal == 0);
  REQUIRE(result.exit_code == 0);
}
