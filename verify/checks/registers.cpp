// SPDX-License-Identifier: Apache-2.0
//
// Model checks of the registers: seqlock, versioned, snapshot, atomic_shared_ptr. Values are pairs of equal halves, in
// two words, so that a torn one shows.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <lockfree/sync/atomic_shared_ptr.hpp>
#include <lockfree/sync/seqlock.hpp>
#include <lockfree/sync/snapshot.hpp>
#include <lockfree/sync/versioned.hpp>
#include <lockfree/verify/check.hpp>
#include <lockfree/verify/declare.hpp>
#include <lockfree/verify/progress.hpp>

namespace {

namespace verify = lockfree::verify;
using verify::drop;
using verify::expect;
using verify::platform;
using verify::weaken;

using domain = lockfree::basic_hazard_domain<platform>;

struct twin {
  explicit twin(int number) : left(number), right(number) {}
  std::int64_t left;
  std::int64_t right;
};

int whole(const twin& seen) {
  expect(seen.left == seen.right, "both halves are of one write");
  return static_cast<int>(seen.left);
}

using seqlock_of_twins = lockfree::seqlock<twin, platform>;
using versioned_twins = lockfree::versioned<twin, platform>;
using snapshot_of_twins = lockfree::snapshot<twin, platform>;

/// A register as `verify::op::read` and `write` want it. Old states are freed as soon as they may be.
template <class Register>
struct reads_and_writes {
  Register shared{twin(0)};

  int read() { return whole(shared.load()); }
  void write(int number) { shared.store(twin(number)); }
};
template <>
struct reads_and_writes<snapshot_of_twins> {
  domain states{1};
  snapshot_of_twins shared{states, 0};

  int read() { return whole(*shared.read()); }
  void write(int number) { shared.store(twin(number)); }
};

// ---- seqlock

const verify::declare<reads_and_writes<seqlock_of_twins>, verify::spec::value_register<>> add_seqlock_declared{
    "seqlock/declared",
    {verify::op::read(), verify::op::write(verify::role::producer)},
    {.structure = "seqlock",
     .purpose = "every result is one of a register with one writer, in every scenario that is generated",
     .dies_of = {weaken("seqlock.hpp:W3"), weaken("seqlock.hpp:R1"), drop("seqlock.hpp:R3"),
                 weaken("atomic_words.hpp:W1"), weaken("atomic_words.hpp:R1")}}};

/// A reader beside two stores.
template <class Register>
struct never_torn {
  static constexpr unsigned threads = 2;
  Register value{twin(0)};

  void thread(unsigned index) {
    if (index == 0) {
      value.store(twin(1));
      value.store(twin(2));
    } else {
      int last = 0;
      for (int i = 0; i < 2; ++i) {
        const auto seen = value.try_load();
        if (!seen) continue;
        const int now = whole(*seen);
        expect(now >= last && now <= 2, "values do not go back");
        last = now;
      }
    }
  }
  void after() {
    const auto seen = value.try_load();
    expect(seen.has_value(), "nobody is writing, so there is a value");
    expect(whole(*seen) == 2, "it is the last one");
  }
};
const verify::add<never_torn<seqlock_of_twins>> add_never_torn{
    "seqlock/never_torn",
    {.structure = "seqlock",
     .purpose = "a reader gets a value as it was written, or nothing, and none that is older than the one before",
     .dies_of = {weaken("seqlock.hpp:W3"), weaken("seqlock.hpp:R1"), drop("seqlock.hpp:R3"),
                 weaken("atomic_words.hpp:W1"), weaken("atomic_words.hpp:R1")}}};

/// The role of the writer is handed over.
struct second_writer {
  static constexpr unsigned threads = 3;
  seqlock_of_twins value{twin(0)};
  platform::atomic<bool> handed_over{false};

  void thread(unsigned index) {
    if (index == 0) {
      value.store(twin(1));
      // [H1] release, pairs with [H2]
      handed_over.store(true, std::memory_order::release);
    } else if (index == 1) {
      // [H2] acquire, pairs with [H1]
      if (!handed_over.load(std::memory_order::acquire)) return;
      value.store(twin(2));
      expect(whole(value.load()) == 2, "the writer reads what it wrote");
    } else {
      const auto seen = value.try_load();
      if (seen) (void)whole(*seen);
    }
  }
};
const verify::add<second_writer> add_second_writer{
    "seqlock/second_writer",
    {.structure = "seqlock",
     .purpose = "another thread may write once the first has told it so",
     .dies_of = {weaken("registers.cpp:H1"), weaken("registers.cpp:H2")}}};

/// Stores are taken on and on; the reader takes what it gets.
struct seqlock_tries {
  static constexpr unsigned threads = 2;
  seqlock_of_twins value{twin(0)};

  void operation(unsigned thread, unsigned round) {
    if (thread == 0) {
      value.store(twin(static_cast<int>(round)));
    } else {
      (void)value.try_load();
    }
  }
};
const verify::add_progress<seqlock_tries> add_seqlock_tries{"seqlock/store and try_load",
                                                            {.structure = "seqlock",
                                                             .purpose = "one stores, one tries to load",
                                                             .claims = lockfree::progress::wait_free,
                                                             .own_steps = 5}};
struct seqlock_loads {
  static constexpr unsigned threads = 2;
  seqlock_of_twins value{twin(0)};

  void operation(unsigned thread, unsigned round) {
    if (thread == 0) {
      value.store(twin(static_cast<int>(round)));
    } else {
      (void)value.load();
    }
  }
};
const verify::add_progress<seqlock_loads> add_seqlock_loads{
    "seqlock/store and load",
    {.structure = "seqlock", .purpose = "one stores, one loads", .claims = lockfree::seqlock<int>::progress}};

// ---- versioned

/// Numbers that are read, written and added to.
struct versioned_numbers {
  versioned_twins shared{twin(0)};

  int read() { return whole(shared.load()); }
  void write(int number) { shared.store(twin(number)); }
  int add(int number) {
    return whole(shared.update([&](const twin& seen) { return twin(whole(seen) + number); }));
  }
};
struct numbers {
  int now = 0;

  int read() const { return now; }
  void write(int number) { now = number; }
  int add(int number) { return now += number; }
};
const verify::declare<versioned_numbers, numbers> add_versioned_declared{
    "versioned/declared",
    {{"read", [](auto& from) { return from.read(); }},
     {"write", [](auto& to, int number) { to.write(number); }},
     {"add", [](auto& to, int number) { return to.add(number); }}},
    {.structure = "versioned",
     .purpose = "every result is one of a number that is read, written and added to",
     .dies_of = {weaken("versioned.hpp:W3"), weaken("versioned.hpp:R1"), drop("versioned.hpp:W2"),
                 weaken("atomic_words.hpp:W1"), weaken("atomic_words.hpp:R1")}}};

/// Two threads write on top of the version that they have read, a third reads.
struct optimistic {
  static constexpr unsigned threads = 3;
  versioned_twins value{twin(0)};
  std::array<bool, 2> written{};

  void thread(unsigned index) {
    if (index == 2) {
      if (const auto seen = value.try_read()) {
        expect(whole(seen->value) == static_cast<int>(seen->version), "a value has its own version");
      }
      return;
    }
    const auto seen = value.try_read();
    if (!seen) return;
    written[index] = value.compare_and_set(seen->version, twin(static_cast<int>(seen->version) + 1));
  }
  void after() {
    const auto seen = value.read();
    const int writes = (written[0] ? 1 : 0) + (written[1] ? 1 : 0);
    expect(static_cast<int>(seen.version) == writes, "each write that was not refused has a version of its own");
    expect(whole(seen.value) == writes, "a write is made on top of the version that was read");
  }
};
const verify::add<optimistic> add_optimistic{
    "versioned/optimistic",
    {.structure = "versioned",
     .purpose = "of two writes on top of one version at most one succeeds",
     .dies_of = {weaken("versioned.hpp:W3"), weaken("versioned.hpp:R1"), drop("versioned.hpp:R3"),
                 drop("versioned.hpp:W2"), weaken("atomic_words.hpp:W1"), weaken("atomic_words.hpp:R1")}}};

struct versioned_tries {
  static constexpr unsigned threads = 2;
  versioned_twins value{twin(0)};

  void operation(unsigned thread, unsigned /*round*/) {
    if (thread == 0) {
      (void)value.compare_and_set(0, twin(1));
    } else {
      (void)value.try_read();
    }
  }
};
const verify::add_progress<versioned_tries> add_versioned_tries{"versioned/compare_and_set and try_read",
                                                                {.structure = "versioned",
                                                                 .purpose = "one tries to write, one to read",
                                                                 .claims = lockfree::progress::wait_free,
                                                                 .own_steps = 4}};
struct versioned_updates {
  static constexpr unsigned threads = 2;
  versioned_twins value{twin(0)};

  void operation(unsigned /*thread*/, unsigned /*round*/) {
    (void)value.update([](const twin& seen) { return twin(static_cast<int>(seen.left) + 1); });
  }
};
const verify::add_progress<versioned_updates> add_versioned_updates{"versioned/update",
                                                                    {.structure = "versioned",
                                                                     .purpose = "both add one to what is there",
                                                                     .claims = lockfree::versioned<int>::progress}};

// ---- snapshot

const verify::declare<reads_and_writes<snapshot_of_twins>, verify::spec::value_register<>> add_snapshot_declared{
    "snapshot/declared",
    {verify::op::read(), verify::op::write()},
    {.structure = "snapshot",
     .purpose = "every result is one of a register, in every scenario that is generated",
     .dies_of = {weaken("snapshot.hpp:W1"), drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8"),
                 drop("hazard_domain.hpp:C1")}}};

/// A view stays as it is while others replace the state twice and free what they replaced.
struct view_stays {
  static constexpr unsigned threads = 2;
  domain states{1};
  snapshot_of_twins value{states, 0};

  void thread(unsigned index) {
    if (index == 0) {
      const auto seen = value.read();
      const int before = whole(*seen);
      const int again = whole(*seen);
      expect(before == again, "what is seen does not change");
      (void)value.compare_and_set(seen, twin(before + 10));
    } else {
      value.store(twin(1));
      expect(whole(value.exchange(twin(2))) % 10 == 1, "what is exchanged is what was there");
    }
  }
  void after() {
    const int last = whole(value.load());
    expect(last == 2 || last == 12, "a write on top of an older state is refused");
  }
};
const verify::add<view_stays> add_view_stays{
    "snapshot/view_stays",
    {.structure = "snapshot",
     .purpose = "a state is there, unchanged, as long as it is viewed",
     .dies_of = {weaken("snapshot.hpp:W1"), drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8"),
                 drop("hazard_domain.hpp:C1"), drop("snapshot.hpp:W2")}}};

/// Both add one to what is there.
struct updates {
  static constexpr unsigned threads = 2;
  domain states{1};
  snapshot_of_twins value{states, 0};

  void thread(unsigned /*index*/) {
    value.update([](const twin& seen) { return twin(whole(seen) + 1); });
  }
  void after() { expect(whole(value.load()) == 2, "no update is lost"); }
};
const verify::add<updates> add_updates{"snapshot/updates",
                                       {.structure = "snapshot",
                                        .purpose = "an update is made on top of the newest state",
                                        .dies_of = {weaken("snapshot.hpp:W2"), drop("snapshot.hpp:W2")}}};

struct snapshot_moves_on {
  static constexpr unsigned threads = 2;
  domain states{1};
  snapshot_of_twins value{states, 0};

  void operation(unsigned thread, unsigned round) {
    if (thread == 0) {
      value.store(twin(static_cast<int>(round)));
    } else if (round % 2 == 0) {
      (void)whole(*value.read());
    } else {
      value.update([](const twin& seen) { return twin(whole(seen) + 1); });
    }
  }
};
const verify::add_progress<snapshot_moves_on> add_snapshot_moves_on{
    "snapshot/read, store and update",
    {.structure = "snapshot",
     .purpose = "one stores, one reads and updates in turn",
     .claims = lockfree::snapshot<int>::progress}};

// ---- atomic_shared_ptr

/// An object that tells whether it is still there.
class watched {
 public:
  explicit watched(int number) : number_(new int(number)) {}
  watched(const watched&) = delete;
  watched& operator=(const watched&) = delete;
  ~watched() { delete number_; }
  [[nodiscard]] int number() const { return *number_; }

 private:
  int* number_;
};

/// One keeps what it has read; the other replaces it, twice.
struct keeps {
  static constexpr unsigned threads = 2;
  domain states{1};
  lockfree::atomic_shared_ptr<watched, platform> pointer{states, std::make_shared<watched>(0)};

  void thread(unsigned index) {
    if (index == 0) {
      const std::shared_ptr<watched> kept = pointer.load();
      const int first = kept->number();
      const std::shared_ptr<watched> newer = pointer.load();
      expect(newer->number() >= first, "pointers do not go back");
      expect(kept->number() == first, "what is kept stays");
    } else {
      pointer.store(std::make_shared<watched>(1));
      expect(pointer.exchange(std::make_shared<watched>(2))->number() == 1, "what is exchanged is what was there");
    }
  }
  void after() { expect(pointer.load()->number() == 2, "the last one is there"); }
};
const verify::add<keeps> add_keeps{
    "atomic_shared_ptr/keeps",
    {.structure = "atomic_shared_ptr",
     .purpose = "an object lives as long as somebody has its pointer, and no longer",
     .dies_of = {weaken("snapshot.hpp:W1"), drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8")},
     .audit = false}};

/// Two compare-exchanges from one pointer.
struct one_wins {
  static constexpr unsigned threads = 2;
  domain states{1};
  lockfree::atomic_shared_ptr<watched, platform> pointer{states, std::make_shared<watched>(0)};
  std::array<bool, 2> won{};

  void thread(unsigned index) {
    std::shared_ptr<watched> expected = pointer.load();
    if (expected->number() != 0) return;
    won[index] = pointer.compare_exchange_strong(expected, std::make_shared<watched>(static_cast<int>(index) + 1));
    if (!won[index])
      expect(expected->number() == 2 - static_cast<int>(index), "who loses gets what the other put there");
  }
  void after() {
    expect(won[0] != won[1], "exactly one wins");
    expect(pointer.load()->number() == (won[0] ? 1 : 2), "and its pointer is there");
  }
};
const verify::add<one_wins> add_one_wins{"atomic_shared_ptr/one_wins",
                                         {.structure = "atomic_shared_ptr",
                                          .purpose = "of two compare-exchanges from one pointer exactly one succeeds",
                                          .dies_of = {weaken("snapshot.hpp:W2"), drop("snapshot.hpp:W2")},
                                          .audit = false}};

struct shared_ptr_moves_on {
  static constexpr unsigned threads = 2;
  domain states{1};
  lockfree::atomic_shared_ptr<watched, platform> pointer{states, std::make_shared<watched>(0)};

  void operation(unsigned thread, unsigned round) {
    if (thread == 0) {
      pointer.store(std::make_shared<watched>(static_cast<int>(round)));
    } else {
      std::shared_ptr<watched> expected = pointer.load();
      while (!pointer.compare_exchange_strong(expected, std::make_shared<watched>(static_cast<int>(round)))) {}
    }
  }
};
const verify::add_progress<shared_ptr_moves_on> add_shared_ptr_moves_on{
    "atomic_shared_ptr/load, store and compare_exchange",
    {.structure = "atomic_shared_ptr",
     .purpose = "one stores, one loads and replaces what it has loaded",
     .claims = lockfree::atomic_shared_ptr<int>::progress}};

}  // namespace
