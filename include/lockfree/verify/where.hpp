// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <version>
#if defined(__cpp_lib_source_location)
#include <source_location>
#endif

namespace lockfree::inline v1::verify {

/// The place in the source where a modelled operation was called: always a default argument `where at =
/// where::current()`, never a macro. It must be written directly in the operation's own parameter list; g++ does not
/// look through a second function.
#if defined(__cpp_lib_source_location)
using where = std::source_location;
#else  // clang 14 with libstdc++: the same interface from the built-ins
class where {
 public:
  static constexpr where current(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                                 unsigned line = __builtin_LINE(), unsigned column = __builtin_COLUMN()) noexcept {
    where at;
    at.file_ = file;
    at.function_ = function;
    at.line_ = line;
    at.column_ = column;
    return at;
  }
  [[nodiscard]] constexpr const char* file_name() const noexcept { return file_; }
  [[nodiscard]] constexpr const char* function_name() const noexcept { return function_; }
  [[nodiscard]] constexpr unsigned line() const noexcept { return line_; }
  [[nodiscard]] constexpr unsigned column() const noexcept { return column_; }

 private:
  const char* file_ = "";
  const char* function_ = "";
  unsigned line_ = 0;
  unsigned column_ = 0;
};
#endif

}  // namespace lockfree::inline v1::verify
