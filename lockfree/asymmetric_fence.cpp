// SPDX-License-Identifier: Apache-2.0
//
// The asymmetric fence: the frequent side pays a compiler barrier, the rare side asks the kernel to run a full barrier
// on every processor that runs a thread of this process (membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED). Together
// they act as two seq_cst fences. Where the kernel has no such thing or refuses, both sides run a seq_cst fence.
//
// Which of the two it is, is decided once, by whoever needs it first, and never changes: a heavy fence never runs
// undecided, and the light side uses the compiler barrier only once it sees the decision.
//
// LOCKFREE_MEMBARRIER=off in the environment decides for the plain fences: for the tests, and for processes with
// processors that must not be interrupted (a membarrier is an inter-processor interrupt).
//
// fork(): a child inherits the registration. execve() drops it, and with it all state here.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#if defined(SYS_membarrier)
#include <linux/membarrier.h>
#endif
#endif

#include <lockfree/core/platform.hpp>

namespace lockfree::inline v1::detail {

constinit std::atomic<bool> asymmetric_fence_ready{false};

namespace {

#if defined(SYS_membarrier)
long membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0U, 0); }

bool kernel_agrees() noexcept {
  constexpr long needed = MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
  const long offered = membarrier(MEMBARRIER_CMD_QUERY);
  return offered >= 0 && (offered & needed) == needed && membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
         membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
}

bool barrier_everywhere() noexcept { return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0; }
#else
bool kernel_agrees() noexcept { return false; }
bool barrier_everywhere() noexcept { return false; }
#endif

enum class decision : unsigned char { open, membarrier, plain };
constinit std::atomic<decision> decided{decision::open};

decision decide() noexcept {
  const char* wish = std::getenv("LOCKFREE_MEMBARRIER");
  const bool refused = wish != nullptr && std::strcmp(wish, "off") == 0;
  decision mine = !refused && kernel_agrees() ? decision::membarrier : decision::plain;
  decision first = decision::open;
  // [D1] acq_rel, pairs with [D2] and itself: the registration is done before a heavy fence relies on it
  if (!decided.compare_exchange_strong(first, mine, std::memory_order::acq_rel, std::memory_order::acquire)) {
    mine = first;
  }
  // [D3] relaxed: says only that the decision, which never changes, has been made
  if (mine == decision::membarrier) asymmetric_fence_ready.store(true, std::memory_order::relaxed);
  return mine;
}

/// Decides while the process most likely has one thread, where registering is cheapest.
[[maybe_unused]] const decision decided_at_start = decide();

}  // namespace

void heavy_fence() noexcept {
  // [D2] acquire, pairs with [D1]: the registration is done
  decision made = decided.load(std::memory_order::acquire);
  if (made == decision::open) [[unlikely]]
    made = decide();
  // [D4] seq_cst: the caller's own earlier stores before its later loads; the light side's half if the decision is plain
  std::atomic_thread_fence(std::memory_order::seq_cst);
  if (made == decision::plain) return;
  if (!barrier_everywhere()) [[unlikely]] {
    // Other threads already rely on it, so there is no way back: reclaiming now could free what they read.
    std::fputs("lockfree: the kernel took membarrier away from a running process; set LOCKFREE_MEMBARRIER=off\n",
               stderr);
    std::abort();
  }
}

}  // namespace lockfree::inline v1::detail
