// SPDX-License-Identifier: Apache-2.0
#include "study/terminal.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "study/verdict.hpp"

namespace lockfree::study {
namespace {

using nlohmann::json;

/// Columns that `text` takes on a terminal: its characters, UTF-8.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t now = columns(text);
  if (now < width) text.append(width - now, ' ');
  return text;
}

std::string_view trimmed(std::string_view text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

/// Folded between words; each line but the first begins with `indent` spaces.
std::string folded(const std::string& text, std::size_t indent, std::size_t width) {
  std::string out;
  std::size_t at = indent;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t space = std::min(text.find(' ', from), text.size());
    const std::string word = text.substr(from, space - from);
    if (at > indent && at + 1 + columns(word) > width) {
      out += '\n';
      out.append(indent, ' ');
      at = indent;
    } else if (at > indent) {
      out += ' ';
      ++at;
    }
    out += word;
    at += columns(word);
    from = space + 1;
  }
  return out;
}

struct painter {
  bool on;
  [[nodiscard]] std::string operator()(std::string_view code, const std::string& text) const {
    return on ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  [[nodiscard]] std::string bold(const std::string& text) const { return (*this)("1", text); }
};

struct mark {
  std::string_view sign;
  std::string_view colour;
};

mark mark_of(const std::string& winner) {
  if (winner == "lockfree") return {"+", "32"};
  if (winner == "neither") return {"=", "33"};
  return {"-", "31"};
}

/// "+ 3.4 (2.9 to 3.8)": the sign says who is ahead, the number always by how many times.
std::string cell_text(const json& verdict) {
  const bool behind = verdict.at("winner") != "lockfree" && verdict.at("winner") != "neither";
  const double ratio = verdict.at("ratio");
  const double low = verdict.at("low");
  const double high = verdict.at("high");
  return fmt::format("{} {} ({} to {})", mark_of(verdict.at("winner")).sign, number_text(behind ? 1 / ratio : ratio),
                     number_text(behind ? 1 / high : low), number_text(behind ? 1 / low : high));
}

std::string row_name(const json& verdict) {
  const std::string library = verdict.value("library", "");
  const bool other = library != "lockfree" && !library.empty();
  return fmt::format("{} / {}{}", verdict.at("structure").get<std::string>(), other ? library + " " : "",
                     verdict.at("baseline").get<std::string>());
}

/// Verdicts as a grid: a row a pair, a column a scenario, each in the order in which it is first met.
struct grid {
  std::vector<std::string> rows;
  std::vector<std::string> scenarios;
  const std::vector<const json*>& verdicts;

  explicit grid(const std::vector<const json*>& list) : verdicts(list) {
    const auto note = [](std::vector<std::string>& names, const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const json* each : verdicts) {
      note(rows, row_name(*each));
      note(scenarios, each->at("scenario"));
    }
  }

  /// nullptr where that pair was not measured in that scenario.
  [[nodiscard]] const json* find(const std::string& row, const std::string& scenario) const {
    const auto here = [&](const json* each) { return row_name(*each) == row && each->at("scenario") == scenario; };
    const auto found = std::find_if(verdicts.begin(), verdicts.end(), here);
    return found == verdicts.end() ? nullptr : *found;
  }
};

/// As a table for the terminal: as many columns side by side as fit.
std::string table(const std::vector<const json*>& verdicts, const layout& how) {
  const painter paint{how.colour};
  const grid cells(verdicts);
  std::size_t first = 0;
  for (const std::string& row : cells.rows) first = std::max(first, columns(row));
  std::vector<std::size_t> widths;
  for (const std::string& scenario : cells.scenarios) {
    std::size_t width = columns(scenario);
    for (const std::string& row : cells.rows) {
      if (const json* each = cells.find(row, scenario)) width = std::max(width, columns(cell_text(*each)));
    }
    widths.push_back(width);
  }
  std::string out;
  for (std::size_t from = 0; from < cells.scenarios.size();) {
    std::size_t to = from;
    std::size_t used = 2 + first;
    while (to < cells.scenarios.size() && (to == from || used + 2 + widths[to] <= how.width)) used += 2 + widths[to++];
    std::string head(2 + first, ' ');
    for (std::size_t i = from; i < to; ++i) head += fmt::format("  {}", padded(cells.scenarios[i], widths[i]));
    out += fmt::format("{}\n", trimmed(head));
    for (const std::string& row : cells.rows) {
      std::string line;
      bool any = false;
      for (std::size_t i = from; i < to; ++i) {
        const json* each = cells.find(row, cells.scenarios[i]);
        const std::string text = padded(each == nullptr ? "" : cell_text(*each), widths[i]);
        line += fmt::format("  {}", each == nullptr ? text : paint(mark_of(each->at("winner")).colour, text));
        any = any || each != nullptr;
      }
      if (any) out += fmt::format("  {}{}\n", padded(row, first), trimmed(line));
    }
    from = to;
  }
  return out;
}

/// As a Markdown table: a row a pair and a scenario, because there may be many scenarios.
std::string markdown_table(const std::vector<const json*>& verdicts) {
  std::string out = "| | | times better (interval) |\n| --- | --- | --- |\n";
  for (const json* each : verdicts) {
    out +=
        fmt::format("| {} | {} | {} |\n", row_name(*each), each->at("scenario").get<std::string>(), cell_text(*each));
  }
  return out;
}

/// `write(title, verdicts)` for each family and metric of `list`.
template <class F>
void for_each_table(const json& study, const char* list, F write) {
  for (const json& family : study.at("families")) {
    std::vector<std::string> metrics;
    for (const json& each : study.at(list)) {
      const std::string metric = each.at("metric");
      const bool mine = each.at("family") == family.at("id");
      if (mine && std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
    }
    for (const std::string& metric : metrics) {
      std::vector<const json*> here;
      for (const json& each : study.at(list)) {
        if (each.at("family") == family.at("id") && each.at("metric") == metric) here.push_back(&each);
      }
      write(fmt::format("{}, {}", family.at("title").get<std::string>(),
                        metric == "throughput" ? "throughput" : metric + " of one call"),
            here);
    }
  }
}

std::string tables(const json& study, const char* list, const layout& how) {
  std::string out;
  for_each_table(study, list, [&](const std::string& title, const std::vector<const json*>& verdicts) {
    out += fmt::format("\n{}\n{}", painter{how.colour}.bold(title), table(verdicts, how));
  });
  return out;
}

std::string markdown_tables(const json& study, const char* list) {
  std::string out;
  for_each_table(study, list, [&](const std::string& title, const std::vector<const json*>& verdicts) {
    out += fmt::format("\n### {}\n\n{}", title, markdown_table(verdicts));
  });
  return out;
}

struct tally {
  std::size_t lockfree = 0, other = 0, neither = 0;
};

tally count(const json& verdicts) {
  tally out;
  for (const json& each : verdicts) {
    ++(each.at("winner") == "lockfree" ? out.lockfree : each.at("winner") == "neither" ? out.neither : out.other);
  }
  return out;
}

/// "11 rounds, confidence 98.8 %": what the intervals of all verdicts rest on, from the least to the most.
std::string basis(const json& study) {
  std::size_t fewest = 0, most = 0;
  double least = 1;
  for (const char* list : {"verdicts", "rival_verdicts"}) {
    for (const json& each : study.at(list)) {
      const auto rounds = each.at("rounds").get<std::size_t>();
      fewest = most == 0 ? rounds : std::min(fewest, rounds);
      most = std::max(most, rounds);
      least = std::min(least, each.at("confidence").get<double>());
    }
  }
  if (most == 0) return fmt::format("{} rounds", study.value("rounds_measured", 0));
  return fmt::format("{}{} {}, confidence {}{:.1f} %", fewest == most ? "" : fmt::format("{} to ", fewest), most,
                     most == 1 ? "round" : "rounds", fewest == most ? "" : "from ", 100 * least);
}

/// Why a study that was judged gives no advice, or nothing.
std::string no_advice(const json& study) {
  if (!study.at("advice").empty() || study.at("verdicts").empty()) return {};
  if (narrowed(study)) return "No advice: it needs all structures of a family in all their scenarios.";
  return fmt::format("No advice: it needs a confidence of {:.0f} %, which takes six rounds.", 100 * least_confidence);
}

std::string text_or(const json& from, const char* name, const std::string& otherwise) {
  const json value = from.value(name, json());
  return value.is_string() && !value.get<std::string>().empty() ? value.get<std::string>() : otherwise;
}

/// Which run this is, in a line.
std::string origin(const json& study) {
  const json& machine = study.at("machine");
  return fmt::format("lfstudy {}, {}, {:.0f} s: {}, {} cores, {}, {}, commit {}", text_or(study, "version", "?"),
                     text_or(study, "mode", "?"), study.value("seconds", 0.0),
                     text_or(machine, "cpu", "unknown processor"), machine.value("cores", 0),
                     text_or(machine, "compiler", "?"), text_or(machine, "flags", "no flags"),
                     text_or(machine, "commit", "?"));
}

}  // namespace

std::string verdict_text(const json& study, const layout& how) {
  const painter paint{how.colour};
  const json& machine = study.at("machine");
  std::string out = origin(study) + '\n';
  if (study.at("status") != "complete") {
    out += paint("31", fmt::format("PARTIAL: {} of {} cells measured, {} of {} rounds\n",
                                   study.value("cells_measured", 0), study.value("cells_planned", 0),
                                   study.value("rounds_measured", 0), study.value("rounds_planned", 0)));
  }
  if (!machine.value("optimised", true)) out += paint("31", "built without optimisation: these figures mean nothing\n");
  for (const json& each : study.value("errors", json::array())) {
    out += paint("31", fmt::format("WRONG: {}: {}\n", text_or(each, "cell", "?"), text_or(each, "message", "?")));
  }

  const json& verdicts = study.at("verdicts");
  if (verdicts.empty()) {
    out += "\nNo lock-free structure was measured beside a mutex baseline.\n";
  } else {
    out += fmt::format(
        "\n{}\nHow many times better, and the interval of the median over the rounds ({}): + lock-free ahead, - mutex "
        "ahead, = neither.\n",
        paint.bold("Lock-free against the mutex"), basis(study));
    out += tables(study, "verdicts", how);
    const tally won = count(verdicts);
    out += fmt::format("\nLock-free is ahead in {} of {} comparisons, the mutex in {}, neither in {}.\n", won.lockfree,
                       verdicts.size(), won.other, won.neither);
    if (won.other > 0) {
      out += fmt::format("\n{}\n", paint.bold("Where the mutex wins"));
      for (const json& each : verdicts) {
        if (each.at("winner") != "mutex") continue;
        out += fmt::format("  {}\n", folded(each.at("sentence").get<std::string>(), 2, how.width));
      }
    }
  }
  if (!study.at("rival_verdicts").empty()) {
    out += fmt::format("\n{}\n+ ours ahead, - the other ahead, = neither.\n", paint.bold("Against other libraries"));
    out += tables(study, "rival_verdicts", how);
  }
  if (!study.at("advice").empty()) {
    out += fmt::format("\n{}\n", paint.bold("Use this when"));
    for (const json& each : study.at("advice")) {
      out += fmt::format("  {}\n    {}\n    {}\n", folded(each.at("when").get<std::string>(), 2, how.width),
                         paint.bold(each.at("use").get<std::string>()),
                         folded(each.at("because").get<std::string>(), 4, how.width));
    }
  } else if (const std::string why = no_advice(study); !why.empty()) {
    out += fmt::format("\n{}\n", why);
  }
  return out;
}

std::string verdict_markdown(const json& study) {
  std::string out = fmt::format("{}, {}, {}.\n", origin(study), text_or(study, "started", "?"), basis(study));
  if (study.at("status") != "complete") out += "\n**Partial: the run was interrupted.**\n";
  const tally won = count(study.at("verdicts"));
  out += fmt::format(
      "\n## Use this when\n\nLock-free is ahead in {} of {} comparisons, the mutex in {}, neither in {}.\n\n",
      won.lockfree, study.at("verdicts").size(), won.other, won.neither);
  const std::string why = no_advice(study);
  out += why.empty() ? "| when | use | because |\n| --- | --- | --- |\n" : why + "\n";
  for (const json& each : study.at("advice")) {
    out += fmt::format("| {} | `{}` | {} |\n", each.at("when").get<std::string>(), each.at("use").get<std::string>(),
                       each.at("because").get<std::string>());
  }
  out += "\n## Lock-free against the mutex\n\n+ lock-free is ahead, - the mutex is, = neither.\n";
  out += markdown_tables(study, "verdicts");
  if (!study.at("rival_verdicts").empty()) {
    out += "\n## Against other libraries\n\n+ this library is ahead, - the other is, = neither.\n";
    out += markdown_tables(study, "rival_verdicts");
  }
  return out;
}

json verdict_json(const json& study) {
  json out = json::object();
  for (const char* name :
       {"schema", "tool", "version", "status", "mode", "started", "seconds", "cells_planned", "cells_measured",
        "rounds_planned", "rounds_measured", "machine", "verdicts", "rival_verdicts", "advice", "errors"}) {
    if (study.contains(name)) out[name] = study[name];
  }
  return out;
}

}  // namespace lockfree::study
