// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>

#include <lockfree/baseline/mutex_counter.hpp>
#include <lockfree/baseline/mutex_deque.hpp>
#include <lockfree/baseline/mutex_queue.hpp>
#include <lockfree/baseline/mutex_register.hpp>
#include <lockfree/baseline/mutex_ring.hpp>
#include <lockfree/baseline/mutex_stack.hpp>
#include <lockfree/baseline/spin_ring.hpp>
#include <lockfree/counter/atomic_counter.hpp>
#include <lockfree/counter/cas_counter.hpp>
#include <lockfree/counter/striped_counter.hpp>
#include <lockfree/deque/chase_lev_deque.hpp>
#include <lockfree/queue/intrusive_mpsc_queue.hpp>
#include <lockfree/queue/mpmc_queue.hpp>
#include <lockfree/queue/mpmc_ring.hpp>
#include <lockfree/queue/mpsc_queue.hpp>
#include <lockfree/queue/scq_ring.hpp>
#include <lockfree/queue/spsc_ring.hpp>
#include <lockfree/stack/treiber_stack.hpp>
#include <lockfree/sync/atomic_shared_ptr.hpp>
#include <lockfree/sync/seqlock.hpp>
#include <lockfree/sync/snapshot.hpp>
#include <lockfree/sync/versioned.hpp>

namespace lockfree::inline v1 {

namespace detail {

/// Registers are for values that can be copied, those over atomic words for trivially copyable ones.
template <class T>
struct registers {
  using structures = std::tuple<>;
  using baselines = std::tuple<>;
};
template <std::copyable T>
struct registers<T> {
  using structures = std::tuple<snapshot<T>, atomic_shared_ptr<T>>;
  using baselines = std::tuple<mutex_register<T>>;
};
template <std::copyable T>
requires std::is_trivially_copyable_v<T>
struct registers<T> {
  using structures = std::tuple<seqlock<T>, versioned<T>, snapshot<T>, atomic_shared_ptr<T>>;
  using baselines = std::tuple<mutex_register<T>>;
};

template <class A, class B>
struct joined;
template <class... A, class... B>
struct joined<std::tuple<A...>, std::tuple<B...>> {
  using type = std::tuple<A..., B...>;
};

}  // namespace detail

/// Every structure of the library, once. The conformance suites, the stress tests, the benchmarks, the study and the
/// tables of the README iterate over this list; a structure is added here and turns up everywhere.
template <class T>
struct catalogue {
  using structures =
      typename detail::joined<std::tuple<spsc_ring<T>, mpmc_ring<T>, scq_ring<T>, mpmc_queue<T>, mpsc_queue<T>,
                                         intrusive_mpsc_queue<mpsc_queue_hook>, treiber_stack<T>, chase_lev_deque<T>,
                                         atomic_counter, cas_counter, striped_counter>,
                              typename detail::registers<T>::structures>::type;
  using baselines = typename detail::joined<
      std::tuple<mutex_queue<T>, mutex_ring<T>, spin_ring<T>, mutex_stack<T>, mutex_deque<T>, mutex_counter>,
      typename detail::registers<T>::baselines>::type;
};

}  // namespace lockfree::inline v1
