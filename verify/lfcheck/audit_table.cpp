// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "engine/sites.hpp"
#include "engine/trace.hpp"
#include "lfcheck/advice.hpp"
#include "lfcheck/audit.hpp"

namespace lfcheck::audit {

namespace {

constexpr std::string_view on_failure = " on failure";
constexpr std::string_view always_true = "always true";
constexpr std::string_view answer = "answer";
constexpr std::string_view none = "none";
constexpr std::string_view head = "| file | site | operation | order | instead | result | by, or why not |";
constexpr std::string_view made_by = "Made by `lfcheck audit --write`, compared by `lfcheck audit --check`.";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string escaped(std::string_view cell) {
  std::string out;
  for (const char c : cell) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

/// The cells of a line that begins and ends with '|'.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> out;
  std::string cell;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      out.emplace_back(trimmed(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return out;
}

std::optional<std::memory_order> order_named(std::string_view name) {
  for (const std::memory_order each :
       {std::memory_order::relaxed, std::memory_order::acquire, std::memory_order::release, std::memory_order::acq_rel,
        std::memory_order::seq_cst}) {
    if (name == engine::to_string(each)) return each;
  }
  return std::nullopt;
}

/// The text of the comment on a line, and whether the line holds nothing else. What documents an interface, `///`, is none:
/// it may begin with a tag that it speaks of.
struct comment {
  std::string_view text;
  bool alone = false;
};
std::optional<comment> comment_of(std::string_view line) {
  const std::size_t begin = line.find("//");
  if (begin == std::string_view::npos || line.substr(begin).starts_with("///")) return std::nullopt;
  std::string_view text = line.substr(begin);
  text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
  return comment{trimmed(text), trimmed(line.substr(0, begin)).empty()};
}

/// The tag that a comment begins with, as "[P3] release, ...".
std::string_view tag_of_comment(std::string_view text) {
  if (!text.starts_with('[')) return {};
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos || end + 2 > text.size() || text[end + 1] != ' ') return {};
  const std::string_view tag = text.substr(1, end - 1);
  const bool word = !tag.empty() && std::all_of(tag.begin(), tag.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  });
  return word ? tag : std::string_view();
}

/// The first line, from 0, of the comment that introduces a tag.
std::optional<std::size_t> line_of_tag(const std::vector<std::string>& lines, std::string_view tag) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto said = comment_of(lines[i]);
    if (said && tag_of_comment(said->text) == tag) return i;
  }
  return std::nullopt;
}

/// The whole comment that begins at line `at`: what follows on lines of its own belongs to it, but not another tag.
std::string comment_from(const std::vector<std::string>& lines, std::size_t at) {
  std::string out(comment_of(lines[at])->text);
  if (!comment_of(lines[at])->alone) return out;
  for (std::size_t i = at + 1; i < lines.size(); ++i) {
    const auto more = comment_of(lines[i]);
    if (!more || !more->alone || !tag_of_comment(more->text).empty()) break;
    out.append(" ").append(more->text);
  }
  return out;
}

/// Whether a step can end so.
bool is_result(std::string_view word) {
  if (word == survives || word == not_reached) return true;
  constexpr auto last = static_cast<unsigned>(engine::verdict::too_large);
  for (auto kind = static_cast<unsigned>(engine::verdict::holds) + 1; kind <= last; ++kind) {
    const auto one = static_cast<engine::verdict>(kind);
    if (!engine::is_harness(one) && word == engine::to_string(one)) return true;
  }
  return false;
}

}  // namespace

std::string row::key() const {
  return fmt::format("{}|{}|{}|{}|{}", file, site, operation.substr(operation.rfind('.') + 1), order, instead);
}

std::string row::text() const {
  if (result == not_reached) return fmt::format("{} [{}] {} {}", file, site, operation, order);
  return fmt::format("{} [{}] {} {} -> {}", file, site, operation, order, instead);
}

std::string to_markdown(const table& from) {
  std::string out = fmt::format("# {}\n\n{}\n\n", from.structure, made_by);
  if (!from.rows.empty()) {
    out += fmt::format("{}\n| --- | --- | --- | --- | --- | --- | --- |\n", head);
    for (const row& r : from.rows) {
      out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", escaped(r.file), escaped(r.site),
                         escaped(r.operation), r.order, r.instead, r.result, escaped(r.by));
    }
    out += '\n';
  }
  for (const std::string& note : from.notes) out += fmt::format("- {}\n", note);
  return out;
}

std::optional<table> from_markdown(std::string_view text) {
  table out;
  bool ours = false;
  for (const std::string& line : lines_of(std::string(text))) {
    if (line.starts_with("# ")) out.structure = line.substr(2);
    if (line == made_by) ours = true;
    if (line.starts_with("- ")) out.notes.push_back(line.substr(2));
    if (!line.starts_with("| ") || line == head || line.starts_with("| ---")) continue;
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() != 7 || !is_result(cells[5])) return std::nullopt;
    out.rows.push_back({cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]});
  }
  if (!ours || out.structure.empty()) return std::nullopt;
  return out;
}

std::vector<step> steps_of(const engine::site& where) {
  using engine::edit;
  std::vector<step> out;
  const bool exchanges = where.what == engine::operation::compare_exchange;
  const edit::half part = exchanges ? edit::half::success : edit::half::both;
  if (where.ordered) {
    for (const std::memory_order to : engine::weaker_orders(where.what, where.order)) {
      const bool gone = where.what == engine::operation::fence && to == std::memory_order::relaxed;
      out.push_back({engine::edit_of(where, gone ? edit::kind::drop : edit::kind::weaken, part, to),
                     std::string(engine::to_string(where.order)), std::string(gone ? none : engine::to_string(to))});
    }
  }
  if (exchanges) {
    for (const std::memory_order to : engine::weaker_orders(engine::operation::load, where.failure)) {
      out.push_back({engine::edit_of(where, edit::kind::weaken, edit::half::failure, to),
                     fmt::format("{}{}", engine::to_string(where.failure), on_failure),
                     fmt::format("{}{}", engine::to_string(to), on_failure)});
    }
  }
  if (exchanges || where.what == engine::operation::revalidated) {
    out.push_back({engine::edit_of(where, edit::kind::drop, edit::half::both, std::memory_order::relaxed),
                   std::string(answer), std::string(always_true)});
  }
  return out;
}

std::vector<reason> reasons_at(std::string_view file, std::string_view tag, unsigned line) {
  const auto& lines = engine::source_lines(file);
  std::string said;
  if (!tag.empty()) {
    if (const auto at = line_of_tag(lines, tag)) said = comment_from(lines, *at);
  } else if (line >= 1 && line <= lines.size()) {
    std::size_t first = line - 1;
    const auto alone = [&](std::size_t i) {
      const auto c = comment_of(lines[i]);
      return c && c->alone;
    };
    while (first > 0 && alone(first - 1)) --first;
    if (comment_of(lines[first])) said = comment_from(lines, first);
  }
  std::vector<reason> out;
  constexpr std::string_view mark = "Audit: ";
  for (std::size_t from = said.find(mark); from != std::string::npos;) {
    const std::size_t next = said.find(mark, from + 1);
    std::string_view one = std::string_view(said).substr(from + mark.size());
    if (next != std::string::npos) one = one.substr(0, next - from - mark.size());
    from = next;
    const std::size_t colon = one.find(':');
    std::string_view steps = one.substr(0, colon);
    const std::string_view why = colon == std::string_view::npos ? std::string_view() : trimmed(one.substr(colon + 1));
    if (steps == not_reached) {
      out.push_back({std::string(not_reached), std::string(why)});
      continue;
    }
    const std::size_t verb = steps.find(" survive");
    steps = steps.substr(0, verb);
    // Without its verb or its reason it is kept as it stands, which is no step, so that it is complained about.
    if (verb == std::string_view::npos || why.empty()) {
      out.push_back({fmt::format("{}...", steps), std::string(why)});
      continue;
    }
    for (;;) {
      const std::size_t word_and = steps.find(" and ");
      out.push_back({std::string(trimmed(steps.substr(0, word_and))), std::string(why)});
      if (word_and == std::string_view::npos) break;
      steps.remove_prefix(word_and + 5);
    }
  }
  return out;
}

bool covers(std::string_view given, std::string_view wanted) {
  if (given == wanted) return true;
  if (given.ends_with(on_failure) != wanted.ends_with(on_failure)) return false;
  if (given.ends_with(on_failure)) {
    given.remove_suffix(on_failure.size());
    wanted.remove_suffix(on_failure.size());
  }
  const auto to = order_named(wanted);
  if (given == none) return to.has_value();
  const auto from = order_named(given);
  if (!from || !to) return false;
  const auto weaker = engine::weaker_orders(engine::operation::fence, *to);
  return std::find(weaker.begin(), weaker.end(), *from) != weaker.end();
}

std::vector<tagged> tags_in(std::string_view file) {
  const auto& lines = engine::source_lines(file);
  std::vector<tagged> out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto said = comment_of(lines[i]);
    if (!said || tag_of_comment(said->text).empty()) continue;
    // The statement: this line, or what follows the comment up to the end of it.
    std::string statement;
    if (!said->alone) {
      statement = lines[i].substr(0, lines[i].find("//"));
    } else {
      std::size_t at = i + 1;
      while (at < lines.size() && comment_of(lines[at]) && comment_of(lines[at])->alone) ++at;
      for (; at < lines.size() && at < i + 20; ++at) {
        const std::string_view code = trimmed(std::string_view(lines[at]).substr(0, lines[at].find("//")));
        statement.append(code).append(" ");
        if (code.ends_with(';') || code.ends_with('{') || code.ends_with('}') || code.empty()) break;
      }
    }
    tagged found{std::string(tag_of_comment(said->text)), {}, {}};
    constexpr std::string_view spelled = "memory_order::";
    for (std::size_t at = statement.find(spelled); at != std::string::npos; at = statement.find(spelled, at + 1)) {
      std::size_t end = at + spelled.size();
      while (end < statement.size() &&
             (std::isalpha(static_cast<unsigned char>(statement[end])) != 0 || statement[end] == '_'))
        ++end;
      if (!found.orders.empty()) found.orders += ", ";
      found.orders += statement.substr(at + spelled.size(), end - at - spelled.size());
    }
    for (const std::string_view call : {"fence_seq_cst", "fence_light", "fence_heavy", "revalidated"}) {
      if (found.orders.empty() && statement.find(call) != std::string::npos) found.orders = call;
    }
    for (const std::string_view call : {"load", "store", "exchange", "compare_exchange_weak", "compare_exchange_strong",
                                        "fetch_add", "fetch_sub", "fetch_or", "fetch_and"}) {
      if (statement.find(fmt::format(".{}(", call)) != std::string::npos ||
          statement.find(fmt::format(">{}(", call)) != std::string::npos) {
        found.operation = call;
      }
    }
    out.push_back(std::move(found));
  }
  return out;
}

}  // namespace lfcheck::audit
