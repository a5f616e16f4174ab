// SPDX-License-Identifier: Apache-2.0
#include "harness/crew.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <lockfree/core/spin_wait.hpp>

#include "harness/cpus.hpp"

namespace lockfree::bench {
namespace {

using clock = std::chrono::steady_clock;

std::atomic<bool> interrupt_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

struct hang_rule {
  std::function<void()> handler;
  std::chrono::nanoseconds after = std::chrono::seconds(60);
};

hang_rule& on_hang_rule() {
  static hang_rule rule;
  return rule;
}

/// Thrown by `start()` where another worker failed before all had come.
struct abandoned {};

}  // namespace

void request_interrupt() noexcept { interrupt_flag.store(true, std::memory_order::relaxed); }
bool interrupt_requested() noexcept { return interrupt_flag.load(std::memory_order::relaxed); }
void on_hang(std::function<void()> handler, std::chrono::nanoseconds after) {
  on_hang_rule() = {std::move(handler), after};
}

class crew {
 public:
  explicit crew(std::size_t size) : workers_(size) {
    for (std::size_t i = 0; i < size; ++i) {
      workers_[i].index_ = i;
      workers_[i].stop_ = &stop_;
      workers_[i].crew_ = this;
    }
  }

  double run(const run_length& length, const std::function<void(worker&)>& body, std::size_t cpus) {
    const std::vector<int>& all = allowed_cpus();
    const std::size_t use = cpus == 0 ? all.size() : std::min(cpus, all.size());
    std::vector<std::thread> threads;
    threads.reserve(workers_.size());
    try {
      for (worker& each : workers_) {
        threads.emplace_back([this, &each, &body, cpu = all[each.index_ % use]] { live(each, body, cpu); });
      }
    } catch (...) {  // no more threads to be had
      fail(std::current_exception());
    }
    watch(length, threads.size());
    for (std::thread& each : threads) each.join();
    if (error_) std::rethrow_exception(error_);
    if (interrupt_requested()) throw interrupted();
    clock::time_point first = workers_.front().begin_;
    clock::time_point last = workers_.front().end_;
    for (const worker& each : workers_) {
      first = std::min(first, each.begin_);
      last = std::max(last, each.end_);
    }
    return std::chrono::duration<double>(last - first).count();
  }

  void arrive() {
    if (arrived_.fetch_add(1, std::memory_order::acq_rel) + 1 == workers_.size()) {
      go_.store(true, std::memory_order::release);
    }
    spin_wait wait;
    while (!go_.load(std::memory_order::acquire)) wait.once();
    if (abandon_.load(std::memory_order::relaxed)) throw abandoned();
  }

 private:
  void live(worker& each, const std::function<void(worker&)>& body, int cpu) noexcept {
    try {
      pin_to(cpu);
      body(each);
    } catch (const abandoned&) {
    } catch (...) {
      fail(std::current_exception());
    }
    ended_.fetch_add(1, std::memory_order::release);
  }

  void fail(std::exception_ptr error) {
    {
      const std::lock_guard lock(error_mutex_);
      if (!error_) error_ = std::move(error);
    }
    abandon_.store(true, std::memory_order::relaxed);
    stop_.store(true, std::memory_order::relaxed);
    go_.store(true, std::memory_order::release);
  }

  /// Sleeps, so that it takes no time from the workers, until they have ended.
  void watch(const run_length& length, std::size_t running) {
    const auto all_ended = [&] { return ended_.load(std::memory_order::acquire) == running; };
    auto nap = std::chrono::nanoseconds(std::chrono::microseconds(100));
    while (!go_.load(std::memory_order::acquire) && !all_ended()) std::this_thread::sleep_for(nap);
    const clock::time_point begin = clock::now();
    clock::time_point told = clock::time_point::max();
    while (!all_ended()) {
      const clock::time_point now = clock::now();
      const bool over = length.count == 0 && now >= begin + length.duration;
      if (told == clock::time_point::max() &&
          (over || interrupt_requested() || stop_.load(std::memory_order::relaxed))) {
        stop_.store(true, std::memory_order::relaxed);
        told = now;
        nap = std::chrono::microseconds(100);
      }
      if (told != clock::time_point::max() && now - told > on_hang_rule().after) hang();
      auto next = nap;
      if (told == clock::time_point::max() && length.count == 0) {
        next = std::min(next, std::chrono::nanoseconds(begin + length.duration - now));
      }
      std::this_thread::sleep_for(next);
      nap = std::min(nap * 2, std::chrono::nanoseconds(std::chrono::milliseconds(20)));
    }
  }

  [[noreturn]] static void hang() {
    if (on_hang_rule().handler) on_hang_rule().handler();
    std::fputs("a structure's threads are stuck and cannot be stopped\n", stderr);
    std::_Exit(4);
  }

  alignas(cache_line) std::atomic<bool> go_{false};
  std::atomic<bool> abandon_{false};
  alignas(cache_line) std::atomic<bool> stop_{false};
  alignas(cache_line) std::atomic<std::size_t> arrived_{0};
  alignas(cache_line) std::atomic<std::size_t> ended_{0};
  alignas(cache_line) std::mutex error_mutex_;
  std::exception_ptr error_;
  std::vector<worker> workers_;
};

void worker::start() {
  crew_->arrive();
  begin_ = clock::now();
}

double run_crew(std::size_t threads, const run_length& length, const std::function<void(worker&)>& body,
                std::size_t cpus) {
  if (interrupt_requested()) throw interrupted();
  crew each(threads);
  return each.run(length, body, cpus);
}

}  // namespace lockfree::bench
