// SPDX-License-Identifier: Apache-2.0
// Test cases over the catalogue: one body, one test case for each structure that it fits.
//
//     const auto fifo = support::each<support::queues<int>>("pops in the order of the pushes", "[queue]",
//                                                           []<class Queue>(support::type<Queue>) { ... });
//
// registers "spsc_ring pops in the order of the pushes", "mutex_ring pops in the order of the pushes" and so on.
#pragma once

#include <deque>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <lockfree/catalogue.hpp>
#include <lockfree/concepts.hpp>

#include "support/catch.hpp"

namespace support {

template <class T>
struct type {
  using value = T;
};

namespace detail {

template <class Tuple, template <class> class Predicate>
struct filter;
template <template <class> class Predicate, class... S>
struct filter<std::tuple<S...>, Predicate> {
  using result = decltype(std::tuple_cat(
      std::declval<std::conditional_t<Predicate<S>::value, std::tuple<S*>, std::tuple<>>>()...));
};
template <class PointerTuple>
struct pointed;
template <class... S>
struct pointed<std::tuple<S*...>> {
  using result = std::tuple<S...>;
};

template <class Tuple>
struct pointers;
template <class... S>
struct pointers<std::tuple<S...>> {
  using result = std::tuple<S*...>;
};

template <class A, class B>
struct concatenated;
template <class... A, class... B>
struct concatenated<std::tuple<A...>, std::tuple<B...>> {
  using result = std::tuple<A..., B...>;
};

template <class S>
struct is_queue : std::bool_constant<lockfree::concurrent_queue<S>> {};
template <class S>
struct is_bounded_queue : std::false_type {};
template <lockfree::concurrent_queue S>
struct is_bounded_queue<S> : std::bool_constant<S::bounded> {};
template <class S>
struct is_stack : std::bool_constant<lockfree::concurrent_stack<S>> {};
template <class S>
struct is_deque : std::bool_constant<lockfree::work_stealing_deque<S>> {};
template <class S>
struct is_counter : std::bool_constant<lockfree::concurrent_counter<S>> {};
template <class S>
struct is_register : std::bool_constant<lockfree::concurrent_register<S>> {};

}  // namespace detail

/// The members of a tuple for which `Predicate<S>::value` holds.
template <class Tuple, template <class> class Predicate>
using filter = typename detail::pointed<typename detail::filter<Tuple, Predicate>::result>::result;

template <class A, class B>
using concatenated = typename detail::concatenated<A, B>::result;

/// Lock-free structures and baselines of the catalogue together, with elements of type T.
template <class T>
using everything =
    concatenated<typename lockfree::catalogue<T>::structures, typename lockfree::catalogue<T>::baselines>;

template <class T>
using queues = filter<everything<T>, detail::is_queue>;
template <class T>
using bounded_queues = filter<everything<T>, detail::is_bounded_queue>;
template <class T>
using stacks = filter<everything<T>, detail::is_stack>;
template <class T>
using deques = filter<everything<T>, detail::is_deque>;
/// Counters have no element type; any catalogue names them all.
using counters = filter<everything<int>, detail::is_counter>;

namespace detail {

/// Keeps the names of registered test cases alive; Catch2 3 does not copy them.
inline const char* kept(std::string text) {
  static std::deque<std::string> all;
  return all.emplace_back(std::move(text)).c_str();
}

template <class Structure, class Body>
void run_body() {
  Body{}(type<Structure>{});
}

template <class Structure, class Body>
void register_one(const std::string& sentence, const char* tags, const char* file, unsigned line) {
  const Catch::AutoReg added(Catch::makeTestInvoker(&run_body<Structure, Body>), Catch::SourceLineInfo(file, line),
                             Catch::StringRef(),
                             Catch::NameAndTags{kept(std::string(Structure::name) + ' ' + sentence), tags});
}

template <class Body, class... Structures>
void register_all(type<std::tuple<Structures...>>, const std::string& sentence, const char* tags, const char* file,
                  unsigned line) {
  static_assert(sizeof...(Structures) > 0, "the catalogue has no structure that this test fits");
  (register_one<Structures, Body>(sentence, tags, file, line), ...);
}

}  // namespace detail

/// Registers one test case per member of `Tuple`, named "<structure's name> <sentence>". `body` is a capture-less
/// generic lambda that takes `support::type<Structure>`.
template <class Tuple, class Body>
bool each(const std::string& sentence, const char* tags, Body /*body*/, const char* file = __builtin_FILE(),
          unsigned line = __builtin_LINE()) {
  detail::register_all<Body>(type<Tuple>{}, sentence, tags, file, line);
  return true;
}

}  // namespace support
