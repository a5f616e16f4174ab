// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace lockfree::inline v1 {

/// Distance in bytes that keeps two variables from sharing a cache line.
///
/// 128, not 64: the prefetchers of current x86-64 parts fetch lines in pairs and several arm64 parts have 128-byte
/// lines. A constant of the library, not `std::hardware_destructive_interference_size`, because that one changes with
/// compiler flags and would make the layout of one type differ between two object files.
inline constexpr std::size_t cache_line = 128;

}  // namespace lockfree::inline v1
