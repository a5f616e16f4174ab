// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace lfcheck {

/// A file that is written as a whole or not at all: beside its place, and then moved there.
class output_file {
 public:
  /// Nothing is written where `path` is empty. Refuses a path that can't be written, before the work begins.
  explicit output_file(std::string path);
  /// Refuses if it can't be written after all.
  void write(const std::string& text) const;

 private:
  std::string path_;
  std::string part_;
};

/// The contents of a file; nothing if it can't be read.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path);

/// "g++ 12.2.0" and the like: what this program was compiled with.
extern const char* const compiler_name;

}  // namespace lfcheck
