// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "study.hpp"

namespace lockfree::study::page {

/// One value of a line, with what it was seen to vary between. NaN: not measured.
struct point {
  double y = missing;
  double low = missing;
  double high = missing;
};

struct line {
  std::string label;
  page::kind kind = page::kind::rival;
  std::size_t shade = 0;      // tells lines of one kind apart
  std::vector<point> points;  // one for each of `chart::xs`
};

struct tick {
  double at = 0;
  std::string label;
};

struct axis {
  std::string title;
  double min = 0;
  double max = 1;
  bool log = false;
  std::vector<tick> ticks;
};

/// The cells of a data table: the first column names the row.
struct table {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

/// A chart in all its forms: inline SVG for wide and for narrow screens and for paper, a data table, and the data for
/// the script that makes it zoom.
struct chart {
  std::string id;       // unique in the page, letters, digits and dashes
  std::string title;    // the finding
  std::string caption;  // what is drawn
  std::string description;
  axis x;
  axis y;
  std::vector<double> xs;
  std::vector<line> lines;
  bool connected = true;                         // false: points side by side, where the x axis has no order
  bool times = false;                            // y is in nanoseconds
  std::optional<double> crowded_from;            // from here on there are more threads than cores
  std::vector<std::pair<double, double>> floor;  // what the idle machine does by itself
  table numbers;
};

/// Bounds and ticks of an axis that shows `low` to `high`: linear from zero, or in decades.
axis value_axis(double low, double high, bool log, bool times, std::string title);

/// The chart as a `figure` element, data table included.
std::string figure(const chart& chart);

/// `table` in a box of its own in which it scrolls.
std::string scrolling_table(const table& table);

/// The mark that stands for a kind, as inline SVG: line and marker.
std::string swatch(kind kind, std::size_t shade);

/// The marks that all charts of a page refer to; once a page.
std::string mark_definitions();

/// "lf0", "mx2", "rv1": the class that colours and dashes a line.
std::string line_class(kind kind, std::size_t shade);

}  // namespace lockfree::study::page
