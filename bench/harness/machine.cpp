// SPDX-License-Identifier: Apache-2.0
#include "harness/machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "harness/clock.hpp"
#include "harness/cpus.hpp"
#include "harness/crew.hpp"
#include "lockfree_commit.h"

namespace lockfree::bench {
namespace {

/// The value of the first line "key : value" of /proc/cpuinfo.
std::string cpuinfo(std::string_view key) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with(key) || colon == std::string::npos) continue;
    const std::size_t from = line.find_first_not_of(" \t", colon + 1);
    return from == std::string::npos ? "" : line.substr(from);
  }
  return {};
}

/// "48K", "2M" as in sysfs.
std::uint64_t bytes_of(const std::string& size) {
  if (size.empty() || size.front() < '0' || size.front() > '9') return 0;
  std::size_t digits = 0;
  const std::uint64_t number = std::stoull(size, &digits);
  switch (digits < size.size() ? size[digits] : ' ') {
    case 'K': return number << 10;
    case 'M': return number << 20;
    case 'G': return number << 30;
    default: return number;
  }
}

std::vector<cache> find_caches() {
  std::map<std::string, std::pair<std::uint64_t, std::set<std::string>>> found;  // level: bytes, sharing CPUs
  for (const int cpu : allowed_cpus()) {
    for (int index = 0;; ++index) {
      const std::string at =
          "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cache/index" + std::to_string(index) + "/";
      const std::string level = first_line(at + "level");
      if (level.empty()) break;
      const std::string type = first_line(at + "type");
      const std::string suffix = type == "Data" ? "d" : type == "Instruction" ? "i" : "";
      auto& [bytes, shared] = found[std::string("L").append(level).append(suffix)];
      bytes = bytes_of(first_line(at + "size"));
      shared.insert(first_line(at + "shared_cpu_list"));
    }
  }
  std::vector<cache> out;
  for (const auto& [level, each] : found) out.push_back({level, each.first, each.second.size()});
  return out;
}

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "g++ " __VERSION__;
#else
  return "unknown";
#endif
}

std::string cpu_list() {
  std::string out;
  for (const int cpu : allowed_cpus()) {
    if (!out.empty()) out += ", ";
    out += std::to_string(cpu);
  }
  return out;
}

}  // namespace

machine describe_machine() {
  machine out;
  out.cpu = cpuinfo("model name");
  if (out.cpu.empty()) out.cpu = cpuinfo("CPU part");
  out.cores = allowed_cores();
  out.cpus = allowed_cpus().size();
  out.cpu_quota = first_line("/sys/fs/cgroup/cpu.max");
  out.caches = find_caches();
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) out.memory_bytes = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
  utsname name{};
  if (uname(&name) == 0) out.kernel = std::string(name.sysname) + " " + name.release + " " + name.machine;
  out.hypervisor = cpuinfo("flags").find(" hypervisor") != std::string::npos ? "yes" : "";
  out.compiler = compiler();
  out.flags = LOCKFREE_FLAGS;
#ifdef __OPTIMIZE__
  out.optimised = true;
#endif
  out.commit = LOCKFREE_COMMIT;
  out.governor =
      first_line("/sys/devices/system/cpu/cpu" + std::to_string(allowed_cpus().front()) + "/cpufreq/scaling_governor");
  out.pinning = "thread i on entry i modulo " + std::to_string(out.cpus) + " of CPUs " + cpu_list();
  return out;
}

histogram measure_hiccups(std::chrono::nanoseconds duration) {
  struct alignas(cache_line) gaps {
    histogram values;
  };
  std::vector<gaps> of_cpu(allowed_cpus().size());
  const call_timer& timer = call_timer::get();
  run_crew(of_cpu.size(), {duration, 0}, [&](worker& self) {
    auto mine = gaps();
    self.start();
    std::uint64_t last = timer.now();
    while (!self.stopped()) {
      const std::uint64_t now = timer.now();
      mine.values.record(timer.nanoseconds(last, now));
      last = now;
    }
    self.finish();
    of_cpu[self.index()] = mine;
  });
  histogram all;
  for (const gaps& each : of_cpu) all.merge(each.values);
  return all;
}

}  // namespace lockfree::bench
