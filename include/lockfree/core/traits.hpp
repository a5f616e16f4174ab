// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace lockfree::inline v1 {

/// What a structure promises about the order of the elements, or for counters the consistency of the total, that it
/// hands out. What "full" and "empty" mean beside that order is in each header.
enum class ordering {
  fifo,                   ///< elements: one first-in first-out order over all threads
  fifo_per_producer,      ///< elements of one producer keep their order; those of different producers may interleave
  lifo,                   ///< elements: last in, first out
  priority,               ///< elements: the smallest (by the comparator) first
  owner_lifo_thief_fifo,  ///< work-stealing deque: the owner takes the newest, thieves the oldest
  exact_total,            ///< counter: `value()` is linearizable with every update
  last_value,             ///< register: a read is linearizable with every write and gives the last one
  settled_total           ///< counter: `value()` is exact once updates that must count have happened before it
};

/// What a stopped thread can do to the others. Exact words (Herlihy & Shavit, "On the nature of progress", 2011).
enum class progress {
  wait_free,         ///< every operation of every thread ends after a bounded number of its own steps
  lock_free,         ///< some thread always makes progress, whatever the others do
  obstruction_free,  ///< a thread that runs alone makes progress
  blocking           ///< a thread stopped in the wrong place can stop others
};

/// Number of producers or consumers that has no limit.
inline constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

constexpr std::string_view to_string(ordering value) noexcept {
  switch (value) {
    case ordering::fifo: return "FIFO";
    case ordering::fifo_per_producer: return "FIFO per producer";
    case ordering::lifo: return "LIFO";
    case ordering::priority: return "priority";
    case ordering::owner_lifo_thief_fifo: return "owner LIFO, thieves FIFO";
    case ordering::exact_total: return "exact total";
    case ordering::last_value: return "last value";
    case ordering::settled_total: return "settled total";
  }
  return "?";
}

constexpr std::string_view to_string(progress value) noexcept {
  switch (value) {
    case progress::wait_free: return "wait-free";
    case progress::lock_free: return "lock-free";
    case progress::obstruction_free: return "obstruction-free";
    case progress::blocking: return "blocking";
  }
  return "?";
}

}  // namespace lockfree::inline v1
