// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include <lockfree/core/cache_line.hpp>

namespace lockfree::inline v1 {

namespace detail {

/// Value of `this_thread_slot` in a thread that has none.
inline constexpr std::uint32_t no_thread_slot = 0xffff'ffff;

/// The calling thread's slot: a small index that no other living thread has. Taken on first need, the smallest free
/// one, and given back when the thread ends, after its `thread_local` destructors have run. Trivial, so that it can be
/// used for as long as the thread runs any code at all.
extern constinit thread_local std::uint32_t this_thread_slot;

/// What the compiled part knows of a record: whom to tell when its thread ends, and the list of its thread's records.
struct thread_record {
  using exit_function = void (*)(thread_record&) noexcept;

  explicit constexpr thread_record(exit_function tell) noexcept : on_thread_exit(tell) {}

  exit_function on_thread_exit;
  thread_record* next_of_slot = nullptr;      // guarded by the registry's mutex
  thread_record* previous_of_slot = nullptr;  // guarded by the registry's mutex
};

/// Slot to record. Grows by a larger table with the same entries; the smaller ones live on for threads still in them.
struct thread_record_table {
  std::uint32_t size;
  const thread_record_table* smaller;

  using entry = std::atomic<thread_record*>;
  [[nodiscard]] const entry& operator[](std::uint32_t slot) const noexcept {
    return reinterpret_cast<const entry*>(this + 1)[slot];  // NOLINT: the entries follow the header
  }
};
static_assert(sizeof(thread_record_table) % alignof(thread_record_table::entry) == 0);

inline constexpr thread_record_table no_thread_records{0, nullptr};

/// The part of `per_thread` that does not depend on the record's type; slow paths are in the compiled part.
class per_thread_base {
 public:
  per_thread_base(const per_thread_base&) = delete;
  per_thread_base& operator=(const per_thread_base&) = delete;

 protected:
  constexpr per_thread_base() noexcept = default;

  /// Frees the tables. `detach` has come before it.
  ~per_thread_base();

  /// This thread's record or null.
  [[nodiscard]] thread_record* find() const noexcept {
    const std::uint32_t slot = this_thread_slot;
    // [F1] acquire, pairs with thread_slots.cpp [G1]: the entries have been copied into the table
    const thread_record_table* table = table_.load(std::memory_order::acquire);
    if (slot >= table->size) [[unlikely]]
      return nullptr;
    // [F2] relaxed: this slot's entry is written by this thread, or by an earlier owner of the slot before it gave it
    // back under the registry's mutex, or was copied before thread_slots.cpp [G1]
    return (*table)[slot].load(std::memory_order::relaxed);
  }

  /// Gives this thread a slot and the table an entry for it, so that `attach` can't fail. Throws `std::bad_alloc`.
  void reserve();

  /// Makes `record`, already constructed, this thread's.
  void attach(thread_record& record) noexcept;

  /// Takes all records out of their threads' lists: no `on_thread_exit` runs or will run afterwards.
  void detach() noexcept;

  [[nodiscard]] const thread_record_table& table() const noexcept {
    // [F3] acquire, pairs with thread_slots.cpp [G1]: the entries have been copied into the table
    return *table_.load(std::memory_order::acquire);
  }

  /// The record of `slot` or null; any thread.
  [[nodiscard]] static thread_record* at(const thread_record_table& table, std::uint32_t slot) noexcept {
    // [F4] acquire, pairs with thread_slots.cpp [G2]: the record is constructed
    return table[slot].load(std::memory_order::acquire);
  }

 private:
  std::atomic<const thread_record_table*> table_{&no_thread_records};
};

}  // namespace detail

/// One `Record` for each thread that asks for one, owned by this object.
///
/// Use it when: each thread needs memory of its own inside a structure: a counter's stripe, a cache, a retired list.
/// Not when: the value belongs to the thread and not to an object; that is `thread_local`.
///
/// A record is created by its thread's first `local()` and lives until this object is destroyed. When its thread ends,
/// `on_thread_exit()` runs in that thread, and a later thread gets the record as it was left, with everything that the
/// earlier thread did to it happening before. So there are at most as many records as there were threads at one time.
/// `on_thread_exit()` runs while a mutex of the process is held: it must be short and must not call `local()`, nor
/// create or destroy a `per_thread`. It may run for a record that the ending thread did not touch, and more than once.
/// It runs after the thread's `thread_local` destructors; what a later destructor of a pthread key does to the record
/// brings another call. It does not run in the thread that returns from `main` or calls `exit`.
///
/// Record: default-constructible, `void on_thread_exit() noexcept`. Each record has its cache lines to itself.
/// Progress: `find_local` wait-free; `local` likewise once the record is there, before that it allocates and takes a
/// mutex. `for_each` wait-free.
/// Memory: 8 B; at most 16 B + 16 B × n for n = the largest slot (rounded up to a power of two, at least 8) that has
/// used this object; sizeof(Record) + 32 B rounded up to a cache line for each record.
/// Threads: everything from any thread; construction and destruction must not overlap with calls, but may overlap with
/// the exit of threads that have called. Usable in `thread_local` destructors and, if this object is never destroyed,
/// during static destruction; constant-initialised. Not from signal handlers, but `find_local`.
/// After `fork()` the child keeps the forking thread's records; those of the threads that are not there any more stay
/// as they were and are not handed on.
template <class Record>
class per_thread : private detail::per_thread_base {
 public:
  static_assert(noexcept(std::declval<Record&>().on_thread_exit()), "Record needs void on_thread_exit() noexcept");

  constexpr per_thread() noexcept = default;

  /// Destroys all records.
  ~per_thread() {
    detach();
    const detail::thread_record_table& records = table();
    for (std::uint32_t slot = 0; slot < records.size; ++slot) delete static_cast<holder*>(at(records, slot));
  }

  /// This thread's record, created if there is none yet. Throws `std::bad_alloc` and what `Record()` throws, and is
  /// then without effect.
  Record& local() {
    if (detail::thread_record* found = find()) [[likely]]
      return static_cast<holder*>(found)->record;
    return create();
  }

  /// This thread's record, or null if it has none. Never allocates.
  [[nodiscard]] Record* find_local() noexcept {
    detail::thread_record* found = find();
    return found != nullptr ? &static_cast<holder*>(found)->record : nullptr;
  }

  /// Calls `f(record)` for every record whose creation happens before the call, and perhaps for newer ones, while
  /// their threads go on using them.
  template <class F>
  void for_each(F f) {
    visit<Record>(f);
  }
  template <class F>
  void for_each(F f) const {
    visit<const Record>(f);
  }

 private:
  struct alignas(cache_line) holder : detail::thread_record {
    holder() : thread_record(&tell) {}
    static void tell(thread_record& self) noexcept { static_cast<holder&>(self).record.on_thread_exit(); }
    Record record{};
  };

  [[gnu::noinline, gnu::cold]] Record& create() {
    reserve();
    // The slot may have been an earlier thread's, whose record is handed on.
    if (detail::thread_record* left = find()) return static_cast<holder*>(left)->record;
    auto* created = new holder;
    attach(*created);
    return created->record;
  }

  template <class R, class F>
  void visit(F& f) const {
    const detail::thread_record_table& records = table();
    for (std::uint32_t slot = 0; slot < records.size; ++slot) {
      if (detail::thread_record* found = at(records, slot)) f(static_cast<R&>(static_cast<holder*>(found)->record));
    }
  }
};

}  // namespace lockfree::inline v1
