// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lockfree::inline v1::detail {

/// The capacity of a ring that was asked for `requested` elements: the next power of two that is at least `least`.
///
/// `Index` is the type that counts positions. A ring tells full from empty by `tail - head`, modulo 2^bits, so it can
/// hold at most half of that range, 2^(bits-1); one that asks which of two positions a lap apart comes first gives the
/// signed type and gets half as much; one that needs still more bits of the index for itself says how many it can't
/// spare, `kept`. Throws `std::invalid_argument` for 0 and `std::length_error` where the index or the address space does
/// not reach; both messages carry the value.
template <class Index, unsigned kept = 1>
[[nodiscard]] std::size_t ring_capacity(std::size_t requested, std::size_t slot_bytes, std::size_t least,
                                        std::string_view structure) {
  if (requested == 0) {
    throw std::invalid_argument("lockfree::" + std::string(structure) + ": capacity 0; it must be at least 1");
  }
  constexpr unsigned index_bits = std::numeric_limits<Index>::digits;
  constexpr unsigned size_bits = std::numeric_limits<std::size_t>::digits;
  constexpr std::size_t by_index = std::size_t{1} << (index_bits < size_bits ? index_bits - kept : size_bits - kept);
  const std::size_t by_memory =
      std::bit_floor(static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / slot_bytes);
  const std::size_t largest = by_index < by_memory ? by_index : by_memory;
  if (requested > largest) {
    throw std::length_error("lockfree::" + std::string(structure) + ": capacity " + std::to_string(requested) +
                            "; it must be at most " + std::to_string(largest));
  }
  return std::bit_ceil(requested < least ? least : requested);
}

}  // namespace lockfree::inline v1::detail
