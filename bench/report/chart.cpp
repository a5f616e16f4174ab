// SPDX-License-Identifier: Apache-2.0
#include "chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <fmt/core.h>

#include "text.hpp"

namespace lockfree::study::page {
namespace {

constexpr double letter = 6.8;       // px, a little more than most system fonts take at 12 px
constexpr double name_letter = 7.5;  // the same for the names of lines, which must not be cut
constexpr double row = 15;           // px from one label to the next

struct size {
  std::string_view name;
  double width;
  double height;
  double label_share;  // of the width, at most, for the names at the right
};
constexpr size wide{"wide", 640, 400, 0.34};
constexpr size narrow{"narrow", 352, 340, 0.34};

// Coordinates with one decimal, without the ".0" that fills a page.
std::string px(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

// Path data in tenths of a pixel, each corner as its distance from the one before: half the bytes of absolute ones.
class path {
 public:
  void to(double x, double y) {
    const auto tenths = [](double value) { return static_cast<long>(std::lround(value * 10)); };
    const long at_x = tenths(x), at_y = tenths(y);
    if (data_.empty() || lifted_)
      data_ += fmt::format("M{} {}", px(x), px(y));
    else
      data_ += fmt::format("l{}{}{}", short_px(at_x - x_), at_y < y_ ? "" : " ", short_px(at_y - y_));
    lifted_ = false;
    ++corners_;
    x_ = at_x;
    y_ = at_y;
  }

  void lift() { lifted_ = true; }
  const std::string& data() const { return data_; }
  std::size_t corners() const { return corners_; }

 private:
  // -3 -> "-.3"
  static std::string short_px(long tenths) {
    const long whole = std::abs(tenths) / 10, part = std::abs(tenths) % 10;
    std::string out = tenths < 0 ? "-" : "";
    if (whole != 0 || part == 0) out += std::to_string(whole);
    if (part != 0) out += fmt::format(".{}", part);
    return out;
  }

  std::string data_;
  long x_ = 0, y_ = 0;
  std::size_t corners_ = 0;
  bool lifted_ = false;
};

// Where a value lies between the ends of an axis, 0 to 1.
double share(const axis& axis, double value) {
  if (!axis.log) return (value - axis.min) / (axis.max - axis.min);
  return (std::log10(value) - std::log10(axis.min)) / (std::log10(axis.max) - std::log10(axis.min));
}

bool drawable(const axis& axis, double value) { return std::isfinite(value) && (!axis.log || value > 0); }

// Moves labels apart until no two are nearer than `row`, each as near to where it belongs as that allows.
// `wanted` must be sorted.
std::vector<double> spread(const std::vector<double>& wanted, double top, double bottom) {
  struct group {
    double sum;
    std::size_t first, count;
    double start() const { return sum / static_cast<double>(count) - row * static_cast<double>(count - 1) / 2; }
    double end() const { return start() + row * static_cast<double>(count); }
  };
  std::vector<group> groups;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    groups.push_back({wanted[i], i, 1});
    while (groups.size() > 1 && groups[groups.size() - 2].end() > groups.back().start()) {
      const group last = groups.back();
      groups.pop_back();
      groups.back().sum += last.sum;
      groups.back().count += last.count;
    }
  }
  std::vector<double> placed(wanted.size());
  for (const group& g : groups)
    for (std::size_t i = 0; i < g.count; ++i) placed[g.first + i] = g.start() + row * static_cast<double>(i);
  for (std::size_t i = placed.size(); i-- > 0;)
    placed[i] = std::min(placed[i], i + 1 == placed.size() ? bottom : placed[i + 1] - row);
  for (std::size_t i = 0; i < placed.size(); ++i) placed[i] = std::max(placed[i], i == 0 ? top : placed[i - 1] + row);
  return placed;
}

// The mark of a kind around the origin: circle, square, triangle.
std::string_view mark_path(kind kind) {
  switch (kind) {
    case kind::lockfree: return "M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0";
    case kind::mutex: return "M-3.2 -3.2h6.4v6.4h-6.4z";
    case kind::rival: break;
  }
  return "M0 -3.4l3.7 6.3h-7.4z";
}

// Draws one chart at one size.
class drawing {
 public:
  drawing(const chart& chart, const size& size) : chart_(chart), size_(size) {
    double longest = 0;
    label_limit_ = static_cast<std::size_t>(size.width * size.label_share / name_letter);
    for (const line& line : chart.lines)
      if (ends_right(line))
        longest = std::max(longest, static_cast<double>(std::min(length(line.label), label_limit_)));
    double gutter = 0;
    for (const tick& tick : chart.y.ticks) gutter = std::max(gutter, static_cast<double>(length(tick.label)));
    left_ = gutter * letter + 10;
    right_ = size.width - (longest > 0 ? longest * name_letter + 12 : 14);
    top_ = 40;
    bottom_ = size.height - 46;
  }

  std::string svg() {
    const std::string id = fmt::format("{}-{}", chart_.id, size_.name.substr(0, 1));
    out_ = fmt::format(
        "<svg class=\"static {}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">"
        "<title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        size_.name, size_.width, size_.height, escape(chart_.title), escape(chart_.description), fmt::arg("id", id));
    crowded();
    floor();
    axes();
    for (std::size_t i = chart_.lines.size(); i-- > 0;) body(i);  // the library's own last, on top
    labels();
    return out_ + "</svg>";
  }

 private:
  double x(double value) const { return left_ + share(chart_.x, value) * (right_ - left_); }
  double y(double value) const { return bottom_ - std::clamp(share(chart_.y, value), 0.0, 1.0) * (bottom_ - top_); }

  // Where point `i` of line `n` stands: on its x, or beside the others' when points stand side by side.
  double place(std::size_t n, std::size_t i) const {
    const double at = x(chart_.xs[i]);
    if (chart_.connected || chart_.lines.size() < 2) return at;
    const double slot = 0.72 * (x(chart_.x.min + 1) - x(chart_.x.min));
    return at + slot * (static_cast<double>(n) / static_cast<double>(chart_.lines.size() - 1) - 0.5);
  }

  std::optional<std::size_t> last(const line& line) const {
    for (std::size_t i = line.points.size(); i-- > 0;)
      if (drawable(chart_.y, line.points[i].y)) return i;
    return std::nullopt;
  }

  bool ends_right(const line& line) const { return last(line) && *last(line) + 1 == chart_.xs.size(); }

  void text(double at_x, double at_y, std::string_view what, std::string_view attributes = {}) {
    out_ += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\"{}{}>{}</text>", at_x, at_y, attributes.empty() ? "" : " ",
                        attributes, escape(what));
  }

  void crowded() {
    if (!chart_.crowded_from) return;
    const double from = std::max(left_, x(*chart_.crowded_from));
    out_ += fmt::format("<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>", px(from), px(top_ - 14),
                        px(right_ - from), px(bottom_ - top_ + 14));
    constexpr std::string_view full = "more threads than cores";
    const std::string_view said = right_ - from > letter * full.size() ? full : "threads > cores";
    text(right_ - 5, top_ - 3, said, "class=\"note\" text-anchor=\"end\"");
  }

  void floor() {
    if (chart_.floor.empty()) return;
    path edge;
    for (const auto& [at, value] : chart_.floor) edge.to(x(at), y(value));
    out_ += fmt::format("<path class=\"idle-area\" d=\"{}L{} {}L{} {}z\"/><path class=\"idle\" d=\"{}\"/>", edge.data(),
                        px(x(chart_.floor.back().first)), px(bottom_), px(x(chart_.floor.front().first)), px(bottom_),
                        edge.data());
    text(x(chart_.floor.back().first) - 6, bottom_ - 6, "idle machine", "class=\"note\" text-anchor=\"end\"");
  }

  void axes() {
    text(0, 14, chart_.y.title, "class=\"axis-title\"");
    std::string grid;
    for (const tick& tick : chart_.y.ticks)
      if (tick.at != 0) grid += fmt::format("M{} {}H{}", px(left_), px(y(tick.at)), px(right_));
    out_ += fmt::format(
        "<path class=\"grid\" d=\"{}\"/><path class=\"base\" d=\"M{} {}H{}\"/><g class=\"tick\" "
        "text-anchor=\"end\">",
        grid, px(left_), px(bottom_), px(right_));
    for (const tick& tick : chart_.y.ticks) text(left_ - 7, y(tick.at) + 4, tick.label);
    out_ += "</g><g class=\"tick\" text-anchor=\"middle\">";
    double free_from = -1;
    for (const tick& tick : chart_.x.ticks) {
      const double half = static_cast<double>(length(tick.label)) * letter / 2;
      if (x(tick.at) - half < free_from) continue;  // no room: the table names it
      free_from = x(tick.at) + half + 3;
      text(x(tick.at), bottom_ + 18, tick.label);
    }
    out_ += "</g>";
    text(left_, size_.height - 6, chart_.x.title, "class=\"axis-title\"");
  }

  void body(std::size_t n) {
    const line& line = chart_.lines[n];
    path curve, whiskers, marks;
    for (std::size_t i = 0; i < line.points.size(); ++i) {
      const point& point = line.points[i];
      if (!drawable(chart_.y, point.y)) continue;
      const double at = place(n, i);
      curve.to(at, y(point.y));
      if (drawable(chart_.y, point.low) && drawable(chart_.y, point.high) && y(point.low) - y(point.high) > 1) {
        whiskers.lift();
        whiskers.to(at, y(point.low));
        whiskers.to(at, y(point.high));
      }
      // A smooth curve has more points than marks: only those that the axis names carry one.
      const auto named = [&](const tick& tick) { return tick.at == chart_.xs[i]; };
      if (std::any_of(chart_.x.ticks.begin(), chart_.x.ticks.end(), named)) marks.to(at, y(point.y));
    }
    if (curve.corners() == 0) return;
    const std::string style = line_class(line.kind, line.shade);
    out_ += fmt::format("<g class=\"{}\">", style);
    if (whiskers.corners() > 0) out_ += fmt::format("<path class=\"whisker\" d=\"{}\"/>", whiskers.data());
    if (chart_.connected && curve.corners() > 1) out_ += fmt::format("<path class=\"line\" d=\"{}\"/>", curve.data());
    if (marks.corners() > 0)  // the style sheet puts the marks on the corners
      out_ += fmt::format("<path class=\"marks m-{}\" d=\"{}\"/>", style, marks.data());
    out_ += "</g>";
  }

  void labels() {
    struct name {
      const line* of;
      double from_x, from_y;
    };
    std::vector<name> names;
    for (std::size_t n = 0; n < chart_.lines.size(); ++n) {
      const line& line = chart_.lines[n];
      const auto end = last(line);
      if (!end) continue;
      const double at_x = place(n, *end);
      const double at_y = y(line.points[*end].y);
      if (ends_right(line)) {
        names.push_back({&line, at_x, at_y});
      } else {  // measured in some scenarios only: named where it ends
        text(at_x + 7, at_y - 6, shortened(line.label, label_limit_),
             fmt::format("class=\"name halo {}\"", line_class(line.kind, line.shade)));
      }
    }
    std::stable_sort(names.begin(), names.end(), [](const name& a, const name& b) { return a.from_y < b.from_y; });
    std::vector<double> wanted;
    for (const name& each : names) wanted.push_back(each.from_y);
    const std::vector<double> placed = spread(wanted, top_ - 4, bottom_ + 4);
    path leaders;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const line& line = *names[i].of;
      const std::string style = line_class(line.kind, line.shade);
      if (std::abs(placed[i] - names[i].from_y) > 3 || right_ - names[i].from_x > 20) {
        leaders.lift();
        leaders.to(names[i].from_x + 5, names[i].from_y);
        leaders.to(right_ + 5, placed[i]);
      }
      text(right_ + 8, placed[i] + 4, shortened(line.label, label_limit_), fmt::format("class=\"name {}\"", style));
    }
    if (leaders.corners() > 0) out_ += fmt::format("<path class=\"leader\" d=\"{}\"/>", leaders.data());
  }

  const chart& chart_;
  const size& size_;
  std::size_t label_limit_ = 0;
  double left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
  std::string out_;
};

// Four significant digits are more than a screen shows.
nlohmann::json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (std::abs(value) >= 1000 && std::abs(value) < 1e15) {
    const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 3);
    return static_cast<std::int64_t>(std::round(value / unit) * unit);
  }
  if (value == std::floor(value) && std::abs(value) < 1000) return static_cast<std::int64_t>(value);
  return std::stod(fmt::format("{:.4g}", value));
}

nlohmann::json ticks_of(const axis& axis) {
  nlohmann::json all = nlohmann::json::array();
  for (const tick& tick : axis.ticks) all.push_back({rounded(tick.at), tick.label});
  return all;
}

std::string script_data(const chart& chart) {
  nlohmann::json data{
      {"x", nlohmann::json::array()},
      {"xAxis", {{"title", chart.x.title}, {"min", chart.x.min}, {"max", chart.x.max}}},
      {"yAxis", {{"title", chart.y.title}, {"log", chart.y.log}, {"min", chart.y.min}, {"max", chart.y.max}}},
      {"ticks", ticks_of(chart.x)},
      {"connected", chart.connected},
      {"times", chart.times},
      {"lines", nlohmann::json::array()}};
  for (const double x : chart.xs) data["x"].push_back(rounded(x));
  if (chart.crowded_from) data["crowded"] = *chart.crowded_from;
  for (const auto& [at, value] : chart.floor) data["floor"].push_back({at, rounded(value)});
  for (const line& line : chart.lines) {
    nlohmann::json each{{"label", line.label}, {"style", line_class(line.kind, line.shade)}};
    bool varies = false;
    for (const point& point : line.points) {
      each["y"].push_back(rounded(point.y));
      each["low"].push_back(rounded(point.low));
      each["high"].push_back(rounded(point.high));
      varies = varies || std::isfinite(point.low) || std::isfinite(point.high);
    }
    if (!varies) {
      each.erase("low");
      each.erase("high");
    }
    data["lines"].push_back(std::move(each));
  }
  return script_json(data);
}

double nice_step(double span, double steps) {
  const double raw = span / steps;
  const double decade = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0})
    if (raw <= factor * decade * 1.0001) return factor * decade;
  return 10 * decade;
}

std::string tick_text(double value, bool times) {
  if (times) {
    for (const auto& [unit, name] : {std::pair{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}})
      if (value >= unit * 0.999) return fmt::format("{:g} {}", value / unit, name);
    return fmt::format("{:g} ns", value);
  }
  return value >= 1000 ? count(value) : fmt::format("{:g}", value);
}

}  // namespace

axis value_axis(double low, double high, bool log, bool times, std::string title) {
  axis axis{.title = std::move(title), .min = 0, .max = 1, .log = log, .ticks = {}};
  if (!log) {
    const double step = nice_step(high > 0 ? high * 1.04 : 1, 4);
    const double steps = std::ceil((high > 0 ? high * 1.04 : 1) / step - 1e-9);
    axis.max = step * steps;
    for (int i = 0; i <= static_cast<int>(steps); ++i) axis.ticks.push_back({step * i, tick_text(step * i, times)});
    return axis;
  }
  constexpr std::array<double, 4> parts{1, 2, 5, 10};
  const auto floor_of = [&](double value) {
    const double decade = std::pow(10, std::floor(std::log10(value) + 1e-9));
    double best = decade;
    for (const double part : parts)
      if (part * decade <= value * 1.0001) best = part * decade;
    return best;
  };
  axis.min = floor_of(low * 0.9);
  axis.max = std::max(floor_of(high) * 2, axis.min * 10);
  const bool few = axis.max / axis.min < 100;
  for (double decade = std::pow(10, std::floor(std::log10(axis.min) + 1e-9)); decade <= axis.max * 1.001; decade *= 10)
    for (const double part : {1.0, 2.0, 5.0})
      if ((part == 1 || few) && part * decade >= axis.min * 0.999 && part * decade <= axis.max * 1.001)
        axis.ticks.push_back({part * decade, tick_text(part * decade, times)});
  return axis;
}

std::string line_class(kind kind, std::size_t shade) {
  constexpr std::array<std::string_view, 3> names{"lf", "mx", "rv"};
  return fmt::format("{}{}", names[static_cast<std::size_t>(kind)], shade % 4);
}

std::string swatch(kind kind, std::size_t shade) {
  return fmt::format(
      "<svg class=\"swatch {}\" viewBox=\"-14 -6 28 12\" aria-hidden=\"true\"><path class=\"line\" "
      "d=\"M-13 0H13\"/><path class=\"mark\" d=\"{}\"/></svg>",
      line_class(kind, shade), mark_path(kind));
}

std::string mark_definitions() {
  std::string out = "<svg class=\"definitions\" aria-hidden=\"true\">";
  for (const kind kind : {kind::lockfree, kind::mutex, kind::rival})
    for (std::size_t shade = 0; shade < 4; ++shade)
      out += fmt::format(
          "<marker id=\"{0}\" class=\"{0}\" markerUnits=\"userSpaceOnUse\" markerWidth=\"12\" "
          "markerHeight=\"12\" viewBox=\"-6 -6 12 12\"><path class=\"mark\" d=\"{1}\"/></marker>",
          line_class(kind, shade), mark_path(kind));
  return out + "</svg>\n";
}

std::string scrolling_table(const table& table) {
  std::string out = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><caption>{}"
      "</caption><thead><tr>",
      escape(table.caption), escape(table.caption));
  for (const std::string& name : table.head) out += fmt::format("<th scope=\"col\">{}</th>", escape(name));
  out += "</tr></thead><tbody>";
  for (const std::vector<std::string>& cells : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i)
      out += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", escape(cells[i]))
                    : fmt::format("<td>{}</td>", escape(cells[i]));
    out += "</tr>";
  }
  return out + "</tbody></table></div>\n";
}

std::string figure(const chart& chart) {
  return fmt::format(
      "<figure class=\"chart\" id=\"{id}\"><figcaption><h4>{}</h4><p>{}</p></figcaption>"
      "<div class=\"plot\">\n{}\n{}\n</div>"
      "<details><summary>The numbers</summary>{}</details>"
      "<script type=\"application/json\">{}</script></figure>\n",
      escape(chart.title), escape(chart.caption), drawing(chart, wide).svg(), drawing(chart, narrow).svg(),
      scrolling_table(chart.numbers), script_data(chart), fmt::arg("id", chart.id));
}

}  // namespace lockfree::study::page
