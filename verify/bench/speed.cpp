// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include <lockfree/deque/chase_lev_deque.hpp>
#include <lockfree/queue/mpmc_ring.hpp>
#include <lockfree/queue/spsc_ring.hpp>
#include <lockfree/reclaim/hazard_pointer.hpp>
#include <lockfree/stack/treiber_stack.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/linearizable.hpp>

#include "engine/explore.hpp"

// How many executions a second of processor time the engine makes, at random and through the tree, and what the
// linearizability check adds. Each figure is the best of several blocks; those that are compared alternate.

namespace {

namespace verify = lockfree::verify;
namespace engine = lockfree::verify::detail;
using verify::platform;
using operation = verify::spec::transfer;

/// A history that is kept and judged, or neither.
template <bool Judged, class Spec>
struct results {
  verify::history<Spec> history;
  template <class F>
  void record(F call) {
    if constexpr (Judged) {
      history.record(call);
    } else {
      (void)call();
    }
  }
  void check() {
    if constexpr (Judged) history.check();
  }
};

template <class Object>
operation push(Object& object, int value) {
  if constexpr (requires { object.try_push(value); }) {
    return operation::push(value, object.try_push(value));
  } else {
    object.push(value);
    return operation::push(value);
  }
}
template <class Object>
operation pop(Object& object) {
  int out = 0;
  const bool done = object.try_pop(out);
  return operation::pop(done, out);
}

template <bool /*Judged*/>
struct store_buffering {
  static constexpr unsigned threads = 2;
  verify::atomic<int> x{0}, y{0};
  void thread(unsigned index) {
    (index == 0 ? x : y).store(1, std::memory_order::relaxed);
    (void)(index == 0 ? y : x).load(std::memory_order::relaxed);
  }
};

template <bool Judged>
struct ring_one_to_one {
  static constexpr unsigned threads = 2;
  lockfree::spsc_ring<int, platform, std::uint8_t> ring{2};
  results<Judged, verify::spec::queue<2, verify::failure::lenient, verify::failure::lenient>> seen;
  void thread(unsigned index) {
    for (int i = 1; i <= 3; ++i) seen.record([&] { return index == 0 ? push(ring, i) : pop(ring); });
  }
  void after() { seen.check(); }
};

template <bool Judged>
struct ring_two_to_two {
  static constexpr unsigned threads = 4;
  lockfree::mpmc_ring<int, platform, std::uint8_t> ring{4};
  results<Judged, verify::spec::queue<4, verify::failure::lenient, verify::failure::lenient>> seen;
  void thread(unsigned index) {
    seen.record([&] { return index < 2 ? push(ring, static_cast<int>(index) + 1) : pop(ring); });
  }
  void after() { seen.check(); }
};

template <bool Judged>
struct treiber_push_pop {
  static constexpr unsigned threads = 2;
  lockfree::basic_hazard_domain<platform> nodes{1};
  lockfree::treiber_stack<int, platform> stack{nodes};
  results<Judged, verify::spec::stack<>> seen;
  void thread(unsigned index) {
    seen.record([&] { return push(stack, static_cast<int>(index) + 1); });
    seen.record([&] { return pop(stack); });
  }
  void after() { seen.check(); }
};

template <bool /*Judged*/>
struct hazard_pointer {
  static constexpr unsigned threads = 2;
  struct object : lockfree::hazard_pointer_obj_base<object, std::default_delete<object>, platform> {
    verify::variable<int> number{1};
  };
  lockfree::basic_hazard_domain<platform> hazards{1};
  platform::atomic<object*> current{new object};
  lockfree::basic_hazard_pointer<platform> hazard = lockfree::make_hazard_pointer(hazards);
  void thread(unsigned index) {
    if (index == 0) {
      (void)hazard.protect(current)->number.get();
      hazard.reset_protection();
    } else {
      current.exchange(new object, std::memory_order::acq_rel)->retire(hazards);
    }
  }
  ~hazard_pointer() { delete current.load(std::memory_order::relaxed); }
};

template <bool /*Judged*/>
struct deque_pop_steal {
  static constexpr unsigned threads = 2;
  lockfree::chase_lev_deque<int, platform, std::uint8_t> deque{2};
  void thread(unsigned index) {
    int out = 0;
    for (int i = 0; i < 2; ++i) {
      if (index == 0) {
        deque.push(i);
        (void)deque.pop();
      } else {
        (void)deque.try_steal(out);
      }
    }
  }
};

struct subject {
  const char* name;
  engine::program plain;
  engine::program judged;  // without threads: it has no history
};

template <template <bool> class Check, bool HasHistory>
subject make(const char* name) {
  subject out{name, engine::program_of<Check<false>>(), engine::program_of<Check<true>>()};
  if (!HasHistory) out.judged.threads = 0;
  return out;
}

/// Executions a second of processor time.
double rate(const engine::program& body, engine::search how, std::uint64_t executions, std::uint64_t seed) {
  engine::exploration_options options;
  options.how = how;
  options.bound = 8;
  options.seconds = 0;
  options.executions = executions;
  options.seed = seed;
  const engine::exploration seen = engine::explore(body, options);
  if (seen.found.kind != engine::verdict::holds) {
    std::fprintf(stderr, "lockfree_verify_speed: a check failed that must hold: %s\n", seen.found.message.c_str());
    std::exit(4);
  }
  return static_cast<double>(seen.executions) / std::max(seen.seconds, 1e-6);
}

struct figures {
  double random = 0;
  double tree = 0;
  double judged = 0;
  [[nodiscard]] double cost() const { return random / judged; }
};

figures measure(const subject& what, unsigned blocks, std::uint64_t executions, bool with_tree) {
  figures best;
  for (unsigned block = 1; block <= blocks; ++block) {
    best.random = std::max(best.random, rate(what.plain, engine::search::uniform, executions, block));
    if (what.judged.threads != 0) {
      best.judged = std::max(best.judged, rate(what.judged, engine::search::uniform, executions, block));
    }
    if (with_tree) best.tree = std::max(best.tree, rate(what.plain, engine::search::bound, executions, block));
  }
  return best;
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (const std::size_t colon = line.find(": "); line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "an unknown processor";
}

#if defined(__clang__)
constexpr const char* compiler = "clang " __clang_version__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

std::string thousands(double value) {
  if (value == 0) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.0f", value / 1000);
  return text.data();
}

}  // namespace

/// Without arguments: the table, on standard output. With --ratio: only whether the linearizability check costs at most
/// as much again as the execution; exit code 1 if not.
int main(int argc, char** argv) {
  const std::array subjects{
      make<store_buffering, false>("store buffering, 2 threads"),
      make<ring_one_to_one, true>("spsc_ring, 3 pushes against 3 pops"),
      make<ring_two_to_two, true>("mpmc_ring, 2 pushes against 2 pops"),
      make<treiber_push_pop, true>("treiber_stack, 2 x (push, pop)"),
      make<hazard_pointer, false>("hazard_pointer, protect against retire"),
      make<deque_pop_steal, false>("chase_lev_deque, 2 x (push, pop) against 2 steals"),
  };
  const bool ratio_only = argc == 2 && std::string_view(argv[1]) == "--ratio";
  if (argc > 1 && !ratio_only) {
    std::fputs("lockfree_verify_speed: takes nothing but --ratio\n", stderr);
    return 2;
  }
  if (ratio_only) {
    constexpr double most = 2;
    int code = 0;
    for (const subject& each : subjects) {
      if (each.judged.threads == 0) continue;
      const figures seen = measure(each, 9, 4'000, false);
      const bool good = seen.cost() <= most;
      std::printf("%-40s %.2f times the execution alone%s\n", each.name, seen.cost(), good ? "" : ": TOO MUCH");
      if (!good) code = 1;
    }
    return code;
  }
  std::printf(
      "# Speed of the model checker\n\n"
      "Thousands of executions a second of processor time, best of 9 blocks of 20,000, by `lockfree_verify_speed` on\n"
      "%s, %u processors in use by others as well, %s.\n"
      "*Judged*: at random, with a history and its linearizability check; *costs*: time as a multiple of that "
      "without.\n\n"
      "| check | random | tree | judged | costs |\n| --- | --- | --- | --- | --- |\n",
      processor().c_str(), std::thread::hardware_concurrency(), compiler);
  for (const subject& each : subjects) {
    const figures seen = measure(each, 9, 20'000, true);
    std::printf("| %s | %s | %s | %s | ", each.name, thousands(seen.random).c_str(), thousands(seen.tree).c_str(),
                thousands(seen.judged).c_str());
    if (seen.judged == 0) {
      std::puts("- |");
    } else {
      std::printf("%.2f |\n", seen.cost());
    }
  }
  return 0;
}
