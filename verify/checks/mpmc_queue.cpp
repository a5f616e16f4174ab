// SPDX-License-Identifier: Apache-2.0
//
// Model checks of mpmc_queue. Segments have two cells, or one; a pop looks once before it closes its cell, or not at all;
// the domain reclaims as early as it may, and checks in which a segment goes reclaim themselves.

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include <lockfree/queue/mpmc_queue.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/progress.hpp>

namespace {

namespace verify = lockfree::verify;
using verify::drop;
using verify::expect;
using verify::platform;
using verify::weaken;

using domain = lockfree::basic_hazard_domain<platform>;
using operation = verify::spec::transfer;

template <class T, std::size_t SegmentSize = 2, unsigned Patience = 1>
using segmented = lockfree::mpmc_queue<T, platform, SegmentSize, Patience>;
using queue_of_pairs = segmented<int>;
using impatient_queue = segmented<int, 2, 0>;

/// Every result fits one sequential queue without a bound, whose "empty" is exact.
using queue_spec = verify::spec::queue<>;
using history = verify::history<queue_spec>;

template <class Queue>
operation push(Queue& queue, int value) {
  queue.push(value);
  return operation::push(value);
}
template <class Queue>
operation pop(Queue& queue) {
  int out = 0;
  const bool done = queue.try_pop(out);
  return operation::pop(done, out);
}

/// `Before` elements have come and gone, the elements 1 to `Inside` are there.
template <class Queue, int Before = 0, int Inside = 0>
struct with_queue {
  domain segments{1};
  Queue queue{segments};
  history results;

  with_queue() {
    for (int i = 0; i < Before; ++i) {
      queue.push(9);
      expect(queue.try_pop().has_value(), "what was pushed is there");
    }
    for (int i = 1; i <= Inside; ++i) record_push(i);
  }
  void record_push(int value) {
    results.record([&] { return push(queue, value); });
  }
  void record_pop() {
    results.record([&] { return pop(queue); });
  }
  /// Nothing is lost: all that is inside comes out, and then nothing.
  void after() {
    for (bool more = true; more;) more = results.record([&] { return pop(queue); }).done;
    results.check();
  }
};

/// Generated scenarios.
template <std::size_t SegmentSize, unsigned Patience>
struct reclaiming_queue {
  domain segments{1};
  segmented<int, SegmentSize, Patience> object{segments};
};
const verify::declare<reclaiming_queue<2, 1>, queue_spec> add_declared{
    "mpmc_queue/declared",
    {verify::op::push(), verify::op::pop()},
    {.structure = "mpmc_queue",
     .purpose = "every result is one of a queue, in every scenario that is generated",
     .dies_of = {weaken("mpmc_queue.hpp:P2"), weaken("mpmc_queue.hpp:X3"), weaken("mpmc_queue.hpp:X4"),
                 weaken("mpmc_queue.hpp:C4"), weaken("mpmc_queue.hpp:C5"), drop("mpmc_queue.hpp:P2")}}};
const verify::declare<reclaiming_queue<1, 0>, queue_spec> add_declared_single{
    "mpmc_queue/declared_single",
    {verify::op::push(), verify::op::pop()},
    {.structure = "mpmc_queue",
     .purpose = "the same with segments of one cell: each push turns a page",
     .dies_of = {weaken("mpmc_queue.hpp:X3"), weaken("mpmc_queue.hpp:X4"), drop("mpmc_queue.hpp:P2"),
                 drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8"), drop("hazard_domain.hpp:C1"),
                 weaken("hazard_domain.hpp:C3")}}};

/// One element is inside, in the last cell of its segment. A thread pushes another, into the next segment, and then pops
/// the first: at no time is the queue empty, and the other thread must not say so however old what it reads is.
struct never_empty : with_queue<queue_of_pairs, 1, 1> {
  static constexpr unsigned threads = 2;

  void thread(unsigned index) {
    if (index == 0) record_push(2);
    record_pop();
  }
};
const verify::add<never_empty> add_never_empty{
    "mpmc_queue/never_empty",
    {.structure = "mpmc_queue",
     .purpose = "a pop does not say empty where one element is always inside, though never the same",
     .dies_of = {weaken("mpmc_queue.hpp:C1")}}};

/// The same within a segment.
struct never_empty_inside : with_queue<segmented<int, 3>, 1, 1> {
  static constexpr unsigned threads = 2;

  void thread(unsigned index) {
    if (index == 0) record_push(2);
    record_pop();
  }
};
const verify::add<never_empty_inside> add_never_empty_inside{
    "mpmc_queue/never_empty_inside",
    {.structure = "mpmc_queue",
     .purpose = "the same where both elements are in one segment",
     .dies_of = {weaken("mpmc_queue.hpp:C1")}}};

/// Of two pops at one element one gets it; the other's fetch-add may take a cell that nobody has pushed to.
template <class Queue>
struct last_element : with_queue<Queue, 0, 1> {
  static constexpr unsigned threads = 3;

  void thread(unsigned index) {
    if (index < 2) {
      this->record_pop();
    } else {
      this->record_push(2);
    }
  }
};
const verify::add<last_element<queue_of_pairs>> add_last_element{
    "mpmc_queue/last_element",
    {.structure = "mpmc_queue",
     .purpose = "two pops at the last element, beside a push: nobody gets an element twice, none is lost",
     .dies_of = {weaken("mpmc_queue.hpp:P2"), drop("mpmc_queue.hpp:P2")}}};

/// The pop is impatient: it closes the cell of a push that is under way, which must move on with its element.
template <class Queue>
struct closed_cell : with_queue<Queue> {
  static constexpr unsigned threads = 2;

  void thread(unsigned index) {
    for (int i = 1; i <= 2; ++i) {
      if (index == 0) {
        this->record_push(i);
      } else {
        this->record_pop();
      }
    }
  }
};
const verify::add<closed_cell<impatient_queue>> add_closed_cell{
    "mpmc_queue/closed_cell",
    {.structure = "mpmc_queue",
     .purpose = "a push whose cell was closed takes its element to another cell, also to the next segment",
     .dies_of = {weaken("mpmc_queue.hpp:P2"), drop("mpmc_queue.hpp:P2"), weaken("mpmc_queue.hpp:C5")}}};

/// Both producers find the segment full, one links the next, the other moves its element there.
template <class Queue>
struct turns_page : with_queue<Queue, 2> {
  static constexpr unsigned threads = 3;

  void thread(unsigned index) {
    if (index < 2) {
      this->record_push(1 + static_cast<int>(index));
    } else {
      this->record_pop();
      this->record_pop();
    }
  }
};
const verify::add<turns_page<queue_of_pairs>> add_turns_page{
    "mpmc_queue/turns_page",
    {.structure = "mpmc_queue",
     .purpose = "two pushes find a full segment, two pops a drained one",
     .dies_of = {weaken("mpmc_queue.hpp:X3"), weaken("mpmc_queue.hpp:X4"), drop("mpmc_queue.hpp:X3")}}};

/// The segment is full and drained. A push links another; a pop moves the tail and the head on to it, perhaps before the
/// push does; the third thread comes by the head, or by the tail, to a segment that it knows of only by hearsay.
template <class Queue, bool Pushes>
struct by_hearsay : with_queue<Queue, 1> {
  static constexpr unsigned threads = 3;

  void thread(unsigned index) {
    if (index == 0 || (index == 2 && Pushes)) {
      this->record_push(1 + static_cast<int>(index));
    } else {
      this->record_pop();
      if (index == 1) this->segments.reclaim();
    }
  }
};
const verify::add<by_hearsay<segmented<int, 1>, false>> add_head_by_hearsay{
    "mpmc_queue/head_by_hearsay",
    {.structure = "mpmc_queue",
     .purpose = "two pops go on to a new segment, one because the other has moved the head",
     .dies_of = {weaken("mpmc_queue.hpp:L1"), weaken("mpmc_queue.hpp:L3"), weaken("mpmc_queue.hpp:X3")}}};
const verify::add<by_hearsay<segmented<int, 1>, true>> add_tail_by_hearsay{
    "mpmc_queue/tail_by_hearsay",
    {.structure = "mpmc_queue",
     .purpose = "a pop moves the tail in place of the push that should: then another push follows, into what is there",
     .dies_of = {weaken("mpmc_queue.hpp:L1"), weaken("mpmc_queue.hpp:L2")}}};

/// The head leaves the segment while the push that linked the next one has not moved the tail yet. That push protects the
/// segment until it has; but a reclaimer that reads the hazards one by one may see the hazard of another push before
/// it is there and that of the first one after it has gone. So the head takes the tail with it.
template <class Queue, int Before>
struct lagging_tail : with_queue<Queue, Before> {
  static constexpr unsigned threads = 3;

  void thread(unsigned index) {
    if (index == 1) {
      this->record_pop();
      for (int i = 0; i < 2; ++i) this->segments.reclaim();
    } else {
      this->record_push(1 + static_cast<int>(index));
    }
  }
};
const verify::add<lagging_tail<segmented<int, 1>, 1>> add_lagging_tail{
    "mpmc_queue/lagging_tail",
    {.structure = "mpmc_queue",
     .purpose = "no push gets into a segment that the head has left",
     .dies_of = {weaken("mpmc_queue.hpp:L1"), weaken("mpmc_queue.hpp:L2")}}};

/// Two pops take the two elements of a full segment, and may go on to the next while the other is not done.
template <class Queue>
struct leaves_segment : with_queue<Queue, 0, 2> {
  static constexpr unsigned threads = 3;

  void thread(unsigned index) {
    if (index == 0) {
      this->record_push(3);
    } else {
      this->record_pop();
      if (index == 2) return;
      this->record_pop();
      this->segments.reclaim();
    }
  }
};
const verify::add<leaves_segment<queue_of_pairs>> add_leaves_segment{
    "mpmc_queue/leaves_segment",
    {.structure = "mpmc_queue",
     .purpose = "the head leaves a segment when all of it has been taken, not before, and who reads in it still may",
     .dies_of = {weaken("mpmc_queue.hpp:X3"), weaken("hazard_domain.hpp:C3")}}};

/// Mistakes that the checks here are there to find.
enum class mistake {
  none,
  leaves_cell_open,  // a pop gives up its cell, but does not tell the push
  leaves_early,      // the head goes on when a cell stays empty and a segment follows
  leaves_tail,       // the head leaves a segment that the tail still shows, as in the paper
  frees_at_once      // a segment that the head has left is freed under the hands of who is still in it
};

/// The same queue, of numbers in atomics that are all acquired and released: what goes wrong is no order.
template <mistake Made>
class careless_queue {
 public:
  explicit careless_queue(domain& segments) : domain_(segments) {}
  ~careless_queue() {
    for (segment* each = head_.load(std::memory_order::acquire); each != nullptr;) {
      delete std::exchange(each, each->next.load(std::memory_order::acquire));
    }
  }
  careless_queue(const careless_queue&) = delete;
  careless_queue& operator=(const careless_queue&) = delete;

  void push(int value) {
    lockfree::basic_hazard_pointer<platform> hazard(domain_);
    for (;;) {
      segment* const last = hazard.protect(tail_);
      const std::size_t mine = last->pushes.fetch_add(1, std::memory_order::acq_rel);
      if (mine < last->cells.size()) {
        int state = none;
        if (last->cells[mine].compare_exchange_strong(state, value, std::memory_order::acq_rel,
                                                      std::memory_order::acquire)) {
          return;
        }
      } else if (extend(*last, value)) {
        return;
      }
    }
  }

  bool try_pop(int& out) {
    lockfree::basic_hazard_pointer<platform> hazard(domain_);
    platform::spin_wait wait;
    for (;;) {
      segment* const first = hazard.protect(head_);
      const std::size_t popped = first->pops.load(std::memory_order::acquire);
      if (popped < first->cells.size()) {
        if (popped >= first->pushes.load(std::memory_order::acquire)) return false;
        const std::size_t mine = first->pops.fetch_add(1, std::memory_order::acq_rel);
        if (mine >= first->cells.size()) continue;
        const int found = Made == mistake::leaves_cell_open
                              ? first->cells[mine].load(std::memory_order::acquire)
                              : first->cells[mine].exchange(closed, std::memory_order::acq_rel);
        if (found != none) {
          out = found;
          return true;
        }
        if (Made == mistake::leaves_early) (void)go_on(*first);
        wait.once();
      } else if (!go_on(*first)) {
        return false;
      }
    }
  }
  std::optional<int> try_pop() {
    int out = 0;
    return try_pop(out) ? std::optional<int>(out) : std::nullopt;
  }

 private:
  static constexpr int none = 0;
  static constexpr int closed = -1;

  struct segment : lockfree::hazard_pointer_obj_base<segment, std::default_delete<segment>, platform> {
    std::array<platform::atomic<int>, 2> cells{none, none};
    platform::atomic<std::size_t> pops{0};
    platform::atomic<std::size_t> pushes{0};
    platform::atomic<segment*> next{nullptr};
  };

  bool extend(segment& last, int value) {
    segment* next = last.next.load(std::memory_order::acquire);
    bool done = false;
    if (next == nullptr) {
      auto made = std::make_unique<segment>();
      made->cells[0].store(value, std::memory_order::relaxed);
      made->pushes.store(1, std::memory_order::relaxed);
      done =
          last.next.compare_exchange_strong(next, made.get(), std::memory_order::acq_rel, std::memory_order::acquire);
      if (done) next = made.release();
    }
    segment* expected = &last;
    tail_.compare_exchange_strong(expected, next, std::memory_order::acq_rel, std::memory_order::acquire);
    return done;
  }

  bool go_on(segment& drained) {
    segment* const next = drained.next.load(std::memory_order::acquire);
    if (next == nullptr) return false;
    segment* expected = &drained;
    if (Made != mistake::leaves_tail) {
      tail_.compare_exchange_strong(expected, next, std::memory_order::acq_rel, std::memory_order::acquire);
    }
    expected = &drained;
    if (head_.compare_exchange_strong(expected, next, std::memory_order::acq_rel, std::memory_order::acquire)) {
      if (Made == mistake::frees_at_once) {
        delete &drained;
      } else {
        drained.retire(domain_);
      }
    }
    return true;
  }

  domain& domain_;
  platform::atomic<segment*> head_{new segment};
  platform::atomic<segment*> tail_{head_.load(std::memory_order::relaxed)};
};
using careful_queue = careless_queue<mistake::none>;

const verify::add<closed_cell<careful_queue>> add_closes_cell{
    "mpmc_queue/closes_cell",
    {.structure = "mpmc_queue", .purpose = "the queue that the mistakes are made in is right without them"}};
const verify::add<closed_cell<careless_queue<mistake::leaves_cell_open>>> add_leaves_cell_open{
    "mpmc_queue/leaves_cell_open",
    {.structure = "mpmc_queue",
     .purpose = "a pop that gives up a cell without closing it loses the element that comes after all",
     .broken = true,
     .twin_of = "mpmc_queue/closes_cell"}};

const verify::add<lagging_tail<careful_queue, 2>> add_takes_tail_along{
    "mpmc_queue/takes_tail_along",
    {.structure = "mpmc_queue", .purpose = "the queue that the mistakes are made in is right without them"}};
const verify::add<lagging_tail<careless_queue<mistake::leaves_tail>, 2>> add_leaves_tail{
    "mpmc_queue/leaves_tail",
    {.structure = "mpmc_queue",
     .purpose =
         "a head that leaves a segment which the tail still shows, as in the paper, leads a push into freed memory",
     .broken = true,
     .twin_of = "mpmc_queue/takes_tail_along"}};

/// Three pushes into a segment of two, beside two pops.
template <class Queue>
struct unread_cells : with_queue<Queue> {
  static constexpr unsigned threads = 3;

  void thread(unsigned index) {
    if (index == 0) {
      this->record_push(1);
    } else if (index == 1) {
      this->record_push(2);
      this->record_push(3);
    } else {
      this->record_pop();
      this->record_pop();
    }
  }
};
const verify::add<unread_cells<queue_of_pairs>> add_unread_cells{
    "mpmc_queue/unread_cells",
    {.structure = "mpmc_queue",
     .purpose = "a segment with unread cells is not left although one of its cells stays empty and another follows"}};
const verify::add<unread_cells<careless_queue<mistake::leaves_early>>> add_leaves_early{
    "mpmc_queue/leaves_early",
    {.structure = "mpmc_queue",
     .purpose = "a head that goes on before all cells have been given to pops loses what is in them",
     .broken = true,
     .twin_of = "mpmc_queue/unread_cells"}};

/// A whole segment goes by: it is filled, drained, left and retired by one thread, while another is inside.
template <class Queue>
struct segment_goes : with_queue<Queue, 2, 1> {
  static constexpr unsigned threads = 2;

  void thread(unsigned index) {
    if (index == 0) {
      this->record_push(2);
      this->record_push(3);
      for (int i = 0; i < 3; ++i) this->record_pop();
      this->segments.reclaim();
    } else {
      this->record_push(4);
      this->record_pop();
    }
  }
};
const verify::add<segment_goes<queue_of_pairs>> add_segment_goes{
    "mpmc_queue/segment_goes",
    {.structure = "mpmc_queue",
     .purpose = "a segment that was left is not freed while a push or a pop is inside, nor shown by the tail",
     .dies_of = {drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8"), drop("hazard_domain.hpp:C1"),
                 weaken("hazard_domain.hpp:C3")}}};
const verify::add<segment_goes<careless_queue<mistake::frees_at_once>>> add_frees_at_once{
    "mpmc_queue/frees_at_once",
    {.structure = "mpmc_queue",
     .purpose = "a queue that frees drained segments at once",
     .broken = true,
     .twin_of = "mpmc_queue/segment_goes"}};

/// The estimates look into segments that others leave and free.
struct looks : with_queue<segmented<int, 1>, 1> {
  static constexpr unsigned threads = 2;

  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 1; i <= 3; ++i) {
        record_push(i);
        record_pop();
      }
      segments.reclaim();
    } else {
      expect(queue.size_approx() <= 3, "no more than have ever been inside");
      expect(queue.footprint() > sizeof(queue), "there is always a segment");
    }
  }
  void after() {
    expect(queue.size_approx() == 0 && queue.empty_approx(), "nothing is left");
    with_queue::after();
  }
};
const verify::add<looks> add_looks{
    "mpmc_queue/looks",
    {.structure = "mpmc_queue",
     .purpose = "size and footprint do not look into freed segments",
     .dies_of = {drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8"), weaken("mpmc_queue.hpp:X4")}}};

/// An element on the heap: one that is never destroyed is a leak, one that is destroyed twice a double free.
class on_heap {
 public:
  explicit on_heap(int value) noexcept : value_(new int(value)) {}
  on_heap(on_heap&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  on_heap& operator=(on_heap&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~on_heap() { delete value_; }
  [[nodiscard]] int value() const { return *value_; }

 private:
  int* value_;
};

/// In a domain of the queue's own, and with elements inside at the end: in cells, in a segment that follows, in none that
/// was left.
struct destroys {
  static constexpr unsigned threads = 2;

  segmented<on_heap, 2, 0> queue;

  void thread(unsigned index) {
    queue.emplace(static_cast<int>(index));
    if (index == 0) queue.emplace(2);
    if (auto out = queue.try_pop()) expect(out->value() >= 0 && out->value() <= 2, "an element is whole");
  }
};
const verify::add<destroys> add_destroys{
    "mpmc_queue/destroys",
    {.structure = "mpmc_queue",
     .purpose = "each element is destroyed exactly once, by who popped it or with the queue; each segment is freed",
     .dies_of = {weaken("mpmc_queue.hpp:P2"), drop("mpmc_queue.hpp:P2")}}};

/// Its construction throws from 0, its move may for all that the queue knows, so it is made in its cell.
class fragile {
 public:
  struct failed {};

  explicit fragile(int value) : value_(value) {
    if (value == 0) throw failed();
  }
  fragile(fragile&& other) noexcept(false) : value_(other.value_) {}
  explicit operator int() const { return value_; }

 private:
  int value_;
};

/// A push that throws, in its cell or perhaps in a segment that is not linked yet.
struct throwing_push {
  static constexpr unsigned threads = 2;
  domain segments{1};
  segmented<fragile, 2, 0> queue{segments};
  std::array<int, 2> got{};

  void thread(unsigned index) {
    if (index == 0) {
      queue.emplace(1);
      try {
        queue.emplace(0);
        expect(false, "a failed construction throws out of the push");
      } catch (const fragile::failed&) {}
      queue.emplace(2);
    } else {
      for (int& each : got) {
        if (const auto out = queue.try_pop()) each = static_cast<int>(*out);
      }
    }
  }
  void after() {
    int next = 1;
    for (const int each : got) expect(each == 0 || each == next++, "what is popped was pushed, in order");
    while (const auto out = queue.try_pop()) expect(static_cast<int>(*out) == next++, "the rest is inside, in order");
    expect(next == 3 && queue.empty_approx(), "nothing is lost, and nothing is left");
  }
};
const verify::add<throwing_push> add_throwing_push{
    "mpmc_queue/throwing_push",
    {.structure = "mpmc_queue",
     .purpose = "a cell whose element could not be made is passed over, and no other suffers",
     .dies_of = {weaken("mpmc_queue.hpp:P2"), drop("mpmc_queue.hpp:P2")}}};

/// Several in a row, beside others.
struct bulk {
  static constexpr unsigned threads = 3;
  domain segments{1};
  queue_of_pairs queue{segments};
  std::array<int, 2> out{};
  std::size_t got = 0;

  void thread(unsigned index) {
    if (index == 0) {
      const std::array<int, 3> batch{1, 2, 3};
      queue.push_n(batch.begin(), batch.size());
    } else if (index == 1) {
      queue.push(4);
    } else {
      got = queue.try_pop_n(out.begin(), out.size());
    }
  }
  void after() {
    int next = 1;
    int fours = 0;
    const auto see = [&](int element) {
      if (element == 4) {
        ++fours;
      } else {
        expect(element == next++, "a batch keeps its order");
      }
    };
    for (std::size_t i = 0; i < got; ++i) see(out[i]);
    while (const auto left = queue.try_pop()) see(*left);
    expect(next == 4 && fours == 1, "each element comes out once");
  }
};
const verify::add<bulk> add_bulk{
    "mpmc_queue/bulk",
    {.structure = "mpmc_queue",
     .purpose = "a batch is pushed and popped in its order beside others",
     .dies_of = {weaken("mpmc_queue.hpp:P2"), drop("mpmc_queue.hpp:P2"), weaken("mpmc_queue.hpp:X3")}}};

/// Both push and pop in turn: each finds at least what it has pushed itself, or one of the two that are inside where a
/// stopped pop has taken that.
struct nobody_waits {
  static constexpr unsigned threads = 2;

  domain segments{1};
  queue_of_pairs queue{segments};

  nobody_waits() {
    queue.push(8);
    queue.push(9);
  }
  void operation(unsigned thread, unsigned round) {
    platform::spin_wait wait;
    int out = 0;
    if (round % 2 == 0) {
      queue.push(static_cast<int>(thread));
    } else {
      while (!queue.try_pop(out)) wait.once();
    }
  }
};
const verify::add_progress<nobody_waits> add_nobody_waits{"mpmc_queue/push and pop",
                                                          {.structure = "mpmc_queue",
                                                           .purpose = "both threads push and pop in turn",
                                                           .claims = lockfree::mpmc_queue<int>::progress,
                                                           .rounds = 4}};

}  // namespace
