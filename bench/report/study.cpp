// SPDX-License-Identifier: Apache-2.0
#include "study.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include <fmt/core.h>

#include "text.hpp"

namespace lockfree::study::page {
namespace {

using nlohmann::json;

// A value of the study and where it stands, so that a complaint can name the place.
class node {
 public:
  node(const json* value, std::string path) : value_(value), path_(std::move(path)) {}

  bool absent() const { return value_ == nullptr || value_->is_null(); }

  node operator[](std::string_view key) const {
    const std::string path = path_ == "study" ? std::string{key} : fmt::format("{}.{}", path_, key);
    if (absent()) return {nullptr, path};
    if (!value_->is_object()) fail("an object");
    const auto found = value_->find(key);
    return {found == value_->end() ? nullptr : &*found, path};
  }

  double number() const {
    if (absent()) return missing;
    if (!value_->is_number()) fail("a number");
    const double number = value_->get<double>();
    return std::isfinite(number) ? number : missing;
  }

  std::string text() const {
    if (absent()) return {};
    if (!value_->is_string()) fail("a text");
    return clean(value_->get_ref<const std::string&>());
  }

  bool flag() const {
    if (absent()) return false;
    if (!value_->is_boolean()) fail("true or false");
    return value_->get<bool>();
  }

  std::vector<node> items() const {
    std::vector<node> all;
    if (absent()) return all;
    if (!value_->is_array()) fail("a list");
    for (std::size_t i = 0; i < value_->size(); ++i) all.emplace_back(&(*value_)[i], fmt::format("{}[{}]", path_, i));
    return all;
  }

  // The one of `names` that the text says, as its place in the list.
  template <std::size_t N>
  std::size_t choice(const std::array<std::string_view, N>& names) const {
    const std::string said = text();
    const auto found = std::find(names.begin(), names.end(), said);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    throw std::runtime_error(fmt::format("study: {} is \"{}\"; it must be one of {}", path_, said, joined(names)));
  }

 private:
  [[noreturn]] void fail(std::string_view wanted) const {
    throw std::runtime_error(fmt::format("study: {} must be {}, not {}", path_, wanted, value_->type_name()));
  }

  template <std::size_t N>
  static std::string joined(const std::array<std::string_view, N>& names) {
    std::string all;
    for (const std::string_view name : names) all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", name);
    return all;
  }

  const json* value_;
  std::string path_;
};

std::vector<double> percentiles(const node& from) {
  std::vector<double> all;
  for (const std::string& name : percentile_names) all.push_back(from[name].number());
  return all;
}

subject read_subject(const node& entry) {
  constexpr std::array<std::string_view, 3> kinds{"lockfree", "mutex", "rival"};
  return {entry["structure"].text(), entry["library"].text(), static_cast<kind>(entry["kind"].choice(kinds))};
}

throughput read_throughput(const node& entry) {
  return {.family = entry["family"].text(),
          .subject = read_subject(entry),
          .scenario = entry["scenario"].text(),
          .group = entry["group"].text(),
          .threads = entry["threads"].number(),
          .producers = entry["producers"].number(),
          .consumers = entry["consumers"].number(),
          .payload_bytes = entry["payload_bytes"].number(),
          .unit = entry["unit"].text(),
          .samples = entry["samples"].items().size(),
          .median = entry["median"].number(),
          .min = entry["min"].number(),
          .max = entry["max"].number(),
          .iqr = entry["iqr"].number()};
}

latency read_latency(const node& entry) {
  latency out{.family = entry["family"].text(),
              .subject = read_subject(entry),
              .scenario = entry["scenario"].text(),
              .threads = entry["threads"].number(),
              .operation = entry["operation"].text(),
              .waits = entry["waiting"].text() == "timed",
              .count = entry["count"].number(),
              .percentiles = percentiles(entry["percentiles"]),
              .histogram = {}};
  for (const node& bucket : entry["histogram"].items()) {
    const std::vector<node> pair = bucket.items();
    if (pair.size() != 2) throw std::runtime_error("study: a bucket of a histogram must be [upper_ns, count]");
    const double upper = pair[0].number();
    const double in_it = pair[1].number();
    if (upper > 0 && in_it > 0) out.histogram.emplace_back(upper, in_it);
  }
  std::sort(out.histogram.begin(), out.histogram.end());
  return out;
}

// `other` is the winner's name where it is not the lock-free structure.
verdict read_verdict(const node& entry, std::string_view other) {
  const std::array<std::string_view, 3> winners{"lockfree", other, "neither"};
  verdict out{.family = entry["family"].text(),
              .structure = entry["structure"].text(),
              .baseline = entry["baseline"].text(),
              .scenario = entry["scenario"].text(),
              .metric = entry["metric"].text(),
              .ratio = entry["ratio"].number(),
              .low = entry["low"].number(),
              .high = entry["high"].number(),
              .winner = static_cast<winner>(entry["winner"].choice(winners)),
              .sentence = entry["sentence"].text()};
  for (double* value : {&out.ratio, &out.low, &out.high})
    if (!(*value > 0)) *value = missing;
  return out;
}

machine read_machine(const node& entry) {
  machine out;
  out.cpu = entry["cpu"].text();
  out.cores = entry["cores"].number();
  for (const node& each : entry["caches"].items())
    out.caches.push_back({each["level"].text(), each["bytes"].number(), each["instances"].number()});
  out.memory_bytes = entry["memory_bytes"].number();
  out.kernel = entry["kernel"].text();
  out.compiler = entry["compiler"].text();
  out.flags = entry["flags"].text();
  out.commit = entry["commit"].text();
  out.governor = entry["governor"].text();
  out.pinning = entry["pinning"].text();
  out.hiccup_ns = percentiles(entry["hiccup_ns"]);
  return out;
}

}  // namespace

std::string subject::label() const {
  if (library.empty() || library == "lockfree" || structure.find(library) != std::string::npos) return structure;
  return library + " " + structure;
}

data read(const json& study) {
  if (!study.is_object()) throw std::runtime_error(fmt::format("study: must be an object, not {}", study.type_name()));
  const node root{&study, "study"};
  const double schema = root["schema"].number();
  if (schema != 1) {
    const std::string found = std::isfinite(schema) ? fmt::format("{}", schema) : "missing";
    throw std::runtime_error(fmt::format("study: schema is {}; this report reads schema 1", found));
  }

  data out;
  out.tool = root["tool"].text();
  out.version = root["version"].text();
  out.status = root["status"].text();
  out.mode = root["mode"].text();
  out.started = root["started"].text();
  out.seconds = root["seconds"].number();
  out.cells_planned = root["cells_planned"].number();
  out.cells_measured = root["cells_measured"].number();
  out.fixture = root["fixture"].flag();
  out.machine = read_machine(root["machine"]);
  for (const node& each : root["families"].items()) {
    family next{each["id"].text(), each["title"].text(), each["unit"].text()};
    if (next.title.empty()) next.title = next.id;
    out.families.push_back(std::move(next));
  }
  for (const node& each : root["throughput"].items()) out.throughput.push_back(read_throughput(each));
  for (const node& each : root["latency"].items()) out.latency.push_back(read_latency(each));
  for (const node& each : root["verdicts"].items()) out.verdicts.push_back(read_verdict(each, "mutex"));
  for (const node& each : root["rival_verdicts"].items()) {
    out.rival_verdicts.push_back(read_verdict(each, "rival"));
    verdict& last = out.rival_verdicts.back();
    last.baseline = subject{last.baseline, each["library"].text()}.label();
  }
  for (const node& each : root["advice"].items())
    out.advice.push_back({each["when"].text(), each["use"].text(), each["because"].text()});

  const auto know = [&](const std::string& id) {
    const auto same = [&](const family& f) { return f.id == id; };
    if (std::none_of(out.families.begin(), out.families.end(), same)) out.families.push_back({id, id, {}});
  };
  for (const throughput& each : out.throughput) know(each.family);
  for (const latency& each : out.latency) know(each.family);
  for (const verdict& each : out.verdicts) know(each.family);
  return out;
}

}  // namespace lockfree::study::page
