// SPDX-License-Identifier: Apache-2.0
// Counts what the calling thread allocates with operator new, and lets it fail. The test program's own operator new
// and delete are in support_allocations.cpp. Not under ThreadSanitizer, which with clang does not let them be replaced:
// there nothing is counted and nothing fails.
#pragma once

#include <cstddef>
#include <new>

#if defined(__SANITIZE_THREAD__)
#define LOCKFREE_TESTS_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LOCKFREE_TESTS_UNDER_TSAN 1
#endif
#endif
#if !defined(LOCKFREE_TESTS_UNDER_TSAN)
#define LOCKFREE_TESTS_UNDER_TSAN 0
#endif

namespace support {

inline constexpr bool counts_allocations = LOCKFREE_TESTS_UNDER_TSAN == 0;

/// Calls of operator new in the calling thread so far.
std::size_t allocations() noexcept;

/// While it lives, the `at`-th call of operator new in the calling thread throws `std::bad_alloc`; 1 is the next one.
class failing_new {
 public:
  explicit failing_new(std::size_t at) noexcept;
  ~failing_new();
  failing_new(const failing_new&) = delete;
  failing_new& operator=(const failing_new&) = delete;
};

/// Calls `body(fail)` again and again, its 1st, 2nd, 3rd … allocation failing, until none fails any more. `body` runs
/// what may throw inside `fail([&] { … })`, which is false if `std::bad_alloc` came out. Returns how many had to fail.
template <class Body>
std::size_t with_each_allocation_failing(Body body) {
  for (std::size_t at = 1;; ++at) {
    bool failed = false;
    body([&](auto work) {
      const failing_new fail(at);
      try {
        work();
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      return !failed;
    });
    if (!failed) return at - 1;
  }
}

}  // namespace support
