// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "study.hpp"

namespace lockfree::study::page {

/// The family's section of the page: throughput, latency, and who wins where.
std::string family_section(const data& study, const family& family);

/// "queue" -> "f3": identifiers come from the place in the list, never from the study's text.
std::string family_anchor(const data& study, const family& family);

}  // namespace lockfree::study::page
