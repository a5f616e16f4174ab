// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "explore.hpp"

namespace lockfree::inline v1::verify::detail {

/// What a violation needs beside an unlucky interleaving.
struct needs {
  enum class answer : std::uint8_t {
    unknown,       ///< not asked
    interleaving,  ///< nothing: it also comes when every read returns the newest value
    weak_memory,   ///< every interleaving was tried with newest values only, and all of them hold
    perhaps        ///< so many were tried, and hold
  };
  answer is = answer::unknown;
  std::uint64_t tried = 0;  ///< interleavings with newest values only
  bool fair = false;        ///< a thread that yields lets others go first: see exploration::cut
};

/// Finds out, and which of the stale reads and delayed stores of `seen.weak` are essential: the violation does not come
/// when just that one is taken back. `seen` becomes an execution with as few of them as can be found.
/// `seen` is the result of `explore` or, with `search` false, of `replay`, where no other execution is looked for.
/// It ends with a replay of `seen`, so that sites and heap are those of its trace.
[[nodiscard]] needs find_needs(const program& body, exploration& seen, const exploration_options& options, bool search);

/// In a sentence or a few: "Interleaving is enough: ...".
[[nodiscard]] std::string to_text(const needs& found, const exploration& seen);

}  // namespace lockfree::inline v1::verify::detail
