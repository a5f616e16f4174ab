// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/platform.hpp>

/// What the pieces of the museum share. A piece is the smallest program that has a bug somebody published, and the same
/// program with the published repair:
///
///     /// Piece: <name>
///     /// Kind: weak memory | interleaving | control
///     /// Source: where it was published
///     /// Wrong: what went wrong
///     /// Fix: how it was repaired
///     template <version V>
///     struct <name> { static constexpr unsigned threads = 2; void thread(unsigned index); ... };
///     const exhibit<<name>> add_<name>{"museum/<name>", "what must hold"};
///
/// registers `museum/<name>`, which must hold, and `museum/<name>!broken`, which must not. table.py reads those comments.
///
/// Bugs of the interleaving alone use seq_cst operations throughout, so that nothing but the schedule is to blame.
namespace museum {

namespace verify = lockfree::verify;
namespace spec = lockfree::verify::spec;
using lockfree::verify::atomic;
using lockfree::verify::condition_variable;
using lockfree::verify::expect;
using lockfree::verify::mutex;
using lockfree::verify::platform;
using lockfree::verify::variable;
using lockfree::verify::where;

inline constexpr auto relaxed = std::memory_order::relaxed;
inline constexpr auto acquire = std::memory_order::acquire;
inline constexpr auto release = std::memory_order::release;
inline constexpr auto acq_rel = std::memory_order::acq_rel;
inline constexpr auto seq_cst = std::memory_order::seq_cst;

enum class version { fixed, broken };

/// The most steps of an execution; the pieces are small, and one that goes on for longer will go on for ever.
inline constexpr unsigned most_steps = 400;

/// Registers both versions of a model.
template <template <version> class Model>
class exhibit {
 public:
  exhibit(const char* name, std::string_view must_hold, where at = where::current())
      : fixed_(name, {.structure = "museum", .purpose = must_hold, .steps = most_steps, .audit = false}, at),
        broken_(std::string(name) + "!broken",
                {.structure = "museum",
                 .purpose = must_hold,
                 .broken = true,
                 .twin_of = name,
                 .steps = most_steps,
                 .audit = false},
                at) {}

 private:
  verify::add<Model<version::fixed>> fixed_;
  verify::add<Model<version::broken>> broken_;
};

/// Registers correct code that a naive checker would accuse.
template <class Model>
class control {
 public:
  control(const char* name, std::string_view must_hold, where at = where::current())
      : correct_(name, {.structure = "museum", .purpose = must_hold, .steps = most_steps, .audit = false}, at) {}

 private:
  verify::add<Model> correct_;
};

/// One turn of a loop that waits for another thread.
inline void pause(where at = where::current()) { platform::spin_wait{}.once(at); }

}  // namespace museum
