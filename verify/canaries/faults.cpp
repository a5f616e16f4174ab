// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <memory>
#include <stdexcept>
#include <vector>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/linearizable.hpp>
#include <lockfree/verify/platform.hpp>

// One fault of each kind that the engine knows. If one of them is not reported, with its right name, by the very build
// that runs the checks, no result of that build means anything.

namespace {

namespace verify = lockfree::verify;
using platform = verify::platform;
using verify::expect;

constexpr auto relaxed = std::memory_order::relaxed;
constexpr auto acquire = std::memory_order::acquire;
constexpr auto release = std::memory_order::release;
constexpr auto acq_rel = std::memory_order::acq_rel;
constexpr auto seq_cst = std::memory_order::seq_cst;

template <bool Published>
struct race {
  static constexpr unsigned threads = 2;
  verify::variable<int> data{0};
  verify::atomic<bool> ready{false};
  void thread(unsigned index) {
    if (index == 0) {
      data.set(1);
      ready.store(true, Published ? release : relaxed);
    } else if (ready.load(acquire)) {
      expect(data.get() == 1, "the data is there");
    }
  }
};
const verify::add<race<false>> add_race{"canary/data race", {.purpose = "reported", .canary = "data race"}};
const verify::add<race<true>> add_no_race{"canary/no data race", {.purpose = "not reported", .canary = "holds"}};

struct read_write_race {
  static constexpr unsigned threads = 2;
  verify::variable<int> data{0};
  void thread(unsigned index) {
    if (index == 0) {
      (void)data.get();
    } else {
      data.set(1);
    }
  }
};
const verify::add<read_write_race> add_read_write_race{"canary/data race, read and write",
                                                       {.purpose = "reported", .canary = "data race"}};

struct shared_reads {
  static constexpr unsigned threads = 3;
  verify::variable<int> data{5};
  void thread(unsigned) { expect(data.get() == 5, "readers share"); }
  void after() { data.set(6); }
};
const verify::add<shared_reads> add_shared_reads{"canary/reads do not race",
                                                 {.purpose = "not reported", .canary = "holds"}};

struct node {
  verify::atomic<int> value{0};
  platform::plain<int> cell;
  int raw = 7;
};

node* make() {
  void* memory = platform::allocate(sizeof(node), alignof(node));
  node* fresh = ::new (memory) node;
  *fresh->cell.write() = 1;
  return fresh;
}
void unmake(node* old) {
  old->~node();
  platform::deallocate(old, sizeof(node), alignof(node));
}

enum class by { allocate, new_expression };
enum class touch { atomic, plain };

/// One thread unlinks and frees, the other may still hold the address.
template <by Memory, touch Use>
struct use_after_free {
  static constexpr unsigned threads = 2;
  verify::atomic<node*> shared{nullptr};
  use_after_free() {
    node* fresh = Memory == by::allocate ? make() : new node;
    if (Memory == by::new_expression) *fresh->cell.write() = 1;
    shared.store(fresh, relaxed);
  }
  void thread(unsigned index) {
    if (index == 0) {
      node* mine = shared.exchange(nullptr, acq_rel);
      if (Memory == by::allocate) {
        unmake(mine);
      } else {
        delete mine;
      }
    } else if (node* held = shared.load(acquire)) {
      verify::atomic<int> step{0};
      (void)step.load(relaxed);  // the other thread may run here
      if (Use == touch::atomic) {
        (void)held->value.load(relaxed);
      } else {
        (void)held->cell.read();
      }
    }
  }
};
const verify::add<use_after_free<by::allocate, touch::atomic>> add_uaf_atomic{
    "canary/use after free, atomic", {.purpose = "reported", .canary = "use after free"}};
const verify::add<use_after_free<by::new_expression, touch::atomic>> add_uaf_new_atomic{
    "canary/use after delete, atomic", {.purpose = "reported", .canary = "use after free"}};

/// The plain read never races here: the freeing thread does not touch the cell. Only the poison tells.
template <by Memory>
struct use_after_free_plain {
  static constexpr unsigned threads = 2;
  node* shared = nullptr;
  verify::atomic<bool> freed{false};
  use_after_free_plain() {
    shared = Memory == by::allocate ? make() : new node;
    if (Memory == by::new_expression) *shared->cell.write() = 1;
  }
  void thread(unsigned index) {
    if (index == 0) {
      if (Memory == by::allocate) {
        unmake(shared);
      } else {
        delete shared;
      }
      freed.store(true, release);
    } else if (freed.load(acquire)) {
      (void)shared->cell.read();
    }
  }
};
const verify::add<use_after_free_plain<by::allocate>> add_uaf_plain{
    "canary/use after free, plain", {.purpose = "reported", .canary = "use after free"}};
const verify::add<use_after_free_plain<by::new_expression>> add_uaf_new_plain{
    "canary/use after delete, plain", {.purpose = "reported", .canary = "use after free"}};

struct store_after_free {
  static constexpr unsigned threads = 1;
  void thread(unsigned) {
    node* fresh = make();
    unmake(fresh);
    fresh->value.store(1, relaxed);
  }
};
const verify::add<store_after_free> add_store_after_free{"canary/store after free",
                                                         {.purpose = "reported", .canary = "use after free"}};

template <by Memory>
struct leak {
  static constexpr unsigned threads = 1;
  int* kept = nullptr;
  void thread(unsigned) {
    kept = Memory == by::allocate ? static_cast<int*>(platform::allocate(sizeof(int), alignof(int))) : new int(3);
  }
};
const verify::add<leak<by::allocate>> add_leak{"canary/leak", {.purpose = "reported", .canary = "leak"}};
const verify::add<leak<by::new_expression>> add_leak_new{"canary/leak of new",
                                                         {.purpose = "reported", .canary = "leak"}};

template <by Memory>
struct double_free {
  static constexpr unsigned threads = 1;
  void thread(unsigned) {
    if (Memory == by::allocate) {
      void* memory = platform::allocate(24, 8);
      platform::deallocate(memory, 24, 8);
      platform::deallocate(memory, 24, 8);
    } else {
      auto* memory = new long(1);
      void* volatile again = memory;
      delete memory;
      ::operator delete(again);
    }
  }
};
const verify::add<double_free<by::allocate>> add_double_free{"canary/double free",
                                                             {.purpose = "reported", .canary = "double free"}};
const verify::add<double_free<by::new_expression>> add_double_delete{"canary/double delete",
                                                                     {.purpose = "reported", .canary = "double free"}};

/// Memory of every alignment, by every form of new, is tracked and given back.
struct memory_forms {
  static constexpr unsigned threads = 1;
  struct alignas(128) wide {
    char bytes[200];
  };
  void thread(unsigned) {
    std::vector<int> numbers(100, 1);
    numbers.push_back(2);
    auto one = std::make_unique<wide>();
    auto many = std::make_unique<wide[]>(3);
    expect(reinterpret_cast<std::uintptr_t>(one.get()) % 128 == 0, "alignment of new");
    expect(reinterpret_cast<std::uintptr_t>(many.get()) % 128 == 0, "alignment of new[]");
    void* memory = platform::allocate(1000, 512);
    expect(reinterpret_cast<std::uintptr_t>(memory) % 512 == 0, "alignment of allocate");
    platform::deallocate(memory, 1000, 512);
  }
};
const verify::add<memory_forms> add_memory_forms{"canary/forms of new", {.purpose = "all balanced", .canary = "holds"}};

/// Freed memory comes back at the same address in some executions: what makes ABA reachable.
struct reuse {
  static constexpr unsigned threads = 1;
  void thread(unsigned) {
    node* first = make();
    const auto* address = static_cast<const void*>(first);
    unmake(first);
    node* second = make();
    const bool same = static_cast<const void*>(second) == address;
    unmake(second);
    expect(!same, "the address came again");
  }
};
const verify::add<reuse> add_reuse{"canary/address reuse", {.purpose = "reachable", .canary = "expectation failed"}};

struct uninitialised {
  static constexpr unsigned threads = 2;
  verify::atomic<node*> shared{nullptr};
  void thread(unsigned index) {
    if (index == 0) {
      shared.store(make(), relaxed);  // must be release
    } else if (node* held = shared.load(acquire)) {
      (void)held->value.load(relaxed);
    }
  }
  void after() { unmake(shared.load(relaxed)); }
};
const verify::add<uninitialised> add_uninitialised{"canary/use before initialisation",
                                                   {.purpose = "reported", .canary = "uninitialised read"}};

template <bool Correct>
struct wake_up {
  static constexpr unsigned threads = 2;
  verify::atomic<int> flag{0};
  void thread(unsigned index) {
    if (index == 0) {
      if (!Correct) flag.notify_one();  // before the value changes: it may be missed
      flag.store(1, release);
      if (Correct) flag.notify_one();
    } else {
      flag.wait(0, acquire);
    }
  }
};
const verify::add<wake_up<false>> add_lost_wakeup{"canary/lost wake-up",
                                                  {.purpose = "reported", .canary = "lost wake-up"}};
const verify::add<wake_up<true>> add_wake_up{"canary/wake-up", {.purpose = "not reported", .canary = "holds"}};

/// Dekker between "I wait" and "there is something", without and with its fences.
template <bool Fences>
struct event_count {
  static constexpr unsigned threads = 2;
  verify::atomic<int> item{0}, waiters{0}, epoch{0};
  void thread(unsigned index) {
    if (index == 0) {
      item.store(1, release);
      if (Fences) platform::fence_seq_cst();
      if (waiters.load(relaxed) != 0) {
        epoch.fetch_add(1, release);
        epoch.notify_all();
      }
    } else {
      const int now = epoch.load(acquire);
      waiters.store(1, relaxed);
      if (Fences) platform::fence_seq_cst();
      if (item.load(acquire) == 0) epoch.wait(now, acquire);
    }
  }
};
const verify::add<event_count<false>> add_event_count_broken{"canary/event count without fences",
                                                             {.purpose = "sleeps for ever", .canary = "deadlock"}};
const verify::add<event_count<true>> add_event_count{"canary/event count",
                                                     {.purpose = "never sleeps", .canary = "holds"}};

/// A waiter may wake for no reason: `if` where `while` is needed.
struct spurious_wake_up {
  static constexpr unsigned threads = 2;
  verify::atomic<int> flag{0};
  bool timed_out = false;
  void thread(unsigned index) {
    if (index == 0) {
      flag.store(1, release);
      flag.notify_all();
    } else if (!flag.timed_wait(0, acquire)) {
      timed_out = true;
    }
  }
  void after() { expect(!timed_out, "the wait ran out of time"); }
};
const verify::add<spurious_wake_up> add_timeout{"canary/timed wait",
                                                {.purpose = "may time out", .canary = "expectation failed"}};

template <bool Ordered>
struct two_locks {
  static constexpr unsigned threads = 2;
  verify::mutex a, b;
  verify::variable<int> count{0};
  void thread(unsigned index) {
    verify::mutex& first = Ordered || index == 0 ? a : b;
    verify::mutex& second = Ordered || index == 0 ? b : a;
    first.lock();
    second.lock();
    count.set(count.get() + 1);
    second.unlock();
    first.unlock();
  }
  void after() { expect(count.get() == 2, "the mutex excludes"); }
};
const verify::add<two_locks<false>> add_deadlock{"canary/deadlock", {.purpose = "reported", .canary = "deadlock"}};
const verify::add<two_locks<true>> add_ordered_locks{"canary/ordered locks",
                                                     {.purpose = "not reported", .canary = "holds"}};

struct stranger {
  static constexpr unsigned threads = 1;
  verify::mutex lock;
  void thread(unsigned) { lock.unlock(); }
};
const verify::add<stranger> add_stranger{"canary/mutex unlocked by a stranger",
                                         {.purpose = "reported", .canary = "misuse of a mutex"}};

struct livelock {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> never{false};
  void thread(unsigned index) {
    platform::spin_wait wait;
    if (index == 0) {
      while (!never.load(acquire)) wait.once();
    }
  }
};
const verify::add<livelock> add_livelock{"canary/livelock", {.purpose = "reported", .canary = "livelock"}};

struct spinning {
  static constexpr unsigned threads = 2;
  verify::atomic<bool> ready{false};
  void thread(unsigned index) {
    platform::spin_wait wait;
    if (index == 0) {
      ready.store(true, relaxed);
    } else {
      while (!ready.load(acquire)) wait.once();
    }
  }
};
const verify::add<spinning> add_spinning{"canary/spinning ends",
                                         {.purpose = "a store is seen at last", .canary = "holds"}};

/// A queue of one element that two consumers can take twice.
template <bool Broken>
struct specification {
  static constexpr unsigned threads = 2;
  verify::atomic<int> slot{0};
  verify::history<verify::spec::queue<1>> history;
  void thread(unsigned index) {
    using operation = verify::spec::transfer;
    if (index == 0) {
      history.record([&] {
        slot.store(1, release);
        return operation::push(1);
      });
    }
    history.record([&] {
      int value = slot.load(acquire);
      bool taken = value != 0;
      if (Broken) {
        slot.store(0, relaxed);
      } else {
        taken = taken && slot.compare_exchange_strong(value, 0, acq_rel, relaxed);
      }
      return operation::pop(taken, value);
    });
  }
  void after() { history.check(); }
};
const verify::add<specification<true>> add_specification_broken{"canary/element taken twice",
                                                                {.purpose = "reported", .canary = "not linearizable"}};
const verify::add<specification<false>> add_specification{"canary/element taken once",
                                                          {.purpose = "not reported", .canary = "holds"}};

/// A specification that says yes and no in turn: nothing may be concluded from it.
struct moody : verify::spec::counter {
  bool apply(const operation&) {
    static bool answer = false;
    return answer = !answer;
  }
};
struct moody_specification {
  static constexpr unsigned threads = 2;
  verify::history<moody> history;
  void thread(unsigned) {
    history.record([] { return moody::operation::add(1); });
  }
  void after() { history.check(); }
};
const verify::add<moody_specification> add_moody_specification{
    "canary/moody specification", {.purpose = "reported as no verdict", .canary = "bad specification"}};

/// "Empty" is right where nothing orders the pop after the push, although the scheduler ran it later.
struct legal_empty {
  static constexpr unsigned threads = 2;
  verify::atomic<int> slot{0};
  verify::history<verify::spec::queue<1>> history;
  void thread(unsigned index) {
    using operation = verify::spec::transfer;
    if (index == 0) {
      history.record([&] {
        slot.store(1, release);
        return operation::push(1);
      });
    } else {
      history.record([&] {
        const int value = slot.load(acquire);
        return operation::pop(value != 0, value);
      });
    }
  }
  void after() { history.check(); }
};
const verify::add<legal_empty> add_legal_empty{"canary/stale empty is legal",
                                               {.purpose = "not reported", .canary = "holds"}};

struct escaping {
  static constexpr unsigned threads = 1;
  void thread(unsigned) { throw std::runtime_error("escaped"); }
};
const verify::add<escaping> add_escaping{"canary/exception leaves a thread",
                                         {.purpose = "reported", .canary = "exception"}};

/// Threads are switched while each is inside a handler.
struct handlers {
  static constexpr unsigned threads = 3;
  verify::atomic<int> step{0};
  void thread(unsigned index) {
    try {
      try {
        if (index < 2) throw static_cast<int>(index) + 1;
        (void)step.load(acquire);
      } catch (...) {
        (void)step.load(acquire);
        step.fetch_add(1, acq_rel);
        throw;
      }
    } catch (int thrown) {
      (void)step.load(seq_cst);
      expect(thrown == static_cast<int>(index) + 1, "each thread catches its own");
    }
    expect(std::uncaught_exceptions() == 0, "nothing is in flight");
  }
};
const verify::add<handlers> add_handlers{"canary/switch inside a handler", {.purpose = "works", .canary = "holds"}};

struct wild {
  static constexpr unsigned threads = 2;
  verify::atomic<int*> shared{nullptr};
  void thread(unsigned) {
    int* volatile nowhere = shared.load(relaxed);
    *nowhere = 1;
  }
};
const verify::add<wild> add_wild{"canary/wild pointer", {.purpose = "reported", .canary = "crash"}};

struct deep {
  static constexpr unsigned threads = 1;
  static int dig(int n) {
    volatile char room[4096];
    room[0] = static_cast<char>(n);
    return n == 0 ? room[0] : dig(n - 1) + room[0];
  }
  void thread(unsigned) { expect(dig(100'000) != -1, "never reached"); }
};
const verify::add<deep> add_deep{"canary/stack overflow", {.purpose = "reported", .canary = "crash"}};

/// Records of ended threads go to the next ones, with what was done to them.
struct records {
  static constexpr unsigned threads = 2;
  struct record {
    verify::variable<int> owners{0};
    int exits = 0;
    void on_thread_exit() noexcept { ++exits; }
  };
  platform::per_thread<record> mine;
  void thread(unsigned) {
    expect(mine.find_local() == nullptr, "none yet");
    record& first = mine.local();
    expect(&mine.local() == &first && mine.find_local() == &first, "it stays");
    first.owners.set(first.owners.get() + 1);
    platform::end_thread();
    expect(mine.find_local() == nullptr, "a new thread has none");
    record& second = mine.local();
    second.owners.set(second.owners.get() + 1);
  }
  void after() {
    int owners = 0;
    int exits = 0;
    mine.for_each([&](const record& r) {
      owners += r.owners.get();
      exits += r.exits;
    });
    expect(owners == 4 && exits == 4, "four threads have had a record and left it");
  }
};
const verify::add<records> add_records{"canary/records are handed on",
                                       {.purpose = "without a race", .canary = "holds"}};

}  // namespace
