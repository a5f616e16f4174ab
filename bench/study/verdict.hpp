// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace lockfree::study {

/// A verdict needs an interval that holds the true median with this probability: six rounds. Fewer give an interval too,
/// but even minimum to maximum of three miss the median one time in four.
inline constexpr double least_confidence = 0.95;

/// Two structures over the same interleaved rounds. `ratio` says how many times better the first did: the median of the
/// ratios of each round, with an interval that holds the true median with `confidence` (see `median_interval`).
struct comparison {
  double ratio = 0;
  double low = 0;
  double high = 0;
  double confidence = 0;
  std::size_t rounds = 0;

  enum class result { first, second, neither };
  /// `neither` where the interval includes 1, or holds the median with less than `least_confidence`.
  [[nodiscard]] result better() const;
};

/// Pairs round with round; a round that only one of them has does not count. `higher_is_better` is false for times.
comparison compare(const std::vector<double>& first, const std::vector<double>& second, bool higher_is_better);

/// Puts into a study, from its measurements alone, `verdicts` (each lock-free structure against its mutex baselines),
/// `rival_verdicts` (against other libraries) and `advice`. What was there is replaced. A structure's baselines are
/// those of its family that are bounded if it is and unbounded if it is not; where there is none, all of its family.
/// There is no advice if the study is `narrowed`: it would be advice among what was left.
void judge(nlohmann::json& study);

/// Whether the user asked for some structures or some scenarios only.
bool narrowed(const nlohmann::json& study);

/// Throws `std::runtime_error`, with the place, unless `judge` can read it: an lfstudy study of schema 1.
void check_schema(const nlohmann::json& study);

/// "1.5 ms"
std::string duration_text(double nanoseconds);
/// "3.4"; three digits at most.
std::string number_text(double value);

}  // namespace lockfree::study
