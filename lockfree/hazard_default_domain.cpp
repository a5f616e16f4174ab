// SPDX-License-Identifier: Apache-2.0
//
// The default domain of hazard pointers: one a process, never destroyed. It lives in memory of its own instead of in a
// variable of its type, whose lifetime would end with the program's exit while threads and static objects still use it.

#include <lockfree/reclaim/hazard_domain.hpp>

#include <cstddef>
#include <new>

namespace lockfree::inline v1::detail {

hazard_domain& default_hazard_domain() noexcept {
  alignas(hazard_domain) static std::byte memory[sizeof(hazard_domain)];
  static hazard_domain& made = *::new (static_cast<void*>(memory)) hazard_domain;
  return made;
}

}  // namespace lockfree::inline v1::detail
