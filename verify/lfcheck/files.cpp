// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/files.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "lfcheck/terminal.hpp"

namespace lfcheck {

#if defined(__clang__)
const char* const compiler_name = "clang " __clang_version__;
#else
const char* const compiler_name = "g++ " __VERSION__;
#endif

namespace {

[[noreturn]] void refuse_path(const std::string& path) {
  refuse(fmt::format("can't write {}: {}", path, std::strerror(errno)));
}

}  // namespace

output_file::output_file(std::string path) : path_(std::move(path)), part_(path_ + ".part") {
  if (path_.empty()) return;
  std::FILE* trial = std::fopen(part_.c_str(), "w");
  if (trial == nullptr) refuse_path(path_);
  std::fclose(trial);
  std::remove(part_.c_str());
}

void output_file::write(const std::string& text) const {
  if (path_.empty()) return;
  std::FILE* out = std::fopen(part_.c_str(), "w");
  const bool written = out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size();
  if ((out != nullptr && std::fclose(out) != 0) || !written || std::rename(part_.c_str(), path_.c_str()) != 0) {
    std::remove(part_.c_str());
    refuse_path(path_);
  }
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace lfcheck
