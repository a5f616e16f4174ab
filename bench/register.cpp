// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "harness/flow_grid.hpp"
#include "harness/reclaiming.hpp"

// Registers: one record of 16 bytes. Measured: reads, a second, alone and beside one thread that keeps writing; and
// writes by one thread. Snapshots are looked at where they are, everything else is copied out.
namespace lockfree::bench {
namespace {

template <class R, kind K>
class library_register {
  using value = typename R::value_type;

 public:
  static constexpr std::string_view name = R::name;
  static constexpr std::string_view library = "lockfree";
  static constexpr bench::kind kind = K;

  explicit library_register(std::uint64_t first) : register_(made(first)) {}

  class port {
   public:
    explicit port(library_register& owner) : register_(owner.register_) {}
    void read(look seen) {
      if constexpr (std::is_same_v<value, std::shared_ptr<record>>) {
        seen(*register_.load());
      } else if constexpr (requires(const R& r) { *r.read(); }) {
        seen(*register_.read());
      } else {
        seen(register_.load());
      }
    }
    void update(std::uint64_t number) { register_.store(made(number)); }

   private:
    R& register_;
  };

 private:
  static value made(std::uint64_t number) {
    if constexpr (std::is_same_v<value, std::shared_ptr<record>>) {
      return std::make_shared<record>(number);
    } else {
      return value(number);
    }
  }
  R register_;
};

void add(grid& all, const shape& how, const std::string& unit, std::size_t readers, tier least) {
  each_subject<record, is_register, library_register, std::tuple<>>([&]<class A>(std::type_identity<A>) {
    all.cells.push_back(
        {"register", describe<A>(), how, sizeof(record), unit, least, false,
         [how, readers](const run_length& length) { return run_reclamation<A>(how, readers, length); }});
  });
}

}  // namespace

void add_registers(grid& all) {
  all.families.push_back({"register", "Registers", "M operations/s"});
  for (const std::size_t n : {1U, 8U}) {
    add(all,
        {.scenario = plural(n, "reader"),
         .group = "reads",
         .title = plural(n, "thread") + " reading",
         .when = situation(n, n == 1 ? "reads a small record" : "read a small record"),
         .threads = n},
        "M reads/s", n, tier::standard);
  }
  for (const std::size_t n : {2U, 8U}) {
    add(all,
        {.scenario = plural(n - 1, "reader") + " beside a writer",
         .group = "reads beside a writer",
         .title = plural(n - 1, "thread") + " reading while one writes",
         .when = situation(n, "read a small record that one of them keeps writing"),
         .threads = n},
        "M reads/s", n - 1, tier::standard);
  }
  add(all,
      {.scenario = "1 writer",
       .group = "writes",
       .title = "1 thread writing",
       .when = situation(1, "writes a small record"),
       .threads = 1},
      "M writes/s", 0, tier::standard);
}

}  // namespace lockfree::bench
