// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machine.hpp"

namespace lockfree::inline v1::verify::detail {

/// The number of the site `at`, learned when it is met first.
std::uint32_t site_number(const where& at, operation what);
std::uint32_t site_number(const where& at, operation what, std::memory_order order, std::memory_order failure);

/// A thread of the check has reached the site.
void site_reached_in_thread(std::uint32_t number) noexcept;

/// What the edits make of a site's order; `drop` where nothing is left of it.
struct effect {
  std::memory_order order;
  std::memory_order failure;
  bool drop = false;
};
[[nodiscard]] bool site_is_edited(std::uint32_t number) noexcept;
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
