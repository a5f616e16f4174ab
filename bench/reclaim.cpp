// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <lockfree/reclaim/hazard_pointer.hpp>

#include "harness/flow_grid.hpp"
#include "harness/reclaiming.hpp"
#include "rivals/rivals.hpp"

// Safe memory reclamation: one shared pointer to a small record, read and replaced by many threads. Measured: protected
// reads (protect, look at the record, let go), a second; updates (allocate a record, put it in, retire the old one), a
// second; and reads by all but one thread while that one updates.
namespace lockfree::bench {
namespace {

/// The library's hazard pointers, one kept by each thread.
class hazard_pointers {
 public:
  static constexpr std::string_view name = "hazard_pointer";
  static constexpr std::string_view library = "lockfree";
  static constexpr bench::kind kind = bench::kind::lockfree;

  explicit hazard_pointers(std::uint64_t first) : current_(new node(first)) {}
  ~hazard_pointers() { delete current_.load(std::memory_order::relaxed); }

 private:
  struct node : record, hazard_pointer_obj_base<node> {
    using record::record;
  };

 public:
  class port {
   public:
    explicit port(hazard_pointers& owner) : current_(owner.current_) {}
    void read(look seen) {
      seen(*guard_.protect(current_));
      guard_.reset_protection();
    }
    void update(std::uint64_t number) { current_.exchange(new node(number), std::memory_order::acq_rel)->retire(); }

   private:
    std::atomic<node*>& current_;
    hazard_pointer guard_ = make_hazard_pointer();
  };

 private:
  alignas(cache_line) std::atomic<node*> current_;
};

/// The twin: a mutex around the pointer. The old record is freed at once, outside.
class locked_pointer {
 public:
  static constexpr std::string_view name = "std::mutex";
  static constexpr std::string_view library = "std";
  static constexpr bench::kind kind = bench::kind::mutex;

  explicit locked_pointer(std::uint64_t first) : current_(std::make_unique<record>(first)) {}

  class port {
   public:
    explicit port(locked_pointer& owner) : owner_(owner) {}
    void read(look seen) {
      const std::lock_guard lock(owner_.mutex_);
      seen(*owner_.current_);
    }
    void update(std::uint64_t number) {
      auto next = std::make_unique<record>(number);
      const std::lock_guard lock(owner_.mutex_);
      owner_.current_.swap(next);
    }

   private:
    locked_pointer& owner_;
  };

 private:
  alignas(cache_line) std::mutex mutex_;
  std::unique_ptr<record> current_;
};

/// What the standard library offers without a lock in sight.
class atomic_shared_pointer {
 public:
  static constexpr std::string_view name = "atomic<shared_ptr>";
  static constexpr std::string_view library = "std";
  static constexpr bench::kind kind = bench::kind::rival;

  explicit atomic_shared_pointer(std::uint64_t first) : current_(std::make_shared<const record>(first)) {}

  class port {
   public:
    explicit port(atomic_shared_pointer& owner) : owner_(owner) {}
    void read(look seen) { seen(*owner_.current_.load(std::memory_order::acquire)); }
    void update(std::uint64_t number) {
      owner_.current_.store(std::make_shared<const record>(number), std::memory_order::release);
    }

   private:
    atomic_shared_pointer& owner_;
  };

 private:
  alignas(cache_line) std::atomic<std::shared_ptr<const record>> current_;
};

void add(grid& all, const shape& how, const std::string& unit, std::size_t readers, tier least) {
  using subjects = rivals::detail::concatenate<std::tuple<hazard_pointers, locked_pointer, atomic_shared_pointer>,
                                               rivals::all::reclaimers<record>>;
  each_type<subjects>([&]<class A>(std::type_identity<A>) {
    all.cells.push_back(
        {"reclamation", describe<A>(), how, sizeof(record), unit, least, false,
         [how, readers](const run_length& length) { return run_reclamation<A>(how, readers, length); }});
  });
}

}  // namespace

void add_reclamation(grid& all) {
  all.families.push_back({"reclamation", "Safe memory reclamation", "M operations/s"});
  for (const std::size_t n : {1U, 2U, 4U, 8U}) {
    add(all,
        {.scenario = plural(n, "reader"),
         .group = "protected reads",
         .title = plural(n, "thread") + " reading",
         .when = situation(n, n == 1 ? "reads shared data" : "read shared data"),
         .threads = n},
        "M reads/s", n, n == 4 ? tier::standard : tier::quick);
  }
  for (const std::size_t n : {1U, 2U, 4U, 8U}) {
    add(all,
        {.scenario = plural(n, "writer"),
         .group = "updates",
         .title = plural(n, "thread") + " replacing and retiring",
         .when = situation(n, n == 1 ? "replaces shared data" : "replace shared data"),
         .threads = n},
        "M updates/s", 0, n == 1 || n == 8 ? tier::quick : tier::standard);
  }
  for (const std::size_t n : {2U, 8U}) {
    add(all,
        {.scenario = plural(n - 1, "reader") + " beside a writer",
         .group = "reads beside a writer",
         .title = plural(n - 1, "thread") + " reading while one replaces and retires",
         .when = situation(n, "read shared data that one of them keeps replacing"),
         .threads = n},
        "M reads/s", n - 1, tier::standard);
  }
}

}  // namespace lockfree::bench
