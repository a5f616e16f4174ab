// SPDX-License-Identifier: Apache-2.0
#include "render.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "assets.hpp"
#include "chart.hpp"
#include "family.hpp"
#include "findings.hpp"
#include "study.hpp"
#include "text.hpp"

namespace lockfree::study::page {
namespace {

// "2026-11-21T19:05:19Z" -> "2026-11-21 19:05"; what does not look like it stays.
std::string date(const std::string& iso) {
  if (iso.size() < 16 || iso[4] != '-' || iso[10] != 'T') return iso;
  return iso.substr(0, 10) + " " + iso.substr(11, 5);
}

std::string head(const data& study) {
  constexpr std::string_view icon =
      "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' "
      "height='16' rx='3' fill='%230a5ea8'/%3E%3Cpath d='M2 12L6 8 9 10 14 3' stroke='white' stroke-width='2' "
      "fill='none'/%3E%3C/svg%3E";
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{}: lockfree study</title>\n"
      "<link rel=\"icon\" href=\"{}\"/>\n<style>\n{}</style>\n</head>\n",
      assets::script_sha256, escape(headline(study)), icon, assets::style);
}

std::string banners(const data& study) {
  std::string out;
  if (study.fixture)
    out +=
        "<p class=\"banner\" role=\"note\"><strong>FIXTURE</strong> Every number on this page is invented, to test the "
        "page. Nothing here was measured.</p>\n";
  if (study.partial()) {
    const bool known = std::isfinite(study.cells_measured) && std::isfinite(study.cells_planned);
    out += fmt::format(
        "<p class=\"banner\" role=\"note\"><strong>PARTIAL</strong> The run ended early{}. What follows "
        "covers only what was measured.</p>\n",
        known ? fmt::format(": {} of {} cells were measured", count(study.cells_measured), count(study.cells_planned))
              : "");
  }
  return out;
}

std::string masthead(const data& study) {
  std::string facts;
  const auto fact = [&](const std::string& text) {
    if (!text.empty()) facts += fmt::format("{}<span>{}</span>", facts.empty() ? "" : " ", escape(text));
  };
  fact(study.machine.cpu);
  if (std::isfinite(study.machine.cores)) fact(plural(static_cast<std::size_t>(study.machine.cores), "core", "cores"));
  fact(study.machine.compiler);
  fact(date(study.started));
  if (std::isfinite(study.seconds)) fact("measured in " + elapsed(study.seconds));
  return fmt::format(
      "<header>\n<p class=\"brand\">lockfree study</p>\n{}<h1>{}</h1>\n<p class=\"facts\">{}</p>\n"
      "</header>\n",
      banners(study), escape(headline(study)), facts);
}

// One bar: how many comparisons each side won.
std::string tally_bar(const tally& won) {
  if (won.all() == 0) return "<td class=\"none\">–</td>";
  std::string bar, words;
  const auto part = [&](std::size_t n, std::string_view style, std::string_view name) {
    if (n == 0) return;
    const double percent = 100.0 * static_cast<double>(n) / static_cast<double>(won.all());
    bar += fmt::format("<span class=\"{}\" style=\"width:{:.2f}%\">{}</span>", style, percent, n);
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", n, name);
  };
  part(won.lockfree, "lf", "lock-free");
  part(won.neither, "no", "too close");
  part(won.mutex, "mx", "mutex");
  return fmt::format("<td><div class=\"bar\" role=\"img\" aria-label=\"{0}\" title=\"{0}\">{1}</div></td>", words, bar);
}

std::string scoreboard(const data& study) {
  if (study.verdicts.empty()) return {};
  const std::vector<std::string> columns = metrics(study);
  std::string out =
      "<table class=\"score\"><caption>Comparisons won by <b class=\"lf\">lock-free</b>, <b class=\"no\">too close to "
      "call</b>, won by the <b class=\"mx\">mutex</b></caption><thead><tr><th scope=\"col\"><span class=\"sr\">Family"
      "</span></th>";
  for (const std::string& metric : columns)
    out += fmt::format("<th scope=\"col\">{}</th>", escape(metric_title(metric)));
  out += "</tr></thead><tbody>";
  for (const family& family : study.families) {
    std::string cells;
    std::size_t all = 0;
    for (const std::string& metric : columns) {
      const tally won = count_winners(study, metric, family.id);
      all += won.all();
      cells += tally_bar(won);
    }
    if (all == 0) continue;
    out += fmt::format("<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th>{}</tr>", family_anchor(study, family),
                       escape(family.title), cells);
  }
  return out + "</tbody></table>\n";
}

std::string lead(const data& study) {
  std::string out = "<section class=\"lead\" aria-label=\"Verdict\">\n" + scoreboard(study);
  const std::vector<const page::verdict*> told = strongest(study);
  if (!told.empty()) {
    out += "<div><h2>The clearest results</h2><ul class=\"told\">";
    for (const page::verdict* each : told) {
      const bool lockfree = each->winner == winner::lockfree;
      out += fmt::format("<li class=\"{}\">{}</li>", lockfree ? "lf" : "mx", escape(each->sentence));
    }
    out += "</ul></div>\n";
  } else if (study.verdicts.empty()) {
    out += "<p class=\"absent\">No verdict: this run has nothing that can be compared.</p>\n";
  }
  return out + "</section>\n";
}

// The class that colours a structure's name as the charts do.
std::string_view kind_class(const data& study, std::string_view structure) {
  for (const throughput& each : study.throughput) {
    if (each.subject.structure != structure) continue;
    if (each.subject.kind == kind::lockfree) return " class=\"lf0\"";
    if (each.subject.kind == kind::mutex) return " class=\"mx0\"";
  }
  return "";
}

std::string advice_table(const data& study) {
  std::string out = "<section aria-labelledby=\"advice-title\">\n<h2 id=\"advice-title\">Use this when</h2>\n";
  if (study.advice.empty())
    return out +
           "<p class=\"absent\">No advice in this run. It needs all structures "
           "of a family in all their scenarios, and six rounds.</p>\n</section>\n";
  out +=
      "<table class=\"advice\"><thead><tr><th scope=\"col\">When</th><th scope=\"col\">Use</th><th "
      "scope=\"col\">Because"
      "</th></tr></thead><tbody>\n";
  for (const advice& each : study.advice)
    out += fmt::format("<tr><td>{}</td><th scope=\"row\"{}>{}</th><td>{}</td></tr>\n", escape(each.when),
                       kind_class(study, each.use), escape(each.use), escape(each.because));
  return out + "</tbody></table>\n</section>\n";
}

std::string key() {
  return fmt::format(
      "<p class=\"kinds\"><span>{} lock-free</span> <span>{} with a mutex or spin lock</span> "
      "<span>{} other libraries</span> <span class=\"live-only\">Drag over a chart to zoom, click a name "
      "to hide its line.</span></p>\n",
      swatch(kind::lockfree, 0), swatch(kind::mutex, 0), swatch(kind::rival, 0));
}

std::string machine_part(const data& study) {
  const machine& m = study.machine;
  std::string out = "<section aria-labelledby=\"machine-title\">\n<h2 id=\"machine-title\">The machine</h2>\n<dl>";
  bool any = false;
  const auto entry = [&](std::string_view name, const std::string& value, std::string_view style = "") {
    if (value.empty()) return;
    any = true;
    out += fmt::format("<div{}><dt>{}</dt><dd>{}</dd></div>", style, name, escape(value));
  };
  entry("Processor", m.cpu);
  entry("Cores", std::isfinite(m.cores) ? count(m.cores) : "");
  std::string caches;
  for (const cache& each : m.caches) {
    caches += fmt::format("{}{} {}", caches.empty() ? "" : ", ", each.level, bytes(each.bytes));
    if (each.instances > 1) caches += fmt::format(" × {}", count(each.instances));
  }
  entry("Caches", caches);
  entry("Memory", std::isfinite(m.memory_bytes) ? bytes(m.memory_bytes) : "");
  entry("Kernel", m.kernel);
  entry("Frequency governor", m.governor);
  entry("Threads pinned", m.pinning);
  entry("Compiler", m.compiler);
  entry("Flags", m.flags, " class=\"broad\"");
  entry("Commit", m.commit);
  std::string hiccups;
  for (std::size_t p = 0; p < percentile_names.size(); ++p)
    if (std::isfinite(m.hiccup_ns[p]))
      hiccups += fmt::format("{}{} {}", hiccups.empty() ? "" : ", ", percentile_names[p], duration(m.hiccup_ns[p]));
  entry("Hiccups when idle", hiccups, " class=\"broad\"");
  if (!any) out += "<div><dd>Not described in this run.</dd></div>";
  return out + "</dl>\n</section>\n";
}

// What the number of cores lets the study say. Written for the machine that measured, not for one in particular.
std::string cores_part(const data& study) {
  const double cores = study.machine.cores;
  double most = 0;
  for (const throughput& each : study.throughput) most = std::fmax(most, each.threads);
  for (const latency& each : study.latency) most = std::fmax(most, each.threads);
  if (!std::isfinite(cores) || most == 0) return {};
  const std::string n = plural(static_cast<std::size_t>(cores), "core", "cores");
  std::string out = fmt::format(
      "<section aria-labelledby=\"cores-title\">\n<h2 id=\"cores-title\">What {} can show, and "
      "what not</h2>\n",
      n);
  if (cores < 2) {
    out +=
        "<p>On one core no two threads ever run at the same time. The study shows what an operation costs and what "
        "happens when a thread is stopped in the middle of one. It shows nothing about contention between cores.</p>";
    return out + "\n</section>\n";
  }
  if (most <= cores)
    out += fmt::format(
        "<p>Up to {} threads on {}: all of them really ran at the same time. What happens with more threads "
        "than cores was not measured here.</p>",
        count(most), n);
  else
    out += fmt::format(
        "<p>The study goes up to {} threads on {}. Scenarios with up to {} threads run side by side. In the "
        "shaded ones threads take turns, and the operating system may stop one in the middle of an "
        "operation. All who need its mutex then wait; without a mutex the others go on, or wait for one "
        "slot of a ring. That is a fair test of the tail, and no test of scaling.</p>",
        count(most), n, count(cores));
  if (cores <= 4)
    out += fmt::format(
        "<p>What {} cannot show: how throughput grows with many cores, what a cache line costs that dozens of "
        "cores fight over, and what a second socket adds. A structure that is slow here in the shaded part may "
        "do well on 16 cores, and the other way round. Run the study on the machine that matters to "
        "you.</p>",
        n);
  else
    out += fmt::format(
        "<p>Nothing here says what happens on more than {}, or on another processor. Run the study on the "
        "machine that matters to you.</p>",
        n);
  return out + "\n</section>\n";
}

// What a time holds where an operation did not succeed at once: that differs between scenarios and between versions.
std::string waiting_note(const data& study) {
  const auto places = [&](bool waits) {
    std::vector<std::string> seen;
    for (const latency& each : study.latency) {
      const std::string at = place(each.scenario, each.threads);
      if (each.waits == waits && std::find(seen.begin(), seen.end(), at) == seen.end()) seen.push_back(at);
    }
    std::string out;
    for (const std::string& at : seen) out += (out.empty() ? "" : "; ") + escape(at);
    return out;
  };
  const std::string timed = places(true);
  const std::string left_out = places(false);
  std::string out;
  if (!timed.empty())
    out += fmt::format(
        " From the first attempt until it was done, with what the structure itself makes a thread wait: {}.", timed);
  if (!left_out.empty())
    out += fmt::format(
        " The successful attempt alone: {}. Attempts that failed count as waiting for work there, so a ring’s "
        "wait for a slot that a stopped thread holds is left out, while the wait for a mutex is in.",
        left_out);
  return out;
}

std::string method_part(const data& study) {
  std::size_t least = 0, most = 0;
  for (const throughput& each : study.throughput) {
    if (each.samples == 0) continue;
    least = least == 0 ? each.samples : std::min(least, each.samples);
    most = std::max(most, each.samples);
  }
  std::string out = "<section aria-labelledby=\"method-title\">\n<h2 id=\"method-title\">How it was measured</h2>\n<p>";
  const bool counted = std::isfinite(study.cells_measured) && std::isfinite(study.cells_planned);
  if (!std::isfinite(study.seconds) && !counted && most == 0) return out + "The run does not say.</p>\n</section>\n";
  out += study.tool.empty() ? "The study" : fmt::format("{} {}", escape(study.tool), escape(study.version));
  if (!study.mode.empty()) out += fmt::format(" in {} mode", escape(study.mode));
  if (std::isfinite(study.seconds)) out += " ran for " + elapsed(study.seconds);
  if (counted)
    out += fmt::format("{} measured {} of {} planned cells (one structure in one scenario each)",
                       std::isfinite(study.seconds) ? " and" : "", count(study.cells_measured),
                       count(study.cells_planned));
  out += ".</p>\n<ol class=\"notes\">";
  if (most > 0)
    out += fmt::format(
        "<li><b>Throughput.</b> Each point is the median of {}; the whisker runs from the slowest to the "
        "fastest of them.</li>",
        least == most ? plural(most, "sample", "samples") : fmt::format("{} to {} samples", least, most));
  if (!study.latency.empty())
    out +=
        "<li><b>Latency.</b> Every operation counted was timed by itself, and the times collected in buckets. p99.99 "
        "is the "
        "time that one operation in 10,000 exceeds. These are times of operations, not of requests: a queue of "
        "requests "
        "that builds up while one operation hangs is not in them." +
        waiting_note(study) + "</li>";
  bool idle = false;
  for (const double value : study.machine.hiccup_ns) idle = idle || std::isfinite(value);
  if (idle)
    out +=
        "<li><b>Idle machine.</b> The grey area in the latency charts is how long a thread was held up on this machine "
        "while "
        "nothing else of the study ran. What lies inside it says nothing about a structure.</li>";
  if (!study.verdicts.empty())
    out +=
        "<li><b>Who wins.</b> A factor says how many times better the winner did: more items a second, or less time. "
        "The "
        "small figures are the lower and upper end of that factor. Where they do not clearly stand on one side, or "
        "fewer than six rounds were measured, nobody "
        "wins.</li>";
  return out + "</ol>\n</section>\n";
}

}  // namespace
}  // namespace lockfree::study::page

namespace lockfree::study {

std::string render_html(const nlohmann::json& json) {
  using namespace page;
  const data study = read(json);
  std::string out = head(study);
  out += "<body>\n<main>\n" + masthead(study) + lead(study) + advice_table(study);
  if (!study.families.empty()) out += mark_definitions() + key();
  for (const family& family : study.families) out += family_section(study, family);
  out += "<div class=\"about\">\n" + machine_part(study) + method_part(study) + cores_part(study) + "</div>\n";
  out +=
      "</main>\n<footer><p>Charts: SVG drawn by lfstudy; zoom by uPlot (MIT licence, its text is in this file). This "
      "page "
      "loads nothing from anywhere.</p></footer>\n";
  return out + fmt::format("<script>{}</script>\n</body>\n</html>\n", assets::script);
}

}  // namespace lockfree::study
