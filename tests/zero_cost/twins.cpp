// SPDX-License-Identifier: Apache-2.0
// The hot paths of the queues, each beside a twin that is written by hand on std::atomic and raw memory, with no platform
// between. check_zero_cost.py compiles this file and compares the instructions of ring_X with those of twin_X.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include <lockfree/queue/intrusive_mpsc_queue.hpp>
#include <lockfree/queue/mpmc_ring.hpp>
#include <lockfree/queue/spsc_ring.hpp>

// The self-test defines this as an instruction that only the twins have; the comparison must find it.
#if !defined(EXTRA_INSTRUCTION)
#define EXTRA_INSTRUCTION
#endif

using element = std::uint64_t;
using index = std::uint64_t;

/// Raw memory for one T, as a programmer would write it who wants no constructor to run.
template <class T>
struct raw {
  alignas(T) std::byte bytes[sizeof(T)];

  T* place() { return reinterpret_cast<T*>(bytes); }
  T* value() { return std::launder(reinterpret_cast<T*>(bytes)); }
};

// ------------------------------------------------------------------------------------------------------- mpmc_ring

struct mpmc_twin {
  struct slot {
    std::atomic<index> sequence;
    raw<element> cell;
  };
  struct claim {
    index position;
    std::size_t count;
  };
  struct claimed_slot {
    slot* place;
    index position;
  };

  slot* slots;
  std::size_t size;
  std::size_t mask;
  alignas(128) std::atomic<index> tail;
  alignas(128) std::atomic<index> head;

  slot& at(index position) {
    const std::size_t number = position & mask;
    return slots[number];
  }

  claimed_slot claim_one_free() {
    index position = tail.load(std::memory_order::relaxed);
    slot& place = at(position);
    if (place.sequence.load(std::memory_order::acquire) == position) [[likely]] {
      index newest = position;
      if (tail.compare_exchange_weak(newest, position + 1, std::memory_order::relaxed, std::memory_order::relaxed))
          [[likely]] {
        return {&place, position};
      }
    }
    const claim got = claim_free(1);
    return {got.count != 0 ? &at(got.position) : nullptr, got.position};
  }

  claimed_slot claim_one_filled() {
    index position = head.load(std::memory_order::relaxed);
    slot& place = at(position);
    if (place.sequence.load(std::memory_order::acquire) == position + 1) [[likely]] {
      index newest = position;
      if (head.compare_exchange_weak(newest, position + 1, std::memory_order::relaxed, std::memory_order::relaxed))
          [[likely]] {
        return {&place, position};
      }
    }
    const claim got = claim_filled(1);
    return {got.count != 0 ? &at(got.position) : nullptr, got.position};
  }

  // The paths with hindrance are out of line; what they do is no part of the comparison.
  [[gnu::noinline]] claim claim_free(std::size_t wanted) noexcept;
  [[gnu::noinline]] claim claim_filled(std::size_t wanted) noexcept;
};

using mpmc = lockfree::mpmc_ring<element>;

extern "C" bool ring_mpmc_try_push(mpmc& ring, const element& value) { return ring.try_push(value); }

extern "C" bool twin_mpmc_try_push(mpmc_twin& ring, const element& value) {
  EXTRA_INSTRUCTION;
  const mpmc_twin::claimed_slot got = ring.claim_one_free();
  if (got.place == nullptr) return false;
  std::construct_at(got.place->cell.place(), value);
  got.place->sequence.store(got.position + 1, std::memory_order::release);
  return true;
}

extern "C" bool ring_mpmc_try_pop(mpmc& ring, element& out) { return ring.try_pop(out); }

extern "C" bool twin_mpmc_try_pop(mpmc_twin& ring, element& out) {
  EXTRA_INSTRUCTION;
  const mpmc_twin::claimed_slot got = ring.claim_one_filled();
  if (got.place == nullptr) return false;
  const index next_lap = got.position + ring.mask + 1;
  out = *got.place->cell.value();
  got.place->sequence.store(next_lap, std::memory_order::release);
  return true;
}

// ------------------------------------------------------------------------------------------------------- spsc_ring

struct spsc_twin {
  using cell = raw<element>;

  cell* cells;
  std::size_t size;
  std::size_t mask;
  alignas(128) std::atomic<index> tail;
  raw<index> head_copy;
  alignas(128) std::atomic<index> head;
  raw<index> tail_copy;

  cell& at(index position) {
    const std::size_t number = position & mask;
    return cells[number];
  }

  // How many of `wanted` cells are free or filled.
  std::size_t room(index position, std::size_t wanted) {
    std::size_t free = size - (position - *head_copy.value());
    if (free < wanted) {
      *head_copy.value() = head.load(std::memory_order::acquire);
      free = size - (position - *head_copy.value());
    }
    return free < wanted ? free : wanted;
  }
  std::size_t filled(index position, std::size_t wanted) {
    std::size_t ready = *tail_copy.value() - position;
    if (ready < wanted) {
      *tail_copy.value() = tail.load(std::memory_order::acquire);
      ready = *tail_copy.value() - position;
    }
    return ready < wanted ? ready : wanted;
  }
};

using spsc = lockfree::spsc_ring<element>;

extern "C" bool ring_spsc_try_push(spsc& ring, const element& value) { return ring.try_push(value); }

extern "C" bool twin_spsc_try_push(spsc_twin& ring, const element& value) {
  EXTRA_INSTRUCTION;
  const index tail = ring.tail.load(std::memory_order::relaxed);
  if (ring.room(tail, 1) == 0) return false;
  std::construct_at(ring.at(tail).place(), value);
  ring.tail.store(tail + 1, std::memory_order::release);
  return true;
}

extern "C" bool ring_spsc_try_pop(spsc& ring, element& out) { return ring.try_pop(out); }

extern "C" bool twin_spsc_try_pop(spsc_twin& ring, element& out) {
  EXTRA_INSTRUCTION;
  const index head = ring.head.load(std::memory_order::relaxed);
  if (ring.filled(head, 1) == 0) return false;
  const index next = head + 1;
  out = *ring.at(head).value();
  ring.head.store(next, std::memory_order::release);
  return true;
}

// --------------------------------------------------------------------------------------------- intrusive_mpsc_queue

struct intrusive_twin {
  struct node {
    std::atomic<node*> next;
  };
  alignas(128) std::atomic<node*> head;
};

using intrusive = lockfree::intrusive_mpsc_queue<lockfree::mpsc_queue_hook>;

extern "C" void ring_intrusive_push(intrusive& queue, lockfree::mpsc_queue_hook& node) { queue.push(node); }

extern "C" void twin_intrusive_push(intrusive_twin& queue, intrusive_twin::node& node) {
  EXTRA_INSTRUCTION;
  node.next.store(nullptr, std::memory_order::relaxed);
  intrusive_twin::node* const before = queue.head.exchange(&node, std::memory_order::acq_rel);
  before->next.store(&node, std::memory_order::release);
}
