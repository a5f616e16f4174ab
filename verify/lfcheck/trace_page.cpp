// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/trace_page.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "engine/sites.hpp"
#include "lfcheck/advice.hpp"
#include "lfcheck/page_assets.hpp"
#include "lfcheck/report.hpp"
#include "lfcheck/terminal.hpp"

namespace lfcheck {

namespace {

using line_kind = engine::trace_line::kind;

/// Text for an element or an attribute.
std::string html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : as_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    }
  }
  return out;
}

std::string head(const std::string& title) {
  constexpr std::string_view icon =
      "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' "
      "height='16' rx='3' fill='%230a5ea8'/%3E%3Cpath d='M5 2v12M11 2v12M5 5l6 6' stroke='white' stroke-width='2' "
      "fill='none'/%3E%3C/svg%3E";
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{}: lfcheck</title>\n"
      "<link rel=\"icon\" href=\"{}\"/>\n<style>\n{}</style>\n</head>\n",
      assets::script_sha256, html(title), icon, assets::style);
}

/// Something that a reader wants to see: it did not pass, or there is a trace.
bool told(const outcome& o) { return o.how != status::passed || !o.lines.empty(); }

struct label {
  std::string_view style;
  std::string_view text;
};

label label_of(const outcome& o) {
  switch (o.how) {
    case status::passed: return o.replay.empty() ? label{"holds", "holds"} : label{"expected", "found, as it must be"};
    case status::inconclusive: return {"doubt", "inconclusive"};
    case status::failed: return {"bad", "violation"};
    case status::harness: return {"doubt", o.verdict.starts_with("crash") ? "crashed" : "did not end properly"};
  }
  return {};
}

std::string headline(const std::vector<outcome>& results) {
  const auto count = [&](auto which) {
    return static_cast<std::size_t>(std::count_if(results.begin(), results.end(), which));
  };
  const std::size_t failed = count([](const outcome& o) { return o.how == status::failed; });
  const std::size_t open = count([](const outcome& o) { return o.how == status::inconclusive; });
  const std::size_t harness = count([](const outcome& o) { return o.how == status::harness; });
  const std::size_t expected = count([](const outcome& o) { return o.how == status::passed && !o.lines.empty(); });
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (failed != 0) add(count_text(failed, "violation"));
  if (harness != 0) add(count_text(harness, "item") + " did not end properly");
  if (open != 0) add(fmt::format("{} inconclusive", count_text(open)));
  if (out.empty() && expected != 0) add(count_text(expected, "violation") + ", as expected");
  return out.empty() ? "No violation" : out;
}

/// One step or heading of a trace: the content of a cell.
std::string step(const outcome& o, std::size_t index, std::size_t item_number) {
  const engine::trace_line& each = o.lines[index];
  const auto id = [&](std::int32_t line) { return fmt::format("i{}-s{}", item_number, line + 1); };
  std::string style = each.is == line_kind::heading ? "heading" : "step";
  if (each.depth != 0) style += " within";
  if (each.stale) style += " stale";
  if (each.held) style += " held";
  if (each.essential) style += " essential";
  if (each.guilty) style += " guilty";
  std::string before;
  for (const std::int32_t last : each.before) before += fmt::format("{}{}", before.empty() ? "" : " ", last + 1);
  std::string out = fmt::format(
      "<div class=\"{}\" id=\"{}\" data-line=\"{}\" data-thread=\"{}\" data-before=\"{}\"{}{} data-place=\"{}\">",
      style, id(static_cast<std::int32_t>(index)), index + 1, each.thread, before,
      each.reads_from >= 0 ? fmt::format(" data-from=\"{}\"", each.reads_from + 1) : "",
      each.newest >= 0 ? fmt::format(" data-newest=\"{}\"", each.newest + 1) : "", html(each.place));
  if (each.is == line_kind::heading) {
    out += fmt::format("<b>{}</b>", html(each.what));
  } else {
    out += fmt::format("<span class=\"place\">{}</span> <code class=\"what\">{}</code>", html(each.place),
                       html(each.what));
    if (!each.source.empty()) out += fmt::format(" <code class=\"source\">{}</code>", html(each.source));
  }
  if (each.reads_from >= 0) {
    out += fmt::format(" <span class=\"from\">reads from <a href=\"#{}\">step {}</a>{}</span>", id(each.reads_from),
                       each.reads_from + 1, each.from.empty() ? "" : ", " + html(each.from));
  } else if (!each.from.empty()) {
    out += fmt::format(" <span class=\"from\">reads {}</span>", html(each.from));
  }
  if (!each.note.empty()) out += fmt::format(" <span class=\"note\">{}</span>", html(each.note));
  if (each.essential) out += " <span class=\"note\">without this there is no violation</span>";
  return out + "</div>";
}

std::string table(const outcome& o, std::size_t item_number) {
  unsigned threads = 1;
  bool main = false;
  for (const engine::trace_line& each : o.lines) {
    if (each.thread < engine::max_threads) {
      threads = std::max(threads, each.thread + 1);
    } else {
      main = true;
    }
  }
  const unsigned columns = threads + (main ? 1 : 0);
  std::string out = fmt::format(
      "<div class=\"board\"><svg class=\"arrows\" aria-hidden=\"true\"></svg>\n<table class=\"trace columns{}\">"
      "<caption>{}, time runs downwards</caption>\n<thead><tr><th scope=\"col\" class=\"number\">"
      "<span class=\"sr\">Step</span></th>",
      columns, count_text(o.lines.size(), "step"));
  for (unsigned t = 0; t < threads; ++t) {
    out += fmt::format("<th scope=\"col\" class=\"t{0}\"><span>Thread {0}</span></th>", t);
  }
  if (main) out += "<th scope=\"col\" class=\"main\"><span>After the threads</span></th>";
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < o.lines.size(); ++i) {
    const engine::trace_line& each = o.lines[i];
    out += fmt::format("<tr><th scope=\"row\" class=\"number\">{}</th>", i + 1);
    for (unsigned t = 0; t < columns; ++t) {
      const bool mine = t == std::min(each.thread, threads);
      const std::string name = t == threads ? "main" : fmt::format("t{}", t);
      out += mine ? fmt::format("<td class=\"{}\" data-name=\"{}\">{}</td>", name,
                                t == threads ? std::string("main") : engine::thread_text(t), step(o, i, item_number))
                  : fmt::format("<td class=\"{} empty\"></td>", name);
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string section(const item& work, const outcome& o, std::size_t number, const std::string& program) {
  const label how = label_of(o);
  std::string out = fmt::format(
      "<section class=\"item {0}\" id=\"i{1}\" aria-labelledby=\"i{1}-title\">\n<p class=\"label {0}\">{2}</p>\n"
      "<h2 id=\"i{1}-title\">{3}</h2>\n",
      how.style, number, how.text, html(work.name));
  if (!work.check->about.purpose.empty()) {
    out += fmt::format("<p class=\"purpose\">{}{}</p>\n",
                       work.check->about.broken ? "" : "Must hold: ", html(work.check->about.purpose));
  }
  out += fmt::format("<p class=\"sentence\">{}</p>\n", html(o.sentence.empty() ? o.verdict : o.sentence));
  for (const std::string* lines : {&o.hints, &o.lints}) {
    for (const std::string& line : lines_of(*lines)) out += fmt::format("<p class=\"lint\">{}</p>\n", html(line));
  }
  if (!o.needs.empty()) out += fmt::format("<p class=\"needs\">{}</p>\n", html(o.needs));
  if (!o.lines.empty()) {
    out += "<div class=\"stage\">\n" + table(o, number);
    out +=
        "<aside class=\"panel\" aria-label=\"The step that is pointed at\"><div class=\"told\" aria-live=\"polite\">"
        "<p class=\"hint\">Point at a step, or walk with the arrow keys: what it read and all that happens before it "
        "lights up; what nothing orders against it goes pale. A click or Enter holds it, Escape lets go.</p></div>"
        "<ul class=\"key\"><li class=\"k-from\">wrote what it read</li><li class=\"k-newest\">newer, but not seen</li>"
        "<li class=\"k-before\">happens before it</li><li class=\"k-apart\">nothing orders the two</li></ul></aside>\n"
        "</div>\n";
  }
  if (!o.replay.empty()) {
    out += fmt::format("<p class=\"again\">Run it again:</p>\n<pre><code>{}</code></pre>\n",
                       html(replay_command(program, work, o)));
  }
  return out + "</section>\n";
}

}  // namespace

std::string trace_page(const std::vector<item>& work, const std::vector<outcome>& results, const settings& with,
                       const std::string& program, const char* compiler) {
  const std::string title = headline(results);
  std::uint64_t executions = 0;
  for (const outcome& o : results) executions += o.executions;
  std::string out = head(title);
  out += fmt::format(
      "<body>\n<header>\n<p class=\"brand\">lfcheck</p>\n<h1>{}</h1>\n<p class=\"facts\"><span>{} run</span> "
      "<span>{}</span> <span>seed {}</span> <span>{}</span></p>\n</header>\n<main>\n",
      html(title), count_text(results.size(), "item"), count_text(executions, "execution"), with.seed, html(compiler));
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (told(results[i])) shown.push_back(i);
  }
  // What needs somebody comes first.
  std::stable_sort(shown.begin(), shown.end(),
                   [&](std::size_t a, std::size_t b) { return results[a].how > results[b].how; });
  if (shown.size() > 1) {
    out += "<nav aria-label=\"Items\"><ul>\n";
    for (const std::size_t i : shown) {
      const label how = label_of(results[i]);
      out += fmt::format("<li><a href=\"#i{}\">{}</a> <span class=\"label {}\">{}</span> {}</li>\n", i,
                         html(work[i].name), how.style, how.text, html(results[i].verdict));
    }
    out += "</ul></nav>\n";
  }
  for (const std::size_t i : shown) out += section(work[i], results[i], i, program);
  if (shown.empty()) out += "<section><p>Every item that was run holds within its bounds.</p></section>\n";
  out += "</main>\n<footer><p>Made by lfcheck, the model checker of lockfree.</p></footer>\n<script>";
  out += assets::script;
  return out + "</script>\n</body>\n</html>\n";
}

}  // namespace lfcheck
