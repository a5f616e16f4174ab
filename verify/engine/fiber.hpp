// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csetjmp>
#include <cstddef>

namespace lockfree::inline v1::verify::detail {

/// A modelled thread's stack and where it stands on it.
class fiber {
 public:
  /// Room for the check's own frames; the page below it can't be touched, so overflow is a crash with a name.
  static constexpr std::size_t stack_bytes = std::size_t{256} * 1024;

  void create(void (*body)(void*), void* argument);
  void destroy() noexcept;
  /// Goes on in `to`, and comes back when somebody resumes `from`.
  static void resume(fiber& to, fiber& from) noexcept;
  /// Whether an address is in the guard page of some fiber.
  [[nodiscard]] static bool guards(const void* address) noexcept;

 private:
  friend struct fiber_start;
  struct in_flight {  // what __cxa_get_globals gives: caught exceptions, count of uncaught ones
    void* caught = nullptr;
    unsigned uncaught = 0;
  };
  std::jmp_buf at_;
  in_flight exceptions_;
  std::byte* stack_ = nullptr;
};

}  // namespace lockfree::inline v1::verify::detail
