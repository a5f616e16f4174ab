// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <lockfree/verify/where.hpp>

/// What the headers of lockfree/verify call and the compiled engine (verify/engine) provides. Nothing here is for users.
/// Every function is out of line on purpose: the optimiser must not drop what a destructor tells the engine.
namespace lockfree::inline v1::verify::detail {

/// Threads that a check may have, and the slot of the code that runs before and after them.
inline constexpr unsigned max_threads = 8;
inline constexpr unsigned main_slot = max_threads;
inline constexpr unsigned slots = max_threads + 1;

/// What an execution can be found guilty of.
enum class verdict : std::uint8_t {
  holds,
  expectation,        ///< `expect(false, ...)`
  data_race,          ///< two accesses to a `plain`, at least one a write, neither happens before the other
  use_after_free,     ///< an access to an `atomic` or `plain` that was destroyed or whose memory was freed
  double_free,        ///< memory given back twice, or never handed out
  leak,               ///< memory still allocated after the check was destroyed
  uninitialised,      ///< a read that may come before the initialisation
  deadlock,           ///< every thread waits
  lost_wakeup,        ///< every thread waits, one of them for a value that has changed
  livelock,           ///< more steps than an execution may have
  not_linearizable,   ///< no order of the operations explains their results
  misuse,             ///< a mutex unlocked by a stranger, locked twice, ...
  exception,          ///< an exception left a thread, the constructor or `after`
  crash,              ///< a signal: wild pointer, stack overflow, abort
  bad_specification,  ///< the specification gives two answers to one question: nothing is said about the code
  too_large           ///< more than the checker can judge: nothing is said about the code
};

/// The fault is the check's, and there is no sense in replaying it.
constexpr bool is_harness(verdict kind) noexcept {
  return kind == verdict::bad_specification || kind == verdict::too_large;
}

/// A value of up to 16 bytes, zero-extended.
struct words {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const words&, const words&) = default;
};

template <class T>
[[nodiscard]] words to_words(const T& value) noexcept {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(words));
  words out;
  std::memcpy(static_cast<void*>(&out), &value, sizeof(T));
  return out;
}

template <class T>
[[nodiscard]] T from_words(const words& value) noexcept {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &value, sizeof(T));
  return std::bit_cast<T>(bytes);
}

/// How a trace writes a value.
enum class format : std::uint8_t { boolean, signed_integer, unsigned_integer, pointer, raw };

template <class T>
inline constexpr format format_of = std::is_same_v<T, bool>                       ? format::boolean
                                    : std::is_pointer_v<T>                        ? format::pointer
                                    : std::is_integral_v<T>&& std::is_signed_v<T> ? format::signed_integer
                                    : std::is_integral_v<T>                       ? format::unsigned_integer
                                    : std::is_enum_v<T>                           ? format::unsigned_integer
                                                                                  : format::raw;

/// The engine's side of one `verify::atomic`.
struct atomic_handle {
  void* cell;
  std::uint64_t alive;
};

enum class fetch : std::uint8_t { add, sub, bit_and, bit_or, bit_xor };

void atomic_construct(atomic_handle& atomic, words initial, format format, unsigned bytes, const where& at) noexcept;
void atomic_destroy(atomic_handle& atomic) noexcept;
words atomic_load(const atomic_handle& atomic, std::memory_order order, const where& at) noexcept;
void atomic_store(atomic_handle& atomic, words value, std::memory_order order, const where& at) noexcept;
words atomic_exchange(atomic_handle& atomic, words value, std::memory_order order, const where& at) noexcept;
words atomic_fetch(atomic_handle& atomic, fetch what, std::uint64_t operand, std::memory_order order,
                   const where& at) noexcept;
bool atomic_compare_exchange(atomic_handle& atomic, words& expected, words desired, bool weak,
                             std::memory_order success, std::memory_order failure, const where& at) noexcept;
/// Parks while the value is `old`; `timed`: may also give up at any moment, and then returns false.
bool atomic_wait(const atomic_handle& atomic, words old, std::memory_order order, bool timed, const where& at) noexcept;
/// Parks once if the newest value is `old`, until anything wakes it, be it nothing at all. False if its time ran out.
bool atomic_park(const atomic_handle& atomic, words old, bool timed, const where& at) noexcept;
void atomic_notify(atomic_handle& atomic, bool all, const where& at) noexcept;

/// The engine's side of one `verify::plain`: who wrote it last and who has read it since.
struct plain_shadow {
  std::uint64_t alive;
  std::uint32_t written_at;  // writer's own clock; 0: never written
  std::uint32_t written_by;
  std::uint32_t write_site;
  std::array<std::uint32_t, max_threads> read_at;  // each reader's own clock; 0: not since the last write
  std::array<std::uint32_t, max_threads> read_site;
};

void plain_construct(plain_shadow& shadow) noexcept;
void plain_destroy(plain_shadow& shadow) noexcept;
void plain_write(plain_shadow& shadow, const where& at) noexcept;
void plain_read(const plain_shadow& shadow, const where& at) noexcept;

struct mutex_handle {
  void* mutex;
  std::uint64_t alive;
};

void mutex_construct(mutex_handle& mutex) noexcept;
void mutex_destroy(mutex_handle& mutex) noexcept;
void mutex_lock(mutex_handle& mutex, const where& at) noexcept;
bool mutex_try_lock(mutex_handle& mutex, const where& at) noexcept;
void mutex_unlock(mutex_handle& mutex, const where& at) noexcept;

void fence(std::memory_order order, const where& at) noexcept;
[[nodiscard]] bool revalidated(bool condition, const where& at) noexcept;
void yield(const where& at) noexcept;

[[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment, const where& at);
void deallocate(void* memory, std::size_t bytes, std::size_t alignment, const where& at) noexcept;

/// 0 to `max_threads - 1` in a thread of the check, `main_slot` in constructor, `after` and destructor.
[[nodiscard]] unsigned current_slot() noexcept;

/// Something of a thread's own that must be told when the thread ends. Kept in the engine's list by address.
struct thread_end_hook {
  void (*call)(void* object, unsigned slot) noexcept;
  void* object;
};
void at_thread_end(const thread_end_hook& hook) noexcept;
void forget_thread_end(void* object) noexcept;
void end_thread(const where& at) noexcept;

/// Ends the execution as a violation.
[[noreturn]] void fail(verdict kind, const char* message, const where& at) noexcept;

/// The vector clock of the calling thread: entry t is how much of thread t happens before now.
struct clock {
  std::array<std::uint64_t, max_threads> seen{};
  unsigned thread = 0;
  [[nodiscard]] std::uint64_t own() const noexcept { return seen[thread]; }
};
[[nodiscard]] clock now() noexcept;

/// Progress checks (progress.hpp): how many operations the thread does in this execution, and the marks around each.
[[nodiscard]] unsigned progress_rounds(unsigned thread) noexcept;
void progress_operation_begins() noexcept;
void progress_operation_ends() noexcept;

/// Adds a line to the trace of the calling thread, if one is being written.
[[nodiscard]] bool tracing() noexcept;
void note(const char* text, const where& at) noexcept;
/// Brackets an operation on the object under test; `text` says what it was and what came out.
void call_begins(const where& at) noexcept;
void call_ends(const char* text, const where& at) noexcept;

}  // namespace lockfree::inline v1::verify::detail
