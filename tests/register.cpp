// SPDX-License-Identifier: Apache-2.0
// What every register must do, and what each of ours promises beyond it.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "support/allocations.hpp"
#include "support/each.hpp"
#include "support/seed.hpp"
#include "support/threads.hpp"

namespace {

using lockfree::hazard_domain;

/// Says whether it is whole: every word of it is the same number.
struct alignas(64) large {
  explicit large(std::uint64_t number = 0) { words.fill(number); }
  [[nodiscard]] bool whole() const {
    for (const std::uint64_t word : words) {
      if (word != words[0]) return false;
    }
    return true;
  }
  std::array<std::uint64_t, 32> words;  // 256 bytes
};

template <class T>
using registers = support::filter<support::everything<T>, support::detail::is_register>;

/// A value of the register's type that is, or points to, `T(number)`.
template <class V>
V made(std::uint64_t number) {
  if constexpr (requires { typename V::element_type; }) {
    return std::make_shared<typename V::element_type>(static_cast<typename V::element_type>(number));
  } else {
    return V(number);
  }
}
template <class V>
const auto& look(const V& value) {
  if constexpr (requires { typename V::element_type; }) {
    return *value;
  } else {
    return value;
  }
}

const auto last = support::each<registers<std::uint64_t>>("gives the value that was stored last", "[register]",
                                                          []<class Register>(support::type<Register>) {
                                                            using value = typename Register::value_type;
                                                            Register shared(made<value>(1));
                                                            REQUIRE(look(shared.load()) == 1);
                                                            for (std::uint64_t i = 2; i < 1000; ++i) {
                                                              shared.store(made<value>(i));
                                                              REQUIRE(look(shared.load()) == i);
                                                            }
                                                          });

const auto whole = support::each<registers<large>>("gives whole values that do not go back", "[register][stress]",
                                                   []<class Register>(support::type<Register>) {
                                                     using value = typename Register::value_type;
                                                     SUPPORT_SHOW_SEED();
                                                     Register shared(made<value>(0));
                                                     const std::size_t writes = support::scaled(50'000);
                                                     std::atomic<bool> done{false};
                                                     std::atomic<std::size_t> torn{0};
                                                     std::atomic<std::size_t> back{0};
                                                     support::run_threads(support::cores() + 2, [&](std::size_t me) {
                                                       if (me == 0) {
                                                         for (std::uint64_t i = 1; i <= writes; ++i)
                                                           shared.store(made<value>(i));
                                                         done.store(true, std::memory_order::release);
                                                         return;
                                                       }
                                                       std::uint64_t newest = 0;
                                                       for (bool last_round = false; !last_round;) {
                                                         last_round = done.load(std::memory_order::acquire);
                                                         const value seen = shared.load();
                                                         if (!look(seen).whole()) ++torn;
                                                         if (look(seen).words[0] < newest) ++back;
                                                         newest = look(seen).words[0];
                                                       }
                                                       if (newest != writes) ++back;
                                                     });
                                                     REQUIRE(torn.load() == 0);
                                                     REQUIRE(back.load() == 0);
                                                   });

const auto come_and_go = support::each<registers<std::uint64_t>>(
    "serves 10,000 threads that come and go", "[register][stress]", []<class Register>(support::type<Register>) {
      using value = typename Register::value_type;
      Register shared(made<value>(0));
      const std::size_t threads = support::scaled(10'000);
      for (std::size_t i = 0; i < threads; i += 2) {
        std::jthread writer([&] { shared.store(made<value>(i + 1)); });
        std::jthread reader([&] {
          const value seen = shared.load();
          if (look(seen) + 1 < i) std::abort();
        });
      }
      REQUIRE(look(shared.load()) + 1 >= threads - 1);
    });

}  // namespace

TEST_CASE("seqlock with 8 bits goes on when its sequence wraps", "[register]") {
  lockfree::seqlock<std::uint64_t, lockfree::std_platform, std::uint8_t> shared(0);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    shared.store(i);
    REQUIRE(shared.try_load() == std::optional<std::uint64_t>(i));
  }
}

TEST_CASE("seqlock takes values of any size, also with padding and without default constructor", "[register]") {
  struct odd {
    explicit odd(int n) : c(static_cast<char>(n)), i(n) {}
    char c;
    int i;
    char d[5] = {};
  };
  lockfree::seqlock<odd> shared(odd(1));
  shared.store(odd(7));
  REQUIRE(shared.load().i == 7);
  REQUIRE(shared.load().c == 7);
  lockfree::seqlock<char> small;
  small.store('x');
  REQUIRE(small.load() == 'x');
}

TEST_CASE("versioned refuses a write on top of an old version", "[register]") {
  lockfree::versioned<int> shared(5);
  const auto seen = shared.read();
  REQUIRE(seen.value == 5);
  REQUIRE(shared.compare_and_set(seen.version, 6));
  REQUIRE_FALSE(shared.compare_and_set(seen.version, 7));
  REQUIRE(shared.load() == 6);
  REQUIRE(shared.update([](int now) { return now * 2; }) == 12);
  shared.store(1);
  REQUIRE(shared.read().value == 1);
  REQUIRE_THROWS_AS(shared.update([](int) -> int { throw std::runtime_error("no"); }), std::runtime_error);
  REQUIRE(shared.load() == 1);
}

TEST_CASE("versioned with 8 bits goes on when its version wraps", "[register]") {
  lockfree::versioned<int, lockfree::std_platform, std::uint8_t> shared(0);
  for (int i = 0; i < 1000; ++i) {
    const auto seen = shared.read();
    REQUIRE(seen.value == i);
    REQUIRE(shared.compare_and_set(seen.version, i + 1));
  }
}

TEST_CASE("versioned and snapshot lose no update of many threads", "[register][stress]") {
  lockfree::versioned<large> words;
  lockfree::snapshot<std::string> text("");
  const std::size_t each = support::scaled(2'000);
  const std::size_t threads = support::cores() + 2;
  support::run_threads(threads, [&](std::size_t) {
    for (std::size_t i = 0; i < each; ++i) {
      (void)words.update([](const large& seen) { return large(seen.words[0] + 1); });
      if (i % 16 == 0) text.update([](const std::string& seen) { return seen + 'x'; });
    }
  });
  REQUIRE(words.load().whole());
  REQUIRE(words.load().words[0] == threads * each);
  REQUIRE(text.load().size() == threads * ((each + 15) / 16));
}

TEST_CASE("snapshot keeps a state while it is viewed, and frees it then", "[register]") {
  hazard_domain domain(1);
  {
    lockfree::snapshot<std::shared_ptr<int>> shared(domain, std::make_shared<int>(1));
    std::weak_ptr<int> first = shared.load();
    {
      const auto view = shared.read();
      shared.store(std::make_shared<int>(2));
      domain.reclaim();
      REQUIRE(**view == 1);
      REQUIRE_FALSE(first.expired());
      REQUIRE_FALSE(shared.compare_and_set(view, std::make_shared<int>(3)));
    }
    domain.reclaim();
    REQUIRE(first.expired());
    REQUIRE(*shared.exchange(std::make_shared<int>(4)) == 2);
    REQUIRE(**shared.read() == 4);
  }
}

TEST_CASE("snapshot is as it was when a write gets no memory or its constructor throws", "[register]") {
  lockfree::snapshot<std::string> shared(std::string(100, 'a'));
  const std::size_t failures = support::with_each_allocation_failing([&](auto fail) {
    std::string next(100, 'b');
    if (!fail([&] { shared.store(std::move(next)); })) REQUIRE(shared.load()[0] == 'a');
  });
  REQUIRE((failures > 0) == support::counts_allocations);
  REQUIRE(shared.load()[0] == 'b');
  REQUIRE_THROWS_AS(shared.update([](const std::string&) -> std::string { throw std::runtime_error("no"); }),
                    std::runtime_error);
  REQUIRE(shared.load().size() == 100);
}

TEST_CASE("atomic_shared_ptr has the members of std::atomic<std::shared_ptr>", "[register]") {
  lockfree::atomic_shared_ptr<int> shared;
  REQUIRE(shared.load() == nullptr);
  std::shared_ptr<int> expected;
  const auto one = std::make_shared<int>(1);
  REQUIRE(shared.compare_exchange_strong(expected, one));
  REQUIRE(shared.load() == one);
  REQUIRE_FALSE(shared.compare_exchange_strong(expected, nullptr));
  REQUIRE(expected == one);
  REQUIRE(shared.exchange(std::make_shared<int>(2)) == one);
  shared = std::make_shared<int>(3);
  const std::shared_ptr<int> three = shared;
  REQUIRE(*three == 3);
  // The same pointer that shares no ownership is another one.
  std::shared_ptr<int> alias(std::shared_ptr<void>(), three.get());
  REQUIRE_FALSE(shared.compare_exchange_weak(alias, nullptr));
  REQUIRE(alias == three);
}
