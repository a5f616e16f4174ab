// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lockfree::inline v1::verify {

/// Operations that a history, and so a scenario, may have; the search for an order is exponential in the worst case.
inline constexpr std::size_t most_operations = 16;

/// Which threads of a scenario may call an operation. Before and after the threads anything may be called.
enum class role : std::uint8_t {
  any,       ///< each thread
  producer,  ///< one thread, the same for all operations of this role
  consumer,  ///< one thread likewise; it may be the producer too
  owner,     ///< thread 0
  thief,     ///< each thread but 0
  alone      ///< no thread: only before and after them
};

/// Where an argument of an operation comes from in a generated scenario.
struct argument {
  std::vector<int> choices;  ///< one of these; none: a number that no other call has
};

/// How large generated scenarios are, and which others to run.
struct scenario_options {
  unsigned threads = 4;             ///< 2 to this
  unsigned each = 4;                ///< operations of a thread: 1 to this
  unsigned before = 4;              ///< operations before the threads: 0 to this
  unsigned after = 4;               ///< operations after them: 0 to this
  std::vector<std::string> also{};  ///< hand-written ones, run first: "prefix: push(1) | T0: pop() | T1: pop() push(2)"
  bool generate = true;             ///< false: the hand-written ones only
};

namespace detail {

inline constexpr std::size_t most_arguments = 3;

/// One call in a scenario.
struct call {
  std::uint8_t operation = 0;  // index into the declaration
  std::array<int, most_arguments> arguments{};
  friend bool operator==(const call&, const call&) = default;
};

/// What a declared check does in an execution.
struct scenario {
  std::vector<call> before;
  std::vector<std::vector<call>> threads;
  std::vector<call> after;
  friend bool operator==(const scenario&, const scenario&) = default;
};

/// What the engine knows of a declared operation.
struct operation_facts {
  std::string name;
  role who = role::any;
  std::vector<argument> arguments{};
  unsigned records = 1;  // operations of the specification that a call makes
};

/// What the engine knows of a declared check.
struct declaration {
  std::vector<operation_facts> operations;
  scenario_options sizes;
};

}  // namespace detail

}  // namespace lockfree::inline v1::verify
