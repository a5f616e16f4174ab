// SPDX-License-Identifier: Apache-2.0
#include "heap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include <lockfree/verify/detail/engine.hpp>

namespace lockfree::inline v1::verify::detail::heap {

bool tracking = false;

namespace {

constexpr std::size_t arena_bytes = std::size_t{1} << 30;  // address space only; pages appear when touched
constexpr std::uint64_t live_mark = 0x6c69'7665'626c'6f63;
constexpr std::uint64_t free_mark = 0x6672'6565'626c'6f63;
constexpr unsigned char poison = 0xDD;

struct header {
  std::uint64_t mark;
  std::uint64_t number;
};
static_assert(sizeof(header) == 16);

struct record {
  std::byte* memory;
  std::size_t bytes;
  std::size_t room;  // bytes that may be used, a class for reuse together with the alignment
  std::size_t alignment;
  block known;
  std::uint32_t next_free;  // number of the next record of the same class, 0: none
};

/// malloc without the detour through the replaced operator new.
template <class T>
struct raw_allocator {
  using value_type = T;
  raw_allocator() = default;
  template <class U>
  explicit(false) raw_allocator(const raw_allocator<U>&) noexcept {}
  T* allocate(std::size_t n) {
    if (void* memory = std::malloc(n * sizeof(T))) return static_cast<T*>(memory);
    throw std::bad_alloc();
  }
  void deallocate(T* memory, std::size_t) noexcept { std::free(memory); }
  friend bool operator==(const raw_allocator&, const raw_allocator&) noexcept { return true; }
};
template <class T>
using raw_vector = std::vector<T, raw_allocator<T>>;

struct free_list {
  std::size_t room;
  std::size_t alignment;
  std::uint32_t first;
};

struct arena_state {
  std::byte* begin = nullptr;
  std::byte* end = nullptr;
  std::byte* next = nullptr;
  raw_vector<record> records;
  raw_vector<free_list> free;
  std::size_t live = 0;

  arena_state() {
    void* memory =
        mmap(nullptr, arena_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    begin = next = static_cast<std::byte*>(memory);
    end = begin + arena_bytes;
    records.reserve(256);
  }
};

arena_state& arena() {
  static arena_state instance;
  return instance;
}

header& header_of(const void* memory) noexcept {
  return *reinterpret_cast<header*>(static_cast<std::byte*>(const_cast<void*>(memory)) - sizeof(header));
}

free_list& list_of(arena_state& a, std::size_t room, std::size_t alignment) {
  for (free_list& list : a.free) {
    if (list.room == room && list.alignment == alignment) return list;
  }
  a.free.push_back({room, alignment, 0});
  return a.free.back();
}

}  // namespace

void begin_execution() noexcept {
  arena_state& a = arena();
  a.next = a.begin;
  a.records.clear();
  for (free_list& list : a.free) list.first = 0;
  a.live = 0;
}

void* allocate(std::size_t bytes, std::size_t alignment, unsigned thread, std::uint32_t site) {
  arena_state& a = arena();
  alignment = std::max(alignment, sizeof(header));
  if (bytes > arena_bytes / 4) throw std::bad_alloc();
  const std::size_t room = (std::max<std::size_t>(bytes, 1) + 15) / 16 * 16;
  free_list& list = list_of(a, room, alignment);
  std::uint32_t number = list.first;
  if (number != 0) {
    list.first = a.records[number - 1].next_free;
  } else {
    auto address = reinterpret_cast<std::uintptr_t>(a.next) + sizeof(header);
    address = (address + alignment - 1) / alignment * alignment;
    auto* memory = reinterpret_cast<std::byte*>(address);
    if (memory + room > a.end) throw std::bad_alloc();
    a.next = memory + room;
    a.records.push_back({memory, bytes, room, alignment, {}, 0});
    number = static_cast<std::uint32_t>(a.records.size());
  }
  record& r = a.records[number - 1];
  r.bytes = bytes;
  r.known = {bytes, 0, number, true, thread, 0, site, 0};
  header_of(r.memory) = {live_mark, number};
  std::memset(r.memory, poison, room);
  ++a.live;
  return r.memory;
}

bool owns(const void* memory) noexcept {
  const arena_state& a = arena();
  return memory >= a.begin && memory < a.end;
}

release deallocate(void* memory, unsigned thread, std::uint32_t site, bool reuse) noexcept {
  arena_state& a = arena();
  const block known = find(memory);
  if (known.number == 0 || a.records[known.number - 1].memory != memory) return release::never_allocated;
  if (!known.live) return release::twice;
  record& r = a.records[known.number - 1];
  std::memset(memory, poison, r.room);
  header_of(memory).mark = free_mark;
  r.known.live = false;
  r.known.freed_by = thread;
  r.known.freed_at = site;
  --a.live;
  if (reuse) {
    free_list& list = list_of(a, r.room, r.alignment);
    r.next_free = list.first;
    list.first = known.number;
  }
  return release::done;
}

block find(const void* memory) noexcept {
  const arena_state& a = arena();
  if (memory < a.begin || memory >= a.next) return {};
  // records are in the order of their addresses
  auto after = std::upper_bound(a.records.begin(), a.records.end(), static_cast<const std::byte*>(memory),
                                [](const std::byte* p, const record& r) { return p < r.memory; });
  if (after == a.records.begin()) return {};
  const record& r = *std::prev(after);
  if (memory >= r.memory + r.room) return {};
  block out = r.known;
  out.offset = static_cast<std::size_t>(static_cast<const std::byte*>(memory) - r.memory);
  return out;
}

block first_live(std::size_t& count) noexcept {
  const arena_state& a = arena();
  count = a.live;
  if (a.live == 0) return {};
  for (const record& r : a.records) {
    if (r.known.live) return r.known;
  }
  return {};
}

namespace {

void* obtain(std::size_t bytes, std::size_t alignment) {
  if (tracking) {
    untracked inside;
    return detail::allocate(bytes, alignment, where{});
  }
  void* memory =
      alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__
          ? std::malloc(std::max<std::size_t>(bytes, 1))
          : std::aligned_alloc(alignment, (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  if (!owns(memory)) {
    std::free(memory);
    return;
  }
  if (!tracking) return;  // the rest of an execution that was abandoned
  untracked inside;
  detail::deallocate(memory, 0, 0, where{});
}

}  // namespace

}  // namespace lockfree::inline v1::verify::detail::heap

namespace heap = lockfree::verify::detail::heap;
constexpr std::size_t plain_alignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

void* operator new(std::size_t bytes) { return heap::obtain(bytes, plain_alignment); }
void* operator new[](std::size_t bytes) { return heap::obtain(bytes, plain_alignment); }
void* operator new(std::size_t bytes, std::align_val_t a) { return heap::obtain(bytes, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t bytes, std::align_val_t a) { return heap::obtain(bytes, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { heap::give_back(p); }
void operator delete[](void* p) noexcept { heap::give_back(p); }
void operator delete(void* p, std::size_t) noexcept { heap::give_back(p); }
void operator delete[](void* p, std::size_t) noexcept { heap::give_back(p); }
void operator delete(void* p, std::align_val_t) noexcept { heap::give_back(p); }
void operator delete[](void* p, std::align_val_t) noexcept { heap::give_back(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { heap::give_back(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { heap::give_back(p); }
