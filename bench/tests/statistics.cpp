// SPDX-License-Identifier: Apache-2.0
#include "harness/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "catch.hpp"
#include "harness/clock.hpp"
#include "harness/histogram.hpp"

using namespace lockfree::bench;

TEST_CASE("a histogram reports small values exactly") {
  histogram values;
  for (std::uint64_t i = 1; i <= 50; ++i) values.record(i);
  CHECK(values.count() == 50);
  CHECK(values.percentile(2) == 1);
  CHECK(values.percentile(50) == 25);
  CHECK(values.percentile(90) == 45);
  CHECK(values.percentile(100) == 50);
  CHECK(values.max() == 50);
}

TEST_CASE("a percentile is the smallest value that so many per cent do not pass") {
  histogram values;
  for (int i = 0; i < 999; ++i) values.record(10);
  values.record(20);
  CHECK(values.percentile(99.9) == 10);  // 999 of 1000
  CHECK(values.percentile(99.91) == 20);
  CHECK(histogram().percentile(50) == 0);
}

TEST_CASE("each percentile of random times is at most 1/32 above the exact one") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> times(5, 3);  // nanoseconds to seconds
  std::vector<std::uint64_t> exact(100'000);
  histogram values;
  for (std::uint64_t& each : exact) values.record(each = static_cast<std::uint64_t>(times(random)));
  std::sort(exact.begin(), exact.end());
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * 100'000 - 1e-6));
    const std::uint64_t want = exact[rank - 1];
    const std::uint64_t got = values.percentile(percent);
    INFO(percent << " %: exact " << want << ", histogram " << got);
    CHECK(got >= want);
    CHECK(static_cast<double>(got) <= static_cast<double>(want) * (1 + histogram::relative_error));
  }
  CHECK(values.max() == exact.back());
}

TEST_CASE("a histogram has a bucket for every 64-bit value, in order and without gaps") {
  std::uint64_t before = 0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t step : {0U, 1U, 2U}) {
      const std::uint64_t value = (std::uint64_t{1} << bit) + step - 1;
      if (value < before) continue;
      before = value;
      histogram one;
      one.record(value);
      REQUIRE(one.filled().size() == 1);
      CHECK(one.filled().front().first >= value);
      CHECK(one.percentile(50) == value);  // the bound of the bucket is cut at the maximum
    }
  }
  histogram last;
  last.record(std::numeric_limits<std::uint64_t>::max());
  CHECK(last.filled().front().first == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("merged histograms count as one") {
  histogram low;
  histogram high;
  for (std::uint64_t i = 0; i < 100; ++i) low.record(5);
  for (std::uint64_t i = 0; i < 300; ++i) high.record(1'000'000);
  low.merge(high);
  CHECK(low.count() == 400);
  CHECK(low.percentile(25) == 5);
  CHECK(low.percentile(26) == Approx(1'000'000).epsilon(histogram::relative_error));
  CHECK(low.max() == 1'000'000);
}

TEST_CASE("median, extremes and interquartile range of known samples") {
  const spread odd = spread_of({5, 1, 4, 2, 3});
  CHECK(odd.median == 3);
  CHECK(odd.min == 1);
  CHECK(odd.max == 5);
  CHECK(odd.iqr == 2);
  CHECK(spread_of({1, 2, 3, 10}).median == 2.5);
  CHECK(spread_of({7}).iqr == 0);
  CHECK(spread_of({}).median == 0);
}

TEST_CASE("the interval of a median is that of the binomial distribution") {
  // 9 samples: leaving out one at either end misses with 2 * (1 + 9) / 512.
  const interval nine = median_interval({9, 8, 7, 6, 5, 4, 3, 2, 1});
  CHECK(nine.median == 5);
  CHECK(nine.low == 2);
  CHECK(nine.high == 8);
  CHECK(nine.confidence == Approx(1 - 20.0 / 512));
  // 15 samples: the tables say 4th to 12th.
  std::vector<double> fifteen;
  for (int i = 1; i <= 15; ++i) fifteen.push_back(i);
  CHECK(median_interval(fifteen).low == 4);
  CHECK(median_interval(fifteen).high == 12);
  // Too few for 95 %: minimum to maximum, and what that is worth.
  CHECK(median_interval({3, 1, 2}).low == 1);
  CHECK(median_interval({3, 1, 2}).high == 3);
  CHECK(median_interval({3, 1, 2}).confidence == Approx(0.75));
  CHECK(median_interval({4}).confidence == 0);
}

TEST_CASE("the timer subtracts its own cost and agrees with the clock") {
  const call_timer& timer = call_timer::get();
  CHECK(timer.cost_ns() > 0);
  CHECK(timer.cost_ns() < 10'000);
  CHECK(timer.nanoseconds(100, 100) == 0);
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t from = timer.now();
  while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(20)) {}
  const std::uint64_t to = timer.now();
  const auto end = std::chrono::steady_clock::now();
  const double most = std::chrono::duration<double, std::nano>(end - begin).count();
  const auto measured = static_cast<double>(timer.nanoseconds(from, to));
  CHECK(measured >= 20e6 * 0.999);
  CHECK(measured <= most * 1.001);
}
