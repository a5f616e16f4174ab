// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lfcheck {

/// A report that is asked for with a file name. It is written beside its place and then moved there, so that what is
/// there is whole. Whether that will work is found out at once, before any work is done. A report of an
/// earlier run goes then: it must not be taken for this one's if this one is killed.
class output_file {
 public:
  output_file() = default;
  /// Ends the program as wrong usage if it can't be written; an empty path: there is nothing to write.
  explicit output_file(const std::string& path);

  [[nodiscard]] bool wanted() const noexcept { return !path_.empty(); }
  /// Ends the program if the disk is full and the like.
  void write(std::string_view text) const;

 private:
  std::string path_;
};

/// Writes it beside its place and then moves it there; ends the program as wrong usage if that does not work.
void write_report(const std::string& path, std::string_view text);

}  // namespace lfcheck
