// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

#include "harness/reclaiming.hpp"
#include "harness/steal.hpp"

// Structures behind a mutex that are right, or wrong in one way each; what the harness must accept and refuse.
namespace lockfree::bench::broken {

enum class defect { none, loses, duplicates, alters, tears, hides };

/// Every 1000th element suffers the defect; `hides`: the last 3 are seen only by the thread that made it. A queue and, with the same insides, a deque.
template <defect Defect, std::size_t Bytes = 8>
class queue {
 public:
  static constexpr std::string_view name = "broken queue";
  static constexpr std::string_view library = "test";
  static constexpr bench::kind kind = bench::kind::mutex;
  static constexpr bool bounded = true;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = unlimited;
  using element = payload<Bytes>;

  explicit queue(std::size_t capacity = 1 << 20) : capacity_(capacity) {}

  class port {
   public:
    explicit port(queue& owner, role = role::both) : owner_(owner) {}
    bool push(const element& value) { return owner_.push(value); }
    bool pop(element& out) { return owner_.pop(out); }
    steal_status steal(element& out) { return owner_.pop(out) ? steal_status::success : steal_status::empty; }
    std::size_t size() { return owner_.size(); }

   private:
    queue& owner_;
  };

 private:
  bool push(const element& value) {
    const std::lock_guard lock(mutex_);
    if (elements_.size() >= capacity_) return false;
    const bool hit = ++pushes_ % 1000 == 0;
    if (Defect == defect::loses && hit) return true;
    elements_.push_back(value);
    if (Defect == defect::duplicates && hit) elements_.push_back(value);
    if (Defect == defect::alters && hit) elements_.back() = element(value.value() + 1);
    if (Defect == defect::tears && hit) elements_.back().words.back() = 0;
    return true;
  }
  bool pop(element& out) {
    const std::lock_guard lock(mutex_);
    const bool hide = Defect == defect::hides && std::this_thread::get_id() != maker_;
    if (elements_.size() <= (hide ? 3U : 0U)) return false;
    out = elements_.front();
    elements_.pop_front();
    return true;
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return elements_.size();
  }

  std::mutex mutex_;
  std::deque<element> elements_;
  const std::size_t capacity_;
  std::uint64_t pushes_ = 0;
  const std::thread::id maker_ = std::this_thread::get_id();
};

/// Right, for one thread on each side, but each operation refuses until a while after it was first tried: a ring whose
/// slot is held by a thread that was stopped.
class hesitant {
 public:
  static constexpr std::string_view name = "hesitant queue";
  using element = payload<8>;
  static constexpr std::chrono::microseconds hesitates{200};

  explicit hesitant(std::size_t capacity) : elements_(capacity) {}

  class port {
   public:
    port(hesitant& owner, role) : port_(owner.elements_) {}
    bool push(const element& value) { return waited(pushing_) && took(pushing_, port_.push(value)); }
    bool pop(element& out) { return waited(popping_) && took(popping_, port_.pop(out)); }

   private:
    using clock = std::chrono::steady_clock;
    static bool waited(clock::time_point& since) {
      if (since == clock::time_point{}) since = clock::now();
      return clock::now() - since >= hesitates;
    }
    static bool took(clock::time_point& since, bool done) {
      if (done) since = {};
      return done;
    }

    queue<defect::none>::port port_;
    clock::time_point pushing_;
    clock::time_point popping_;
  };

 private:
  queue<defect::none> elements_;
};

/// Loses increments as an unsynchronised counter does: by a separate load and store.
class counter {
 public:
  static constexpr std::string_view name = "broken counter";
  class port {
   public:
    explicit port(counter& owner) : value_(owner.value_) {}
    void increment() {
      value_.store(value_.load(std::memory_order::relaxed) + (++own_ % 1000 == 0 ? 0 : 1), std::memory_order::relaxed);
    }
    std::int64_t value() { return value_.load(std::memory_order::relaxed); }

   private:
    std::atomic<std::int64_t>& value_;
    std::uint64_t own_ = 0;
  };

 private:
  std::atomic<std::int64_t> value_{0};
};

/// `Whole`: right. Otherwise a reader now and then sees a record as it is after it was freed, half overwritten; `Forgets`:
/// every update is lost.
template <bool Whole, bool Forgets = false>
class shared_record {
 public:
  static constexpr std::string_view name = "broken reclamation";
  explicit shared_record(std::uint64_t first) : current_(first) {}
  class port {
   public:
    explicit port(shared_record& owner) : owner_(owner) {}
    void read(look seen) {
      const std::lock_guard lock(owner_.mutex_);
      record copy = owner_.current_;
      if (!Whole && ++reads_ % 1000 == 0) copy.negated = 0;
      seen(copy);
    }
    void update(std::uint64_t value) {
      const std::lock_guard lock(owner_.mutex_);
      owner_.current_ = record(Forgets ? 1 : value);
    }

   private:
    shared_record& owner_;
    std::uint64_t reads_ = 0;
  };

 private:
  std::mutex mutex_;
  record current_;
};

}  // namespace lockfree::bench::broken
