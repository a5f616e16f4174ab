// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The one place where Relacy is included, by relacy.cpp alone: its macros would rewrite `new`, `free`, `assert` and
/// the memory orders of everything after it.
///
/// Two things are put in the place of its own:
/// - its platform layer. Ours has guarded stacks, does not jump from a fiber to itself, and keeps the exceptions that
///   are in flight per fiber, so that a thread may be switched away from inside a handler;
/// - the number of values that an atomic remembers: 8 instead of 3.

#include <relacy/pch.hpp>

#include "fiber.hpp"

#define RL_PLATFORM_HPP  // instead of <relacy/platform.hpp>
#define RL_INLINE inline
#define RL_NOINLINE
#define RL_STRINGIZE_I(text) #text
#define RL_STRINGIZE(text) RL_STRINGIZE_I(text)
#define RL_STDCALL
#define RL_THROW_SPEC(ex) noexcept(false)
#define RL_RESTRICT

using fiber_t = lockfree::verify::detail::fiber;

inline unsigned get_tick_count() { return 0; }
inline void set_low_thread_prio() {}
inline void create_main_fiber(fiber_t&) {}
inline void delete_main_fiber(fiber_t&) {}
inline void create_fiber(fiber_t& fiber, void (*body)(void*), void* argument) { fiber.create(body, argument); }
inline void delete_fiber(fiber_t& fiber) { fiber.destroy(); }
inline void switch_to_fiber(fiber_t& to, fiber_t& from) { lockfree::verify::detail::fiber::resume(to, from); }

#define atomic_history_size lockfree_history_size = 8, relacy_history_size
#include <relacy/base.hpp>
#undef atomic_history_size
#define atomic_history_size lockfree_history_size
#include <relacy/relacy.hpp>
#undef atomic_history_size

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef $
#undef VAR
#undef VAR_T
#undef TLS_T
