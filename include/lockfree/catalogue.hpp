// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tuple>

#include <lockfree/counter/atomic_counter.hpp>
#include <lockfree/counter/cas_counter.hpp>
#include <lockfree/counter/striped_counter.hpp>
#include <lockfree/deque/chase_lev_deque.hpp>
#include <lockfree/queue/spsc_ring.hpp>

namespace lockfree::inline v1 {

/// Every structure of the library, once. The conformance suites, the stress tests, the benchmarks, the study and the
/// tables of the README iterate over this list; a structure is added here and turns up everywhere.
template <class T>
struct catalogue {
  using structures = std::tuple<spsc_ring<T>, chase_lev_deque<T>, atomic_counter, cas_counter, striped_counter>;
  using baselines = std::tuple<>;
};

}  // namespace lockfree::inline v1
