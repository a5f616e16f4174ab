// SPDX-License-Identifier: Apache-2.0
#include "family.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/core.h>

#include "chart.hpp"
#include "findings.hpp"
#include "text.hpp"

namespace lockfree::study::page {
namespace {

// A scenario's place in charts and tables: by threads, then as the study lists them.
struct scenario {
  std::string name;
  double threads = missing;
  double producers = missing;
};

// `T` has scenario and threads; the list keeps one of each name.
template <class T>
std::vector<scenario> scenarios_of(const std::vector<const T*>& cells) {
  std::vector<scenario> out;
  for (const T* cell : cells) {
    if (std::any_of(out.begin(), out.end(), [&](const scenario& s) { return s.name == cell->scenario; })) continue;
    scenario next{cell->scenario, cell->threads, missing};
    if constexpr (requires { cell->producers; }) next.producers = cell->producers;
    out.push_back(next);
  }
  const auto before = [](const scenario& a, const scenario& b) {
    const auto known = [](double value) { return std::isfinite(value) ? value : 1e9; };
    return std::pair{known(a.threads), known(a.producers)} < std::pair{known(b.threads), known(b.producers)};
  };
  std::stable_sort(out.begin(), out.end(), before);
  return out;
}

// Gives every structure of the family the same look in all its charts.
class looks {
 public:
  std::size_t shade(const subject& subject) {
    const auto known = std::find_if(seen_.begin(), seen_.end(), [&](const auto& s) { return s.first == subject; });
    if (known != seen_.end()) return known->second;
    std::size_t shade = 0;
    for (const auto& each : seen_) shade += each.first.kind == subject.kind ? 1 : 0;
    seen_.emplace_back(subject, shade);
    return shade;
  }

 private:
  std::vector<std::pair<subject, std::size_t>> seen_;
};

template <class T>
std::vector<subject> subjects_of(const std::vector<const T*>& cells) {
  std::vector<subject> out;
  for (const T* cell : cells)
    if (std::find(out.begin(), out.end(), cell->subject) == out.end()) out.push_back(cell->subject);
  std::stable_sort(out.begin(), out.end(), [](const subject& a, const subject& b) { return a.kind < b.kind; });
  return out;
}

// The shape of the load. Each has a chart of its own: a line from one shape to another would mean nothing.
enum class load { balanced, no_roles, more_producers, more_consumers };

load load_of(const throughput& cell) {
  const bool roles = cell.producers > 0 && cell.consumers > 0;
  if (!roles) return load::no_roles;
  if (cell.producers == cell.consumers) return load::balanced;
  return cell.producers > cell.consumers ? load::more_producers : load::more_consumers;
}

// "readers" where the scenarios are "1 reader", "2 readers": then the axis says it, and its ticks only the numbers.
std::string counted_noun(const std::vector<scenario>& scenarios) {
  std::string noun;
  for (const scenario& each : scenarios) {
    const std::size_t end = each.name.find_first_not_of("0123456789");
    if (end == 0 || end == std::string::npos || each.name[end] != ' ') return {};
    std::string next = each.name.substr(end + 1);
    if (each.name.starts_with("1 ")) next += 's';
    if (next.find(' ') != std::string::npos || (!noun.empty() && next != noun)) return {};
    noun = next;
  }
  return noun;
}

// The ticks of a chart's scenarios, without what its group says already.
std::vector<std::string> scenario_ticks(const std::vector<scenario>& scenarios, const std::string& group) {
  const bool counted = !counted_noun(scenarios).empty();
  const std::size_t comma = group.rfind(", ");
  const std::string common = comma == std::string::npos ? "" : group.substr(comma);
  std::vector<std::string> out;
  for (const scenario& each : scenarios) {
    std::string label = scenario_label(each.name);
    if (counted)
      label.resize(label.find(' '));
    else if (!common.empty() && label.ends_with(common))
      label.resize(label.size() - common.size());
    out.push_back(label);
  }
  return out;
}

std::string spread_text(const throughput& cell) {
  if (!std::isfinite(cell.min) || !std::isfinite(cell.max)) return number(cell.median);
  return fmt::format("{} ({}–{})", number(cell.median), number(cell.min), number(cell.max));
}

chart throughput_chart(const data& study, const std::vector<const throughput*>& cells, std::string id, looks& looks) {
  const std::vector<scenario> scenarios = scenarios_of(cells);
  const load load = load_of(*cells.front());
  const std::string unit = cells.front()->unit;
  const double payload = cells.front()->payload_bytes;
  const std::string& group = cells.front()->group;
  const bool roles = load != load::no_roles;

  chart out;
  out.id = std::move(id);
  out.title = throughput_finding(cells);
  out.connected = load == load::balanced || load == load::no_roles;
  std::string of = "Throughput";
  if (!group.empty() && !roles) of += ", " + group;
  if (load == load::more_producers) of += ", more producers than consumers";
  if (load == load::more_consumers) of += ", more consumers than producers";
  if (payload > 0) of += fmt::format(", elements of {}", plural(static_cast<std::size_t>(payload), "byte", "bytes"));
  out.caption = of + ". Median of the samples; whiskers from the slowest to the fastest.";

  double low = missing, high = missing, least = missing;
  for (const subject& subject : subjects_of(cells)) {
    line line{subject.label(), subject.kind, looks.shade(subject), {}};
    std::vector<std::string> row{subject.label()};
    for (const scenario& scenario : scenarios) {
      const auto here = [&](const throughput* c) { return c->subject == subject && c->scenario == scenario.name; };
      const auto cell = std::find_if(cells.begin(), cells.end(), here);
      if (cell == cells.end() || !std::isfinite((*cell)->median)) {
        line.points.emplace_back();
        row.emplace_back("–");
        continue;
      }
      line.points.push_back({(*cell)->median, (*cell)->min, (*cell)->max});
      row.push_back(spread_text(**cell));
      high = std::fmax(high, std::fmax((*cell)->median, (*cell)->max));
      least = std::fmin(least, (*cell)->median);
      if ((*cell)->min > 0) low = std::fmin(low, (*cell)->min);
      if ((*cell)->median > 0) low = std::fmin(low, (*cell)->median);
    }
    out.lines.push_back(std::move(line));
    out.numbers.rows.push_back(std::move(row));
  }

  // One structure 25 times as fast as another would press the rest flat on a linear axis.
  const bool log = least > 0 && low > 0 && high / least > 25;
  out.y = value_axis(low, high, log, false, unit + (log ? ", log scale" : ""));
  out.x.title = roles ? "producers × consumers" : scenarios.size() > 1 ? counted_noun(scenarios) : "";
  const std::vector<std::string> ticks = scenario_ticks(scenarios, group);
  const double margin = out.connected ? 0.2 : 0.5;
  out.x.min = -margin;
  out.x.max = static_cast<double>(scenarios.size()) - 1 + margin;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    out.xs.push_back(static_cast<double>(i));
    out.x.ticks.push_back({static_cast<double>(i), ticks[i]});
    if (!out.crowded_from && scenarios[i].threads > study.machine.cores)
      out.crowded_from = static_cast<double>(i) - 0.5;
  }

  out.numbers.caption = fmt::format("{}, {}: median (min–max)", of, unit);
  out.numbers.head.emplace_back("Structure");
  for (const scenario& scenario : scenarios) out.numbers.head.push_back(scenario_label(scenario.name));
  out.description =
      fmt::format("{} in {} for {} in {}, {}. The values are in the table below the chart.", of, unit,
                  plural(out.lines.size(), "structure", "structures"),
                  plural(scenarios.size(), "scenario", "scenarios"), log ? "on a log scale" : "on a scale from zero");
  return out;
}

// The value below which the share of operations lies that `nines` says, between the percentiles that the study gives.
double at_nines(const latency& cell, double nines) {
  double total = 0;
  for (const auto& [upper, in_it] : cell.histogram) total += in_it;
  double value = missing;
  double below = 0;
  for (const auto& [upper, in_it] : cell.histogram) {
    below += in_it;
    if (below < total * (1 - std::pow(10, -nines))) continue;
    value = upper;
    break;
  }
  if (!std::isfinite(value)) return missing;
  for (std::size_t p = 0; p < percentile_names.size(); ++p) {
    const double known = cell.percentiles[p];
    if (!std::isfinite(known)) continue;
    if (percentile_nines[p] < nines) value = std::max(value, known);
    if (percentile_nines[p] > nines) value = std::min(value, known);
  }
  return value;
}

// All charts of a family share their axis, so that they can be compared by eye.
axis latency_axis(const data& study, const std::vector<const latency*>& cells) {
  double low = missing, high = missing;
  const auto see = [&](double value) {
    if (!(value > 0)) return;
    low = std::fmin(low, value);
    high = std::fmax(high, value);
  };
  for (const latency* cell : cells)
    for (const double value : cell->percentiles) see(value);
  for (const double value : study.machine.hiccup_ns) see(value);
  if (!std::isfinite(low)) low = high = 1;
  return value_axis(low, high, true, true, "time of one operation, log scale");
}

chart latency_chart(const data& study, const std::vector<const latency*>& cells, const axis& y, std::string id,
                    looks& looks) {
  const latency& first = *cells.front();
  chart out;
  out.id = std::move(id);
  out.title = latency_finding(cells);
  out.y = y;
  out.times = true;
  const std::string threads =
      std::isfinite(first.threads) ? plural(static_cast<std::size_t>(first.threads), "thread", "threads") : "";
  std::string at = place(first.scenario, first.threads);
  if (!threads.empty() && at.find("thread") == std::string::npos) at += fmt::format(" ({})", threads);
  const std::string of =
      fmt::format("Time of one {} at {}", first.operation.empty() ? "operation" : first.operation, at);
  out.caption =
      of + ", from the median out to the slowest. Lower is better; each step to the right is ten times rarer.";

  for (std::size_t p = 0; p < percentile_names.size(); ++p) {
    out.xs.push_back(percentile_nines[p]);
    const std::string& name = percentile_names[p];
    out.x.ticks.push_back({percentile_nines[p], name.starts_with('p') ? name.substr(1) : name});
    if (p + 2 < percentile_names.size())
      for (double x = std::floor(percentile_nines[p]) + 0.25; x < percentile_nines[p + 1]; x += 0.25)
        if (x > percentile_nines[p]) out.xs.push_back(x);
  }
  std::sort(out.xs.begin(), out.xs.end());
  out.x.title = "percentile of operations";
  out.x.min = 0.2;
  out.x.max = 5.1;

  out.numbers.caption = of;
  out.numbers.head = {"Structure", "operations"};
  out.numbers.head.insert(out.numbers.head.end(), percentile_names.begin(), percentile_names.end());
  for (const latency* cell : cells) {
    line line{cell->subject.label(), cell->subject.kind, looks.shade(cell->subject), {}};
    for (const double x : out.xs) {
      const auto named = std::find(percentile_nines.begin(), percentile_nines.end(), x);
      const double value = named == percentile_nines.end()
                               ? at_nines(*cell, x)
                               : cell->percentiles[static_cast<std::size_t>(named - percentile_nines.begin())];
      line.points.push_back({value, missing, missing});
    }
    std::vector<std::string> row{line.label, count(cell->count)};
    for (const double value : cell->percentiles) row.push_back(duration(value));
    out.lines.push_back(std::move(line));
    out.numbers.rows.push_back(std::move(row));
  }
  std::vector<std::string> idle{"idle machine", "–"};
  bool known = false;
  for (std::size_t p = 0; p < percentile_names.size(); ++p) {
    const double value = study.machine.hiccup_ns[p];
    idle.push_back(duration(value));
    known = known || std::isfinite(value);
    if (std::isfinite(value)) out.floor.emplace_back(percentile_nines[p], std::max(value, y.min));
  }
  if (known) out.numbers.rows.push_back(std::move(idle));
  out.description = fmt::format(
      "{} for {}, percentiles from the median to the maximum, both axes logarithmic{}. "
      "The values are in the table below the chart.",
      of, plural(out.lines.size(), "structure", "structures"),
      known ? "; a grey area shows what the idle machine does by itself" : "");
  return out;
}

std::string verdict_cell(const verdict& verdict, std::string_view other) {
  constexpr std::array<std::string_view, 3> classes{"lf", "mx", "no"};
  constexpr std::array<std::string_view, 3> marks{"●", "■", "≈"};
  const std::array<std::string_view, 3> words{"lock-free ahead", other, "too close to call"};
  const auto who = static_cast<std::size_t>(verdict.winner);
  const double factor = verdict.factor();
  const int strength = factor >= 4 ? 3 : factor >= 1.7 ? 2 : 1;
  return fmt::format(
      "<td class=\"{}{}\"><b><i>{}</i> {}×</b><span class=\"sr\"> {}, between "
      "</span><small>{}–{}</small></td>",
      classes[who], verdict.winner == winner::neither ? "" : std::to_string(strength), marks[who], times(factor),
      words[who], times(verdict.factor_low()), times(verdict.factor_high()));
}

std::string verdict_table(const std::vector<const verdict*>& verdicts, const std::vector<scenario>& order,
                          const std::string& metric, std::string_view other) {
  std::vector<std::string> columns;
  std::vector<std::pair<std::string, std::string>> rows;
  for (const scenario& scenario : order)
    if (std::any_of(verdicts.begin(), verdicts.end(), [&](auto* v) { return v->scenario == scenario.name; }))
      columns.push_back(scenario.name);
  for (const verdict* each : verdicts) {
    if (std::find(columns.begin(), columns.end(), each->scenario) == columns.end()) columns.push_back(each->scenario);
    const std::pair pair{each->structure, each->baseline};
    if (std::find(rows.begin(), rows.end(), pair) == rows.end()) rows.push_back(pair);
  }
  const std::string caption = metric_title(metric);
  std::string out = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">"
      "<table class=\"verdicts\"><caption>{0}</caption><thead><tr><td></td>",
      escape(caption));
  for (const std::string& column : columns)
    out += fmt::format("<th scope=\"col\">{}</th>", escape(scenario_label(column)));
  out += "</tr></thead><tbody>";
  for (const auto& row : rows) {
    out +=
        fmt::format("<tr><th scope=\"row\">{} <small>against {}</small></th>", escape(row.first), escape(row.second));
    for (const std::string& column : columns) {
      const auto here = [&](const verdict* v) {
        return v->structure == row.first && v->baseline == row.second && v->scenario == column;
      };
      const auto found = std::find_if(verdicts.begin(), verdicts.end(), here);
      out += found == verdicts.end() ? "<td class=\"none\">–</td>" : verdict_cell(**found, other);
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div>\n";
}

// The tables of all metrics, and each comparison as a sentence. `other` says who is ahead where lock-free is not.
std::string verdict_tables(const std::vector<const verdict*>& verdicts, const std::vector<scenario>& order,
                           const std::vector<std::string>& metrics, std::string_view other) {
  std::string out = fmt::format(
      "<p class=\"key\"><span class=\"lf2\"><i>●</i> lock-free ahead</span> <span class=\"mx2\">"
      "<i>■</i> {}</span> <span class=\"no\"><i>≈</i> too close to call</span> by so many times; "
      "below it the spread.</p><div class=\"matrices\">",
      other);
  for (const std::string& metric : metrics) {
    std::vector<const verdict*> part;
    for (const verdict* each : verdicts)
      if (each->metric == metric) part.push_back(each);
    if (!part.empty()) out += verdict_table(part, order, metric, other);
  }
  out += "</div><details><summary>Every comparison in a sentence</summary><ul class=\"sentences\">";
  for (const verdict* each : verdicts)
    if (!each->sentence.empty()) out += fmt::format("<li>{}</li>", escape(each->sentence));
  return out + "</ul></details>\n";
}

std::string verdict_part(const data& study, const family& family, const std::vector<scenario>& order) {
  const auto here = [&](const std::vector<verdict>& all) {
    std::vector<const verdict*> out;
    for (const verdict& each : all)
      if (each.family == family.id) out.push_back(&each);
    return out;
  };
  const std::vector<const verdict*> mutexes = here(study.verdicts), rivals = here(study.rival_verdicts);
  std::string out = "<h3>Where lock-free wins, where the mutex wins</h3>";
  if (mutexes.empty())
    out += "<p class=\"absent\">No comparison in this run.</p>\n";
  else
    out += verdict_tables(mutexes, order, metrics(study), "mutex ahead");
  if (!rivals.empty())
    out += fmt::format("<details class=\"more\"><summary>Against other libraries</summary>{}</details>\n",
                       verdict_tables(rivals, order, metrics(study), "other library ahead"));
  return out;
}

}  // namespace

std::string family_anchor(const data& study, const family& family) {
  return fmt::format("f{}", &family - study.families.data());
}

std::string family_section(const data& study, const family& family) {
  const std::string anchor = family_anchor(study, family);
  looks looks;
  std::vector<const throughput*> rates;
  std::vector<const latency*> times;
  for (const throughput& each : study.throughput)
    if (each.family == family.id) rates.push_back(&each);
  for (const latency& each : study.latency)
    if (each.family == family.id) times.push_back(&each);
  for (const subject& subject : subjects_of(rates)) looks.shade(subject);

  // One chart for each load and payload, in the study's order; first the one with the most scenarios.
  std::vector<std::vector<const throughput*>> loads;
  for (const throughput* each : rates) {
    const auto together = [&](const std::vector<const throughput*>& cells) {
      const auto of = [](const throughput& c) {
        return std::tuple{load_of(c), c.group, std::isfinite(c.payload_bytes) ? c.payload_bytes : 0};
      };
      return of(*cells.front()) == of(*each);
    };
    const auto found = std::find_if(loads.begin(), loads.end(), together);
    if (found == loads.end())
      loads.push_back({each});
    else
      found->push_back(each);
  }
  const auto fewer = [](const auto& a, const auto& b) { return scenarios_of(a).size() < scenarios_of(b).size(); };
  if (!loads.empty()) {
    const auto most = std::max_element(loads.begin(), loads.end(), fewer);
    std::rotate(loads.begin(), most, most + 1);
  }

  std::vector<std::string> charts;
  for (const std::vector<const throughput*>& cells : loads)
    charts.push_back(figure(throughput_chart(study, cells, fmt::format("{}-{}", anchor, charts.size()), looks)));
  const std::size_t first_time = charts.size();

  // The most crowded scenario first: there the tail is longest.
  std::vector<scenario> crowds = scenarios_of(times);
  std::reverse(crowds.begin(), crowds.end());
  const axis y = latency_axis(study, times);
  for (const scenario& scenario : crowds) {
    std::vector<std::string> operations;
    for (const latency* each : times)
      if (each->scenario == scenario.name &&
          std::find(operations.begin(), operations.end(), each->operation) == operations.end())
        operations.push_back(each->operation);
    for (const std::string& operation : operations) {
      std::vector<const latency*> cells;
      for (const latency* each : times)
        if (each->scenario == scenario.name && each->operation == operation) cells.push_back(each);
      std::stable_sort(cells.begin(), cells.end(),
                       [](const latency* a, const latency* b) { return a->subject.kind < b->subject.kind; });
      charts.push_back(figure(latency_chart(study, cells, y, fmt::format("{}-{}", anchor, charts.size()), looks)));
    }
  }

  // One chart of throughput beside one of latency tells the story; the others wait behind a click.
  const auto chart_or_note = [&](bool there, std::size_t n, std::string_view what) {
    if (there) return charts[n];
    return fmt::format("<p class=\"absent\">{} was not measured in this run.</p>\n", what);
  };
  std::string out = fmt::format(
      "<section class=\"family\" id=\"{0}\" aria-labelledby=\"{0}-title\"><h2 id=\"{0}-title\">"
      "{1}</h2>\n<div class=\"charts\">{2}{3}</div>\n",
      anchor, escape(family.title), chart_or_note(first_time > 0, 0, "Throughput"),
      chart_or_note(charts.size() > first_time, first_time, "Latency"));
  std::string others;
  std::size_t n = 0;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    if (i == 0 || i == first_time) continue;
    others += charts[i];
    ++n;
  }

  std::vector<scenario> order = scenarios_of(rates);
  for (const scenario& each : scenarios_of(times)) order.push_back(each);
  // A scenario that both lists have keeps its first place.
  std::vector<scenario> unique;
  for (const scenario& each : order)
    if (std::none_of(unique.begin(), unique.end(), [&](const scenario& s) { return s.name == each.name; }))
      unique.push_back(each);
  out += verdict_part(study, family, unique);
  if (n > 0)
    out += fmt::format(
        "<details class=\"more\"><summary>{} of {}: other loads, element sizes and operations</summary>"
        "<div class=\"charts\">{}</div></details>\n",
        plural(n, "more chart", "more charts"), escape(family.title), others);
  return out + "</section>\n";
}

}  // namespace lockfree::study::page
