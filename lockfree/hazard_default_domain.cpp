// SPDX-License-Identifier: Apache-2.0
//
// The default domain of hazard pointers: one a process, constant-initialised, never destroyed.

#include <lockfree/reclaim/hazard_domain.hpp>

namespace lockfree::inline v1::detail {

constinit immortal<hazard_domain> default_hazard_domain;

}  // namespace lockfree::inline v1::detail
