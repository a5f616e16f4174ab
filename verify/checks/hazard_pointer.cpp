// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <memory>
#include <utility>

#include <lockfree/reclaim/hazard_pointer.hpp>
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
using hazard_pointer = lockfree::basic_hazard_pointer<platform>;
using lockfree::make_hazard_pointer;

/// What is protected and retired. Its number is race-checked: constructed before it is published, read under
/// protection, destroyed after the last read.
class object : public lockfree::hazard_pointer_obj_base<object, std::default_delete<object>, platform> {
 public:
  explicit object(int number) : number_(number) {}
  [[nodiscard]] int number() const { return number_.get(); }

 private:
  verify::variable<int> number_;
};
using source = platform::atomic<object*>;

/// Takes what is in `from` out, puts `next` there instead, and retires it. acq_rel: the user's part of the bargain.
void replace(source& from, object* next, domain& in) {
  object* const old = from.exchange(next, std::memory_order::acq_rel);
  if (old != nullptr) old->retire(in);
}

/// Generated scenarios: a number that readers read under protection and writers replace.
struct protected_number {
  domain hazards{1};
  source current{new object(0)};

  [[nodiscard]] int read() {
    hazard_pointer hazard = make_hazard_pointer(hazards);
    return hazard.protect(current)->number();
  }
  void write(int number) { replace(current, new object(number), hazards); }
  ~protected_number() { delete current.load(std::memory_order::relaxed); }
};
const verify::declare<protected_number, verify::spec::value_register<>> add_declared{
    "hazard_pointer/declared",
    {verify::op::read(), verify::op::write()},
    {.structure = "hazard_pointer",
     .purpose = "what is read under protection is there and is one that was written, in every scenario generated",
     .dies_of = {weaken("hazard_pointer.hpp:P2"), drop("hazard_pointer.hpp:P3"), drop("hazard_pointer.hpp:P8"),
                 weaken("hazard_pointer.hpp:P7"), drop("hazard_domain.hpp:C1"), weaken("hazard_domain.hpp:C3")}}};

/// One reads, the other replaces twice and reclaims at each retire. The reader goes from one object to the next without
/// ending its protection between them, so that it is the overwriting hazard which says that it is done with the first.
struct protects {
  static constexpr unsigned threads = 2;

  domain hazards{1};
  source current{new object(0)};
  hazard_pointer hazard = make_hazard_pointer(hazards);

  void thread(unsigned index) {
    if (index == 0) {
      int last = 0;
      for (int i = 0; i < 2; ++i) {
        const int seen = hazard.protect(current)->number();
        expect(seen >= last, "a reader does not go back in time");
        last = seen;
      }
      hazard.reset_protection();
    } else {
      for (int i = 1; i <= 2; ++i) replace(current, new object(i), hazards);
      hazards.reclaim();
    }
  }
  ~protects() { delete current.load(std::memory_order::relaxed); }
};
const verify::add<protects> add_protects{
    "hazard_pointer/protects",
    {.structure = "hazard_pointer",
     .purpose = "an object is reclaimed neither while it is protected nor between the guess and the protection",
     .dies_of = {weaken("hazard_pointer.hpp:P2"), drop("hazard_pointer.hpp:P3"), weaken("hazard_pointer.hpp:P7"),
                 drop("hazard_pointer.hpp:P8"), drop("hazard_domain.hpp:C1"), weaken("hazard_domain.hpp:C3")}}};

/// The same with a writer that deletes at once.
struct deletes_at_once : protects {
  void thread(unsigned index) {
    if (index == 0) return protects::thread(0);
    delete current.exchange(new object(1), std::memory_order::acq_rel);
  }
};
const verify::add<deletes_at_once> add_deletes_at_once{"hazard_pointer/deletes_at_once",
                                                       {.structure = "hazard_pointer",
                                                        .purpose = "a writer that deletes instead of retiring",
                                                        .broken = true,
                                                        .twin_of = "hazard_pointer/protects"}};

/// Protection by hand: `reset_protection(p)`, then a look whether `p` is still there; and `try_protect` with a guess.
struct protects_by_hand {
  static constexpr unsigned threads = 2;

  domain hazards{1};
  source current{new object(0)};
  hazard_pointer hazard = make_hazard_pointer(hazards);

  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 0; i < 2; ++i) {  // the second protection ends the first
        object* const guess = current.load(std::memory_order::relaxed);
        hazard.reset_protection(guess);
        if (current.load(std::memory_order::acquire) == guess) (void)guess->number();
      }
      object* guess = current.load(std::memory_order::relaxed);
      if (hazard.try_protect(guess, current)) (void)guess->number();
    } else {
      for (int i = 1; i <= 2; ++i) replace(current, new object(i), hazards);
      hazards.reclaim();
    }
  }
  ~protects_by_hand() { delete current.load(std::memory_order::relaxed); }
};
const verify::add<protects_by_hand> add_protects_by_hand{
    "hazard_pointer/protects_by_hand",
    {.structure = "hazard_pointer",
     .purpose = "reset_protection(p) and a later read that still finds p protect it",
     .dies_of = {weaken("hazard_pointer.hpp:P5"), drop("hazard_pointer.hpp:P6"), drop("hazard_domain.hpp:C1")}}};

/// The guess is an address that was not read from the source: only the read that confirms it can acquire the object.
/// (A guess that was read is acquired by the fence too, where the light fence is one; on the machine it is none.)
struct guesses {
  static constexpr unsigned threads = 2;

  domain hazards{1};
  source current{nullptr};
  hazard_pointer hazard = make_hazard_pointer(hazards);
  alignas(object) std::byte room[sizeof(object)];

  [[nodiscard]] object* place() { return reinterpret_cast<object*>(room); }

  void thread(unsigned index) {
    if (index == 0) {
      object* guess = place();
      if (hazard.try_protect(guess, current)) expect(guess->number() == 1, "it is constructed");
    } else {
      current.store(std::construct_at(place(), 1), std::memory_order::release);
    }
  }
  void after() { std::destroy_at(place()); }
};
const verify::add<guesses> add_guesses{
    "hazard_pointer/guesses",
    {.structure = "hazard_pointer",
     .purpose = "what try_protect confirms is constructed, wherever the guess came from",
     .dies_of = {weaken("hazard_pointer.hpp:P4")}}};

/// A thread replaces an object and ends with it on its list; a second one takes the list over while a third reads.
struct takes_over {
  static constexpr unsigned threads = 3;

  domain hazards{100};
  source current{new object(0)};
  hazard_pointer hazard = make_hazard_pointer(hazards);

  void thread(unsigned index) {
    if (index == 0) {
      (void)hazard.protect(current)->number();
      hazard.reset_protection();
    } else if (index == 1) {
      (void)make_hazard_pointer(hazards);  // so that it has a list of its own
      replace(current, new object(1), hazards);
      platform::end_thread();
    } else {
      hazards.reclaim();
    }
  }
  ~takes_over() { delete current.load(std::memory_order::relaxed); }
};
const verify::add<takes_over> add_takes_over{
    "hazard_pointer/takes_over",
    {.structure = "hazard_pointer",
     .purpose = "garbage of a thread that has ended is reclaimed by another, and not while it is protected",
     .dies_of = {weaken("hazard_domain.hpp:O3"), weaken("hazard_domain.hpp:O5"), drop("hazard_domain.hpp:C1"),
                 drop("hazard_pointer.hpp:P3")}}};

/// Threads that have never made a hazard pointer retire onto the shared list, at the same time.
struct retires_without_part {
  static constexpr unsigned threads = 3;

  domain hazards{1};
  source current{new object(0)};
  hazard_pointer hazard = make_hazard_pointer(hazards);

  void thread(unsigned index) {
    if (index == 0) {
      (void)hazard.protect(current)->number();
      hazard.reset_protection();
    } else {
      for (int i = 0; i < 2; ++i) replace(current, new object(i), hazards);
    }
  }
  void after() {
    expect(hazards.retired_approx() <= 2 * hazards.limit(), "the shared list stays within its bound");
    hazards.reclaim();
    expect(hazards.retired_approx() == 0, "nothing is left when nothing is protected");
  }
  ~retires_without_part() { delete current.load(std::memory_order::relaxed); }
};
const verify::add<retires_without_part> add_retires_without_part{
    "hazard_pointer/retires_without_part",
    {.structure = "hazard_pointer",
     .purpose = "objects retired by threads without a list of their own are each reclaimed once, none too early",
     .dies_of = {weaken("hazard_domain.hpp:O3"), weaken("hazard_domain.hpp:O5"), drop("hazard_domain.hpp:C1"),
                 drop("hazard_pointer.hpp:P3")}}};

/// Two threads make their first hazard pointers, and so put places for them into the domain, while a third reclaims.
struct adds_slots {
  static constexpr unsigned threads = 3;

  domain hazards{1};
  source current{new object(0)};

  void thread(unsigned index) {
    if (index < 2) {
      hazard_pointer hazard = make_hazard_pointer(hazards);
      (void)hazard.protect(current)->number();
    } else {
      replace(current, new object(1), hazards);
    }
  }
  ~adds_slots() { delete current.load(std::memory_order::relaxed); }
};
const verify::add<adds_slots> add_adds_slots{
    "hazard_pointer/adds_slots",
    {.structure = "hazard_pointer",
     .purpose = "a hazard pointer that is new to the domain protects as one that has long been there",
     .dies_of = {weaken("hazard_domain.hpp:S5"), weaken("hazard_domain.hpp:C2"), drop("hazard_domain.hpp:C1"),
                 drop("hazard_pointer.hpp:P3")}}};

/// A hazard pointer outlives its thread's part in the domain and is free for others; another thread takes it and
/// overwrites its hazard, without a fence. What it retires then must still come after the first thread's last read.
struct passes_slots_on {
  static constexpr unsigned threads = 2;

  domain hazards{1};
  source current{new object(0)};

  void thread(unsigned index) {
    if (index == 0) {
      hazard_pointer hazard = make_hazard_pointer(hazards);
      object* const seen = hazard.protect(current);
      platform::end_thread();
      (void)seen->number();
      hazard = hazard_pointer();
    } else {
      hazard_pointer first = make_hazard_pointer(hazards);
      hazard_pointer second = make_hazard_pointer(hazards);
      first.reset_protection();
      second.reset_protection();
      replace(current, new object(1), hazards);
      hazards.reclaim();
    }
  }
  void after() { expect(hazards.hazard_pointers() <= 3, "no more than were in use at one time"); }
  ~passes_slots_on() { delete current.load(std::memory_order::relaxed); }
};
const verify::add<passes_slots_on> add_passes_slots_on{
    "hazard_pointer/passes_slots_on",
    {.structure = "hazard_pointer",
     .purpose = "a hazard pointer that one thread gave back belongs to the one that takes it",
     .dies_of = {weaken("hazard_domain.hpp:S2"), weaken("hazard_domain.hpp:S6")}}};

/// Two threads and one free hazard pointer, which both may want. If both had it, the second would end the protection of
/// the first with its own.
struct shares_free_slot {
  static constexpr unsigned threads = 2;

  domain hazards{1};
  source current{new object(0)};

  shares_free_slot() {
    hazard_pointer hazard = make_hazard_pointer(hazards);
    platform::end_thread();
    hazard = hazard_pointer();
  }
  void thread(unsigned index) {
    hazard_pointer hazard = make_hazard_pointer(hazards);
    (void)hazard.protect(current)->number();
    if (index == 0) return;
    hazard.reset_protection();
    replace(current, new object(1), hazards);
    hazards.reclaim();
  }
  ~shares_free_slot() { delete current.load(std::memory_order::relaxed); }
};
const verify::add<shares_free_slot> add_shares_free_slot{
    "hazard_pointer/shares_free_slot",
    {.structure = "hazard_pointer",
     .purpose = "a free hazard pointer is taken by one thread only",
     .dies_of = {drop("hazard_domain.hpp:C1"), drop("hazard_pointer.hpp:P3")}}};

/// Protection goes on when the hazard pointer changes hands.
struct changes_hands {
  static constexpr unsigned threads = 3;

  domain hazards{1};
  source current{new object(0)};
  hazard_pointer hazard = make_hazard_pointer(hazards);
  platform::atomic<object*> handed{nullptr};

  void thread(unsigned index) {
    if (index == 0) {
      handed.store(hazard.protect(current), std::memory_order::release);
    } else if (index == 1) {
      if (object* const mine = handed.load(std::memory_order::acquire)) {
        (void)mine->number();
        hazard_pointer taken = std::move(hazard);
        (void)mine->number();
        taken.reset_protection();
      }
    } else {
      replace(current, new object(1), hazards);
      hazards.reclaim();
    }
  }
  ~changes_hands() { delete current.load(std::memory_order::relaxed); }
};
const verify::add<changes_hands> add_changes_hands{
    "hazard_pointer/changes_hands",
    {.structure = "hazard_pointer",
     .purpose = "an object stays protected when its hazard pointer is handed to another thread",
     .dies_of = {weaken("hazard_pointer.hpp:P7"), weaken("hazard_domain.hpp:C3"), drop("hazard_domain.hpp:C1"),
                 drop("hazard_pointer.hpp:P3")}}};

/// An object whose deleter retires the next one and protects something.
class link : public lockfree::hazard_pointer_obj_base<link, std::default_delete<link>, platform> {
 public:
  link(domain& in, link* next) : in_(in), next_(next) {}
  ~link() {
    hazard_pointer hazard = make_hazard_pointer(in_);
    platform::atomic<link*> place{next_};
    if (link* const next = hazard.protect(place)) next->retire(in_);
  }
  link(const link&) = delete;
  link& operator=(const link&) = delete;

 private:
  domain& in_;
  link* next_;
};

/// Deleters retire and make hazard pointers while reclaiming runs, on an own list and on the shared one.
struct deleters_retire {
  static constexpr unsigned threads = 2;

  domain hazards{1};

  void thread(unsigned index) {
    if (index == 0) (void)make_hazard_pointer(hazards);
    (new link(hazards, new link(hazards, nullptr)))->retire(hazards);
  }
};
const verify::add<deleters_retire> add_deleters_retire{
    "hazard_pointer/deleters_retire",
    {.structure = "hazard_pointer",
     .purpose = "what deleters retire is reclaimed too, once, and reclaiming does not begin inside itself",
     .dies_of = {weaken("hazard_domain.hpp:O3"), weaken("hazard_domain.hpp:O5")}}};

/// One thread reads under protection, the other replaces what is read and retires it, reclaiming each time. Both have
/// made a hazard pointer before.
template <bool Once>
struct reads_and_retires {
  static constexpr unsigned threads = 2;

  domain hazards{1};
  source current{new object(0)};
  hazard_pointer hazard = make_hazard_pointer(hazards);

  void begin(unsigned /*thread*/) { (void)make_hazard_pointer(hazards); }
  void operation(unsigned thread, unsigned /*round*/) {
    if (thread != 0) return replace(current, new object(1), hazards);
    if (Once) {
      object* guess = current.load(std::memory_order::relaxed);
      if (hazard.try_protect(guess, current)) (void)guess->number();
    } else {
      (void)hazard.protect(current)->number();
    }
    hazard.reset_protection();
  }
  ~reads_and_retires() { delete current.load(std::memory_order::relaxed); }
};
const verify::add_progress<reads_and_retires<false>> add_protect_progress{
    "hazard_pointer/protect, retire",
    {.structure = "hazard_pointer",
     .purpose = "one protects, which starts again when the source has changed; one retires and reclaims",
     .claims = lockfree::progress::lock_free}};
const verify::add_progress<reads_and_retires<true>> add_try_protect_progress{
    "hazard_pointer/try_protect, retire",
    {.structure = "hazard_pointer",
     .purpose = "everything but protect, by threads that have made a hazard pointer before",
     .claims = lockfree::progress::wait_free,
     .own_steps = 12}};

/// A thread that has never made a hazard pointer retires on the list that all such threads share.
struct retires_shared {
  static constexpr unsigned threads = 2;

  domain hazards{1};

  void operation(unsigned /*thread*/, unsigned /*round*/) { (new object(1))->retire(hazards); }
};
const verify::add_progress<retires_shared> add_retire_progress{
    "hazard_pointer/retire without a hazard pointer",
    {.structure = "hazard_pointer",
     .purpose = "both retire on the shared list and reclaim it",
     .claims = lockfree::progress::lock_free}};

}  // namespace
