// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/output_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "lfcheck/terminal.hpp"

namespace lfcheck {

namespace {

std::string part_of(const std::string& path) { return path + ".part"; }

[[noreturn]] void refuse_file(const std::string& path, int error) {
  refuse(fmt::format("can't write {}: {}", path, std::strerror(error)));
}

/// A report is moved into its place: that must not be a device, whoever runs this.
void require_ordinary(const std::string& path) {
  struct stat there {};
  if (stat(path.c_str(), &there) != 0 || S_ISREG(there.st_mode)) return;
  if (S_ISDIR(there.st_mode)) refuse_file(path, EISDIR);
  refuse(fmt::format("can't write {}: it is not an ordinary file, and a report is moved into its place", path));
}

}  // namespace

output_file::output_file(const std::string& path) : path_(path) {
  if (path_.empty()) return;
  require_ordinary(path_);
  std::FILE* trial = std::fopen(part_of(path_).c_str(), "w");
  if (trial == nullptr) refuse_file(path_, errno);
  std::fclose(trial);
  std::remove(part_of(path_).c_str());
  std::remove(path_.c_str());
}

void output_file::write(std::string_view text) const { write_report(path_, text); }

void write_report(const std::string& path, std::string_view text) {
  require_ordinary(path);
  const std::string part = part_of(path);
  std::FILE* out = std::fopen(part.c_str(), "w");
  bool done = out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if (out != nullptr && std::fclose(out) != 0) done = false;
  if (done && std::rename(part.c_str(), path.c_str()) == 0) return;
  const int error = errno;
  std::remove(part.c_str());
  refuse_file(path, error);
}

}  // namespace lfcheck
