// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace lockfree::bench {

/// The value below which the fraction `q` of `sorted` lies, linear between neighbours (type 7 of Hyndman & Fan, 1996).
[[nodiscard]] inline double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

struct spread {
  double median = 0;
  double min = 0;
  double max = 0;
  double iqr = 0;  ///< third quartile less first
};

[[nodiscard]] inline spread spread_of(std::vector<double> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  return {quantile(samples, 0.5), samples.front(), samples.back(), quantile(samples, 0.75) - quantile(samples, 0.25)};
}

struct interval {
  double median = 0;
  double low = 0;
  double high = 0;
  double confidence = 0;  ///< probability that the true median lies from `low` to `high`
};

/// A distribution-free interval for the median: the narrowest pair of order statistics, the same number of samples left
/// out at either end, that holds the median with at least `wanted`. With fewer than 6 samples not even minimum to
/// maximum reaches 0.95; then it is minimum to maximum, and `confidence` says what that is worth.
[[nodiscard]] inline interval median_interval(std::vector<double> samples, double wanted = 0.95) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const std::size_t n = samples.size();
  // Leaving out k at either end misses with 2 * P(Binomial(n, 1/2) <= k).
  double term = std::pow(0.5, static_cast<double>(n));
  double tail = term;
  std::size_t left_out = 0;
  double confidence = 1 - 2 * tail;
  for (std::size_t k = 1; 2 * k + 1 < n; ++k) {
    term *= static_cast<double>(n - k + 1) / static_cast<double>(k);
    tail += term;
    if (1 - 2 * tail < wanted) break;
    left_out = k;
    confidence = 1 - 2 * tail;
  }
  return {quantile(samples, 0.5), samples[left_out], samples[n - 1 - left_out], std::max(confidence, 0.0)};
}

}  // namespace lockfree::bench
