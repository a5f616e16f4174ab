// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

/// The study as it was read: every text clean; a number that is not there is NaN, a text empty, a list
/// empty.
namespace lockfree::study::page {

inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

enum class kind { lockfree, mutex, rival };
enum class winner { lockfree, mutex, neither };

/// What is measured: a structure, and where it comes from.
struct subject {
  std::string structure;
  std::string library;
  page::kind kind = page::kind::rival;

  /// "mpmc_ring", or "boost queue" for one that is not this library's.
  std::string label() const;
  bool operator==(const subject&) const = default;
};

struct throughput {
  std::string family;
  page::subject subject;
  std::string scenario;
  std::string group;  // scenarios of one group belong into one chart; may be empty
  double threads = missing;
  double producers = missing;
  double consumers = missing;
  double payload_bytes = missing;
  std::string unit;
  std::size_t samples = 0;
  double median = missing;
  double min = missing;
  double max = missing;
  double iqr = missing;
};

struct latency {
  std::string family;
  page::subject subject;
  std::string scenario;
  double threads = missing;
  std::string operation;
  bool waits = false;  // timed until it was done; otherwise attempts that failed are left out
  double count = missing;
  std::vector<double> percentiles;                   // one for each of `percentile_names`
  std::vector<std::pair<double, double>> histogram;  // upper bound of the bucket in ns, operations in it
};

/// Names in the JSON, from the middle to the end, and how far along the axis of nines they lie: -log10(1 - p). The
/// maximum has no such place; it is drawn one step behind the last.
inline const std::vector<std::string> percentile_names{"p50", "p90", "p99", "p99.9", "p99.99", "max"};
inline const std::vector<double> percentile_nines{0.30103, 1, 2, 3, 4, 5};

struct verdict {
  std::string family;
  std::string structure;
  std::string baseline;
  std::string scenario;
  std::string metric;  // "throughput" or the name of a percentile
  double ratio = missing;
  double low = missing;
  double high = missing;
  page::winner winner = page::winner::neither;
  std::string sentence;

  /// How many times better the winner did; for neither, the ratio itself.
  double factor() const { return flipped() ? 1 / ratio : ratio; }
  double factor_low() const { return flipped() ? 1 / high : low; }
  double factor_high() const { return flipped() ? 1 / low : high; }

 private:
  bool flipped() const { return winner == page::winner::mutex; }
};

struct advice {
  std::string when;
  std::string use;
  std::string because;
};

struct family {
  std::string id;
  std::string title;
  std::string unit;
};

struct cache {
  std::string level;
  double bytes = missing;
  double instances = missing;
};

struct machine {
  std::string cpu, kernel, compiler, flags, commit, governor, pinning;
  double cores = missing;
  double memory_bytes = missing;
  std::vector<cache> caches;
  std::vector<double> hiccup_ns;  // like latency::percentiles
};

struct data {
  std::string tool, version, status, mode, started;
  double seconds = missing;
  double cells_planned = missing;
  double cells_measured = missing;
  bool fixture = false;
  page::machine machine;
  std::vector<family> families;  // those of the list, then those that only measurements or verdicts name
  std::vector<page::throughput> throughput;
  std::vector<page::latency> latency;
  std::vector<verdict> verdicts;
  std::vector<verdict> rival_verdicts;  // against other libraries; `winner::mutex` is the other library here
  std::vector<page::advice> advice;

  bool partial() const { return status != "complete"; }
};

/// Throws `std::runtime_error` that names the place: another schema, or a value of the wrong type.
data read(const nlohmann::json& study);

}  // namespace lockfree::study::page
