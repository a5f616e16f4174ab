// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// The heap of an execution: every byte that a check allocates, by `platform::allocate` or by `new`, comes from here,
/// is poisoned when it is given back, and is accounted for at the end. It starts empty at the same address in each
/// execution, so that addresses are a function of the schedule alone.
namespace lockfree::inline v1::verify::detail::heap {

/// Tracking is on exactly while code of the check runs.
extern bool tracking;

class untracked {
 public:
  untracked() noexcept : was_(tracking) { tracking = false; }
  ~untracked() { tracking = was_; }
  untracked(const untracked&) = delete;
  untracked& operator=(const untracked&) = delete;

 private:
  bool was_;
};

enum class release { done, never_allocated, twice };

void begin_execution() noexcept;
[[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment, unsigned thread, std::uint32_t site);
[[nodiscard]] bool owns(const void* memory) noexcept;
/// Gives back; `reuse`: may be handed out again in this execution.
release deallocate(void* memory, unsigned thread, std::uint32_t site, bool reuse) noexcept;

/// What is known of the block that holds an address.
struct block {
  std::size_t bytes = 0;
  std::size_t offset = 0;    // of the address that was asked for
  std::uint32_t number = 0;  // from 1; 0: no block
  bool live = false;
  unsigned allocated_by = 0, freed_by = 0;
  std::uint32_t allocated_at = 0, freed_at = 0;
};
[[nodiscard]] block find(const void* memory) noexcept;
/// The first block that is still allocated; number 0 if there is none. `count`: how many there are.
[[nodiscard]] block first_live(std::size_t& count) noexcept;

}  // namespace lockfree::inline v1::verify::detail::heap
