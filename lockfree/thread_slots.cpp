// SPDX-License-Identifier: Apache-2.0
//
// Thread slots and the records that hang on them. Everything here is rare: a thread's first use, a record's creation,
// growth, a thread's end. One mutex guards it all. The state is constant-initialised and never destroyed, so that
// threads may start and end before `main` and after it.
//
// fork(): the mutex is taken over the fork, so the child finds the registry in order. The child's only thread keeps
// its slot. The slots of the threads that are not there any more stay taken: whether their records were in the middle
// of a change can't be known, so nobody gets them; their owner still destroys them.

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>
#include <type_traits>

#include <pthread.h>

#include <lockfree/core/per_thread.hpp>

namespace lockfree::inline v1::detail {

constinit thread_local std::uint32_t this_thread_slot = no_thread_slot;

namespace {

struct slot_state {
  thread_record* records;  // those whose thread has this slot, in no order
  bool taken;
};

struct registry_state {
  std::mutex mutex;
  slot_state* slots = nullptr;
  std::uint32_t size = 0;
  std::uint32_t lowest_free = 0;  // no smaller slot is free
  pthread_key_t at_thread_exit{};
  bool ready = false;
};

constinit registry_state registry;
static_assert(std::is_trivially_destructible_v<registry_state>, "threads may end after static destruction");

/// Runs when a thread that has a slot ends, after its `thread_local` destructors. If another key's destructor uses the
/// library after this, the thread takes a slot again and this runs again.
extern "C" void lockfree_thread_exit(void*) {
  const std::lock_guard lock(registry.mutex);
  const std::uint32_t slot = this_thread_slot;
  for (thread_record* record = registry.slots[slot].records; record != nullptr; record = record->next_of_slot) {
    record->on_thread_exit(*record);
  }
  this_thread_slot = no_thread_slot;
  registry.slots[slot].taken = false;
  registry.lowest_free = std::min(registry.lowest_free, slot);
}

extern "C" void lockfree_before_fork() { registry.mutex.lock(); }
extern "C" void lockfree_after_fork() { registry.mutex.unlock(); }

/// With the mutex held: everything that can fail comes before the first change of state.
void take_slot() {
  if (!registry.ready) {
    pthread_key_t key;
    if (pthread_key_create(&key, lockfree_thread_exit) != 0) throw std::bad_alloc();
    if (pthread_atfork(lockfree_before_fork, lockfree_after_fork, lockfree_after_fork) != 0) {
      pthread_key_delete(key);
      throw std::bad_alloc();
    }
    registry.at_thread_exit = key;
    registry.ready = true;
  }
  std::uint32_t slot = registry.lowest_free;
  while (slot < registry.size && registry.slots[slot].taken) ++slot;
  if (slot == registry.size) {
    const std::uint32_t size = std::max(std::uint32_t{16}, 2 * registry.size);
    void* grown = std::realloc(registry.slots, size * sizeof(slot_state));
    if (grown == nullptr) throw std::bad_alloc();
    registry.slots = static_cast<slot_state*>(grown);
    std::fill(registry.slots + registry.size, registry.slots + size, slot_state{nullptr, false});
    registry.size = size;
  }
  // Any value but null makes the destructor run.
  if (pthread_setspecific(registry.at_thread_exit, &registry) != 0) throw std::bad_alloc();
  registry.slots[slot].taken = true;
  registry.lowest_free = slot + 1;
  this_thread_slot = slot;
}

using entry = thread_record_table::entry;

entry* entries_of(const thread_record_table* table) noexcept { return const_cast<entry*>(&(*table)[0]); }

/// A table of `size` entries: those of `smaller`, then nulls.
const thread_record_table* larger_table(const thread_record_table* smaller, std::uint32_t size) {
  void* memory = ::operator new(sizeof(thread_record_table) + size * sizeof(entry));
  auto* table = ::new (memory) thread_record_table{size, smaller->size == 0 ? nullptr : smaller};
  entry* entries = entries_of(table);
  for (std::uint32_t slot = 0; slot < size; ++slot) {
    // [G3] relaxed: entries change under the mutex, which is held
    thread_record* record = slot < smaller->size ? (*smaller)[slot].load(std::memory_order::relaxed) : nullptr;
    ::new (entries + slot) entry(record);
  }
  return table;
}

}  // namespace

void per_thread_base::reserve() {
  const std::lock_guard lock(registry.mutex);
  if (this_thread_slot == no_thread_slot) take_slot();
  // [G4] relaxed: the table changes under the mutex, which is held
  const thread_record_table* table = table_.load(std::memory_order::relaxed);
  if (this_thread_slot < table->size) return;
  const thread_record_table* larger = larger_table(table, std::max(8U, std::bit_ceil(this_thread_slot + 1)));
  // [G1] release, pairs with per_thread.hpp [F1] and [F3]: the entries have been copied before the table is seen
  table_.store(larger, std::memory_order::release);
}

void per_thread_base::attach(thread_record& record) noexcept {
  const std::lock_guard lock(registry.mutex);
  thread_record*& first = registry.slots[this_thread_slot].records;
  record.next_of_slot = first;
  if (first != nullptr) first->previous_of_slot = &record;
  first = &record;
  // [G5] relaxed: the table changes under the mutex, which is held
  entry& mine = entries_of(table_.load(std::memory_order::relaxed))[this_thread_slot];
  // [G2] release, pairs with per_thread.hpp [F4]: the record is constructed before others see it
  mine.store(&record, std::memory_order::release);
}

void per_thread_base::detach() noexcept {
  if (table().size == 0) return;
  const std::lock_guard lock(registry.mutex);
  for (std::uint32_t slot = 0; slot < table().size; ++slot) {
    const thread_record* record = at(table(), slot);
    if (record == nullptr) continue;
    if (record->next_of_slot != nullptr) record->next_of_slot->previous_of_slot = record->previous_of_slot;
    if (record->previous_of_slot != nullptr) {
      record->previous_of_slot->next_of_slot = record->next_of_slot;
    } else {
      registry.slots[slot].records = record->next_of_slot;
    }
  }
}

per_thread_base::~per_thread_base() {
  // [G6] relaxed: no other thread is left
  const thread_record_table* table = table_.load(std::memory_order::relaxed);
  if (table->size == 0) return;
  while (table != nullptr) {
    const thread_record_table* smaller = table->smaller;
    ::operator delete(const_cast<thread_record_table*>(table));
    table = smaller;
  }
}

}  // namespace lockfree::inline v1::detail
