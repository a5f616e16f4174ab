// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/trace_text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "engine/sites.hpp"
#include "lfcheck/terminal.hpp"

namespace lfcheck {

namespace {

constexpr std::size_t narrowest_column = 38;
constexpr std::size_t most_rows = 60;
constexpr std::string_view separator = " | ";
constexpr std::array<const char*, engine::slots> thread_colours{"36", "35", "32", "34", "33", "31", "96", "95", "37"};

const char* colour_of(unsigned thread) { return thread_colours[std::min<std::size_t>(thread, engine::main_slot)]; }

/// Characters, not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// The bytes of the first `characters` characters.
std::size_t bytes_of(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  while (at < text.size() && characters > 0) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    --characters;
  }
  return at;
}

/// Text in one colour, broken at spaces so that no line is wider than `width`; all lines but the first are indented.
std::vector<std::string> wrapped(std::string_view text, std::size_t first_indent, std::size_t indent,
                                 std::size_t width) {
  std::vector<std::string> out;
  std::string line(first_indent, ' ');
  while (!text.empty()) {
    const std::size_t room = width - std::min(width - 1, width_of(line));
    if (width_of(text) <= room) {
      line += text;
      break;
    }
    std::size_t cut = bytes_of(text, room);
    std::size_t space = text.rfind(' ', cut);
    if (space == std::string_view::npos || space == 0) {
      space = cut;
    } else {
      cut = space + 1;
    }
    line += text.substr(0, space);
    text.remove_prefix(cut);
    out.push_back(std::move(line));
    line.assign(std::min(indent, width / 2), ' ');
  }
  out.push_back(std::move(line));
  return out;
}

/// The file that most steps are in: its name need not be repeated.
std::string main_file(const std::vector<engine::trace_line>& lines) {
  std::map<std::string, std::size_t> steps;
  for (const engine::trace_line& each : lines) {
    if (each.is == engine::trace_line::kind::step && !each.file.empty()) {
      ++steps[std::string(engine::file_of(each.file))];
    }
  }
  const auto most =
      std::max_element(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == steps.end() ? std::string() : most->first;
}

/// "ring.hpp:42" without "ring.hpp" where that goes without saying.
std::string without(std::string text, const std::string& file) {
  if (file.empty()) return text;
  const std::string prefix = file + ':';
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
    if (at == 0 || text[at - 1] == ' ') text.erase(at, file.size());
  }
  return text;
}

struct cell_line {
  std::string text;
  std::string painted;
};

class columns {
 public:
  columns(const std::vector<engine::trace_line>& lines, unsigned threads, std::size_t width, bool colour)
      : lines_(lines), threads_(threads), width_(width), colour_(colour), file_(main_file(lines)) {
    for (const engine::trace_line& each : lines) {
      if (each.is == engine::trace_line::kind::step) place_ = std::max(place_, width_of(without(each.place, file_)));
    }
    place_ = std::min<std::size_t>(place_, width_ / 3);
  }

  [[nodiscard]] std::string draw(std::size_t from) {
    std::string out;
    if (!file_.empty()) {
      const auto whole = std::find_if(lines_.begin(), lines_.end(), [&](const engine::trace_line& each) {
        return engine::file_of(each.file) == file_;
      });
      out += "  " + paint(fmt::format(":n means line n of {}", engine::file_of(whole->file)), "2", colour_) + "\n\n";
    }
    std::vector<cell_line> heads;
    for (unsigned t = 0; t < threads_; ++t) {
      const std::string name = engine::thread_text(t);
      heads.push_back({name, paint(name, fmt::format("1;{}", colour_of(t)).c_str(), colour_)});
    }
    row(out, heads);
    std::string rule;
    for (unsigned t = 0; t < threads_; ++t) rule += (t == 0 ? "" : "-+-") + std::string(width_, '-');
    out += "  " + paint(rule, "2", colour_) + '\n';
    for (std::size_t i = from; i < lines_.size(); ++i) step(out, lines_[i]);
    return out;
  }

 private:
  void row(std::string& out, const std::vector<cell_line>& cells) const {
    std::string line = "  ";
    for (unsigned t = 0; t < threads_; ++t) {
      if (t != 0) line += paint(separator, "2", colour_);
      line += cells[t].painted;
      const bool last = t + 1 == threads_;
      if (!last) line += std::string(width_ - std::min(width_, width_of(cells[t].text)), ' ');
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }

  void step(std::string& out, const engine::trace_line& each) const {
    std::vector<cell_line> cell;
    const bool main = each.thread >= threads_;
    const std::size_t width = main ? threads_ * (width_ + separator.size()) - separator.size() : width_;
    const std::size_t indent = 2 * std::size_t{each.depth};
    const auto add = [&](const std::string& text, const char* code, std::size_t first, std::size_t next) {
      for (std::string& line : wrapped(text, first, next, width)) {
        std::string painted = paint(line, code, colour_);
        cell.push_back({std::move(line), std::move(painted)});
      }
    };
    const char* loud = each.guilty ? "1;31" : each.is != engine::trace_line::kind::step ? "1" : "0";
    const std::string what = without(each.what, file_);
    if (each.is == engine::trace_line::kind::heading) {
      add((main ? "main: " : "") + what, loud, indent, indent + 2);
    } else {
      std::string place = (main ? "main " : "") + without(each.place, file_);
      place.append(place_ - std::min(place_, width_of(place)), ' ');
      const std::size_t begin = indent + width_of(place) + 1;
      // The place is dim: it is painted by itself, which only matters for the first line.
      std::vector<std::string> lines = wrapped(what, begin, indent + 4, width);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i == 0) {
          const std::string rest = lines[0].substr(begin);
          cell.push_back({std::string(indent, ' ') + place + ' ' + rest,
                          std::string(indent, ' ') + paint(place, "2", colour_) + ' ' + paint(rest, loud, colour_)});
        } else {
          cell.push_back({lines[i], paint(lines[i], loud, colour_)});
        }
      }
    }
    const std::size_t below = indent + 4;
    if (!each.from.empty() && !each.stale) add("<- " + without(each.from, file_), "2", below, below + 3);
    if (each.stale && !each.from.empty()) add("<- " + without(each.from, file_), "33", below, below + 3);
    if (!each.note.empty()) add(without(each.note, file_), each.guilty ? "31" : "33", below, below);
    for (const cell_line& line : cell) {
      if (main) {
        out += "  " + line.painted + '\n';
        continue;
      }
      std::vector<cell_line> cells(threads_);
      cells[each.thread] = line;
      row(out, cells);
    }
  }

  const std::vector<engine::trace_line>& lines_;
  unsigned threads_;
  std::size_t width_;
  bool colour_;
  std::string file_;
  std::size_t place_ = 0;
};

}  // namespace

bool set_trace_style(trace_style& style, std::string_view words) {
  for (;;) {
    const std::size_t comma = words.find(',');
    const std::string_view word = words.substr(0, comma);
    if (word == "auto") {
      style.how = trace_style::layout::automatic;
    } else if (word == "columns") {
      style.how = trace_style::layout::columns;
    } else if (word == "rows") {
      style.how = trace_style::layout::rows;
    } else if (word == "full") {
      style.full = true;
    } else {
      return false;
    }
    if (comma == std::string_view::npos) return true;
    words.remove_prefix(comma + 1);
  }
}

unsigned terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  const char* told = std::getenv("COLUMNS");
  const unsigned long columns = told != nullptr ? std::strtoul(told, nullptr, 10) : 0;
  return columns > 20 && columns < 10'000 ? static_cast<unsigned>(columns) : 100;
}

std::string trace_text(const outcome& o, const trace_style& style, bool colour) {
  if (o.lines.empty()) return o.trace;
  unsigned threads = 1;
  for (const engine::trace_line& each : o.lines) {
    if (each.thread < engine::max_threads) threads = std::max(threads, each.thread + 1);
  }
  const std::size_t from = style.full || o.lines.size() <= most_rows ? 0 : o.lines.size() - most_rows;
  std::string out;
  if (from != 0) {
    out +=
        paint(fmt::format("  the first {} of {} steps are left out; all of them: --trace full\n", from, o.lines.size()),
              "33", colour);
  }
  const std::size_t gaps = 2 + separator.size() * (threads - 1);
  const std::size_t width = style.width > gaps ? (style.width - gaps) / threads : 0;
  const bool wide = width >= narrowest_column;
  if (style.how == trace_style::layout::rows || (style.how == trace_style::layout::automatic && !wide)) {
    const std::vector<engine::trace_line> part(o.lines.begin() + static_cast<std::ptrdiff_t>(from), o.lines.end());
    return out + engine::to_text(part, colour);
  }
  return out + columns(o.lines, threads, std::max<std::size_t>(width, 20), colour).draw(from);
}

}  // namespace lfcheck
