// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

/// Text as the page needs it: escaped, and numbers in the form that people read.
namespace lockfree::study::page {

/// `text` as valid UTF-8 on one line: line ends and tabs become spaces; what is no UTF-8, controls something or turns
/// the direction of the text after it becomes U+FFFD.
std::string clean(std::string_view text);

/// Clean `text` for HTML content and for double-quoted attributes.
std::string escape(std::string_view text);

/// `value`, its texts clean, for the inside of a script element: valid JSON, all ASCII, without `<`, `>` and `&`.
std::string script_json(const nlohmann::json& value);

/// Three significant digits, thousands grouped: 0.0421, 6.10, 14.2, 1,234. Not a number: a dash.
std::string number(double value);

/// How many times more: 1.04, 2.8, 45.
std::string times(double factor);

/// A time given in nanoseconds, with three digits and its unit: 850 ns, 12.4 µs, 1.40 ms, 2.31 s.
std::string duration(double nanoseconds);

/// A count with its thousands grouped.
std::string count(double value);

/// 32 KiB, 8 GiB.
std::string bytes(double value);

/// 75 -> "1 min 15 s".
std::string elapsed(double seconds);

/// "1 sample", "2 samples".
std::string plural(std::size_t n, std::string_view one, std::string_view many);

/// "4x4 on 2 CPUs" -> "4×4 on 2 CPUs": an x between digits.
std::string scenario_label(std::string_view scenario);

/// Code points, which is what the width of a label is estimated from.
std::size_t length(std::string_view utf8);

/// At most `limit` code points, the last of them "…" where something was cut.
std::string shortened(std::string_view utf8, std::size_t limit);

}  // namespace lockfree::study::page
