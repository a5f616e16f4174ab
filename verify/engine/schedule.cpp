// SPDX-License-Identifier: Apache-2.0
#include "schedule.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace lockfree::inline v1::verify::detail {

std::uint64_t random64::next() noexcept {
  std::uint64_t z = (state_ += 0x9E37'79B9'7F4A'7C15);
  z = (z ^ (z >> 30U)) * 0xBF58'476D'1CE4'E5B9;
  z = (z ^ (z >> 27U)) * 0x94D0'49BB'1331'11EB;
  return z ^ (z >> 31U);
}

namespace {

/// The start of execution `number`: any of them can be made without those before it.
std::uint64_t start_of(std::uint64_t seed, std::uint64_t number) noexcept {
  random64 random;
  random.seed(seed);
  random.seed(random.next() ^ number);
  return random.next();
}

unsigned nth_bit(unsigned mask, unsigned n) noexcept {
  for (; n != 0; --n) mask &= mask - 1;
  return static_cast<unsigned>(std::countr_zero(mask));
}

/// `std::popcount` of a set of threads; without hardware for it that is a call.
unsigned count_bits(unsigned mask) noexcept {
  unsigned count = 0;
  for (; mask != 0; mask &= mask - 1) ++count;
  return count;
}

/// Who may go on after a yield: anybody else, if there is anybody.
unsigned candidates(const turn& now, yields& after) noexcept {
  if (!now.yielded || now.previous < 0 || !after.passed_over()) return now.runnable;
  const unsigned others = now.runnable & ~(1U << static_cast<unsigned>(now.previous));
  return others != 0 ? others : now.runnable;
}

}  // namespace

void random_choices::begin(random64& random) noexcept {
  static constexpr std::array<unsigned, 8> weakness{8, 8, 8, 8, 4, 2, 1, 0};
  weak_of_16_ = weakness[random.below(weakness.size())];
}

unsigned random_choices::choose(random64& random, choice what, unsigned limit) const noexcept {
  switch (what) {
    case choice::older_value:
    case choice::hold_store: return random.below(16) < weak_of_16_ ? 1 : 0;
    case choice::keep_holding: return random.below(2);
    case choice::spurious:
    case choice::quarantine: return random.below(4) == 0 ? 1 : 0;
    case choice::wake: return random.below(4) == 0 ? random.below(limit) : 0;
    case choice::receiver: return random.below(limit);
  }
  return 0;
}

void yields::begin(std::uint64_t seed, unsigned most) noexcept {
  static constexpr std::array<unsigned, 8> stubbornness{0, 0, 0, 0, 4, 8, 12, 15};
  random_.seed(~seed);
  stubborn_of_16_ = std::min(stubbornness[random_.below(stubbornness.size())], most);
}

void uniform_schedule::begin(unsigned) {
  const std::uint64_t start = start_of(seed_, execution_);
  yields_.begin(start, 15);
  random_.seed(start);
  execution_ += stride_;
  choices_.begin(random_);
}

unsigned uniform_schedule::thread(const turn& now) {
  const unsigned mask = candidates(now, yields_);
  return nth_bit(mask, random_.below(count_bits(mask)));
}

unsigned uniform_schedule::choose(choice what, unsigned limit) { return choices_.choose(random_, what, limit); }

void pct_schedule::begin(unsigned threads) {
  longest_ = std::max(longest_, step_);
  const unsigned depth = 2 + static_cast<unsigned>(execution_ % 3);
  const std::uint64_t start = start_of(~seed_, execution_);
  yields_.begin(start, 8);
  random_.seed(start);
  execution_ += stride_;
  choices_.begin(random_);
  step_ = 0;
  lowest_ = 0;
  for (unsigned t = 0; t < threads; ++t) priority_[t] = static_cast<int>(t) + 1;
  for (unsigned t = threads; t > 1; --t) std::swap(priority_[t - 1], priority_[random_.below(t)]);
  for (unsigned i = 0; i < change_at_.size(); ++i) change_at_[i] = i + 1 < depth ? 1 + random_.below(longest_) : 0;
}

unsigned pct_schedule::thread(const turn& now) {
  ++step_;
  if (now.previous >= 0) {
    int& mine = priority_[static_cast<unsigned>(now.previous)];
    if (now.yielded && yields_.passed_over()) mine = --lowest_;
    for (unsigned at : change_at_) {
      if (at == step_) mine = --lowest_;
    }
  }
  unsigned best = nth_bit(now.runnable, 0);
  for (unsigned rest = now.runnable; rest != 0; rest &= rest - 1) {
    const auto t = static_cast<unsigned>(std::countr_zero(rest));
    if (priority_[t] > priority_[best]) best = t;
  }
  return best;
}

unsigned pct_schedule::choose(choice what, unsigned limit) { return choices_.choose(random_, what, limit); }

void tree_schedule::begin(unsigned) {
  depth_ = 0;
  left_ = bound_;
  events_left_ = free_of_charge_events;
  waits_for_.fill(0);
  ran_since_yield_.fill(0);
}

unsigned tree_schedule::branch(unsigned limit) {
  if (limit == 1) return 0;
  if (depth_ == path_.size()) path_.push_back({static_cast<std::uint8_t>(limit), 0});
  node& n = path_[depth_++];
  if (n.limit != limit) {
    astray_ = true;
    n = {static_cast<std::uint8_t>(limit), std::min<std::uint8_t>(n.index, static_cast<std::uint8_t>(limit - 1))};
  }
  return n.index;
}

unsigned tree_schedule::thread(const turn& now) {
  if (now.previous >= 0) {
    const auto previous = static_cast<unsigned>(now.previous);
    const unsigned bit = 1U << previous;
    for (unsigned t = 0; t < max_threads; ++t) {
      waits_for_[t] &= ~bit;
      if (t != previous) ran_since_yield_[t] |= bit;
    }
    if (now.yielded) {
      waits_for_[previous] = now.runnable & ~bit & ~ran_since_yield_[previous];
      ran_since_yield_[previous] = 0;
    }
  }
  unsigned free = 0;
  for (unsigned rest = now.runnable; rest != 0; rest &= rest - 1) {
    const auto t = static_cast<unsigned>(std::countr_zero(rest));
    if ((waits_for_[t] & now.runnable) == 0) free |= 1U << t;
  }
  if (free == 0) {
    waits_for_.fill(0);
    free = now.runnable;
  }
  if (free != now.runnable) cut_ = true;
  const bool goes_on = now.previous >= 0 && !now.yielded && (free >> static_cast<unsigned>(now.previous) & 1U) != 0;
  if (!goes_on) return nth_bit(free, branch(count_bits(free)));
  const auto previous = static_cast<unsigned>(now.previous);
  const unsigned others = free & ~(1U << previous);
  if (others == 0) return previous;
  if (left_ == 0) {
    limited_ = true;
    return previous;
  }
  const unsigned index = branch(1 + count_bits(others));
  if (index == 0) return previous;
  --left_;
  return nth_bit(others, index - 1);
}

unsigned tree_schedule::choose(choice what, unsigned limit) {
  const bool counted = what == choice::spurious || what == choice::wake;
  if (counted && events_left_ == 0) {
    cut_ = cut_ || limit > 1;
    return 0;
  }
  const unsigned answer = branch(limit);
  if (counted && answer != 0) --events_left_;
  return answer;
}

bool tree_schedule::next() {
  if (depth_ < path_.size()) astray_ = true;
  path_.resize(foreign() ? std::min(depth_, split_depth) : depth_);
  while (!path_.empty()) {
    node& n = path_.back();
    if (n.index + 1 < n.limit) {
      ++n.index;
      if (path_.size() <= split_depth) ++subtree_;
      return true;
    }
    path_.pop_back();
  }
  done_ = true;
  return false;
}

void replay_schedule::begin(unsigned threads) {
  at_ = 0;
  threads_ = threads;
}

unsigned replay_schedule::thread(const turn& now) {
  const unsigned wanted = take();
  if (wanted != 0 && wanted <= max_threads && (now.runnable >> (wanted - 1) & 1U) != 0) return wanted - 1;
  return default_thread(now, threads_);
}

unsigned replay_schedule::choose(choice, unsigned limit) { return std::min(take(), limit - 1); }

std::string to_text(const decisions& list) {
  std::string out;
  std::size_t dull = 0;
  for (const std::uint8_t d : list) {
    if (d == 0) {
      ++dull;
      continue;
    }
    if (dull != 0) out += std::to_string(dull);
    dull = 0;
    out += static_cast<char>('a' + std::min<int>(d - 1, 25));
  }
  return out.empty() ? "0" : out;
}

std::optional<decisions> from_text(std::string_view text) {
  constexpr std::size_t longest = 1'000'000;
  decisions list;
  std::size_t dull = 0;
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      dull = dull * 10 + static_cast<std::size_t>(c - '0');
      if (dull > longest) return std::nullopt;
    } else if (c >= 'a' && c <= 'z') {
      list.insert(list.end(), dull, 0);
      dull = 0;
      list.push_back(static_cast<std::uint8_t>(c - 'a' + 1));
      if (list.size() > longest) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (to_text(list) != text) return std::nullopt;  // digits at the end, or a zero that says nothing
  return list;
}

}  // namespace lockfree::inline v1::verify::detail
