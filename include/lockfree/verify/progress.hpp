// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <lockfree/core/traits.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/detail/engine.hpp>
#include <lockfree/verify/where.hpp>

namespace lockfree::inline v1::verify {

/// What a progress check is about and what it must show; not less, and not more either.
struct progress_claim {
  std::string_view structure = {};  ///< as in its `name`
  std::string_view purpose = {};    ///< one line: which operations these are
  progress claims = progress::blocking;
  unsigned own_steps = 0;  ///< wait-free only: the most accesses to shared memory that one operation makes
  unsigned rounds = 2;     ///< operations of each thread while threads are being stopped
  unsigned steps = 1'000;  ///< an execution with more steps will never end
};

namespace detail {

/// One operation of the object, for the count of its steps.
class progress_operation {
 public:
  progress_operation() noexcept { progress_operation_begins(); }
  ~progress_operation() { progress_operation_ends(); }
  progress_operation(const progress_operation&) = delete;
  progress_operation& operator=(const progress_operation&) = delete;
};

/// A progress check as an ordinary one: each thread does as many operations as the engine wants.
template <class C>
struct progress_body : C {
  void thread(unsigned index) {
    if constexpr (requires(C & check) { check.begin(index); }) C::begin(index);
    for (unsigned round = 0, rounds = progress_rounds(index); round < rounds; ++round) {
      const progress_operation counted;
      C::operation(index, round);
    }
  }
};

void add_progress_check(std::string_view name, const progress_claim& claim, const program& body, const where& at);

}  // namespace detail

/// One progress check: `lfcheck progress` stops each thread for ever at each of its accesses and sees whether the others
/// still get through, and counts the steps of one operation while the others do more and more. Class `C` offers
///
///     static constexpr unsigned threads = 2;   // 1 to 8
///     C();                                     // before the threads, once an execution
///     void begin(unsigned thread);             // optional: what a thread does once, before its operations
///     void operation(unsigned thread, unsigned round);   // one operation; round counts from 0
///     void after();                            // optional: after all threads have ended
///
/// and is registered by a namespace-scope object, with the trait of the structure itself as the claim:
///
///     const verify::add_progress<push_and_pop> push_and_pop_added{
///         "mpmc_ring/push and pop", {.structure = "mpmc_ring", .claims = lockfree::mpmc_ring<int>::progress}};
///
/// An operation tries until it has succeeded: a client that gives up hides that it was blocked. So it must be able to
/// succeed whatever the others do, for the first eight rounds: take only what is there without the help of another
/// thread (filled in beforehand, or put there by the same thread), and put only where there is room.
template <class C>
class add_progress {
 public:
  add_progress(std::string_view name, const progress_claim& claim, where at = where::current()) {
    detail::add_progress_check(name, claim, detail::program_of<detail::progress_body<C>>(), at);
  }
};

}  // namespace lockfree::inline v1::verify
