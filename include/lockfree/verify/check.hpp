// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/detail/scenario.hpp>
#include <lockfree/verify/platform.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// Ends the execution as a violation with this message unless `condition` holds. Callable from any modelled thread and
/// from constructor, `after` and destructor of a check.
inline void expect(bool condition, const char* message, where at = where::current()) {
  if (!condition) detail::fail(detail::verdict::expectation, message, at);
}

/// Says in the trace of a failing execution what the calling thread is about to do.
inline void note(const char* text, where at = where::current()) {
  if (detail::tracing()) detail::note(text, at);
}

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

/// A fence at `place` does nothing; a `Platform::revalidated(...)` at `place` is always true; a compare-exchange at
/// `place` always says that it was done, so that its caller does not try again.
inline defect drop(std::string_view place) { return {defect::kind::drop, std::string(place)}; }

/// What a check is about and how it is known to be able to fail.
struct description {
  std::string_view structure = {};   ///< as in its `name`
  std::string_view purpose = {};     ///< one sentence: what must hold and why it is hard
  std::vector<defect> dies_of = {};  ///< each of these, alone, must turn the check into a violation
  bool broken = false;               ///< the whole check is a broken twin: it must be a violation
  std::string_view twin_of = {};     ///< for a broken twin: the check whose ability to fail it shows
  std::string_view canary = {};  ///< for a check of the checker itself: the verdict it must get, as lfcheck prints it
  std::uint64_t executions = 20'000;  ///< fewer than these, and no complete search, is inconclusive
  unsigned steps = 2'000;             ///< an execution with more steps is a livelock
  /// The ends of the names of the files whose orders `lfcheck audit` puts into the table of `structure`. Without any: the
  /// files that its checks reach, but for those in which checks are written and those of another table; where nothing
  /// is left, the file of the check.
  std::vector<std::string_view> audited = {};
  bool audit = true;  ///< false: `lfcheck audit` neither asks this check nor looks at what it reaches
};

namespace detail {

/// A check without its type.
struct program {
  unsigned threads;
  std::size_t bytes;
  std::size_t alignment;
  void (*construct)(void* object);
  void (*thread)(void* object, unsigned index);
  void (*after)(void* object);
  void (*destroy)(void* object);
  const declaration* declared = nullptr;  // declare.hpp: what it does is a scenario
  const scenario* doing = nullptr;        // this one
};

/// The one that is being run.
[[nodiscard]] const program& running_program() noexcept;

template <class C>
[[nodiscard]] constexpr program program_of() noexcept {
  static_assert(C::threads >= 1 && C::threads <= max_threads, "a check has 1 to 8 threads");
  return {C::threads,
          sizeof(C),
          alignof(C),
          [](void* object) { ::new (object) C(); },
          [](void* object, unsigned index) { static_cast<C*>(object)->thread(index); },
          [](void* object) {
            if constexpr (requires(C & check) { check.after(); }) static_cast<C*>(object)->after();
          },
          [](void* object) { static_cast<C*>(object)->~C(); }};
}

/// Adds a check to the list of the program. Names are unique.
void add_check(std::string_view name, description about, const program& body, const where& at);

}  // namespace detail

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
class add {
 public:
  add(std::string_view name, description about, where at = where::current()) {
    detail::add_check(name, std::move(about), detail::program_of<C>(), at);
  }
};

}  // namespace lockfree::inline v1::verify
