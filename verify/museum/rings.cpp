// SPDX-License-Identifier: Apache-2.0
#include "museum.hpp"

// Queues in an array.

namespace museum {
namespace {

/// Piece: iceoryx_fifo_read_position
/// Kind: weak memory
/// Source: eclipse-iceoryx/iceoryx issue 1396 "Wrong memory order in concurrent::FIFO", pull request 1397
/// Wrong: `pop` stored the read position with a relaxed order. The producer could see the slot free while its element
///   was still being read, and overwrite it.
/// Fix: The read position is stored with release and loaded with acquire.
template <version V>
struct iceoryx_fifo_read_position {
  static constexpr unsigned threads = 2;
  variable<int> slot{0};  // one element
  atomic<int> written{0}, read{0};

  void thread(unsigned index) {
    for (int i = 0; i < 2; ++i) {
      if (index == 0) {
        while (read.load(acquire) != i) pause();
        slot.set(i);
        written.store(i + 1, release);
      } else {
        while (written.load(acquire) != i + 1) pause();
        expect(slot.get() == i, "elements arrive in order");
        read.store(i + 1, V == version::fixed ? release : relaxed);
      }
    }
  }
};
const exhibit<iceoryx_fifo_read_position> add_iceoryx_fifo_read_position{
    "museum/iceoryx_fifo_read_position", "an element is not overwritten while it is read"};

/// Piece: onetbb_queue_false_empty
/// Kind: weak memory
/// Source: uxlfoundation/oneTBB pull request 782 "Fix concurrent_[bounded_]queue correctness on weak memory models",
///   second issue
/// Wrong: `try_pop` loaded the head counter relaxed. It could see the head of a later pop together with an older tail,
///   and say "empty" although each thread had pushed before it popped.
/// Fix: The load of the head counter acquires, so that the tail that it is compared with is at least as new.
template <version V>
struct onetbb_queue_false_empty {
  static constexpr unsigned threads = 2;
  atomic<int> head{0}, tail{0};
  atomic<int> item[2];
  verify::history<spec::queue<>> history;

  void push(int v) {
    history.record([&] {
      item[tail.fetch_add(1, acq_rel)].store(v, release);
      return spec::transfer::push(v);
    });
  }
  void try_pop() {
    history.record([&] {
      int ticket = head.load(V == version::fixed ? acquire : relaxed);
      do {
        if (tail.load(relaxed) - ticket <= 0) return spec::transfer::pop(false, 0);
      } while (!head.compare_exchange_strong(ticket, ticket + 1, acq_rel, V == version::fixed ? acquire : relaxed));
      int v = 0;
      while ((v = item[ticket].load(acquire)) == 0) pause();
      return spec::transfer::pop(true, v);
    });
  }
  void thread(unsigned index) {
    push(static_cast<int>(index) + 1);
    try_pop();
  }
  void after() { history.check(); }
};
const exhibit<onetbb_queue_false_empty> add_onetbb_queue_false_empty{"museum/onetbb_queue_false_empty",
                                                                     "a pop after a push does not find nothing"};

/// Piece: heapless_mpmc_false_full
/// Kind: interleaving
/// Source: rust-embedded/heapless issue 583 "MpMcQueue can fail to push even when it's not full under contention"
/// Wrong: `enqueue` took a slot that another thread was still emptying for the sign of a full queue. A thread that had
///   just popped an element itself could not push one.
/// Fix: Full is what the positions say; here `enqueue` waits for a slow consumer, as the queue blocks per slot anyway.
template <version V>
struct heapless_mpmc_false_full {
  static constexpr unsigned threads = 2;
  static constexpr int capacity = 2;
  atomic<int> enqueue_position{2}, dequeue_position{0};
  atomic<int> sequence[capacity];
  atomic<int> value[capacity];
  verify::history<spec::queue<capacity>> history;

  heapless_mpmc_false_full() {
    for (int i = 0; i < capacity; ++i) {
      sequence[i].store(i + 1, relaxed);
      value[i].store(i + 1, relaxed);
    }
  }
  void push(int v) {
    history.record([&] {
      int position = enqueue_position.load(seq_cst);
      for (;;) {
        const int distance = sequence[position % capacity].load(seq_cst) - position;
        if (distance == 0) {
          if (!enqueue_position.compare_exchange_strong(position, position + 1, seq_cst)) continue;
          value[position % capacity].store(v, seq_cst);
          sequence[position % capacity].store(position + 1, seq_cst);
          return spec::transfer::push(v);
        }
        if (distance < 0) {
          if (V == version::broken || position - dequeue_position.load(seq_cst) >= capacity) {
            return spec::transfer::push(v, false);
          }
          pause();
        }
        position = enqueue_position.load(seq_cst);
      }
    });
  }
  void pop() {
    history.record([&] {
      int position = dequeue_position.load(seq_cst);
      for (;;) {
        const int distance = sequence[position % capacity].load(seq_cst) - (position + 1);
        if (distance == 0) {
          if (!dequeue_position.compare_exchange_strong(position, position + 1, seq_cst)) continue;
          const int v = value[position % capacity].load(seq_cst);
          sequence[position % capacity].store(position + capacity, seq_cst);
          return spec::transfer::pop(true, v);
        }
        if (distance < 0) return spec::transfer::pop(false, 0);
        position = dequeue_position.load(seq_cst);
      }
    });
  }
  void thread(unsigned index) {
    pop();
    if (index == 1) push(3);
  }
  void after() {
    spec::queue<capacity> initial;
    initial.apply(spec::transfer::push(1));
    initial.apply(spec::transfer::push(2));
    history.check(initial);
  }
};
const exhibit<heapless_mpmc_false_full> add_heapless_mpmc_false_full{"museum/heapless_mpmc_false_full",
                                                                     "a queue that is not full takes an element"};

/// Piece: heapless_ticket_wrap
/// Kind: interleaving
/// Source: rust-embedded/heapless issue 461 "MpMcQueue: enqueue enters infinite loop if queue is full (N >= 256)"
/// Wrong: The difference of slot sequence and position was kept in too few bits for the capacity. A full queue looked
///   like one where another producer had just taken the slot, and `enqueue` retried for ever.
/// Fix: Sequences with more than twice the range of the capacity.
template <version V>
struct heapless_ticket_wrap {
  static constexpr unsigned threads = 2;
  static constexpr int capacity = 4;
  static constexpr int range = V == version::fixed ? 16 : 4;
  atomic<int> enqueue_position{3};
  atomic<int> sequence[capacity];
  int accepted = 0;

  heapless_ticket_wrap() {
    for (int i = 0; i < capacity; ++i) sequence[i].store((i < 3 ? i + 1 : i) % range, relaxed);
  }
  static int difference(int a, int b) {
    const int d = (a - b + 2 * range) % range;
    return d < range / 2 ? d : d - range;
  }
  bool push() {
    int position = enqueue_position.load(seq_cst);
    for (;;) {
      const int distance = difference(sequence[position % capacity].load(seq_cst), position % range);
      if (distance == 0) {
        if (!enqueue_position.compare_exchange_strong(position, position + 1, seq_cst)) continue;
        sequence[position % capacity].store((position + 1) % range, seq_cst);
        return true;
      }
      if (distance < 0) return false;
      pause();
      position = enqueue_position.load(seq_cst);
    }
  }
  void thread(unsigned) { accepted += push() ? 1 : 0; }
  void after() { expect(accepted == 1, "there is room for one"); }
};
const exhibit<heapless_ticket_wrap> add_heapless_ticket_wrap{"museum/heapless_ticket_wrap",
                                                             "a full queue says so at once"};

/// Piece: rocm_queue_abandoned_ticket
/// Kind: interleaving
/// Source: ROCm/rocm-systems pull request 8673, review: "Enqueue failure leaves a permanent hole"; the same hazard as
///   closing a queue whose slots are claimed by fetch-add
/// Wrong: A producer took its ticket first and gave up afterwards, here because the queue had been closed. The slot stays
///   empty for ever and the consumer, who goes slot by slot, never gets past it.
/// Fix: Nothing may fail after the ticket is taken: closing is one bit of the ticket counter itself.
template <version V>
struct rocm_queue_abandoned_ticket {
  static constexpr unsigned threads = 2;
  static constexpr int closed_bit = 1 << 8;
  atomic<int> tail{0};
  atomic<int> closed{0};
  atomic<int> slot[3];
  bool accepted = false;

  bool push() {
    if (V == version::fixed) {
      int t = tail.load(seq_cst);
      do {
        if ((t & closed_bit) != 0) return false;
      } while (!tail.compare_exchange_strong(t, t + 1, seq_cst));
      slot[t].store(1, seq_cst);
    } else {
      const int t = tail.fetch_add(1, seq_cst);
      if (closed.load(seq_cst) != 0) return false;
      slot[t].store(1, seq_cst);
    }
    return true;
  }
  int close() {  // how many elements there will be
    if (V == version::fixed) return tail.fetch_or(closed_bit, seq_cst);
    closed.store(1, seq_cst);
    return tail.load(seq_cst);
  }
  void thread(unsigned index) {
    if (index == 0) {
      accepted = push();
    } else {
      const int count = close();
      for (int i = 0; i < count; ++i) {
        while (slot[i].load(seq_cst) == 0) pause();
      }
    }
  }
};
const exhibit<rocm_queue_abandoned_ticket> add_rocm_queue_abandoned_ticket{"museum/rocm_queue_abandoned_ticket",
                                                                           "a closed queue can be drained"};

}  // namespace
}  // namespace museum
