// SPDX-License-Identifier: Apache-2.0
// The C++26 interface of hazard pointers, one thread or few: what each operation says.
#include <lockfree/reclaim/hazard_pointer.hpp>

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/allocations.hpp"
#include "support/catch.hpp"

namespace {

using lockfree::hazard_domain;
using lockfree::hazard_pointer;
using lockfree::hazard_pointer_obj_base;
using lockfree::make_hazard_pointer;

/// Counts the objects that are alive.
struct node : hazard_pointer_obj_base<node> {
  explicit node(int number) : value(number) { ++live; }
  ~node() { --live; }
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  int value;
  static inline int live = 0;
};

// [saferecl.hp.holder], [saferecl.hp.base]
static_assert(std::is_nothrow_default_constructible_v<hazard_pointer>);
static_assert(std::is_nothrow_move_constructible_v<hazard_pointer>);
static_assert(std::is_nothrow_move_assignable_v<hazard_pointer>);
static_assert(!std::is_copy_constructible_v<hazard_pointer> && !std::is_copy_assignable_v<hazard_pointer>);
static_assert(std::is_nothrow_swappable_v<hazard_pointer>);
static_assert(std::same_as<decltype(make_hazard_pointer()), hazard_pointer>);
template <class H>
concept holder = requires(H hazard, const H& view, node* pointer, const std::atomic<node*>& source) {
  { view.empty() }
  noexcept->std::same_as<bool>;
  { hazard.protect(source) }
  noexcept->std::same_as<node*>;
  { hazard.try_protect(pointer, source) }
  noexcept->std::same_as<bool>;
  { hazard.reset_protection(static_cast<const node*>(pointer)) }
  noexcept->std::same_as<void>;
  { hazard.reset_protection(nullptr) }
  noexcept->std::same_as<void>;
  { hazard.reset_protection() }
  noexcept->std::same_as<void>;
  { hazard.swap(hazard) }
  noexcept->std::same_as<void>;
};
static_assert(holder<hazard_pointer>);
static_assert(noexcept(std::declval<node&>().retire()));
static_assert(!std::is_default_constructible_v<hazard_pointer_obj_base<node>>, "only as a base");
static_assert(sizeof(hazard_pointer) == sizeof(void*));
static_assert(sizeof(hazard_pointer_obj_base<node>) == 2 * sizeof(void*), "an empty deleter takes no room");
static_assert(!std::is_copy_constructible_v<hazard_domain> && !std::is_move_constructible_v<hazard_domain>);

/// Counts the objects that are alive, of any class derived from it.
struct base : hazard_pointer_obj_base<base> {
  base() { ++live; }
  virtual ~base() { --live; }
  base(const base&) = delete;
  base& operator=(const base&) = delete;
  static inline int live = 0;
};
struct with_data {
  virtual ~with_data() = default;
  long data = 0;
};
struct derived : with_data, base {
  explicit derived(int number) : value(number) {}
  int value;
};

/// Its deleter notes its number and what the deleter itself brought.
struct noted;
struct note {
  std::unique_ptr<int> brought;
  std::vector<int>* into = nullptr;
  void operator()(noted* object) const;
};
struct noted : hazard_pointer_obj_base<noted, note> {
  explicit noted(int value) : number(value) {}
  int number;
};
void note::operator()(noted* object) const {
  into->push_back(object->number + *brought);
  delete object;
}

/// Retires the next one when it is reclaimed.
struct chained : hazard_pointer_obj_base<chained> {
  chained(hazard_domain& to, chained* follower) : domain(to), next(follower) { ++live; }
  ~chained() {
    --live;
    if (next != nullptr) next->retire(domain);
  }
  chained(const chained&) = delete;
  chained& operator=(const chained&) = delete;
  hazard_domain& domain;
  chained* next;
  static inline int live = 0;
};

/// Retires its two subtrees when it is reclaimed, after a look at them under protection if so wished. Notes how deep
/// such destructors run inside one another.
struct tree : hazard_pointer_obj_base<tree> {
  tree(hazard_domain& to, int height) : domain(to) {
    ++live;
    if (height == 0) return;
    for (auto& each : below) each.store(new tree(to, height - 1), std::memory_order::relaxed);
  }
  ~tree() {
    deepest = std::max(deepest, ++depth);
    for (auto& each : below) {
      hazard_pointer hazard;
      if (make_hazard_pointers) hazard = make_hazard_pointer(domain);
      tree* const subtree = make_hazard_pointers ? hazard.protect(each) : each.load(std::memory_order::relaxed);
      if (subtree != nullptr) subtree->retire(domain);
    }
    --depth;
    --live;
  }
  tree(const tree&) = delete;
  tree& operator=(const tree&) = delete;
  hazard_domain& domain;
  std::atomic<tree*> below[2]{};
  static inline bool make_hazard_pointers = false;
  static inline int live = 0;
  static inline std::size_t depth = 0;
  static inline std::size_t deepest = 0;
};

/// Whether `pointer` is protected in `domain`: it is retired, and what waits is tried.
bool is_protected(node* pointer, hazard_domain& domain) {
  domain.reclaim();
  const int before = node::live;
  pointer->retire(domain);
  domain.reclaim();
  return node::live == before;
}

}  // namespace

TEST_CASE("a hazard pointer is empty by default and after it was moved from", "[hazard]") {
  hazard_domain domain;
  hazard_pointer none;
  REQUIRE(none.empty());
  hazard_pointer one = make_hazard_pointer(domain);
  REQUIRE_FALSE(one.empty());
  none = std::move(one);
  REQUIRE(one.empty());  // NOLINT: said by the standard
  REQUIRE_FALSE(none.empty());
  const hazard_pointer other(std::move(none));
  REQUIRE(none.empty());  // NOLINT: said by the standard
  REQUIRE_FALSE(other.empty());
  REQUIRE_FALSE(make_hazard_pointer().empty());
}

TEST_CASE("a retired object is reclaimed once nothing protects it, not before", "[hazard]") {
  hazard_domain domain;
  std::atomic<node*> source{new node(1)};
  hazard_pointer hazard = make_hazard_pointer(domain);
  node* const seen = hazard.protect(source);
  REQUIRE(seen == source.load());
  node* const old = source.exchange(nullptr);
  REQUIRE(is_protected(old, domain));
  REQUIRE(old->value == 1);
  REQUIRE(domain.retired_approx() == 1);

  SECTION("reset_protection() ends it") { hazard.reset_protection(); }
  SECTION("reset_protection(nullptr) ends it") { hazard.reset_protection(nullptr); }
  SECTION("protecting another ends it") {
    std::atomic<node*> empty{nullptr};
    REQUIRE(hazard.protect(empty) == nullptr);
  }
  SECTION("a failed try_protect ends it") {
    node* guess = old;
    REQUIRE_FALSE(hazard.try_protect(guess, source));
    REQUIRE(guess == nullptr);
  }
  SECTION("destruction ends it") { hazard = hazard_pointer(); }
  domain.reclaim();
  REQUIRE(node::live == 0);
  REQUIRE(domain.retired_approx() == 0);
}

TEST_CASE("try_protect protects what the source holds, and says what that is if it is another", "[hazard]") {
  hazard_domain domain;
  const auto first = std::make_unique<node>(1);
  auto second = std::make_unique<node>(2);
  std::atomic<node*> source{second.get()};
  hazard_pointer hazard = make_hazard_pointer(domain);
  node* guess = first.get();
  REQUIRE_FALSE(hazard.try_protect(guess, source));
  REQUIRE(guess == second.get());
  REQUIRE(hazard.try_protect(guess, source));
  REQUIRE(guess == second.get());
  REQUIRE(is_protected(second.release(), domain));
}

TEST_CASE("reset_protection with a pointer protects it", "[hazard]") {
  hazard_domain domain;
  hazard_pointer hazard = make_hazard_pointer(domain);
  node* const mine = new node(1);
  hazard.reset_protection(static_cast<const node*>(mine));
  REQUIRE(is_protected(mine, domain));
  hazard.reset_protection();
  domain.reclaim();
  REQUIRE(node::live == 0);
}

TEST_CASE("a protection goes along when hazard pointers are moved and swapped", "[hazard]") {
  hazard_domain domain;
  node* const kept = new node(1);
  node* const dropped = new node(2);
  hazard_pointer a = make_hazard_pointer(domain);
  hazard_pointer b = make_hazard_pointer(domain);
  a.reset_protection(kept);
  b.reset_protection(dropped);
  swap(a, b);
  a.reset_protection();
  hazard_pointer c = std::move(b);
  hazard_pointer d;
  d = std::move(c);
  REQUIRE_FALSE(is_protected(dropped, domain));
  REQUIRE(is_protected(kept, domain));
  a = std::move(d);
  domain.reclaim();
  REQUIRE(node::live == 1);
  a = hazard_pointer();
  domain.reclaim();
  REQUIRE(node::live == 0);
}

TEST_CASE("a hazard pointer goes on protecting in another thread", "[hazard]") {
  hazard_domain domain;
  node* const object = new node(7);
  hazard_pointer hazard = make_hazard_pointer(domain);
  hazard.reset_protection(object);
  REQUIRE(is_protected(object, domain));
  std::thread([&, mine = std::move(hazard), object]() mutable {
    domain.reclaim();  // this thread has no part in the domain
    REQUIRE(object->value == 7);
    mine.reset_protection();
  }).join();
  REQUIRE(node::live == 1);
  domain.reclaim();
  REQUIRE(node::live == 0);
}

TEST_CASE("a hazard pointer protects objects of derived classes, with the retired part at any offset", "[hazard]") {
  hazard_domain domain;
  std::atomic<derived*> source{new derived(3)};
  hazard_pointer hazard = make_hazard_pointer(domain);
  derived* const seen = hazard.protect(source);
  REQUIRE(static_cast<void*>(seen) != static_cast<void*>(static_cast<base*>(seen)));
  seen->retire(domain);
  domain.reclaim();
  REQUIRE(base::live == 1);
  REQUIRE(seen->value == 3);
  hazard.reset_protection();
  domain.reclaim();
  REQUIRE(base::live == 0);
}

TEST_CASE("a deleter may have state, be move-only, and is called once for its object", "[hazard]") {
  static_assert(sizeof(noted) > sizeof(node), "a deleter with state takes room");
  std::vector<int> order;
  {
    hazard_domain domain;
    for (int i = 0; i < 3; ++i) (new noted(i))->retire(note{std::make_unique<int>(10 * i), &order}, domain);
    REQUIRE(order.empty());
    domain.reclaim();
    REQUIRE(std::set<int>(order.begin(), order.end()) == std::set<int>{0, 11, 22});
    (new noted(3))->retire(note{std::make_unique<int>(30), &order}, domain);
  }
  REQUIRE(order.size() == 4);
  REQUIRE(order.back() == 33);
}

TEST_CASE("a copy of an object is an object of its own for retirement", "[hazard]") {
  struct copied : hazard_pointer_obj_base<copied> {
    int value = 0;
  };
  hazard_domain domain(100);
  auto* first = new copied;
  first->value = 5;
  first->retire(domain);
  auto* second = new copied(*first);  // while the first waits in a list
  REQUIRE(second->value == 5);
  auto* third = new copied;
  *third = *second;
  second->retire(domain);
  third->retire(domain);
  REQUIRE(domain.retired_approx() == 3);
  domain.reclaim();
  REQUIRE(domain.retired_approx() == 0);
}

TEST_CASE("domains have nothing to do with each other", "[hazard]") {
  hazard_domain one;
  hazard_domain other;
  std::atomic<node*> source{new node(1)};
  hazard_pointer hazard = make_hazard_pointer(one);
  node* const seen = hazard.protect(source);
  other.reclaim();
  REQUIRE(is_protected(seen, one));
  REQUIRE(other.retired_approx() == 0);
  REQUIRE(other.hazard_pointers() == 0);
  REQUIRE(one.hazard_pointers() == 1);
  hazard.reset_protection();
}

TEST_CASE("the destructor of a domain reclaims everything, also what deleters retire", "[hazard]") {
  const bool with_part = GENERATE(false, true);
  {
    hazard_domain domain(3);
    if (with_part) (void)make_hazard_pointer(domain);
    for (int chains = 0; chains < 5; ++chains) {
      chained* last = nullptr;
      for (int i = 0; i < 100; ++i) last = new chained(domain, last);
      last->retire(domain);
    }
    REQUIRE(chained::live > 0);
  }
  REQUIRE(chained::live == 0);
}

TEST_CASE("deleters may make hazard pointers and retire, and do not run inside one another without bound", "[hazard]") {
  const bool with_part = GENERATE(false, true);
  CAPTURE(with_part);
  tree::deepest = 0;
  {
    hazard_domain domain(4);
    tree::make_hazard_pointers = with_part;
    (new tree(domain, 14))->retire(domain);
    SECTION("while reclaiming") {
      while (domain.retired_approx() != 0) domain.reclaim();
      REQUIRE(tree::live == 0);
    }
    SECTION("in the destructor of the domain") {}
  }
  REQUIRE(tree::live == 0);
  REQUIRE(tree::deepest <= (with_part ? 2 : hazard_domain::most_shared_reclaimers));
}

TEST_CASE("retire does not allocate, in threads with and without a hazard pointer", "[hazard]") {
  for (const bool with_part : {false, true}) {
    std::thread([with_part] {
      hazard_domain domain(16);
      if (with_part) (void)make_hazard_pointer(domain);
      std::vector<node*> nodes;
      for (int i = 0; i < 1000; ++i) nodes.push_back(new node(i));
      const std::size_t before = support::allocations();
      for (node* each : nodes) each->retire(domain);
      domain.reclaim();
      REQUIRE(support::allocations() == before);
      REQUIRE(node::live == 0);
    }).join();
  }
}

TEST_CASE("a hazard pointer that cannot be allocated changes nothing, and retire works all the same", "[hazard]") {
  std::thread([] {
    const std::size_t failures = support::with_each_allocation_failing([](auto fail) {
      hazard_domain domain(4);
      hazard_pointer hazard;
      if (!fail([&] { hazard = make_hazard_pointer(domain); })) {
        REQUIRE(hazard.empty());
        REQUIRE(domain.hazard_pointers() == 0);
      }
      for (int i = 0; i < 10; ++i) (new node(i))->retire(domain);
      REQUIRE(node::live < 4);
      hazard = make_hazard_pointer(domain);
      node* const object = new node(1);
      hazard.reset_protection(object);
      REQUIRE(is_protected(object, domain));
    });
    REQUIRE(failures == (support::counts_allocations ? 3 : 0));  // table, part, hazard pointer
  }).join();
  REQUIRE(node::live == 0);
}

TEST_CASE("hazard pointers are used again, in the same thread and in others", "[hazard]") {
  hazard_domain domain;
  for (int i = 0; i < 1000; ++i) (void)make_hazard_pointer(domain);
  REQUIRE(domain.hazard_pointers() == 1);
  constexpr std::size_t many = 100;
  {
    std::vector<hazard_pointer> all;
    for (std::size_t i = 0; i < many; ++i) all.push_back(make_hazard_pointer(domain));
  }
  REQUIRE(domain.hazard_pointers() == many);
  std::thread([&] {
    std::vector<hazard_pointer> all;
    for (std::size_t i = 0; i < many; ++i) all.push_back(make_hazard_pointer(domain));
    REQUIRE(domain.hazard_pointers() <= many + hazard_domain::kept_slots);
  }).join();
  // made here, destroyed there, again and again
  for (int i = 0; i < 1000; ++i) {
    std::optional<hazard_pointer> moved(make_hazard_pointer(domain));
    if (i % 100 == 0) std::thread([&] { moved.reset(); }).join();
  }
  REQUIRE(domain.hazard_pointers() <= many + 2 * hazard_domain::kept_slots);
}

TEST_CASE("every hazard counts, however many there are", "[hazard]") {
  hazard_domain domain(1);
  const std::size_t many = GENERATE(1U, 2U, 3U, 255U, 256U, 257U, 511U, 512U, 513U, 2000U);
  std::vector<hazard_pointer> hazards;
  std::vector<node*> nodes;
  for (std::size_t i = 0; i < many; ++i) {
    nodes.push_back(new node(static_cast<int>(i)));
    nodes.push_back(new node(-1));
    hazards.push_back(make_hazard_pointer(domain));
    hazards.back().reset_protection(nodes[2 * i]);
  }
  for (node* each : nodes) each->retire(domain);
  domain.reclaim();
  REQUIRE(node::live == static_cast<int>(many));
  for (std::size_t i = 0; i < many; ++i) REQUIRE(nodes[2 * i]->value == static_cast<int>(i));
  hazards.resize(many / 2);
  domain.reclaim();
  REQUIRE(node::live == static_cast<int>(many / 2));
  hazards.clear();
  domain.reclaim();
  REQUIRE(node::live == 0);
}
