// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <lockfree/reclaim/hazard_pointer.hpp>

#include "harness/flow_grid.hpp"
#include "rivals/rivals.hpp"

// Safe memory reclamation: one shared pointer to a small record, read and replaced by many threads. Measured: protected
// reads (protect, look at the record, let go), a second; updates (allocate a record, put it in, retire the old one), a
// second; and reads by all but one thread while that one updates. A record says whether it is whole, so a read of freed
// memory is seen.
//
// An adapter has a constructor (value of the first record) and a class `port(adapter&)`, made once a thread, with
// `void read(look)`, which calls `look` with the record while it is protected, and `void update(value of the next)`.
namespace lockfree::bench {
namespace {

struct record {
  explicit record(std::uint64_t number) noexcept : value(number), negated(~number) {}
  std::uint64_t value;
  std::uint64_t negated;
};

/// What a reader does with the record while it is protected: `tally::torn` counts those that are not whole.
struct look {
  tally& into;
  void operator()(const record& seen) const noexcept {
    into.add(seen.value);
    into.torn += seen.value == ~seen.negated ? 0 : 1;
  }
};

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

/// `readers` threads read, the others update. Items: reads where there are readers, updates otherwise.
template <class A>
outcome run_reclamation(const shape& how, std::size_t readers, const run_length& length) {
  A cell(first_number(how.threads));
  std::vector<tally> tallies(how.threads);
  std::vector<std::uint64_t> last_written(how.threads, first_number(how.threads));
  alignas(cache_line) std::atomic<std::size_t> reading{readers};
  const double seconds = run_crew(
      how.threads, length,
      [&](worker& self) {
        const bool reads = self.index() < readers;
        typename A::port port(cell);
        tally done;
        std::uint64_t number = first_number(self.index());
        // Writers beside readers go on until the readers have finished.
        std::uint64_t left = reads          ? length.share(self.index(), readers)
                             : readers == 0 ? length.share(self.index(), how.threads)
                                            : run_length{}.share(0, 1);
        struct done_on_exit {
          std::atomic<std::size_t>* reading;
          ~done_on_exit() {
            if (reading != nullptr) reading->fetch_sub(1, std::memory_order::release);
          }
        } guard{reads ? &reading : nullptr};
        self.start();
        while (left != 0 && !self.stopped()) {
          const std::uint64_t now = std::min(left, operations_per_look);
          left -= now;
          if (reads) {
            for (std::uint64_t i = 0; i < now; ++i) port.read(look{done});
          } else {
            for (std::uint64_t i = 0; i < now; ++i) port.update(++number);
            done.count += now;
            if (readers != 0 && reading.load(std::memory_order::relaxed) == 0) break;
          }
        }
        self.finish();
        tallies[self.index()] = done;
        if (!reads && done.count != 0) last_written[self.index()] = number;
      },
      how.cpus);

  tally all;
  for (std::size_t i = 0; i < how.threads; ++i) {
    if (readers == 0 || i < readers) all += tallies[i];
  }
  if (all.torn != 0) {
    throw wrong_result(std::string(A::name) + ": " + std::to_string(all.torn) + " reads of a record that was gone");
  }
  tally final_read;
  typename A::port(cell).read(look{final_read});
  if (std::find(last_written.begin(), last_written.end(), final_read.sum) == last_written.end()) {
    throw wrong_result(std::string(A::name) + ": the record at the end is not the last of any writer");
  }
  return {all.count, seconds, {}};
}

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
        {plural(n, "reader"), "protected reads", plural(n, "thread") + " reading",
         situation(n, n == 1 ? "reads shared data" : "read shared data"), n, 0, 0, 0},
        "M reads/s", n, n == 4 ? tier::standard : tier::quick);
  }
  for (const std::size_t n : {1U, 2U, 4U, 8U}) {
    add(all,
        {plural(n, "writer"), "updates", plural(n, "thread") + " replacing and retiring",
         situation(n, n == 1 ? "replaces shared data" : "replace shared data"), n, 0, 0, 0},
        "M updates/s", 0, n == 1 || n == 8 ? tier::quick : tier::standard);
  }
  for (const std::size_t n : {2U, 8U}) {
    add(all,
        {plural(n - 1, "reader") + " beside a writer", "reads beside a writer",
         plural(n - 1, "thread") + " reading while one replaces and retires",
         situation(n, "read shared data that one of them keeps replacing"), n, 0, 0, 0},
        "M reads/s", n - 1, tier::standard);
  }
}

}  // namespace lockfree::bench
