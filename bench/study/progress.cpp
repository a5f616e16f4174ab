// SPDX-License-Identifier: Apache-2.0
#include "study/progress.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace lockfree::study {
namespace {

std::string clock_text(std::chrono::duration<double> time) {
  const auto seconds = static_cast<long>(std::ceil(std::max(time.count(), 0.0)));
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

std::string round_text(const progress& now) {
  return now.round == 0 ? "warming up" : fmt::format("round {} of {}", now.round, now.rounds);
}

}  // namespace

void progress_display::show(const progress& now) {
  furthest_ = std::clamp(now.fraction, furthest_, 1.0);  // estimates get better; the bar does not go back
  const auto time = std::chrono::steady_clock::now();
  if (!terminal_) {
    const int tenths = static_cast<int>(furthest_ * 10);
    if (tenths == tenths_) return;
    tenths_ = tenths;
    fmt::print(out_, "{:3.0f} %, {}, {} left\n", furthest_ * 100, round_text(now), clock_text(now.left));
  } else {
    if (drawn_ && time - last_ < std::chrono::milliseconds(100)) return;
    constexpr std::size_t width = 24;
    const auto full = static_cast<std::size_t>(furthest_ * width);
    const std::string cell = now.cell.size() > 40 ? now.cell.substr(0, 39) + "~" : now.cell;
    fmt::print(out_, "\r[{}{}] {:3.0f} %  {} left  {}  {}\x1b[K", std::string(full, '#'),
               std::string(width - full, '.'), furthest_ * 100, clock_text(now.left), round_text(now), cell);
    drawn_ = true;
    last_ = time;
  }
  std::fflush(out_);
}

void progress_display::end() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", out_);
  std::fflush(out_);
  drawn_ = false;
}

}  // namespace lockfree::study
