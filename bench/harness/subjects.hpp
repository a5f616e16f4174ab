// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <lockfree/catalogue.hpp>
#include <lockfree/core/concepts.hpp>

#include "harness/cell.hpp"

// An adapter gives one structure the form in which the harness drives it; it adds nothing that costs time. All have
//   static constexpr std::string_view name, library;  static constexpr bench::kind kind;
// and, by family:
//   flow (queue, stack): `bounded`, `max_producers`, `max_consumers`, constructor (capacity), and a class
//     `port(adapter&, role)` with `bool push(const E&)` (false: full) and `bool pop(E&)` (false: empty). Each thread
//     makes one port for itself before the clock starts: the place for tokens, guards and registration.
//   deque: default constructor, `port(adapter&)` with `void push(const E&)`, `bool pop(E&)`, `steal_status steal(E&)`,
//     `std::size_t size()`.
//   counter: default constructor, `port(adapter&)` with `void increment()`, `std::int64_t value()`.
//   reclamation, register: see harness/reclaiming.hpp.
namespace lockfree::bench {

enum class role { producer, consumer, both };

/// Capacity of every bounded queue.
inline constexpr std::size_t flow_capacity = 1024;

// One predicate a family. A stack may look like an unbounded queue: `ordering` decides.
struct is_queue {
  template <class S>
  static constexpr bool holds() {
    if constexpr (concurrent_queue<S>) {
      return S::ordering == ordering::fifo || S::ordering == ordering::fifo_per_producer;
    }
    return false;
  }
};
struct is_stack {
  template <class S>
  static constexpr bool holds() {
    if constexpr (concurrent_stack<S>) return S::ordering == ordering::lifo;
    return false;
  }
};
struct is_deque {
  template <class S>
  static constexpr bool holds() {
    return work_stealing_deque<S>;
  }
};
struct is_counter {
  template <class S>
  static constexpr bool holds() {
    return concurrent_counter<S>;
  }
};

struct is_register {
  template <class S>
  static constexpr bool holds() {
    return concurrent_register<S>;
  }
};

template <class Q, kind K>
class library_queue {
 public:
  static constexpr std::string_view name = Q::name;
  static constexpr std::string_view library = "lockfree";
  static constexpr bench::kind kind = K;
  static constexpr bool bounded = Q::bounded;
  static constexpr std::size_t max_producers = Q::max_producers;
  static constexpr std::size_t max_consumers = Q::max_consumers;
  using element = typename Q::value_type;

  explicit library_queue(std::size_t capacity) requires bounded : queue_(capacity) {}
  explicit library_queue(std::size_t /*capacity*/) requires(!bounded) {}

  class port {
   public:
    port(library_queue& owner, role) : queue_(owner.queue_) {}
    bool push(const element& value) {
      if constexpr (bounded) {
        return queue_.try_push(value);
      } else {
        queue_.push(value);
        return true;
      }
    }
    bool pop(element& out) { return queue_.try_pop(out); }

   private:
    Q& queue_;
  };

 private:
  Q queue_;
};

template <class S, kind K>
class library_stack {
 public:
  static constexpr std::string_view name = S::name;
  static constexpr std::string_view library = "lockfree";
  static constexpr bench::kind kind = K;
  static constexpr bool bounded = false;
  static constexpr std::size_t max_producers = unlimited;
  static constexpr std::size_t max_consumers = unlimited;
  using element = typename S::value_type;

  explicit library_stack(std::size_t /*capacity*/) {}

  class port {
   public:
    port(library_stack& owner, role) : stack_(owner.stack_) {}
    bool push(const element& value) {
      stack_.push(value);
      return true;
    }
    bool pop(element& out) { return stack_.try_pop(out); }

   private:
    S& stack_;
  };

 private:
  S stack_;
};

template <class D, kind K>
class library_deque {
 public:
  static constexpr std::string_view name = D::name;
  static constexpr std::string_view library = "lockfree";
  static constexpr bench::kind kind = K;
  using element = typename D::value_type;

  class port {
   public:
    explicit port(library_deque& owner) : deque_(owner.deque_) {}
    void push(const element& value) { deque_.push(value); }
    bool pop(element& out) {
      const std::optional<element> got = deque_.pop();
      if (got) out = *got;
      return got.has_value();
    }
    steal_status steal(element& out) { return deque_.try_steal(out); }
    std::size_t size() { return deque_.size_approx(); }

   private:
    D& deque_;
  };

 private:
  D deque_;
};

template <class C, kind K>
class library_counter {
 public:
  static constexpr std::string_view name = C::name;
  static constexpr std::string_view library = "lockfree";
  static constexpr bench::kind kind = K;

  class port {
   public:
    explicit port(library_counter& owner) : counter_(owner.counter_) {}
    void increment() { counter_.increment(); }
    std::int64_t value() { return static_cast<std::int64_t>(counter_.value()); }

   private:
    C& counter_;
  };

 private:
  C counter_;
};

/// Calls `f(std::type_identity<T>{})` for each T of the tuple.
template <class Tuple, class F>
void each_type(F&& f) {
  [&]<class... Ts>(std::type_identity<std::tuple<Ts...>>) {
    (f(std::type_identity<Ts>{}), ...);
  }(std::type_identity<Tuple>{});
}

/// Calls `f(std::type_identity<A>{})` for the adapter A of every structure and every baseline in the catalogue that
/// `Predicate` holds for, and for every rival adapter in the tuple `Rivals`.
template <class Element, class Predicate, template <class, kind> class Adapter, class Rivals, class F>
void each_subject(F f) {
  each_type<typename catalogue<Element>::structures>([&]<class S>(std::type_identity<S>) {
    if constexpr (Predicate::template holds<S>()) f(std::type_identity<Adapter<S, kind::lockfree>>{});
  });
  each_type<typename catalogue<Element>::baselines>([&]<class S>(std::type_identity<S>) {
    if constexpr (Predicate::template holds<S>()) f(std::type_identity<Adapter<S, kind::mutex>>{});
  });
  each_type<Rivals>(f);
}

template <class A>
subject describe() {
  subject out{std::string(A::name), std::string(A::library), A::kind, false};
  if constexpr (requires { A::bounded; }) out.bounded = A::bounded;
  return out;
}

}  // namespace lockfree::bench
