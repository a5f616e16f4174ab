// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lockfree::bench {

/// Counts of nanoseconds in logarithmic buckets (the scheme of HdrHistogram): exact below 64, above that 32 buckets
/// for each power of two, so a reported value is at most 1/32 = 3.1 % above the recorded one. Covers all of 64 bits.
class histogram {
 public:
  static constexpr unsigned sub_bits = 5;
  static constexpr double relative_error = 1.0 / (1U << sub_bits);

  void record(std::uint64_t value) noexcept {
    ++counts_[bucket(value)];
    ++count_;
    max_ = std::max(max_, value);
  }

  void merge(const histogram& other) noexcept {
    for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
  }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }

  /// The smallest bucket bound that at least `percent` per cent of the values do not pass; the exact maximum where
  /// that is smaller. 0 if nothing was recorded.
  [[nodiscard]] std::uint64_t percentile(double percent) const noexcept {
    if (count_ == 0) return 0;
    // The small subtraction keeps 99.9 % of 1000 at 999 in spite of binary fractions.
    const double exact = percent / 100.0 * static_cast<double>(count_);
    const auto rank =
        std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(exact - exact * 1e-12)), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
      seen += counts_[i];
      if (seen >= rank) return std::min(upper(i), max_);
    }
    return max_;
  }

  /// The buckets that are not empty: largest value of the bucket, count.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::uint64_t>> filled() const {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> out;
    for (std::size_t i = 0; i < buckets; ++i) {
      if (counts_[i] != 0) out.emplace_back(upper(i), counts_[i]);
    }
    return out;
  }

 private:
  static constexpr std::size_t buckets = (64 - sub_bits + 1) << sub_bits;

  static constexpr std::size_t bucket(std::uint64_t value) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > sub_bits + 1 ? width - sub_bits - 1 : 0;
    return (std::size_t{shift} << sub_bits) + static_cast<std::size_t>(value >> shift);
  }

  static constexpr std::uint64_t upper(std::size_t index) noexcept {
    if (index < (std::size_t{2} << sub_bits)) return index;
    const auto shift = static_cast<unsigned>(index >> sub_bits) - 1;
    const std::uint64_t step = index - (std::size_t{shift} << sub_bits);
    return ((step + 1) << shift) - 1;  // of the last bucket: 2^64 - 1, by wrapping
  }

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace lockfree::bench
