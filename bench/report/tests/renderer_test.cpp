// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "chart.hpp"
#include "findings.hpp"
#include "render.hpp"
#include "study.hpp"
#include "text.hpp"

using Catch::Matchers::Contains;
using lockfree::study::render_html;
using nlohmann::json;
namespace page = lockfree::study::page;

namespace {

// ---- invented studies ----------------------------------------------------------------------------------------------

json throughput_cell(const std::string& structure, const std::string& kind, std::size_t producers, double median) {
  return {{"family", "queue"},
          {"structure", structure},
          {"library", kind == "rival" ? "libcds" : "lockfree"},
          {"kind", kind},
          {"scenario", fmt::format("{0}x{0}", producers)},
          {"threads", 2 * producers},
          {"producers", producers},
          {"consumers", producers},
          {"payload_bytes", 8},
          {"unit", "M items/s"},
          {"samples", {median * 0.9, median, median * 1.1}},
          {"median", median},
          {"min", median * 0.9},
          {"max", median * 1.1},
          {"iqr", median * 0.1}};
}

json latency_cell(const std::string& structure, const std::string& kind, double scale) {
  return {{"family", "queue"},
          {"structure", structure},
          {"library", "lockfree"},
          {"kind", kind},
          {"scenario", "4x4"},
          {"threads", 8},
          {"operation", "push"},
          {"count", 1000000},
          {"percentiles",
           {{"p50", 50 * scale},
            {"p90", 70 * scale},
            {"p99", 200 * scale},
            {"p99.9", 4000 * scale},
            {"p99.99", 90000 * scale},
            {"max", 2e6 * scale}}},
          {"histogram",
           {{50 * scale, 500000},
            {70 * scale, 400000},
            {200 * scale, 90000},
            {4000 * scale, 9000},
            {90000 * scale, 900},
            {2e6 * scale, 100}}}};
}

json verdict_cell(const std::string& metric, const std::string& winner, double ratio) {
  return {{"family", "queue"},         {"structure", "mpmc_ring"},
          {"baseline", "mutex_queue"}, {"scenario", "4x4"},
          {"metric", metric},          {"ratio", ratio},
          {"low", ratio * 0.8},        {"high", ratio * 1.25},
          {"winner", winner},          {"sentence", "One sentence on " + metric + " and " + winner + "."}};
}

json invented() {
  json study{{"schema", 1},
             {"fixture", true},
             {"tool", "lfstudy"},
             {"version", "0.0.0"},
             {"status", "complete"},
             {"mode", "quick"},
             {"started", "2000-01-02T03:04:05Z"},
             {"seconds", 75},
             {"cells_planned", 11},
             {"cells_measured", 11},
             {"machine",
              {{"cpu", "Invented CPU"},
               {"cores", 2},
               {"caches", {{{"level", "L1d"}, {"bytes", 32768}, {"instances", 2}}}},
               {"memory_bytes", 8589934592},
               {"kernel", "6.1"},
               {"compiler", "g++"},
               {"flags", "-O3"},
               {"commit", "abc"},
               {"governor", ""},
               {"pinning", "yes"},
               {"hiccup_ns", {{"p50", 30}, {"p99", 60}, {"p99.9", 900}, {"max", 50000}}}}},
             {"families", {{{"id", "queue"}, {"title", "Queues"}, {"unit", "M items/s"}}}},
             {"throughput", json::array()},
             {"latency", json::array()},
             {"verdicts", json::array()},
             {"advice", {{{"when", "Many push"}, {"use", "mpmc_ring"}, {"because", "It is ahead."}}}}};
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    study["throughput"].push_back(throughput_cell("mpmc_ring", "lockfree", threads, 20));
    study["throughput"].push_back(throughput_cell("mutex_queue", "mutex", threads, 8.0 / static_cast<double>(threads)));
    study["throughput"].push_back(throughput_cell("vyukov", "rival", threads, 18));
  }
  study["latency"] = {latency_cell("mpmc_ring", "lockfree", 1), latency_cell("mutex_queue", "mutex", 12)};
  study["verdicts"] = {verdict_cell("throughput", "lockfree", 2.5), verdict_cell("p99.99", "mutex", 0.25)};
  return study;
}

// ---- a checker for pages -------------------------------------------------------------------------------------------

struct element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;

  std::string attribute(std::string_view wanted) const {
    for (const auto& [key, value] : attributes)
      if (key == wanted) return value;
    return {};
  }
};

// Reads the page as XML (which the renderer keeps to), throws where it is none; gives the elements and the text.
class checked_page {
 public:
  explicit checked_page(std::string_view html) : rest_(html) {
    constexpr std::string_view doctype = "<!DOCTYPE html>";
    if (!rest_.starts_with(doctype)) fail("no doctype");
    rest_.remove_prefix(doctype.size());
    while (!rest_.empty()) {
      if (rest_[0] == '<')
        tag();
      else
        words();
    }
    if (!open_.empty()) fail("never closed: " + open_.back());
  }

  std::vector<element> elements;
  std::string text;  // outside of script and style
  std::vector<std::string> scripts;

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error(why + " before: " + std::string{rest_.substr(0, 80)});
  }

  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  static void entities(std::string_view words) {
    static const std::regex known{"&(amp|lt|gt|quot|#39);"};
    for (std::size_t at = words.find('&'); at != std::string_view::npos; at = words.find('&', at + 1))
      if (!std::regex_search(words.begin() + static_cast<std::ptrdiff_t>(at), words.end(), known,
                             std::regex_constants::match_continuous))
        throw std::runtime_error("a bare & in: " + std::string{words.substr(0, 80)});
  }

  void words() {
    const std::string_view found = take(std::min(rest_.find('<'), rest_.size()));
    if (found.find('>') != std::string_view::npos) fail("a bare >");
    entities(found);
    text += found;
  }

  void tag() {
    static const std::regex closing{"</([a-zA-Z0-9]+)>"};
    static const std::regex opening{"<([a-zA-Z0-9]+)((?: [a-zA-Z:-]+(?:=\"[^\"<>]*\")?)*)(/?)>"};
    static const std::regex attribute{" ([a-zA-Z:-]+)(?:=\"([^\"]*)\")?"};
    const auto start = rest_.begin();
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_search(start, rest_.end(), match, closing, std::regex_constants::match_continuous)) {
      if (open_.empty() || open_.back() != match[1].str()) fail("closes what is not open");
      open_.pop_back();
      take(static_cast<std::size_t>(match.length()));
      text += ' ';
      return;
    }
    // Attributes may be long, and std::regex recurses: only the tag itself is looked at.
    const std::string_view whole = rest_.substr(0, std::min(rest_.size(), rest_.find('>') + 1));
    const std::string head{whole};
    std::smatch found;
    if (head.size() > 20000) fail("a tag of more than 20,000 bytes");
    if (!matches(head, opening, found)) fail("no tag");
    element each{found[1].str(), {}};
    const std::string list = found[2].str();
    for (auto it = std::sregex_iterator(list.begin(), list.end(), attribute); it != std::sregex_iterator(); ++it) {
      entities((*it)[2].str());
      each.attributes.emplace_back((*it)[1].str(), (*it)[2].str());
    }
    take(whole.size());
    elements.push_back(each);
    if (found[3].length() > 0) return;
    if (each.name == "script" || each.name == "style") {
      const std::string end = "</" + each.name;
      const std::string_view raw = take(std::min(rest_.find(end), rest_.size()));
      if (each.name == "script") scripts.emplace_back(raw);
    }
    open_.push_back(each.name);
  }

  // Long path data would exhaust std::regex; it is cut out of the copy that is matched.
  static bool matches(const std::string& head, const std::regex& pattern, std::smatch& found) {
    static std::string shorter;  // what `found` points into
    static const std::string data = " d=\"";
    shorter = head;
    const std::size_t at = shorter.find(data);
    if (at != std::string::npos) {
      const std::size_t end = shorter.find('"', at + data.size());
      if (end == std::string::npos) return false;
      const std::string path = shorter.substr(at + data.size(), end - at - data.size());
      if (path.find_first_not_of("MLHVZhvzlaA0123456789.- ") != std::string::npos)
        throw std::runtime_error("no path data: " + path.substr(0, 80));
      shorter.erase(at + data.size(), path.size());
    }
    return std::regex_match(shorter, found, pattern);
  }

  std::string_view rest_;
  std::vector<std::string> open_;
};

std::string message_of(const json& study) {
  try {
    render_html(study);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "(no exception)";
}

}  // namespace

TEST_CASE("The page is well formed, each chart titled and described") {
  const checked_page checked{render_html(invented())};
  std::set<std::string> ids;
  std::size_t charts = 0;
  for (const element& each : checked.elements) {
    const std::string id = each.attribute("id");
    if (!id.empty()) CHECK(ids.insert(id).second);
  }
  for (const element& each : checked.elements) {
    if (each.name != "svg" || each.attribute("role") != "img") continue;
    ++charts;
    const std::string labels = each.attribute("aria-labelledby");
    const std::size_t space = labels.find(' ');
    REQUIRE(space != std::string::npos);
    CHECK(ids.count(labels.substr(0, space)) == 1);
    CHECK(ids.count(labels.substr(space + 1)) == 1);
  }
  CHECK(charts == 4);  // throughput and latency, wide and narrow
}

TEST_CASE("The checker sees a page that is not well formed") {
  CHECK_THROWS(checked_page{"<!DOCTYPE html><p><b></p></b>"});
  CHECK_THROWS(checked_page{"<!DOCTYPE html><p>"});
  CHECK_THROWS(checked_page{"<!DOCTYPE html><p a=b></p>"});
  CHECK_THROWS(checked_page{"<!DOCTYPE html><p>a & b</p>"});
  CHECK_THROWS(checked_page{"<!DOCTYPE html><path d=\"M1 nan\"/>"});
  CHECK_NOTHROW(checked_page{"<!DOCTYPE html><p a=\"b\">a &amp; b</p>"});
}

TEST_CASE("Text of the study stays text, wherever it stands") {
  const std::vector<std::string> attacks{"<script>alert(1)</script>",
                                         "\"><img src=x onerror=alert(1)>",
                                         "</script><script>alert(1)//",
                                         "' onload='alert(1)",
                                         "</title><svg onload=alert(1)>",
                                         "<!--",
                                         "&lt;",
                                         "]]>"};
  const checked_page clean{render_html(invented())};
  for (const std::string& attack : attacks) {
    INFO(attack);
    json study = invented().flatten();
    for (auto& [place, value] : study.items()) {
      const bool fixed = place.ends_with("/kind") || place.ends_with("/winner") || place.ends_with("/status");
      if (value.is_string() && !fixed) value = value.get<std::string>() + attack;
    }
    const std::string html = render_html(study.unflatten());
    const checked_page checked{html};
    CHECK(checked.scripts.size() == clean.scripts.size());
    CHECK(checked.scripts.back() == clean.scripts.back());
    for (const element& each : checked.elements) {
      CHECK(each.name != "img");
      for (const auto& [key, value] : each.attributes) CHECK_FALSE(key.starts_with("on"));
    }
    for (std::size_t i = 0; i + 1 < checked.scripts.size(); ++i) {
      CHECK(checked.scripts[i].find('<') == std::string::npos);
      CHECK_NOTHROW(json::parse(checked.scripts[i]));
    }
    CHECK(checked.text.find(page::escape(attack)) != std::string::npos);
  }
}

TEST_CASE("Text that is no UTF-8, controls or turns directions is replaced") {
  CHECK(page::clean("a\xFFz") == "a�z");
  CHECK(page::clean("\xC0\xAF") == "��");
  CHECK(page::clean("\xED\xA0\x80") == "���");
  CHECK(page::clean("a\u202Eb\x01\u2028") == "a�b��");
  CHECK(page::clean("one\r\ntwo\t3") == "one  two 3");
  CHECK(page::clean("µ × 漢 😀") == "µ × 漢 😀");
  json study = invented();
  study["machine"]["cpu"] = "CPU\xFF";
  CHECK_THAT(render_html(study), Contains("CPU�"));
}

TEST_CASE("A partial study says so and how far it came; a complete one does not") {
  json study = invented();
  CHECK(render_html(study).find("PARTIAL") == std::string::npos);
  study["status"] = "partial";
  study["cells_planned"] = 1234;
  const std::string html = render_html(study);
  CHECK_THAT(html, Contains("PARTIAL"));
  CHECK_THAT(html, Contains("11 of 1,234 cells"));
}

TEST_CASE("The page says of each latency whether waiting is in it") {
  json study = invented();
  const std::string without = render_html(study);  // runs from before the study says so
  CHECK_THAT(without, Contains("The successful attempt alone: 4×4."));
  CHECK(without.find("From the first attempt until it was done") == std::string::npos);
  for (json& each : study["latency"]) each["waiting"] = "timed";
  const std::string with = render_html(study);
  CHECK_THAT(with, Contains("From the first attempt until it was done") && Contains("makes a thread wait: 4×4."));
  CHECK(with.find("The successful attempt alone") == std::string::npos);
  study["latency"][1]["waiting"] = "left out";
  study["latency"][1]["scenario"] = "2x2";
  CHECK_THAT(render_html(study), Contains("makes a thread wait: 4×4.") && Contains("attempt alone: 2×2."));
}

TEST_CASE("Only a fixture is called one") {
  json study = invented();
  CHECK_THAT(render_html(study), Contains("FIXTURE"));
  study.erase("fixture");
  CHECK(render_html(study).find("FIXTURE") == std::string::npos);
}

TEST_CASE("Sections that are absent, null or empty are said to be not measured") {
  for (const char* section : {"machine", "families", "throughput", "latency", "verdicts", "advice"}) {
    for (const int form : {0, 1, 2}) {
      INFO(section << ", form " << form);
      json study = invented();
      if (form == 0) study.erase(section);
      if (form == 1) study[section] = nullptr;
      if (form == 2) study[section] = std::string_view{section} == "machine" ? json::object() : json::array();
      const checked_page checked{render_html(study)};
      if (std::string_view{section} == "throughput") CHECK_THAT(checked.text, Contains("Throughput was not measured"));
      if (std::string_view{section} == "latency") CHECK_THAT(checked.text, Contains("Latency was not measured"));
      if (std::string_view{section} == "verdicts") CHECK_THAT(checked.text, Contains("nothing that can be compared"));
      if (std::string_view{section} == "advice") CHECK_THAT(checked.text, Contains("No advice"));
      if (std::string_view{section} == "machine") CHECK_THAT(checked.text, Contains("Not described"));
      if (std::string_view{section} == "families") CHECK_THAT(checked.text, Contains("queue"));  // named by its cells
    }
  }
  CHECK_THAT(checked_page{render_html(json{{"schema", 1}})}.text, Contains("Nothing was measured"));
}

TEST_CASE("Each value can be missing: a dash, and no coordinate that is none") {
  const json whole = invented().flatten();
  for (const auto& [place, value] : whole.items()) {
    if (place == "/schema" || place.ends_with("/kind") || place.ends_with("/winner")) continue;
    INFO(place);
    json study = whole;
    study[place] = nullptr;
    const std::string html = render_html(study.unflatten());
    REQUIRE_NOTHROW(checked_page{html});
    CHECK(html.find("nan\"") == std::string::npos);
    CHECK(html.find("\"inf") == std::string::npos);
  }
  json study = invented();
  study["throughput"][0]["median"] = nullptr;
  CHECK_THAT(render_html(study), Contains("<td>–</td>"));
}

TEST_CASE("Numbers without a place on the axis draw nothing impossible") {
  for (const double value : {0.0, -5.0, 1e300, 1e-300}) {
    INFO(value);
    json study = invented();
    for (json& cell : study["throughput"])
      if (cell["kind"] == "mutex") cell["median"] = cell["min"] = cell["max"] = value;
    for (auto& [name, percentile] : study["latency"][0]["percentiles"].items()) percentile = value;
    study["verdicts"][0]["ratio"] = value;
    CHECK_NOTHROW(checked_page{render_html(study)});
  }
}

TEST_CASE("Equal studies give equal pages") { CHECK(render_html(invented()) == render_html(invented())); }

TEST_CASE("Another schema and wrong types are refused, with the place") {
  json study = invented();
  study["schema"] = 2;
  CHECK(message_of(study) == "study: schema is 2; this report reads schema 1");
  study.erase("schema");
  CHECK(message_of(study) == "study: schema is missing; this report reads schema 1");
  CHECK(message_of(json::array()) == "study: must be an object, not array");
  study = invented();
  study["throughput"][3]["median"] = "fast";
  CHECK(message_of(study) == "study: throughput[3].median must be a number, not string");
  study = invented();
  study["machine"]["cpu"] = 3;
  CHECK(message_of(study) == "study: machine.cpu must be a text, not number");
  study = invented();
  study["latency"][0]["kind"] = "fast";
  CHECK(message_of(study) ==
        "study: latency[0].kind is \"fast\"; it must be one of \"lockfree\", \"mutex\", \"rival\"");
  study = invented();
  study["verdicts"] = "none";
  CHECK(message_of(study) == "study: verdicts must be a list, not string");
}

TEST_CASE("Nothing on the page points outside of it") {
  for (const element& each : checked_page{render_html(invented())}.elements) {
    CHECK(each.attribute("src").empty());
    const std::string href = each.attribute("href");
    if (!href.empty()) CHECK((href.starts_with("#") || href.starts_with("data:")));
  }
}

TEST_CASE("The headline says who wins, or that nobody does") {
  const auto headline = [](std::vector<json> verdicts) {
    json study = invented();
    study["verdicts"] = std::move(verdicts);
    return page::headline(page::read(study));
  };
  const json fast = verdict_cell("throughput", "lockfree", 2), slow = verdict_cell("throughput", "mutex", 0.5),
             even = verdict_cell("throughput", "neither", 1), tail = verdict_cell("p99.99", "lockfree", 9);
  CHECK(headline({fast, fast, slow}) == "Lock-free wins 2 of 3 comparisons for throughput");
  CHECK(headline({slow, tail}) ==
        "The mutex wins 1 of 1 comparison for throughput; lock-free wins 1 of 1 comparison at the tail (p99.99)");
  CHECK(headline({fast, tail, tail}) ==
        "Lock-free wins 1 of 1 comparison for throughput and 2 of 2 at the tail (p99.99)");
  CHECK(headline({fast, slow, even}) ==
        "Throughput is open, with 1 for lock-free and 1 for the mutex of 3 comparisons");
}

TEST_CASE("A factor is told from the winner's side") {
  json study = invented();
  study["verdicts"] = json::array({verdict_cell("throughput", "mutex", 0.25)});  // low 0.2, high 0.3125
  const page::data data = page::read(study);
  CHECK(data.verdicts[0].factor() == Approx(4));
  CHECK(data.verdicts[0].factor_low() == Approx(3.2));
  CHECK(data.verdicts[0].factor_high() == Approx(5));
  CHECK_THAT(render_html(study), Contains("■</i> 4.0×</b>"));
  CHECK_THAT(render_html(study), Contains("<small>3.2–5.0</small>"));
}

TEST_CASE("A chart's headline calls a winner only where the samples do not overlap") {
  const auto cell = [](const std::string& structure, page::kind kind, double median, double min, double max) {
    page::throughput out;
    out.subject = {structure, "lockfree", kind};
    out.scenario = "4x4";
    out.threads = 8;
    out.unit = "M/s";
    out.median = median;
    out.min = min;
    out.max = max;
    return out;
  };
  const page::throughput ours = cell("ours", page::kind::lockfree, 10, 9, 11);
  const page::throughput apart = cell("theirs", page::kind::mutex, 5, 4, 6);
  const page::throughput near = cell("theirs", page::kind::mutex, 5, 4, 9.5);
  const page::throughput slow = cell("ours", page::kind::lockfree, 2, 1, 3);
  CHECK(page::throughput_finding({&ours, &apart}) ==
        "At 4×4, ours moves 10.0 M/s, 2.0 times the best with a mutex (theirs, 5.00)");
  CHECK(page::throughput_finding({&ours, &near}) == "At 4×4, ours (10.0) and theirs (5.00 M/s) are too close to call");
  CHECK(page::throughput_finding({&slow, &apart}) ==
        "At 4×4, theirs moves 5.00 M/s, 2.5 times the best lock-free one (ours, 2.00)");
}

TEST_CASE("Numbers are written as people read them") {
  CHECK(page::number(0.04213) == "0.0421");
  CHECK(page::number(6.1) == "6.10");
  CHECK(page::number(14.234) == "14.2");
  CHECK(page::number(99.96) == "100");
  CHECK(page::number(1234567) == "1,234,567");
  CHECK(page::number(-1234) == "-1,234");
  CHECK(page::number(0) == "0");
  CHECK(page::number(std::nan("")) == "–");
  CHECK(page::duration(3.21) == "3.2 ns");
  CHECK(page::duration(850) == "850 ns");
  CHECK(page::duration(999.7) == "1.00 µs");
  CHECK(page::duration(12400) == "12.4 µs");
  CHECK(page::duration(2.31e9) == "2.31 s");
  CHECK(page::times(1.042) == "1.04");
  CHECK(page::times(2.84) == "2.8");
  CHECK(page::times(2046) == "2,046");
  CHECK(page::bytes(32768) == "32 KiB");
  CHECK(page::bytes(1.5 * 1024 * 1024) == "1.5 MiB");
  CHECK(page::elapsed(75) == "1 min 15 s");
  CHECK(page::elapsed(59.4) == "59 s");
  CHECK(page::elapsed(119.9) == "2 min 0 s");
  CHECK(page::scenario_label("4x4 on 2 CPUs") == "4×4 on 2 CPUs");
  CHECK(page::scenario_label("mix of x") == "mix of x");
  CHECK(page::shortened("漢字かな", 3) == "漢字…");
}

TEST_CASE("Axes have round ticks that enclose the values") {
  const page::axis linear = page::value_axis(1, 19.7, false, false, "");
  CHECK(linear.min == 0);
  CHECK(linear.max >= 19.7);
  CHECK(linear.ticks.size() <= 6);
  CHECK(linear.ticks[1].label == "10");
  const page::axis log = page::value_axis(40, 3e6, true, true, "");
  CHECK(log.min <= 40);
  CHECK(log.max >= 3e6);
  CHECK(log.ticks.front().label == "100 ns");
  CHECK(log.ticks.back().label == "1 ms");
}

TEST_CASE("Names at the ends of lines never cover one another") {
  json study = invented();
  study["throughput"] = json::array();
  for (int i = 0; i < 14; ++i) {  // as good as equal, so all want the same place
    study["throughput"].push_back(throughput_cell(fmt::format("ring_{}", i), i % 2 ? "mutex" : "lockfree", 1, 10));
    study["throughput"].push_back(
        throughput_cell(fmt::format("ring_{}", i), i % 2 ? "mutex" : "lockfree", 2, 10 + i * 0.001));
  }
  const std::string html = render_html(study);
  const std::size_t start = html.find("<svg class=\"static wide\"");
  const std::string svg = html.substr(start, html.find("</svg>", start) - start);
  static const std::regex name{"<text x=\"([0-9.]+)\" y=\"([0-9.]+)\" class=\"name "};
  std::vector<double> rows;
  for (auto it = std::sregex_iterator(svg.begin(), svg.end(), name); it != std::sregex_iterator(); ++it)
    rows.push_back(std::stod((*it)[2].str()));
  REQUIRE(rows.size() == 14);
  std::sort(rows.begin(), rows.end());
  for (std::size_t i = 1; i < rows.size(); ++i) CHECK(rows[i] - rows[i - 1] >= 14.9);
  CHECK(rows.front() > 10);
  CHECK(rows.back() < 400);
}

TEST_CASE("A latency curve never falls on its way to the maximum") {
  json study = invented();
  study["latency"][0]["percentiles"]["p99"] = 150;  // below its bucket's upper bound, as exact percentiles are
  const checked_page checked{render_html(study)};
  bool found = false;
  for (const std::string& script : checked.scripts) {
    if (script.empty() || script[0] != '{') continue;
    const json data = json::parse(script);
    if (!data["times"]) continue;
    found = true;
    for (const json& line : data["lines"]) {
      double last = 0;
      for (const json& y : line["y"]) {
        CHECK(y.get<double>() >= last);
        last = y.get<double>();
      }
    }
  }
  CHECK(found);
}

TEST_CASE("What the page says about cores follows the machine") {
  json study = invented();
  CHECK_THAT(render_html(study), Contains("What 2 cores can show"));
  CHECK_THAT(render_html(study), Contains("up to 8 threads on 2 cores"));
  study["machine"]["cores"] = 64;
  CHECK_THAT(render_html(study), Contains("all of them really ran at the same time"));
  CHECK(render_html(study).find("dozens of cores") == std::string::npos);
  study["machine"]["cores"] = 1;
  CHECK_THAT(render_html(study), Contains("On one core no two threads"));
  study["machine"].erase("cores");
  CHECK(render_html(study).find("can show, and") == std::string::npos);
}

TEST_CASE("Uneven loads and loads without roles get charts of their own") {
  json study = invented();
  json uneven = throughput_cell("mpmc_ring", "lockfree", 4, 7);
  uneven["consumers"] = 1;
  uneven["scenario"] = "4x1";
  json pairs = throughput_cell("mpmc_ring", "lockfree", 2, 7);
  pairs["producers"] = pairs["consumers"] = 0;
  pairs["scenario"] = "4 threads";
  study["throughput"].push_back(uneven);
  study["throughput"].push_back(pairs);
  const checked_page checked{render_html(study)};
  std::size_t figures = 0;
  for (const element& each : checked.elements) figures += each.name == "figure" ? 1 : 0;
  CHECK(figures == 4);
  CHECK_THAT(checked.text, Contains("more producers than consumers"));
}

TEST_CASE("Other libraries are compared apart from the mutexes") {
  json study = invented();
  json rival = verdict_cell("throughput", "rival", 0.5);
  rival["library"] = "libcds";
  rival["baseline"] = "vyukov";
  study["rival_verdicts"] = json::array({rival});
  const checked_page checked{render_html(study)};
  CHECK_THAT(checked.text, Contains("against libcds vyukov"));
  CHECK_THAT(checked.text, Contains("other library ahead"));
  CHECK(page::headline(page::read(study)) == page::headline(page::read(invented())));
}

TEST_CASE("Groups of the study keep their own charts, and their axes say what is counted") {
  json study = invented();
  study["throughput"] = json::array();
  for (const std::string name : {"1 reader", "2 readers", "4 readers", "uncontended"}) {
    json cell = throughput_cell("mpmc_ring", "lockfree", 1, 7);
    cell.erase("producers");
    cell.erase("consumers");
    cell["scenario"] = name;
    cell["group"] = name == "uncontended" ? name : "protected reads";
    cell["threads"] = name == "uncontended" ? 1 : name[0] - '0';
    study["throughput"].push_back(cell);
  }
  const std::string html = render_html(study);
  CHECK_THAT(html, Contains(">readers</text>"));
  CHECK_THAT(html, Contains(">4</text>"));
  CHECK_THAT(html, Contains("Uncontended: mpmc_ring reaches 7.00 M items/s"));
  CHECK(html.find("protected reads") < html.find("Throughput, uncontended"));
}

// More than the largest study has: 11 queues and 5 structures in each of four other families, all with the queues'
// scenarios.
TEST_CASE("A full study stays below 600,000 bytes") {
  json study = invented();
  study["families"] = json::array();
  study["throughput"] = study["latency"] = study["verdicts"] = json::array();
  const std::vector<std::string> kinds{"lockfree", "mutex",    "mutex", "rival", "rival", "rival",
                                       "rival",    "lockfree", "mutex", "rival", "rival"};
  for (const std::string family : {"queue", "stack", "deque", "counter", "reclaim"}) {
    study["families"].push_back({{"id", family}, {"title", family}, {"unit", "M items/s"}});
    for (std::size_t s = 0; s < (family == "queue" ? kinds.size() : 5); ++s) {
      const std::string structure = "structure_number_" + std::to_string(s);
      for (std::size_t producers = 1; producers <= 8; producers *= 2)
        for (std::size_t consumers = 1; consumers <= 8; consumers *= 2)
          for (const int payload : {8, 64}) {
            const bool uneven = producers != consumers;
            if (uneven && (payload == 64 || std::min(producers, consumers) != 1 || std::max(producers, consumers) < 4))
              continue;
            json cell = throughput_cell(structure, kinds[s], producers, 10.123 + static_cast<double>(s));
            cell["family"] = family;
            cell["consumers"] = consumers;
            cell["threads"] = producers + consumers;
            cell["scenario"] = fmt::format("{}x{}", producers, consumers);
            cell["payload_bytes"] = payload;
            study["throughput"].push_back(cell);
          }
      for (const std::string operation : {"push", "pop"}) {
        json cell = latency_cell(structure, kinds[s], 1.37 + static_cast<double>(s));
        cell["family"] = family;
        cell["operation"] = operation;
        study["latency"].push_back(cell);
        cell["scenario"] = "1x1 on 1 CPU";
        study["latency"].push_back(cell);
        if (family != "queue") continue;
        cell["scenario"] = "8 threads on 2 CPUs, push then pop";
        study["latency"].push_back(cell);
      }
      for (int i = 0; i < 12; ++i) {
        json cell = verdict_cell(i % 2 ? "throughput" : "p99.99", "lockfree", 2.5);
        cell["family"] = family;
        cell["structure"] = structure;
        cell["scenario"] = fmt::format("{0}x{0}", i);
        study["verdicts"].push_back(cell);
      }
    }
  }
  CHECK(render_html(study).size() < 600'000);
}
