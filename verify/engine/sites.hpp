// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "machine.hpp"

namespace lockfree::inline v1::verify::detail {

/// The number of the site `at`, learned when it is met first.
std::uint32_t learn_site_number(const where& at, operation what);
std::uint32_t learn_site_number(const where& at, operation what, std::memory_order order, std::memory_order failure);

/// The sites that were met last, by the address that a `where` is where it is nothing else (std::source_location).
struct met_site {
  std::uintptr_t key = 0;
  std::uint32_t number = 0;
  operation what{};
};
inline constexpr std::size_t met_sites = 1024;
extern std::array<met_site, met_sites> last_met;

template <class... Orders>
std::uint32_t site_number(const where& at, operation what, Orders... orders) {
  if constexpr (sizeof(where) == sizeof(std::uintptr_t)) {
    std::uintptr_t key = 0;
    std::memcpy(&key, &at, sizeof key);
    met_site& seen = last_met[((key >> 3U) ^ (key >> 13U) ^ static_cast<std::uintptr_t>(what) << 5U) % met_sites];
    if (seen.key != key || seen.what != what) seen = {key, learn_site_number(at, what, orders...), what};
    return seen.number;
  } else {
    return learn_site_number(at, what, orders...);
  }
}

/// A thread of the check has reached the site.
void site_reached_in_thread(std::uint32_t number) noexcept;

/// What the edits make of a site's order; `drop` where nothing is left of it.
struct effect {
  std::memory_order order;
  std::memory_order failure;
  bool drop = false;
};
extern bool any_edits;
[[nodiscard]] bool site_has_edits(std::uint32_t number) noexcept;
[[nodiscard]] inline bool site_is_edited(std::uint32_t number) noexcept { return any_edits && site_has_edits(number); }
[[nodiscard]] effect edited(std::uint32_t number, std::memory_order order, std::memory_order failure) noexcept;

/// The lines of a source file, read once; empty if it can't be read.
[[nodiscard]] const std::vector<std::string>& source_lines(std::string_view file);
/// The tag that belongs to a line, by the rule of CONTRIBUTING.md, or "".
[[nodiscard]] std::string tag_of(std::string_view file, unsigned line);
/// "spsc_ring.hpp" and the like: what a reader needs of a path.
[[nodiscard]] std::string_view file_of(std::string_view path) noexcept;
/// Whether the file of a site is the one that an edit means.
[[nodiscard]] bool same_file(std::string_view path, std::string_view ending) noexcept;

}  // namespace lockfree::inline v1::verify::detail
