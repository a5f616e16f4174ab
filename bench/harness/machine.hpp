// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/histogram.hpp"

namespace lockfree::bench {

struct cache {
  std::string level;  ///< "L1d", "L1i", "L2", ...
  std::uint64_t bytes = 0;
  std::size_t instances = 0;  ///< among the CPUs that this process may use
};

/// What the figures belong to. Empty or 0 where the system does not tell.
struct machine {
  std::string cpu;
  std::size_t cores = 0;  ///< that this process may use
  std::size_t cpus = 0;   ///< logical CPUs that it may use
  std::string cpu_quota;  ///< of the control group: "quota period" in µs, empty or "max ..." if none
  std::vector<cache> caches;
  std::uint64_t memory_bytes = 0;
  std::string kernel;
  std::string hypervisor;  ///< "yes" where the processor says that it is a virtual one
  std::string compiler;
  std::string flags;
  bool optimised = false;
  std::string commit;
  std::string governor;
  std::string pinning;
};

machine describe_machine();

/// The floor under every latency figure: how long a thread that does nothing but read the clock is held up. One thread
/// pinned to each allowed CPU, all at once, for `duration`; every gap between two readings is recorded.
/// Throws `interrupted`.
histogram measure_hiccups(std::chrono::nanoseconds duration);

}  // namespace lockfree::bench
