// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tuple>

#include "harness/subjects.hpp"

// The other libraries. Each is one header here with one struct that has the members `queues<E>`, `stacks<E>`,
// `deques<E>`, `counters` and `reclaimers<Node>`: tuples of adapters (see harness/subjects.hpp), empty where it has
// none. One include and one line in `present` bring it in. CMake defines LOCKFREE_BENCH_<LIBRARY> where it finds the
// library; without it the rest is measured all the same.
#ifdef LOCKFREE_BENCH_LIBCDS
#include "rivals/libcds.hpp"
#endif

namespace lockfree::bench::rivals {

namespace detail {

template <class... Tuples>
struct concatenated {
  using type = std::tuple<>;
};
template <class... Ts>
struct concatenated<std::tuple<Ts...>> {
  using type = std::tuple<Ts...>;
};
template <class... Ts, class... Us, class... Rest>
struct concatenated<std::tuple<Ts...>, std::tuple<Us...>, Rest...> : concatenated<std::tuple<Ts..., Us...>, Rest...> {};

template <class... Tuples>
using concatenate = typename concatenated<Tuples...>::type;

template <class Libraries>
struct all;
template <class... Ls>
struct all<std::tuple<Ls...>> {
  template <class E>
  using queues = concatenate<typename Ls::template queues<E>...>;
  template <class E>
  using stacks = concatenate<typename Ls::template stacks<E>...>;
  template <class E>
  using deques = concatenate<typename Ls::template deques<E>...>;
  using counters = concatenate<typename Ls::counters...>;
  template <class Node>
  using reclaimers = concatenate<typename Ls::template reclaimers<Node>...>;
};

}  // namespace detail

using present = detail::concatenate<
#ifdef LOCKFREE_BENCH_LIBCDS
    std::tuple<libcds>,
#endif
    std::tuple<>>;

using all = detail::all<present>;

}  // namespace lockfree::bench::rivals
