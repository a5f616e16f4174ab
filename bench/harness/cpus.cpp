// SPDX-License-Identifier: Apache-2.0
#include "harness/cpus.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fstream>
#include <map>
#include <system_error>
#include <thread>

namespace lockfree::bench {
namespace {

struct cpu_set {
  explicit cpu_set(std::size_t cpus) : bits(CPU_ALLOC(cpus)), bytes(CPU_ALLOC_SIZE(cpus)) {
    if (bits == nullptr) throw std::bad_alloc();
    CPU_ZERO_S(bytes, bits);
  }
  ~cpu_set() { CPU_FREE(bits); }
  cpu_set(const cpu_set&) = delete;
  cpu_set& operator=(const cpu_set&) = delete;
  cpu_set_t* bits;
  std::size_t bytes;
};

struct cpu_order {
  std::vector<int> cpus;
  std::size_t cores;
};

std::vector<int> cpus_of_process() {
  for (std::size_t room = 1024; room <= (std::size_t{1} << 20); room *= 2) {
    const cpu_set set(room);
    if (sched_getaffinity(0, set.bytes, set.bits) != 0) {
      if (errno == EINVAL) continue;  // the kernel knows more CPUs than that
      throw std::system_error(errno, std::generic_category(), "sched_getaffinity");
    }
    std::vector<int> cpus;
    for (std::size_t cpu = 0; cpu < room; ++cpu) {
      if (CPU_ISSET_S(cpu, set.bytes, set.bits)) cpus.push_back(static_cast<int>(cpu));
    }
    return cpus;
  }
  throw std::system_error(EINVAL, std::generic_category(), "sched_getaffinity");
}

cpu_order find_cpus() {
  std::map<std::string, std::vector<int>> cores;  // by the list of a core's threads
  for (const int cpu : cpus_of_process()) {
    const std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    std::string core = first_line(topology + "core_cpus_list");
    if (core.empty()) core = first_line(topology + "thread_siblings_list");
    cores[core.empty() ? std::to_string(cpu) : core].push_back(cpu);
  }
  std::vector<std::pair<std::size_t, int>> ranked;  // rank among the core's threads, CPU
  for (const auto& [core, threads] : cores) {
    for (std::size_t rank = 0; rank < threads.size(); ++rank) ranked.emplace_back(rank, threads[rank]);
  }
  std::sort(ranked.begin(), ranked.end());
  cpu_order order{{}, cores.size()};
  for (const auto& [rank, cpu] : ranked) order.cpus.push_back(cpu);
  return order;
}

const cpu_order& cpus() {
  static const cpu_order order = find_cpus();  // before anything is pinned
  return order;
}

}  // namespace

const std::vector<int>& allowed_cpus() { return cpus().cpus; }

std::size_t allowed_cores() { return cpus().cores; }

void pin_to(int cpu) {
  const auto index = static_cast<std::size_t>(cpu);
  const cpu_set set(index + 1);
  CPU_SET_S(index, set.bytes, set.bits);
  const int error = pthread_setaffinity_np(pthread_self(), set.bytes, set.bits);
  if (error != 0) throw std::system_error(error, std::generic_category(), "pin to CPU " + std::to_string(cpu));
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace lockfree::bench
