// SPDX-License-Identifier: Apache-2.0
//
// Model checks of chase_lev_deque. In all of them thread 0 is the owner, the others steal, and a ledger sees to it that
// every element is taken exactly once.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <lockfree/deque/chase_lev_deque.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>
#include <lockfree/verify/progress.hpp>

namespace {

namespace verify = lockfree::verify;
using lockfree::steal_status;
using std::memory_order;
using verify::expect;
using verify::weaken;

/// Positions start at `First`; the initial capacity is `Capacity`.
template <class T, std::size_t Capacity, std::uint8_t First = 0>
struct deque : lockfree::chase_lev_deque<T, verify::platform, std::uint8_t> {
  deque() : lockfree::chase_lev_deque<T, verify::platform, std::uint8_t>(Capacity, First) {}
};

/// Generated scenarios: owner and thieves, from a capacity of one, so that it grows. An "empty" of a thief may be wrong
/// by the element that the owner is after: see below.
using verify::failure;
const verify::declare<deque<int, 1>, verify::spec::deque<failure::exact, failure::lenient>> add_declared{
    "chase_lev_deque/declared",
    {verify::op::push(verify::role::owner), verify::op::pop(verify::role::owner), verify::op::steal()},
    {.structure = "chase_lev_deque",
     .purpose = "every result is one of a deque, in every scenario that is generated",
     .dies_of = {weaken("chase_lev_deque.hpp:P3"), weaken("chase_lev_deque.hpp:O2"), weaken("chase_lev_deque.hpp:S2"),
                 weaken("chase_lev_deque.hpp:G3"), weaken("chase_lev_deque.hpp:S3"), weaken("chase_lev_deque.hpp:O3"),
                 weaken("chase_lev_deque.hpp:S5"), weaken("chase_lev_deque.hpp:O4")}}};

/// The owner, after the last element, has lowered bottom; a thief finds nothing; the owner sees that another steal came
/// between, raises bottom again, and the same thief gets the element.
const verify::declare<deque<int, 1>, verify::spec::deque<>> add_steal_is_not_exact{
    "chase_lev_deque/declared, steal is not exact",
    {verify::op::push(verify::role::owner), verify::op::pop(verify::role::owner), verify::op::steal()},
    {.structure = "chase_lev_deque",
     .purpose = "a steal may find nothing while the owner's pop is after the last element and will not get it",
     .broken = true,
     .twin_of = "chase_lev_deque/declared"},
    {.also = {"prefix: push(1) push(2) | T0: pop() | T1: steal() steal() steal()"}, .generate = false}};

/// Who took what: elements are the numbers 1 to `Count`.
template <int Count>
class ledger {
 public:
  void take(int element) {
    expect(element >= 1 && element <= Count, "what is taken was pushed");
    expect(!taken_[static_cast<std::size_t>(element)], "no element is taken twice");
    taken_[static_cast<std::size_t>(element)] = true;
    ++sum_;
  }
  void take(const std::optional<int>& element) {
    if (element) take(*element);
  }
  /// After all threads: what is left in the deque is what nobody took.
  template <class Deque>
  void settle(Deque& from, int pushed = Count) {
    while (const auto element = from.pop()) take(number(*element));
    expect(sum_ == pushed, "every element is taken or still inside");
    expect(from.empty_approx(), "nothing is left");
  }
  [[nodiscard]] int count() const { return sum_; }

 private:
  template <class T>
  static int number(const T& element) {
    if constexpr (std::is_same_v<T, int>) {
      return element;
    } else {
      return element.number();
    }
  }
  std::array<bool, Count + 1> taken_{};
  int sum_ = 0;
};

template <class Deque>
void steal_into(Deque& from, auto& book) {
  int element = 0;
  if (from.try_steal(element) == steal_status::success) book.take(element);
}

/// The owner pops its only element while a thief is after it.
struct last_element {
  static constexpr unsigned threads = 2;
  deque<int, 2> tasks;
  ledger<2> book;

  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 1; i <= 2; ++i) {
        tasks.push(i);
        book.take(tasks.pop());
      }
    } else {
      steal_into(tasks, book);
      steal_into(tasks, book);
    }
  }
  void after() { book.settle(tasks); }
};
const verify::add<last_element> add_last_element{
    "chase_lev_deque/last element",
    {.structure = "chase_lev_deque",
     .purpose = "the owner and a thief that are after the only element do not both get it, and it is not lost",
     .dies_of = {weaken("chase_lev_deque.hpp:P3"), weaken("chase_lev_deque.hpp:S2")}}};

/// Elements enough for a pop without compare-exchange beside steals: the store of bottom against the load of top.
struct pop_beside_steals {
  static constexpr unsigned threads = 3;
  deque<int, 4> tasks;
  ledger<3> book;

  pop_beside_steals() {
    for (int i = 1; i <= 3; ++i) tasks.push(i);
  }
  void thread(unsigned index) {
    if (index == 0) {
      book.take(tasks.pop());
      book.take(tasks.pop());
    } else {
      steal_into(tasks, book);
      steal_into(tasks, book);
    }
  }
  void after() { book.settle(tasks); }
};
const verify::add<pop_beside_steals> add_pop_beside_steals{
    "chase_lev_deque/pop beside steals",
    {.structure = "chase_lev_deque",
     .purpose = "a pop without compare-exchange and two thieves never take the same element",
     .dies_of = {weaken("chase_lev_deque.hpp:O2", memory_order::release),
                 weaken("chase_lev_deque.hpp:O3", memory_order::acquire),
                 weaken("chase_lev_deque.hpp:S2", memory_order::acquire)}}};

/// What a pop leaves in bottom is all that a thief may learn of the elements below: no push follows.
struct steal_after_pops {
  static constexpr unsigned threads = 2;
  deque<int, 4> tasks;
  ledger<3> book;

  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 1; i <= 3; ++i) tasks.push(i);
      for (int i = 1; i <= 3; ++i) book.take(tasks.pop());
    } else {
      steal_into(tasks, book);
      steal_into(tasks, book);
    }
  }
  void after() { book.settle(tasks); }
};
const verify::add<steal_after_pops> add_steal_after_pops{
    "chase_lev_deque/steal after pops",
    {.structure = "chase_lev_deque",
     .purpose = "a thief that learns of its element from the bottom that a pop stored sees the element",
     .dies_of = {weaken("chase_lev_deque.hpp:O2"), weaken("chase_lev_deque.hpp:S5")}}};

/// As above, for the bottom that a pop takes back because a thief was at its element at the same time.
struct steal_after_restored_bottom {
  static constexpr unsigned threads = 2;
  deque<int, 2> tasks;
  ledger<2> book;

  void thread(unsigned index) {
    if (index == 0) {
      tasks.push(1);
      tasks.push(2);
      book.take(tasks.pop());
    } else {
      steal_into(tasks, book);
      steal_into(tasks, book);
    }
  }
  void after() { book.settle(tasks); }
};
const verify::add<steal_after_restored_bottom> add_steal_after_restored_bottom{
    "chase_lev_deque/steal after a restored bottom",
    {.structure = "chase_lev_deque",
     .purpose = "a thief that learns of its element from the bottom that a pop took back sees the element",
     .dies_of = {weaken("chase_lev_deque.hpp:O4")}}};

/// The buffer is replaced twice while thieves are reading.
template <class Deque>
struct growth {
  static constexpr unsigned threads = 3;
  Deque tasks;
  ledger<4> book;

  growth() { tasks.push(1); }
  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 2; i <= 4; ++i) tasks.push(i);
    } else {
      steal_into(tasks, book);
      steal_into(tasks, book);
    }
  }
  void after() { book.settle(tasks); }
};
const verify::add<growth<deque<int, 1>>> add_growth{
    "chase_lev_deque/growth",
    {.structure = "chase_lev_deque",
     .purpose = "a thief gets whole elements, once each, while the owner replaces the buffer under it",
     .dies_of = {weaken("chase_lev_deque.hpp:G3"), weaken("chase_lev_deque.hpp:S3")}}};

/// Positions pass 255, where the stored numbers wrap, and cells are used again; then 127, where differences could.
template <std::uint8_t First>
struct wrap {
  static constexpr unsigned threads = 3;
  deque<int, 2, First> tasks;
  ledger<4> book;

  wrap() {
    tasks.push(1);
    tasks.push(2);
  }
  void thread(unsigned index) {
    if (index == 0) {
      book.take(tasks.pop());
      tasks.push(3);
      tasks.push(4);
      book.take(tasks.pop());
      book.take(tasks.pop());
    } else {
      steal_into(tasks, book);
      steal_into(tasks, book);
    }
  }
  void after() { book.settle(tasks); }
};
const verify::add<wrap<254>> add_wrap_of_positions{
    "chase_lev_deque/wrap of positions",
    {.structure = "chase_lev_deque",
     .purpose = "nothing changes where positions wrap from 255 to 0 between owner and two thieves",
     .dies_of = {weaken("chase_lev_deque.hpp:P3"), weaken("chase_lev_deque.hpp:O2", memory_order::release)}}};
const verify::add<wrap<126>> add_wrap_of_signs{
    "chase_lev_deque/wrap of signs",
    {.structure = "chase_lev_deque",
     .purpose = "nothing changes where positions pass from 127 to 128 between owner and two thieves",
     .dies_of = {weaken("chase_lev_deque.hpp:P3"), weaken("chase_lev_deque.hpp:O2", memory_order::release)}}};

/// An element with an allocation of its own, whose content is checked for races.
class boxed_number {
 public:
  explicit boxed_number(int value) { ::new (static_cast<void*>(cell_.place())) int(value); }
  boxed_number(boxed_number&& other) noexcept : boxed_number(*other.cell_.read()) { *other.cell_.write() = 0; }
  boxed_number& operator=(boxed_number&& other) noexcept {
    *cell_.write() = *other.cell_.read();
    *other.cell_.write() = 0;
    return *this;
  }
  ~boxed_number() { *cell_.write() = -1; }
  [[nodiscard]] int number() const { return *cell_.read(); }

 private:
  verify::plain<int> cell_;
};

struct boxed {
  static constexpr unsigned threads = 3;
  static_assert(!deque<boxed_number, 1>::in_place);
  deque<boxed_number, 1> tasks;
  ledger<4> book;

  void thread(unsigned index) {
    if (index == 0) {
      tasks.emplace(1);
      tasks.emplace(2);
      if (const auto element = tasks.pop()) book.take(element->number());
      tasks.emplace(3);
      tasks.emplace(4);
      if (const auto element = tasks.pop()) book.take(element->number());
    } else if (index == 1) {
      if (const auto element = tasks.steal()) book.take(element->number());
    } else {
      boxed_number element(0);
      if (tasks.try_steal(element) == steal_status::success) book.take(element.number());
    }
  }
  void after() {
    if (const auto element = tasks.pop()) book.take(element->number());
  }
  ~boxed() {
    expect(book.count() <= 4 && tasks.size_approx() == static_cast<std::size_t>(4 - book.count()),
           "what is not taken is inside");
  }
};
const verify::add<boxed> add_boxed{
    "chase_lev_deque/boxed elements",
    {.structure = "chase_lev_deque",
     .purpose = "an element in an allocation of its own is handed over without a race, freed once, never leaked, also "
                "when it is still inside at the end",
     .dies_of = {weaken("chase_lev_deque.hpp:P3"), weaken("chase_lev_deque.hpp:S2"),
                 weaken("chase_lev_deque.hpp:O2", memory_order::release), weaken("chase_lev_deque.hpp:G3")}}};

/// An element of three words, which a thief may read half overwritten.
struct three_words {
  std::array<std::uint64_t, 3> words{};
  explicit three_words(int value) { words.fill(static_cast<std::uint64_t>(value)); }
  [[nodiscard]] int number() const {
    expect(words[0] == words[1] && words[1] == words[2], "an element is taken whole");
    return static_cast<int>(words[0]);
  }
};

/// The cells of stolen elements are written again while a slower thief still reads them.
struct torn {
  static constexpr unsigned threads = 3;
  static_assert(deque<three_words, 1>::in_place);
  deque<three_words, 1> tasks;
  ledger<3> book;

  torn() { tasks.emplace(1); }
  void thread(unsigned index) {
    if (index == 0) {
      tasks.emplace(2);
      tasks.emplace(3);
    } else {
      for (int i = 0; i < 2; ++i) {
        three_words element(0);
        if (tasks.try_steal(element) == steal_status::success) book.take(element.number());
      }
    }
  }
  void after() { book.settle(tasks); }
};
const verify::add<torn> add_torn{
    "chase_lev_deque/elements of several words",
    {.structure = "chase_lev_deque",
     .purpose = "a thief that reads a cell while the owner writes it again drops what it read",
     .dies_of = {weaken("chase_lev_deque.hpp:P3"), weaken("chase_lev_deque.hpp:G3")}}};

/// Two thieves, two elements, no owner at work: `steal` must not come back empty-handed.
template <bool Retry>
struct never_seen_empty {
  static constexpr unsigned threads = 2;
  deque<int, 2> tasks;
  ledger<2> book;

  never_seen_empty() {
    tasks.push(1);
    tasks.push(2);
  }
  void thread(unsigned) {
    if constexpr (Retry) {
      const auto element = tasks.steal();
      expect(element.has_value(), "steal is empty only if the deque was seen empty");
      book.take(element);
    } else {
      int element = 0;
      expect(tasks.try_steal(element) == steal_status::success, "steal is empty only if the deque was seen empty");
      book.take(element);
    }
  }
  void after() { book.settle(tasks); }
};
const verify::add<never_seen_empty<true>> add_never_seen_empty{
    "chase_lev_deque/steal retries",
    {.structure = "chase_lev_deque", .purpose = "a thief that loses a race for an element goes on to the next one"}};
const verify::add<never_seen_empty<false>> add_gives_up{"chase_lev_deque/steal that gives up",
                                                        {.structure = "chase_lev_deque",
                                                         .purpose = "a steal that reports a lost race as empty",
                                                         .broken = true,
                                                         .twin_of = "chase_lev_deque/steal retries"}};

enum class mistake { none, reads_after_winning, frees_replaced_buffer, compares_positions };

/// The same protocol in its shortest form, with room for mistakes that no weaker order amounts to.
template <mistake Mistake, std::uint8_t First = 0>
class short_deque {
 public:
  short_deque() : buffer_(make(1)) {}
  ~short_deque() {
    for (buffer* at = buffer_.load(memory_order::relaxed); at != nullptr;) delete std::exchange(at, at->older);
  }
  void push(int element) {
    const std::uint8_t bottom = bottom_.load(memory_order::relaxed);
    const std::uint8_t top = top_.load(memory_order::acquire);
    buffer* current = buffer_.load(memory_order::relaxed);
    if (static_cast<std::uint8_t>(bottom - top) == current->size) {
      buffer* larger = make(2 * current->size);
      for (std::uint8_t i = top; i != bottom; ++i) larger->write(i, current->read(i));
      if constexpr (Mistake == mistake::frees_replaced_buffer) {
        delete current;
      } else {
        larger->older = current;
      }
      buffer_.store(larger, memory_order::release);
      current = larger;
    }
    current->write(bottom, element);
    bottom_.store(static_cast<std::uint8_t>(bottom + 1), memory_order::release);
  }
  steal_status try_steal(int& out) {
    std::uint8_t top = top_.load(memory_order::seq_cst);
    const std::uint8_t bottom = bottom_.load(memory_order::seq_cst);
    if (Mistake == mistake::compares_positions ? bottom <= top : static_cast<std::int8_t>(bottom - top) <= 0) {
      return steal_status::empty;
    }
    buffer* current = buffer_.load(memory_order::acquire);
    const std::uint8_t mine = top;
    if constexpr (Mistake != mistake::reads_after_winning) out = current->read(mine);
    if (!top_.compare_exchange_strong(top, static_cast<std::uint8_t>(top + 1), memory_order::seq_cst,
                                      memory_order::relaxed)) {
      return steal_status::lost_race;
    }
    if constexpr (Mistake == mistake::reads_after_winning) out = current->read(mine);
    return steal_status::success;
  }
  std::optional<int> pop() {  // after all threads: nobody to race with
    int out = 0;
    return try_steal(out) == steal_status::success ? std::optional<int>(out) : std::nullopt;
  }
  [[nodiscard]] bool empty_approx() const {
    return top_.load(memory_order::relaxed) == bottom_.load(memory_order::relaxed);
  }

 private:
  struct buffer {
    std::array<verify::atomic<int>, 4> cells;
    unsigned size = 0;
    buffer* older = nullptr;
    [[nodiscard]] int read(std::uint8_t i) const { return cells[i % size].load(memory_order::relaxed); }
    void write(std::uint8_t i, int element) { cells[i % size].store(element, memory_order::relaxed); }
  };
  static buffer* make(unsigned size) {
    auto* made = new buffer;
    made->size = size;
    return made;
  }
  verify::atomic<std::uint8_t> bottom_{First};
  verify::atomic<std::uint8_t> top_{First};
  verify::atomic<buffer*> buffer_;
};

const verify::add<growth<short_deque<mistake::none>>> add_short{
    "chase_lev_deque/growth of the short form",
    {.structure = "chase_lev_deque", .purpose = "the short form without a mistake passes: its twins fail for theirs"}};
const verify::add<growth<short_deque<mistake::reads_after_winning>>> add_reads_after_winning{
    "chase_lev_deque/growth of a short form that reads a cell after winning it",
    {.structure = "chase_lev_deque",
     .purpose = "the cell is the owner's again as soon as top has moved on",
     .broken = true,
     .twin_of = "chase_lev_deque/growth of the short form"}};
const verify::add<growth<short_deque<mistake::frees_replaced_buffer>>> add_frees_replaced_buffer{
    "chase_lev_deque/growth of a short form that frees a replaced buffer at once",
    {.structure = "chase_lev_deque",
     .purpose = "a thief may still read the replaced buffer",
     .broken = true,
     .twin_of = "chase_lev_deque/growth of the short form"}};
const verify::add<growth<short_deque<mistake::none, 254>>> add_short_wrap{
    "chase_lev_deque/wrap of the short form",
    {.structure = "chase_lev_deque", .purpose = "the short form without a mistake passes where positions wrap"}};
const verify::add<growth<short_deque<mistake::compares_positions, 254>>> add_compares_positions{
    "chase_lev_deque/wrap of a short form that compares positions",
    {.structure = "chase_lev_deque",
     .purpose = "positions that wrap are told apart by their difference only",
     .broken = true,
     .twin_of = "chase_lev_deque/wrap of the short form"}};

/// The owner pushes, which makes a full deque grow, and pops; two thieves steal. There is enough for all.
struct nobody_waits {
  static constexpr unsigned threads = 3;
  deque<int, 16> tasks;

  nobody_waits() {
    for (int i = 0; i < 16; ++i) tasks.push(i);
  }
  void operation(unsigned thread, unsigned round) {
    verify::platform::spin_wait wait;
    if (thread != 0) {
      while (!tasks.steal()) wait.once();
    } else if (round % 2 == 0) {
      tasks.push(0);
    } else {
      while (!tasks.pop()) wait.once();
    }
  }
};
const verify::add_progress<nobody_waits> add_nobody_waits{"chase_lev_deque/push and pop, steal",
                                                          {.structure = "chase_lev_deque",
                                                           .purpose = "the owner pushes, grows and pops, two steal",
                                                           .claims = lockfree::chase_lev_deque<int>::progress}};

}  // namespace
