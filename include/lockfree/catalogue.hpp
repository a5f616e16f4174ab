// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tuple>

#include <lockfree/baseline/mutex_counter.hpp>
#include <lockfree/baseline/mutex_deque.hpp>
#include <lockfree/baseline/mutex_queue.hpp>
#include <lockfree/baseline/mutex_ring.hpp>
#include <lockfree/baseline/mutex_stack.hpp>
#include <lockfree/baseline/spin_ring.hpp>
#include <lockfree/counter/atomic_counter.hpp>
#include <lockfree/counter/cas_counter.hpp>
#include <lockfree/counter/striped_counter.hpp>
#include <lockfree/deque/chase_lev_deque.hpp>
#include <lockfree/queue/intrusive_mpsc_queue.hpp>
#include <lockfree/queue/mpmc_ring.hpp>
#include <lockfree/queue/mpsc_queue.hpp>
#include <lockfree/queue/spsc_ring.hpp>
#include <lockfree/stack/treiber_stack.hpp>

namespace lockfree::inline v1 {

/// Every structure of the library, once. The conformance suites, the stress tests, the benchmarks, the study and the
/// tables of the README iterate over this list; a structure is added here and turns up everywhere.
template <class T>
struct catalogue {
  using structures = std::tuple<spsc_ring<T>, mpmc_ring<T>, mpsc_queue<T>, intrusive_mpsc_queue<mpsc_queue_hook>,
                                treiber_stack<T>, chase_lev_deque<T>, atomic_counter, cas_counter, striped_counter>;
  using baselines =
      std::tuple<mutex_queue<T>, mutex_ring<T>, spin_ring<T>, mutex_stack<T>, mutex_deque<T>, mutex_counter>;
};

}  // namespace lockfree::inline v1
