// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <lockfree/core/cache_line.hpp>
#include <lockfree/core/spin_wait.hpp>

#include "harness/cell.hpp"
#include "harness/clock.hpp"
#include "harness/crew.hpp"
#include "harness/subjects.hpp"

// Measures what elements flow through: queues and stacks. Every thread waits in the same way when the structure is full
// or empty: `lockfree::spin_wait`, which pauses for about 2 µs and then yields.
namespace lockfree::bench {

/// What goes through: a number, copied into every word so that a torn element is seen.
template <std::size_t Bytes>
struct payload {
  static_assert(Bytes % 8 == 0 && Bytes > 0);
  payload() = default;
  explicit payload(std::uint64_t value) noexcept { words.fill(value); }
  [[nodiscard]] std::uint64_t value() const noexcept { return words.front(); }
  [[nodiscard]] bool intact() const noexcept {
    return std::all_of(words.begin(), words.end(), [&](std::uint64_t word) { return word == words.front(); });
  }
  std::array<std::uint64_t, Bytes / 8> words{};
};

/// Operations between two looks at the stop flag, so that the look costs nothing.
inline constexpr std::uint64_t operations_per_look = 64;

/// What a thread put in or took out; on its own cache lines.
struct alignas(cache_line) tally {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;   ///< modulo 2^64
  std::uint64_t torn = 0;  ///< elements whose words differ

  void add(std::uint64_t value) noexcept {
    ++count;
    sum += value;
  }
  template <std::size_t Bytes>
  void add(const payload<Bytes>& element) noexcept {
    add(element.value());
    if constexpr (Bytes > 8) torn += element.intact() ? 0 : 1;
  }
  tally& operator+=(const tally& other) noexcept {
    count += other.count;
    sum += other.sum;
    torn += other.torn;
    return *this;
  }
};

/// The numbers that thread `index` puts in: no two alike, of any thread.
constexpr std::uint64_t first_number(std::size_t index) noexcept { return (std::uint64_t{index} + 1) << 40; }

/// Throws `wrong_result` unless exactly what was put in came out.
inline void check_flow(std::string_view name, const tally& in, const tally& out) {
  const auto say = [](const tally& t) { return std::to_string(t.count) + " (sum " + std::to_string(t.sum) + ")"; };
  if (in.count != out.count || in.sum != out.sum) {
    throw wrong_result(std::string(name) + ": put in " + say(in) + ", got out " + say(out));
  }
  if (out.torn != 0) throw wrong_result(std::string(name) + ": " + std::to_string(out.torn) + " torn elements");
}

/// Runs a call without timing it.
struct untimed {
  template <class F>
  bool operator()(F&& call) {
    return call();
  }
};

/// Times a call and records it if it succeeded. What belongs to the call is the caller's choice: one attempt, or all of
/// them until it is done.
class timed {
 public:
  explicit timed(histogram& into) : into_(into), timer_(call_timer::get()) {}
  template <class F>
  bool operator()(F&& call) {
    const std::uint64_t from = timer_.now();
    const bool done = call();
    const std::uint64_t to = timer_.now();
    if (done) into_.record(timer_.nanoseconds(from, to));
    return done;
  }

 private:
  histogram& into_;
  const call_timer& timer_;
};

namespace detail {

template <bool Timed>
struct probe_maker {
  explicit probe_maker(std::size_t threads) : of_thread(Timed ? threads : 0) {}
  auto operator()(std::size_t index) {
    if constexpr (Timed) {
      return timed(of_thread[index].values);
    } else {
      return untimed();
    }
  }
  [[nodiscard]] histogram merged(std::size_t from, std::size_t to) const {
    histogram all;
    for (std::size_t i = from; i < to; ++i) all.merge(of_thread[i].values);
    return all;
  }
  struct alignas(cache_line) slot {
    histogram values;
  };
  std::vector<slot> of_thread;
};

/// What is left inside once all threads have ended. Elements there are not lost, but where `pop` said "empty" after the
/// last push had ended, they should not be there.
template <class A>
tally drain(A& structure) {
  typename A::port port(structure, role::consumer);
  tally left;
  for (typename A::element out; port.pop(out);) left.add(out);
  return left;
}

}  // namespace detail

/// `producers` threads push and `consumers` other threads pop until everything pushed was popped. Items: elements that
/// went through. The time includes the emptying at the end.
///
/// Timed, each successful attempt is a call: what goes before it at a full or empty queue is waiting for work. A ring's
/// wait for a slot that a stopped thread holds looks the same from outside and is left out with it, a lock's is not;
/// only `run_pairs` treats both alike.
template <class A, bool Timed = false>
outcome run_producers_consumers(const shape& how, const run_length& length) {
  using element = typename A::element;
  A structure(flow_capacity);
  const std::size_t threads = how.producers + how.consumers;
  std::vector<tally> tallies(threads);
  detail::probe_maker<Timed> probes(threads);
  alignas(cache_line) std::atomic<std::size_t> producing{how.producers};

  const auto produce = [&](worker& self) {
    struct done_on_exit {
      std::atomic<std::size_t>& producing;
      ~done_on_exit() { producing.fetch_sub(1, std::memory_order::release); }
    } guard{producing};
    typename A::port port(structure, role::producer);
    auto probe = probes(self.index());
    std::uint64_t number = first_number(self.index());
    std::uint64_t left = length.share(self.index(), how.producers);
    tally pushed;
    spin_wait wait;
    self.start();
    while (left != 0 && !self.stopped()) {
      const std::uint64_t until = number + std::min(left, operations_per_look);
      left -= until - number;
      while (number != until) {
        const element value(number);
        if (probe([&] { return port.push(value); })) [[likely]] {
          pushed.add(number++);
          wait.reset();
        } else {
          if (self.stopped()) break;
          wait.once();
        }
      }
    }
    self.finish();
    tallies[self.index()] = pushed;
  };
  const auto consume = [&](worker& self) {
    typename A::port port(structure, role::consumer);
    auto probe = probes(self.index());
    tally popped;
    element out;
    spin_wait wait;
    self.start();
    for (;;) {
      if (probe([&] { return port.pop(out); })) [[likely]] {
        popped.add(out);
        wait.reset();
      } else if (producing.load(std::memory_order::acquire) == 0) {
        if (!port.pop(out)) break;  // empty, and nothing more can come
        popped.add(out);
      } else {
        wait.once();
      }
    }
    self.finish();
    tallies[self.index()] = popped;
  };
  const double seconds = run_crew(
      threads, length, [&](worker& self) { self.index() < how.producers ? produce(self) : consume(self); }, how.cpus);

  tally in;
  tally out;
  for (std::size_t i = 0; i < threads; ++i) (i < how.producers ? in : out) += tallies[i];
  const tally left = detail::drain(structure);
  check_flow(A::name, in, tally(out) += left);
  if (left.count != 0) {
    throw wrong_result(std::string(A::name) + ": said that it is empty with " + std::to_string(left.count) +
                       " elements inside");
  }
  outcome result{out.count, seconds, {}};
  if constexpr (Timed) {
    result.calls.push_back({"push", probes.merged(0, how.producers)});
    result.calls.push_back({"pop", probes.merged(how.producers, threads)});
  }
  return result;
}

/// Each of `threads` threads pushes one element and then pops one, over and over: never full, never empty for long, so
/// no thread waits for work and the scheduler alone decides where a thread is stopped. Items: elements that went through.
///
/// Timed, a call lasts from the first attempt until it is done. No thread takes out more than it put in, so an attempt
/// fails because another thread is in the middle of its own: that is the structure's waiting, as it is with a lock.
template <class A, bool Timed = false>
outcome run_pairs(const shape& how, const run_length& length) {
  using element = typename A::element;
  A structure(flow_capacity);
  std::vector<tally> ins(how.threads);
  std::vector<tally> outs(how.threads);
  detail::probe_maker<Timed> pushes(how.threads);
  detail::probe_maker<Timed> pops(how.threads);

  const double seconds = run_crew(
      how.threads, length,
      [&](worker& self) {
        typename A::port port(structure, role::both);
        auto push = pushes(self.index());
        auto pop = pops(self.index());
        std::uint64_t number = first_number(self.index());
        std::uint64_t left = length.share(self.index(), how.threads);
        tally pushed;
        tally popped;
        element out;
        /// False: told to stop.
        const auto insist = [&](auto call) {
          spin_wait wait;
          while (!call()) {
            if (self.stopped()) return false;
            wait.once();
          }
          return true;
        };
        self.start();
        while (left != 0 && !self.stopped()) {
          const std::uint64_t now = std::min(left, operations_per_look);
          left -= now;
          for (std::uint64_t i = 0; i < now; ++i) {
            const element value(number);
            if (!push([&] { return insist([&] { return port.push(value); }); })) break;
            pushed.add(number++);
            if (!pop([&] { return insist([&] { return port.pop(out); }); })) break;
            popped.add(out);
          }
        }
        self.finish();
        ins[self.index()] = pushed;
        outs[self.index()] = popped;
      },
      how.cpus);

  tally in;
  tally out;
  for (std::size_t i = 0; i < how.threads; ++i) {
    in += ins[i];
    out += outs[i];
  }
  check_flow(A::name, in, tally(out) += detail::drain(structure));
  outcome result{out.count, seconds, {}};
  if constexpr (Timed) {
    result.calls.push_back({"push", pushes.merged(0, how.threads)});
    result.calls.push_back({"pop", pops.merged(0, how.threads)});
  }
  return result;
}

}  // namespace lockfree::bench
