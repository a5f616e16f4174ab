// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <version>
#if defined(__cpp_lib_source_location)
#include <source_location>
#endif

namespace lockfree::inline v1::verify {

/// The place in the source where a modelled operation was called. Taken by default arguments, never by a macro.
struct where {
  const char* file = "";
  const char* function = "";
  unsigned line = 0;
  unsigned column = 0;

#if defined(__cpp_lib_source_location)
  static consteval where here(std::source_location at = std::source_location::current()) noexcept {
    return {at.file_name(), at.function_name(), at.line(), at.column()};
  }
#else  // clang 14 with libstdc++
  static constexpr where here(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                              unsigned line = __builtin_LINE(), unsigned column = __builtin_COLUMN()) noexcept {
    return {file, function, line, column};
  }
#endif
};

}  // namespace lockfree::inline v1::verify
