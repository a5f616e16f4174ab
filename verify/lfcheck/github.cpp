// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/github.hpp"

#include <filesystem>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "lfcheck/terminal.hpp"

namespace lfcheck {

namespace {

/// A message ends at the end of its line, a property also at a colon or a comma.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    if (special) {
      out += fmt::format("%{:02X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string relative(const std::string& path) {
  std::error_code error;
  const std::string here = std::filesystem::current_path(error).string() + '/';
  return !error && path.starts_with(here) ? path.substr(here.size()) : path;
}

}  // namespace

std::string github_annotations(const std::vector<item>& work, const std::vector<outcome>& results,
                               const std::string& program) {
  std::string out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const outcome& o = results[i];
    if (o.how == status::passed) continue;
    // A violation is where it happens; what has no place is where the check is written.
    const bool placed = !o.file.empty() && o.line != 0;
    const std::string& file = placed ? o.file : work[i].check->file;
    std::string message = o.sentence.empty() ? o.verdict : o.sentence;
    if (!o.needs.empty()) message += '\n' + o.needs;
    if (!o.lint.empty()) message += '\n' + o.lint;
    if (!o.replay.empty()) message += "\nreplay: " + replay_command(program, work[i], o);
    out += fmt::format("::{} file={}{},title={}::{}\n", o.how == status::inconclusive ? "warning" : "error",
                       escaped(relative(file), true), placed ? fmt::format(",line={}", o.line) : "",
                       escaped(work[i].name + ": " + o.verdict, true), escaped(message, false));
  }
  return out;
}

}  // namespace lfcheck
