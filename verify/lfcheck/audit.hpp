// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/explore.hpp"
#include "engine/repair.hpp"
#include "lfcheck/item.hpp"

/// The order audit: each place of a structure's own files that a thread of a check reaches is made weaker by one step
/// at a time, and the checks are asked which of them notices. The pieces are here; the command is in audit.cpp.
///
/// The steps of a place, one row each:
/// - every weaker order that the access can have, for a compare-exchange those of success and of failure apart;
/// - a fence: every weaker one, and none;
/// - `Platform::revalidated(...)`: always true, the re-read is left out;
/// - a compare-exchange: always true, whatever it has done, so that its caller does not try again.
namespace lfcheck::audit {

/// A row of a table.
struct row {
  std::string file;       // "spsc_ring.hpp"
  std::string site;       // its tag, or the line where it has none
  std::string operation;  // "tail_.store"
  std::string order;      // as written; "answer" where the step is about the answer
  std::string instead;    // "relaxed", "relaxed on failure", "none", "always true"
  std::string result;     // the verdict that the step leads to, or `survives`
  std::string by;         // the check that dies, or the reason why none does

  /// What makes it the same row in another run.
  [[nodiscard]] std::string key() const;
  [[nodiscard]] std::string text() const;  // for a message
};
inline constexpr std::string_view survives = "survives";
inline constexpr std::string_view not_reached = "not reached";

/// What a table says beside its rows.
struct table {
  std::string structure;
  std::vector<row> rows;
  std::vector<std::string> notes;
};

[[nodiscard]] std::string to_markdown(const table& from);
/// Nothing if it is not a table made by this program.
[[nodiscard]] std::optional<table> from_markdown(std::string_view text);

/// One thing to change at a place.
struct step {
  engine::edit change;
  std::string order;
  std::string instead;
};
[[nodiscard]] std::vector<step> steps_of(const engine::site& where);

/// "Audit: release survives: <reason>" in the comment that has the tag, or directly above an access without one.
struct reason {
  std::string instead;
  std::string text;
};
/// The reasons beside the place with this tag, or, without tag, at this line.
[[nodiscard]] std::vector<reason> reasons_at(std::string_view file, std::string_view tag, unsigned line);
/// Whether a reason for the survival of `given` is one for `wanted`: an order that is weaker still says more.
[[nodiscard]] bool covers(std::string_view given, std::string_view wanted);

/// Tags that the comments of a file introduce, with the orders that their statements name.
struct tagged {
  std::string tag;
  std::string orders;  // "acquire", "release, acquire", "fence", "relaxed" or ""
  std::string operation;
};
[[nodiscard]] std::vector<tagged> tags_in(std::string_view file);

}  // namespace lfcheck::audit
