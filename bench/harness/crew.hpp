// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

#include <lockfree/core/cache_line.hpp>

namespace lockfree::bench {

/// How long a run is: for `duration`, or until `count` items went through. Exactly one of the two is set.
struct run_length {
  std::chrono::nanoseconds duration{0};
  std::uint64_t count = 0;

  /// What part `index` of `parts` equal ones has to do: its share of the count, or no end.
  [[nodiscard]] std::uint64_t share(std::size_t index, std::size_t parts) const noexcept {
    if (count == 0) return std::numeric_limits<std::uint64_t>::max();
    return count / parts + (index < count % parts ? 1 : 0);
  }
};

/// A structure did not hand out exactly what was put in. Never a matter of measurement: the structure (or its adapter)
/// is broken, and nothing measured with it counts.
struct wrong_result : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `request_interrupt()` was called; the run ended early and is not worth keeping.
struct interrupted : std::runtime_error {
  interrupted() : std::runtime_error("interrupted") {}
};

/// Ends the run under way, and every later one at once. May be called from a signal handler.
void request_interrupt() noexcept;
bool interrupt_requested() noexcept;

/// Called, from the thread that started the run, where the workers of a run have not ended so long `after` they were
/// told to: a structure is stuck, and its threads cannot be stopped. Must not return. Without a handler the program says
/// so and exits with 4.
void on_hang(std::function<void()> handler, std::chrono::nanoseconds after = std::chrono::seconds(60));

/// One thread of a run, on its own cache lines.
class alignas(cache_line) worker {
 public:
  [[nodiscard]] std::size_t index() const noexcept { return index_; }

  /// Waits until every worker of the run is here, then takes the time. What precedes it is not measured.
  void start();

  /// True once the run's time is up. One relaxed load of a line that nobody writes meanwhile.
  [[nodiscard]] bool stopped() const noexcept { return stop_->load(std::memory_order::relaxed); }

  /// Takes the time. What follows is not measured.
  void finish() noexcept { end_ = std::chrono::steady_clock::now(); }

 private:
  friend class crew;
  std::size_t index_ = 0;
  const std::atomic<bool>* stop_ = nullptr;
  class crew* crew_ = nullptr;
  std::chrono::steady_clock::time_point begin_{};
  std::chrono::steady_clock::time_point end_{};
};

/// Runs `body` in `threads` new threads, thread i pinned to allowed CPU i modulo `cpus` (0: all of them), and returns
/// the seconds from the first `start()` to the last `finish()`. `body` calls `start()` once, after it has prepared, and
/// `finish()` once. With a duration the workers are told to stop when it is over, counted from the common start.
/// Throws `interrupted`, or what the first worker to throw threw, after all threads have ended.
double run_crew(std::size_t threads, const run_length& length, const std::function<void(worker&)>& body,
                std::size_t cpus = 0);

}  // namespace lockfree::bench
