// SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/core.h>

namespace lockfree::study::page {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view dash = "–";

// Bytes of the well-formed code point at the start of `text` (Unicode table 3-7), 0 if there is none.
std::size_t code_point(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) { return at(i) >= low && at(i) <= high; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return in(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second = in(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && in(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second = in(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

// "-12345.6" -> "-12,345.6"
std::string grouped(std::string_view text) {
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  const std::size_t end = std::min(text.size(), text.find_first_not_of("0123456789", first));
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > first && i < end && (end - i) % 3 == 0) out += ',';
    out += text[i];
  }
  return out;
}

}  // namespace

std::string clean(std::string_view text) {
  // U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069, and the controls from U+0080 to U+009F.
  const auto invisible = [](std::string_view c) {
    const auto in = [&](std::string_view low, std::string_view high) { return c >= low && c <= high; };
    return in("\u200E", "\u200F") || in("\u2028", "\u202E") || in("\u2066", "\u2069") || in("\u0080", "\u009F");
  };
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = code_point(text);
    const std::string_view c = text.substr(0, std::max<std::size_t>(1, size));
    if (c == "\n" || c == "\r" || c == "\t") {
      out += ' ';
    } else if (size == 0 || (size == 1 && (static_cast<unsigned char>(c[0]) < 0x20 || c[0] == 0x7F)) || invisible(c)) {
      out += replacement;
    } else {
      out += c;
    }
    text.remove_prefix(c.size());
  }
  return out;
}

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string script_json(const nlohmann::json& value) {
  std::string out;
  for (const char c : value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)) {
    // These three only occur inside strings, where JSON has another way to write them.
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (!std::isfinite(value)) return std::string{dash};
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (size >= 1e15) return fmt::format("{:.2e}", value);
  if (size >= 99.95) return grouped(fmt::format("{:.0f}", value));
  if (size >= 9.995) return fmt::format("{:.1f}", value);
  if (size >= 0.9995) return fmt::format("{:.2f}", value);
  return fmt::format("{:.3g}", value);
}

std::string times(double factor) {
  if (!(factor > 0) || !std::isfinite(factor)) return std::string{dash};
  if (factor >= 9.95) return grouped(fmt::format("{:.0f}", factor));
  return fmt::format("{:.{}f}", factor, factor < 1.95 ? 2 : 1);
}

std::string duration(double nanoseconds) {
  if (!std::isfinite(nanoseconds)) return std::string{dash};
  if (nanoseconds < 999.5) return fmt::format("{:.{}f} ns", nanoseconds, nanoseconds < 9.95 && nanoseconds > 0 ? 1 : 0);
  if (nanoseconds < 999.5e3) return number(nanoseconds / 1e3) + " µs";
  if (nanoseconds < 999.5e6) return number(nanoseconds / 1e6) + " ms";
  return number(nanoseconds / 1e9) + " s";
}

std::string count(double value) {
  return std::isfinite(value) ? grouped(fmt::format("{:.0f}", value)) : std::string{dash};
}

std::string bytes(double value) {
  if (!std::isfinite(value)) return std::string{dash};
  constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return fmt::format("{:.{}f} {}", value, value == std::floor(value) ? 0 : 1, units[unit]);
}

std::string elapsed(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return std::string{dash};
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  const double whole = std::round(seconds);
  const double hours = std::floor(whole / 3600);
  const double minutes = std::floor((whole - hours * 3600) / 60);
  if (hours > 0) return fmt::format("{:.0f} h {:.0f} min", hours, minutes);
  return fmt::format("{:.0f} min {:.0f} s", minutes, whole - minutes * 60);
}

std::string plural(std::size_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count(static_cast<double>(n)), n == 1 ? one : many);
}

std::string scenario_label(std::string_view scenario) {
  const auto digit = [&](std::size_t i) { return std::isdigit(static_cast<unsigned char>(scenario[i])) != 0; };
  std::string out;
  for (std::size_t i = 0; i < scenario.size(); ++i) {
    const bool times = scenario[i] == 'x' && i > 0 && i + 1 < scenario.size() && digit(i - 1) && digit(i + 1);
    if (times)
      out += "×";
    else
      out += scenario[i];
  }
  return out;
}

std::size_t length(std::string_view utf8) {
  std::size_t n = 0;
  for (; !utf8.empty(); ++n) utf8.remove_prefix(std::max<std::size_t>(1, code_point(utf8)));
  return n;
}

std::string shortened(std::string_view utf8, std::size_t limit) {
  if (length(utf8) <= limit) return std::string{utf8};
  std::size_t end = 0;
  for (std::size_t n = 0; n + 1 < limit; ++n) end += std::max<std::size_t>(1, code_point(utf8.substr(end)));
  return fmt::format("{}…", utf8.substr(0, end));
}

}  // namespace lockfree::study::page
