// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// Ends the execution as a violation with this message unless `condition` holds. Callable from any modelled thread and
/// from constructor, `after` and destructor of a check.
void expect(bool condition, const char* message, where at = where::current());

/// A deliberate defect, switched on at run time at one tagged place of a structure's header, without recompiling.
/// `place` is "file:tag", as in "mpmc_ring.hpp:P2": the tag in the comment above the access.
struct defect {
  enum class kind { weaken, drop };
  kind what;
  std::string place;
  std::memory_order to = std::memory_order::relaxed;
};

/// The access at `place` gets the weaker order `to` (both orders of a compare-exchange).
inline defect weaken(std::string_view place, std::memory_order to = std::memory_order::relaxed) {
  return {defect::kind::weaken, std::string(place), to};
}

/// A fence at `place` does nothing; a `Platform::revalidated(...)` at `place` is always true.
inline defect drop(std::string_view place) { return {defect::kind::drop, std::string(place)}; }

/// What a check is about and how it is known to be able to fail.
struct description {
  std::string_view structure;  ///< as in its `name`
  std::string_view purpose;    ///< one sentence: what must hold and why it is hard
  std::vector<defect> dies_of; ///< each of these, alone, must turn the check into a violation
  bool broken = false;         ///< the whole check is a broken twin: it must be a violation
  std::string_view twin_of;    ///< for a broken twin: the check whose ability to fail it shows
};

/// One model check: class `C` offers
///
///     static constexpr unsigned threads = 2;   // 1 to 8
///     C();                                     // before the threads, once an execution
///     void thread(unsigned index);             // the threads, index 0 to threads - 1
///     void after();                            // optional: after all threads have ended
///     ~C();
///
/// and is registered by a namespace-scope object in any file of the program:
///
///     const verify::add<wraps> wraps_added{"spsc_ring/wraps", {.structure = "spsc_ring", .purpose = "...",
///                                          .dies_of = {verify::weaken("spsc_ring.hpp:P3")}}};
///
/// A check must be deterministic but for the modelled schedule: no clocks, no random numbers, no static state.
/// Shared memory goes through `verify::platform` (or `verify::atomic`, `verify::plain`), memory through its `allocate`
/// or `new`.
template <class C>
class add;

}  // namespace lockfree::inline v1::verify
