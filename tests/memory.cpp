// SPDX-License-Identifier: Apache-2.0
// The formulas of memory that headers and README show, against what the compiler makes.
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>

#include <lockfree/core/cache_line.hpp>

#include "support/each.hpp"
#include "support/elements.hpp"

namespace {

/// The bytes of the term "128 B" that begins or ends a formula: what the object itself takes. 0 if there is none.
std::size_t fixed_term(std::string_view formula) {
  const std::string_view first = formula.substr(0, formula.find(" + "));
  const std::size_t last_plus = formula.rfind(" + ");
  const std::string_view last = last_plus == formula.npos ? first : formula.substr(last_plus + 3);
  for (const std::string_view term : {first, last}) {
    std::size_t bytes = 0;
    std::size_t digits = 0;
    for (; digits < term.size() && std::isdigit(static_cast<unsigned char>(term[digits])) != 0; ++digits) {
      bytes = 10 * bytes + static_cast<std::size_t>(term[digits] - '0');
    }
    if (digits != 0 && term.substr(digits) == " B") return bytes;
  }
  return 0;
}

/// A formula without a fixed term leaves out a mutex and a container's few pointers.
const auto body = []<class Structure>(support::type<Structure>) {
  constexpr std::string_view rounded = " B + sizeof(T), rounded up to 128 B";
  const std::size_t stated = fixed_term(Structure::memory);
  if (Structure::memory.ends_with(rounded)) {
    REQUIRE(lockfree::cache_line == 128);
    REQUIRE(sizeof(Structure) == (stated + sizeof(typename Structure::value_type) + 127) / 128 * 128);
  } else if (stated != 0) {
    REQUIRE(sizeof(Structure) == stated);
  } else {
    REQUIRE(sizeof(Structure) <= lockfree::cache_line);
  }
};
const bool tests = [] {
  support::each<support::everything<int>>("takes the bytes that its formula of memory says", "[memory]", body);
  support::each<support::everything<support::large>>("of large elements takes the bytes that its formula says",
                                                     "[memory]", body);
  return true;
}();

TEST_CASE("the fixed term of a formula of memory is found at its beginning or its end", "[memory]") {
  REQUIRE(fixed_term("128 B") == 128);
  REQUIRE(fixed_term("128 B + (sizeof(T) + 24 B) an element") == 128);
  REQUIRE(fixed_term("capacity × (sizeof(T) + 8 B, aligned) + 384 B") == 384);
  REQUIRE(fixed_term("256 B + 128 B and a table entry for each thread") == 256);
  REQUIRE(fixed_term("size × sizeof(T), in blocks") == 0);
  REQUIRE(fixed_term("8 B + sizeof(T), rounded up to 128 B") == 8);
  REQUIRE(fixed_term("") == 0);
}

}  // namespace
