// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace lockfree::bench {

/// The logical CPUs that this process may use, one of each core first, then the second threads of the cores and so on:
/// thread i of a run goes to entry i modulo size, so threads share a core only when there are more threads than cores.
const std::vector<int>& allowed_cpus();

/// Number of different cores among `allowed_cpus()`.
std::size_t allowed_cores();

/// Keeps the calling thread on one logical CPU. Throws `std::system_error`.
void pin_to(int cpu);

/// The first line of a file, or nothing.
std::string first_line(const std::string& path);

}  // namespace lockfree::bench
