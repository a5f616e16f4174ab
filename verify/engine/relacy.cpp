// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <source_location>

#include "relacy.hpp"
//
#include "heap.hpp"
#include "machine.hpp"
#include "sites.hpp"

/// The machine: Relacy's memory model (vector clocks, histories, fibers) with the project's own operations on top.
///
/// Relacy gives the clocks of threads and of the last 8 values of each atomic, and decides which of them a load may
/// return. What it lacks is done here: relaxed stores that are held back, compare-exchange that fails on an older value
/// and with exactly its failure order, C++20 release sequences, who wrote what a load returned, the race detector that
/// names both sides, park and wake-up without a hidden happens-before, the heap.
namespace lockfree::inline v1::verify::detail {

namespace {

constexpr std::uint64_t alive_mark = 0x6c69'7665'2d6f'626a;
constexpr std::uint64_t dead_mark = 0x6465'6164'2d6f'626a;
const rl::debug_info nowhere;

/// A value and who wrote it.
struct stamped {
  words value;
  std::uint32_t site;
  std::uint32_t thread;
  std::uint32_t event;  // of the trace, from 1; 0: none
  bool seq_cst;
};

/// One `verify::atomic`, while it lives.
struct cell {
  rl::atomic_data* data;
  stamped history[rl::lockfree_history_size];
  /// By the rules of C++11: the own clocks of the threads whose release sequence a value is in; 0: not in one.
  std::array<std::uint32_t, max_threads> heads[rl::lockfree_history_size];
  stamped newest;
  unsigned newest_index;
  unsigned stores;  // more than one: there is something older to read
  std::uint32_t number;
  format value_format;
  std::uint8_t bytes;
  bool initialised;
  cell* next_spare;
};

struct held_store {
  cell* target = nullptr;
  words value;
  std::uint32_t site = 0;
  std::uint32_t decision = 0;  // that holds it back
};

struct mutex_data {
  rl::generic_mutex_data* data;
  std::uint32_t number;
};

/// What depends on the number of threads at compile time.
struct clocks {
  virtual ~clocks() = default;
  /// The calling thread acquires what entry `index` of the atomic has released.
  virtual void acquire(rl::atomic_data* data, unsigned index) = 0;
  /// C++20: a relaxed store heads no release sequence and continues none; only earlier release fences show.
  virtual void end_release_sequence(rl::atomic_data* data, unsigned index) = 0;
  virtual void save_fence_clock() = 0;
  virtual void restore_fence_clock() = 0;
};

struct machine_state {
  const program* body = nullptr;
  void* object = nullptr;
  bool constructed = false;
  schedule* decide = nullptr;
  limits bounds;
  clocks* by_count = nullptr;
  unsigned threads = 0;
  bool running = false;     // inside run()
  bool in_threads = false;  // false: constructor, after, destructor
  bool trace_on = false;
  std::uint32_t seq_cst_operation = 0, seq_cst_fence = 0;  // the first of the execution's threads
  unsigned frozen = 0;                                     // bit per thread
  unsigned unfrozen = 0;                                   // stopped once and let go on: the others are through
  run_result result;
  unsigned operations[slots] = {};
  unsigned most_operations[slots] = {};
  unsigned unscheduled = 0;  // accesses since the last point where another thread could go on
  std::uint32_t at_site[slots] = {};
  std::uint32_t last_access[slots] = {};  // as at_site, but where a thread yields stays what made it
  const void* next_object[slots] = {};    // what a thread is about to access
  struct {
    std::uint32_t site;
    const void* object;
  } recent[slots][16] = {};             // last accesses; only while a thread is to be stopped
  unsigned operation_from[slots] = {};  // operations[] when the thread began its operation of the object
  unsigned own_steps[slots] = {};
  rl::thread_info_base* info[slots] = {};
  held_store held[slots];
  struct {
    std::uint32_t clock;
    std::uint32_t site;
  } for_fence[slots][max_threads] = {};  // of each thread, what relaxed reads saw of C++11's release sequences
  const cell* parked_on[slots] = {};
  words parked_value[slots];
  std::vector<thread_end_hook> hooks[slots];
  std::uint32_t objects = 0;
  std::map<const void*, std::uint32_t> plain_numbers;  // in a run with a trace
  cell* spare_cells = nullptr;
  std::vector<std::unique_ptr<cell[]>> cell_blocks;
};

machine_state s;

[[noreturn]] void outside(const char* what) {
  std::fprintf(stderr, "lockfree: verify::%s used outside a check; a modelled object must not be global or static\n",
               what);
  std::_Exit(70);
}

rl::context& context() { return rl::ctx(); }
rl::thread_info_base& self() { return *context().threadx_; }
unsigned slot_now() { return s.in_threads ? static_cast<unsigned>(self().index_) : main_slot; }

[[noreturn]] void fail_at(verdict kind, std::string message, std::uint32_t site) {
  heap::tracking = false;
  s.result.found = {kind, std::move(message), slot_now(), site, 0};
  context().fail_test("", rl::test_result_user_assert_failed, nowhere);
  std::abort();  // not reached: the execution is left
}

last_words* words_to = nullptr;

void append(decisions& taken, unsigned value) {
  if (taken.size() == taken.capacity()) {
    heap::untracked inside;
    taken.reserve(taken.capacity() * 2 + 4096);
  }
  taken.push_back(static_cast<std::uint8_t>(value));
  if (words_to == nullptr) return;
  if (words_to->count < words_to->taken.size()) words_to->taken[words_to->count] = taken.back();
  ++words_to->count;
}

unsigned choose(choice what, unsigned limit) {
  if (!s.in_threads) return 0;
  heap::untracked inside;
  const unsigned answer = s.decide->choose(what, limit);
  if (s.trace_on && answer != 0 && (what == choice::older_value || what == choice::spurious)) {
    s.result.weak.push_back({what, s.result.taken.size(), s.result.trace.size()});  // the next event is about it
  }
  append(s.result.taken, answer);
  return answer;
}

std::string place_of(std::uint32_t site_index) {
  const site& known = sites()[site_index];
  if (known.file.empty()) return "an unknown place";
  std::string out(file_of(known.file));
  out += ':' + std::to_string(known.line);
  if (!known.tag.empty()) out += " [" + known.tag + ']';
  return out;
}

std::string name_of(unsigned slot) {
  return slot >= max_threads ? "the main thread" : "thread " + std::to_string(slot);
}

std::string story_of(const heap::block& block) {
  if (block.number == 0) return "memory that is not from the heap";
  std::string out = "block " + std::to_string(block.number) + " (" + std::to_string(block.bytes) +
                    " bytes, allocated by " + name_of(block.allocated_by);
  if (!sites()[block.allocated_at].file.empty()) out += " at " + place_of(block.allocated_at);
  if (!block.live) {
    out += ", freed by " + name_of(block.freed_by);
    if (!sites()[block.freed_at].file.empty()) out += " at " + place_of(block.freed_at);
  }
  return out + ')';
}

[[noreturn]] void fail_dead(const void* object, std::uint32_t site) {
  const heap::block block = heap::find(object);
  if (block.number != 0 && block.live) {
    fail_at(verdict::use_after_free, "use of an object that is not constructed, in " + story_of(block), site);
  }
  fail_at(verdict::use_after_free,
          block.number == 0 ? "use of an object after its destruction" : "use of freed " + story_of(block), site);
}

event* new_event(operation what, std::uint32_t site) {
  heap::untracked inside;
  event& e = s.result.trace.emplace_back();
  e.thread = static_cast<std::uint8_t>(slot_now());
  e.what = what;
  e.site = site;
  const rl::thread_info_base& me = self();
  e.clock.assign(me.acq_rel_order_, me.acq_rel_order_ + s.threads);
  return &e;
}

inline event* trace_event(operation what, std::uint32_t site) { return s.trace_on ? new_event(what, site) : nullptr; }

inline event* trace_event(operation what, std::uint32_t site, const cell& x, std::memory_order order) {
  event* e = trace_event(what, site);
  if (e != nullptr) {
    e->object = x.number;
    e->value_format = x.value_format;
    e->bytes = x.bytes;
    e->order = order;
  }
  return e;
}

void trace_source(event* e, const stamped& read, const stamped& newest, bool stale) {
  if (e == nullptr) return;
  e->value = read.value;
  e->source_site = read.site;
  e->source_event = read.event;
  e->newest_event = newest.event;
  e->source_thread = static_cast<std::uint8_t>(read.thread);
  e->stale = stale;
  e->newest = newest.value;
  e->newest_site = newest.site;
  e->newest_thread = static_cast<std::uint8_t>(newest.thread);
}

// ---------------------------------------------------------------- the model of one operation

/// An access that is no scheduling point. The limit on steps does not see a loop of nothing else.
void count_unscheduled(std::uint32_t site) {
  constexpr unsigned most = 100'000;
  if (++s.unscheduled > most)
    fail_at(verdict::livelock, "a loop that does not end and that no other thread can end", site);
}

/// Counts what is no violation, once a pair of places.
void add_lint(lint::kind what, std::uint32_t site, std::uint32_t other) {
  for (lint& known : s.result.lints) {
    if (known.what == what && known.site == site && known.other == other) {
      ++known.times;
      return;
    }
  }
  heap::untracked inside;
  s.result.lints.push_back({what, site, other, 1});
}

/// A seq_cst operation or fence is reached.
void meet_seq_cst(std::uint32_t& first, std::uint32_t site) {
  if (!s.in_threads || first != 0) return;
  first = site;
  if (s.seq_cst_operation != 0 && s.seq_cst_fence != 0) {
    add_lint(lint::kind::mixed_seq_cst, s.seq_cst_operation, s.seq_cst_fence);
  }
}

void flush(unsigned slot);

/// Threads stop for ever. What they have stored becomes visible nevertheless.
void freeze(unsigned stopping) {
  rl::thread_info_base* const me = context().threadx_;
  for (unsigned t = 0; t < s.threads; ++t) {
    if ((stopping >> t & 1U) == 0 || s.held[t].target == nullptr) continue;
    context().threadx_ = s.info[t];
    flush(t);
  }
  context().threadx_ = me;
  s.frozen |= stopping;
}

/// An operation of the calling thread, which is about to reach its scheduling point.
void count_operation(std::uint32_t site, const void* object) {
  const unsigned t = slot_now();
  s.at_site[t] = s.last_access[t] = site;
  ++s.operations[t];
  if (s.bounds.freeze_at == 0) return;
  s.next_object[t] = object;
  s.recent[t][s.operations[t] % std::size(s.recent[t])] = {site, object};
  if (s.operations[t] != s.bounds.freeze_at || t != s.bounds.freeze_thread) return;
  freeze(s.bounds.freeze_others ? ((1U << s.threads) - 1) & ~(1U << t) : 1U << t);
}

/// A scheduling point before an operation.
void step(std::uint32_t site, const void* object = nullptr) {
  if (!s.running) outside("platform");
  if (s.in_threads) {
    site_reached_in_thread(site);
    s.unscheduled = 0;
    count_operation(site, object);
    context().sched();
  } else {
    count_unscheduled(site);
  }
}

cell& checked(const atomic_handle& atomic, std::uint32_t site) {
  if (atomic.alive != alive_mark) fail_dead(&atomic, site);
  return *static_cast<cell*>(atomic.cell);
}

bool has_release(std::memory_order order) {
  return order == std::memory_order::release || order == std::memory_order::acq_rel ||
         order == std::memory_order::seq_cst;
}

bool has_acquire(std::memory_order order) {
  return order != std::memory_order::relaxed && order != std::memory_order::release;
}

/// What C++11 says of release sequences: all later stores of the head's thread continue it, as read-modify-writes do.
/// Nothing in the model depends on it; it is kept to say where code does.
void continue_release_sequence(cell& x, unsigned index, bool modification, std::memory_order order) {
  std::array<std::uint32_t, max_threads> heads{};
  if (s.in_threads) {
    const unsigned me = slot_now();
    if (x.stores != 0) {
      const auto& before = x.heads[x.newest_index];
      if (modification) {
        heads = before;
      } else {
        heads[me] = before[me];
      }
    }
    if (has_release(order)) heads[me] = static_cast<std::uint32_t>(self().own_acq_rel_order_);
  }
  x.heads[index] = heads;
}

/// After a read of value `index`: would C++11 have made more happen before it, or before the acquire fence to come?
void look_at_release_sequence(const cell& x, unsigned index, std::memory_order order, std::uint32_t site) {
  if (!s.in_threads) return;
  for (unsigned t = 0; t < s.threads; ++t) {
    if (self().acq_rel_order_[t] >= x.heads[index][t]) continue;
    if (has_acquire(order)) {
      add_lint(lint::kind::release_sequence, site, x.history[index].site);
      return;
    }
    auto& known = s.for_fence[slot_now()][t];
    if (known.clock < x.heads[index][t]) known = {x.heads[index][t], x.history[index].site};
  }
}

/// After an acquire fence: would C++11 have made more happen before it?
void look_at_fence(std::uint32_t site) {
  if (!s.in_threads) return;
  for (unsigned t = 0; t < s.threads; ++t) {
    const auto& known = s.for_fence[slot_now()][t];
    if (self().acq_rel_order_[t] < known.clock) add_lint(lint::kind::release_sequence, site, known.site);
  }
}

void put(cell& x, unsigned index, words value, std::memory_order order, std::uint32_t site) {
  // The event of a store comes right after it.
  const auto next_event = s.trace_on ? static_cast<std::uint32_t>(s.result.trace.size() + 1) : 0;
  x.history[index] = {value, site, slot_now(), next_event, order == std::memory_order::seq_cst};
  x.newest = x.history[index];
  x.newest_index = index;
  x.initialised = true;
  ++x.stores;
}

void store_now(cell& x, words value, std::memory_order order, std::uint32_t site) {
  rl::thread_info_base& me = self();
  unsigned index;
  switch (order) {
    case std::memory_order::seq_cst: index = me.atomic_store_seq_cst(x.data); break;
    case std::memory_order::release: index = me.atomic_store_release(x.data); break;
    default: index = me.atomic_store_relaxed(x.data); s.by_count->end_release_sequence(x.data, index);
  }
  continue_release_sequence(x, index, false, order);
  put(x, index, value, order, site);
}

/// Makes the store that the calling thread holds back visible.
void flush(unsigned slot) {
  held_store& held = s.held[slot];
  if (held.target == nullptr) return;
  cell& x = *held.target;
  held.target = nullptr;
  store_now(x, held.value, std::memory_order::relaxed, held.site);
  if (event* e = trace_event(operation::store, held.site, x, std::memory_order::relaxed)) {
    e->operand = held.value;
    e->held = true;
    s.result.weak.push_back({choice::hold_store, held.decision, s.result.trace.size() - 1});
  }
}

/// Before an operation on `x` (or nothing): a held store has to come out now, or may.
void settle(const cell* x, bool must) {
  const unsigned slot = slot_now();
  const held_store& held = s.held[slot];
  if (held.target == nullptr) return;
  if (must || held.target == x || choose(choice::keep_holding, 2) == 0) flush(slot);
}

effect effective(std::uint32_t site, std::memory_order order, std::memory_order failure) {
  const effect now = site_is_edited(site) ? edited(site, order, failure) : effect{order, failure};
  if (now.order == std::memory_order::seq_cst) meet_seq_cst(s.seq_cst_operation, site);
  return now;
}

/// What a load may return: an index into the history.
unsigned read_index(cell& x, std::memory_order order, std::uint32_t site) {
  rl::thread_info_base& me = self();
  unsigned index;
  switch (order) {
    case std::memory_order::seq_cst: index = me.atomic_load_seq_cst(x.data); break;
    case std::memory_order::acquire:
    case std::memory_order::consume: index = me.atomic_load_acquire(x.data); break;
    default: index = me.atomic_load_relaxed(x.data);
  }
  if (index == static_cast<unsigned>(-1) || !x.initialised) {
    if (event* e = trace_event(operation::load, site, x, order)) e->success = false;
    fail_at(verdict::uninitialised, "a load that may come before the initialisation of the atomic", site);
  }
  constexpr unsigned size = rl::lockfree_history_size;
  if ((x.newest_index + size - index) % size == size - 1) s.result.forgot = true;
  return index;
}

unsigned load_index(cell& x, std::memory_order order, std::uint32_t site) {
  const unsigned index = read_index(x, order, site);
  look_at_release_sequence(x, index, order, site);
  return index;
}

/// A load of the newest value, as the failing half of a read-modify-write.
void load_newest(cell& x, std::memory_order order, std::uint32_t site) {
  rl::thread_info_base& me = self();
  switch (order) {
    case std::memory_order::seq_cst: me.atomic_load_seq_cst_rmw(x.data); break;
    case std::memory_order::acquire:
    case std::memory_order::consume: me.atomic_load_acquire_rmw(x.data); break;
    default: me.atomic_load_relaxed_rmw(x.data);
  }
  look_at_release_sequence(x, x.newest_index, order, site);
}

/// Whether a seq_cst store came after value `index`.
bool seq_cst_store_after(const cell& x, unsigned index) {
  constexpr unsigned size = rl::lockfree_history_size;
  for (unsigned i = x.newest_index; i != index; i = (i + size - 1) % size) {
    if (x.history[i].seq_cst) return true;
  }
  return false;
}

/// Is there a value that the calling thread could see before the first one? Then it must not modify the atomic either.
void require_initialised(const cell& x, std::uint32_t site) {
  if (!x.initialised) fail_at(verdict::uninitialised, "a read-modify-write of an atomic without a value", site);
}

void modify(cell& x, words value, std::memory_order order, std::uint32_t site) {
  rl::thread_info_base& me = self();
  bool aba = false;
  unsigned index;
  switch (order) {
    case std::memory_order::seq_cst: index = me.atomic_rmw_seq_cst(x.data, aba); break;
    case std::memory_order::acq_rel: index = me.atomic_rmw_acq_rel(x.data, aba); break;
    case std::memory_order::release: index = me.atomic_rmw_release(x.data, aba); break;
    case std::memory_order::acquire:
    case std::memory_order::consume: index = me.atomic_rmw_acquire(x.data, aba); break;
    default: index = me.atomic_rmw_relaxed(x.data, aba);
  }
  look_at_release_sequence(x, x.newest_index, order, site);
  continue_release_sequence(x, index, true, order);
  put(x, index, value, order, site);
}

std::uint64_t width_mask(unsigned bytes) {
  return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
}

// ---------------------------------------------------------------- Relacy's view: a test and a scheduler

std::string what_is_wrong(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "not a std::exception";
  }
}

template <class F>
void user_code(const char* where_from, F call) {
  heap::tracking = true;
  std::exception_ptr thrown;
  try {
    call();
  } catch (...) {
    thrown = std::current_exception();
  }
  heap::tracking = false;
  if (thrown) {
    fail_at(verdict::exception, std::string("an exception left ") + where_from + ": " + what_is_wrong(thrown), 0);
  }
}

void leave_thread(unsigned slot) {
  auto& hooks = s.hooks[slot];
  while (!hooks.empty()) {
    const thread_end_hook hook = hooks.back();
    hooks.pop_back();
    hook.call(hook.object, slot);
  }
}

struct keep_engine_allocations_out : rl::context {
  static int rl::context::*counter() { return &keep_engine_allocations_out::disable_alloc_; }
};

template <rl::thread_id_t N>
struct suite : rl::test_suite<suite<N>, N> {
  suite() {
    context().*keep_engine_allocations_out::counter() = 1;  // Relacy's own heap is never used
    user_code("the constructor", [] { s.body->construct(s.object); });
    s.constructed = true;
  }
  void before() {
    flush(main_slot);
    s.in_threads = true;
  }
  void thread(unsigned index) {
    if (index >= s.body->threads) return;  // a check of one thread runs beside one that does nothing
    s.info[index] = &self();
    user_code("a thread", [index] {
      s.body->thread(s.object, index);
      leave_thread(index);
    });
    if (s.held[index].target != nullptr) context().sched();  // the others may run before the store comes out
    flush(index);
    s.at_site[index] = s.last_access[index] = 0;
    trace_event(operation::thread_end, 0);
  }
  void after() {
    s.in_threads = false;
    user_code("after", [] { s.body->after(s.object); });
  }
  ~suite() {
    s.constructed = false;
    user_code("the destructor", [] { s.body->destroy(s.object); });
    flush(main_slot);
    std::size_t count = 0;
    const heap::block leaked = heap::first_live(count);
    if (count != 0) {
      fail_at(verdict::leak,
              std::to_string(count) + (count == 1 ? " block is" : " blocks are") + " never freed; the first is " +
                  story_of(leaked),
              leaked.allocated_at);
    }
  }
};

void begin_execution() {
  heap::tracking = false;
  heap::begin_execution();
  s.in_threads = false;
  s.result.taken.clear();
  if (words_to != nullptr) words_to->count = 0;
  s.result.trace.clear();
  s.result.weak.clear();
  s.plain_numbers.clear();
  s.frozen = s.unfrozen = 0;
  s.seq_cst_operation = s.seq_cst_fence = 0;
  s.unscheduled = 0;
  s.objects = 0;
  for (unsigned t = 0; t < slots; ++t) {
    s.most_operations[t] = std::max(s.most_operations[t], s.operations[t]);
    s.operations[t] = 0;
    s.at_site[t] = s.last_access[t] = 0;
    s.held[t].target = nullptr;
    for (auto& each : s.for_fence[t]) each = {};
    s.parked_on[t] = nullptr;
    s.hooks[t].clear();
  }
}

template <rl::thread_id_t N>
class scheduler : public rl::scheduler<scheduler<N>, rl::scheduler_thread_info, N> {
 public:
  using base_t = rl::scheduler<scheduler<N>, rl::scheduler_thread_info, N>;
  using thread_info_t = typename base_t::thread_info_t;
  using shared_context_t = typename base_t::shared_context_t;
  struct task_t {};

  scheduler(rl::test_params& params, shared_context_t& shared, rl::thread_id_t dynamic)
      : base_t(params, shared, dynamic) {}

  rl::thread_id_t iteration_begin_impl() {
    begin_execution();
    s.decide->begin(N);
    previous_ = -1;
    return pick(false);
  }

  bool iteration_end_impl() {
    ++s.result.executions;
    return !s.decide->next();
  }

  rl::thread_id_t schedule_impl(rl::unpark_reason& reason, unsigned yield) {
    if (this->timed_thread_count_ + this->spurious_thread_count_ != 0) {
      // Parked threads that may wake by themselves. When nobody runs, only a timeout helps.
      const bool somebody_runs = (runnable() & ~stopped()) != 0;
      rl::thread_id_t waking[2 * N];
      unsigned count = 0;
      const auto add = [&](auto& list, rl::thread_id_t size) {
        for (rl::thread_id_t i = 0; i < size; ++i) {
          if ((stopped() >> list[i]->index_ & 1U) == 0) waking[count++] = list[i]->index_;
        }
      };
      add(this->timed_threads_, this->timed_thread_count_);
      const unsigned timed = count;
      if (somebody_runs) add(this->spurious_threads_, this->spurious_thread_count_);
      const unsigned none = somebody_runs ? 1 : 0;
      if (count != 0) {
        const unsigned which = choose(choice::wake, none + count);
        if (which >= none) {
          const rl::thread_id_t th = waking[which - none];
          this->unpark_thread(th);
          reason = which - none < timed ? rl::unpark_reason_timeout : rl::unpark_reason_spurious;
          previous_ = th;
          return th;
        }
      }
    }
    reason = rl::unpark_reason_normal;
    return pick(yield != 0);
  }

  /// Relacy asks: may this load look further back, or which of the threads that wait for a mutex goes on?
  unsigned rand_impl(unsigned limit, rl::sched_type what) {
    if (limit < 2) return 0;
    return choose(what == rl::sched_type_atomic_load ? choice::older_value : choice::receiver, limit);
  }
  rl::iteration_t iteration_count_impl() { return 1; }
  void get_state_impl(std::ostream&) {}
  void set_state_impl(std::istream&) {}
  void on_thread_block(rl::thread_id_t, bool) {}

 private:
  unsigned runnable() const {
    unsigned out = 0;
    for (rl::thread_id_t i = 0; i < this->running_threads_count; ++i) {
      out |= 1U << this->running_threads[static_cast<std::size_t>(i)];
    }
    return out;
  }
  static unsigned stopped() { return s.frozen & ~s.unfrozen; }

  rl::thread_id_t pick(bool yielded) {
    turn now{runnable(), previous_, yielded, 0};
    for (rl::thread_id_t i = 0; i < N; ++i) {
      if (this->threads_[i].state_ == rl::thread_state_finished) now.finished |= 1U << i;
    }
    if (stopped() != 0) {
      const unsigned others = now.runnable & ~s.frozen;
      if (others != 0) {
        now.runnable = others;
      } else if ((now.finished | s.frozen) == (1U << N) - 1) {
        s.unfrozen = s.frozen;  // the others did not need it
        s.result.frozen = true;
        note_passed();
      } else {
        fail_at(verdict::deadlock, "the other threads wait for the stopped one", s.at_site[s.bounds.freeze_thread]);
      }
    }
    unsigned chosen = default_thread(now, N);
    if ((now.runnable & (now.runnable - 1)) != 0) {
      heap::untracked inside;
      const unsigned dull = chosen;
      chosen = s.decide->thread(now);
      append(s.result.taken, chosen == dull ? 0 : chosen + 1);
    }
    previous_ = static_cast<int>(chosen);
    return previous_;
  }

  static void note_passed() {
    heap::untracked inside;
    for (unsigned t = 0; t < N; ++t) {
      if ((s.frozen >> t & 1U) == 0) continue;
      if (s.result.passed.size() <= s.last_access[t]) s.result.passed.resize(s.last_access[t] + 1);
      ++s.result.passed[s.last_access[t]];
    }
  }

  int previous_ = -1;
};

template <rl::thread_id_t N>
struct clocks_of : clocks {
  using data_t = rl::atomic_data_impl<N>;
  static rl::thread_info<N>& me() { return static_cast<rl::thread_info<N>&>(self()); }

  void acquire(rl::atomic_data* data, unsigned index) override {
    auto& record = static_cast<data_t*>(data)->history_[index];
    for (int t = 0; t < N; ++t) me().acq_rel_order_[t] = std::max(me().acq_rel_order_[t], record.acq_rel_order_[t]);
  }
  void end_release_sequence(rl::atomic_data* data, unsigned index) override {
    auto& record = static_cast<data_t*>(data)->history_[index];
    for (int t = 0; t < N; ++t) record.acq_rel_order_[t] = me().release_fence_order_[t];
  }
  void save_fence_clock() override { std::copy_n(me().acquire_fence_order_, N, saved_); }
  void restore_fence_clock() override { std::copy_n(saved_, N, me().acquire_fence_order_); }

  rl::timestamp_t saved_[N];
};

class no_output : public std::streambuf {
  int overflow(int c) override { return c; }
};

template <rl::thread_id_t N>
rl::test_result_e run_threads(std::ostream& nothing) {
  clocks_of<N> by_count;
  s.by_count = &by_count;
  rl::test_params params;
  params.output_stream = &nothing;
  params.progress_stream = &nothing;
  params.search_type = rl::random_scheduler_type;  // loads may look back over the whole history
  params.execution_depth_limit = s.bounds.steps;
  rl::ostringstream state;
  return rl::run_test<suite<N>, scheduler<N>>(params, state, false);
}

/// Where the threads that are not stopped stand, or try again and again: where they access what a stopped one is about
/// to access, or else what they accessed last.
std::vector<std::uint32_t> waiting_sites(bool trying) {
  std::vector<std::uint32_t> same;
  std::vector<std::uint32_t> last;
  for (unsigned t = 0; t < s.threads; ++t) {
    if ((s.frozen >> t & 1U) != 0 || s.last_access[t] == 0) continue;
    last.push_back(s.last_access[t]);
    const std::size_t known = trying ? std::min<std::size_t>(s.operations[t], std::size(s.recent[t])) : 1;
    for (std::size_t back = 0; back < known; ++back) {
      const auto& access = s.recent[t][(s.operations[t] - back) % std::size(s.recent[t])];
      for (unsigned stopped = 0; stopped < s.threads; ++stopped) {
        if ((s.frozen >> stopped & 1U) == 0 || access.object == nullptr) continue;
        if (access.object == s.next_object[stopped]) same.push_back(access.site);
      }
    }
  }
  std::vector<std::uint32_t>& out = same.empty() ? last : same;
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

verdict kind_of(rl::test_result_e result) {
  switch (result) {
    case rl::test_result_success: return verdict::holds;
    case rl::test_result_deadlock: return verdict::deadlock;
    case rl::test_result_livelock: return verdict::livelock;
    case rl::test_result_memory_leak:
    case rl::test_result_resource_leak: return verdict::leak;
    case rl::test_result_access_to_freed_memory: return verdict::use_after_free;
    case rl::test_result_double_free: return verdict::double_free;
    case rl::test_result_unitialized_access: return verdict::uninitialised;
    case rl::test_result_data_race: return verdict::data_race;
    default: return verdict::misuse;
  }
}

/// Puts a verdict that Relacy itself came to into words.
void explain(rl::test_result_e result) {
  violation& found = s.result.found;
  found.kind = kind_of(result);
  switch (found.kind) {
    case verdict::deadlock: {
      std::string waiting;
      for (unsigned t = 0; t < s.threads; ++t) {
        if (s.parked_on[t] != nullptr && !(s.parked_on[t]->newest.value == s.parked_value[t])) {
          found.kind = verdict::lost_wakeup;
          found.thread = t;
          found.site = s.at_site[t];
        }
        if (s.at_site[t] == 0) continue;  // it has ended
        if (waiting.empty() && found.kind == verdict::deadlock) {
          found.thread = t;
          found.site = s.at_site[t];
        }
        waiting += (waiting.empty() ? "" : ", ") + name_of(t) + " last at " + place_of(s.at_site[t]);
      }
      found.message = (found.kind == verdict::lost_wakeup
                           ? "every thread waits, and " + name_of(found.thread) + " for a value that has changed: "
                           : "every thread waits: ") +
                      waiting;
      break;
    }
    case verdict::livelock: {
      found.message = "more than " + std::to_string(s.bounds.steps) +
                      " steps; threads keep trying, or a retry loop has no spin_wait:";
      const char* before = " ";
      for (unsigned t = 0; t < s.threads; ++t) {
        if (s.at_site[t] == 0) continue;
        found.message += before + name_of(t) + " at " + place_of(s.at_site[t]);
        before = ", ";
      }
      break;
    }
    case verdict::leak: found.message = "memory was freed but the atomics or mutexes in it were never destroyed"; break;
    default: found.message = rl::test_result_str(result);
  }
}

}  // namespace

unsigned default_thread(const turn& now, unsigned threads) noexcept {
  if (now.previous >= 0 && !now.yielded && (now.runnable >> now.previous & 1U) != 0) {
    return static_cast<unsigned>(now.previous);
  }
  for (unsigned distance = 1; distance <= threads; ++distance) {
    const unsigned t = (static_cast<unsigned>(now.previous + static_cast<int>(threads)) + distance) % threads;
    if ((now.runnable >> t & 1U) != 0) return t;
  }
  return 0;
}

run_result run(const program& body, schedule& decide, const limits& bounds, bool trace) {
  static no_output buffer;
  static std::ostream nothing(&buffer);
  s.body = &body;
  s.decide = &decide;
  s.bounds = bounds;
  s.threads = std::max(body.threads, 2U);
  s.trace_on = trace;
  s.result = {};
  s.result.taken.reserve(4096);
  s.spare_cells = nullptr;
  s.cell_blocks.clear();
  std::fill(std::begin(s.most_operations), std::end(s.most_operations), 0);
  std::fill(std::begin(s.own_steps), std::end(s.own_steps), 0);
  s.constructed = false;
  std::unique_ptr<std::byte[]> storage(new std::byte[body.bytes + body.alignment]);
  auto address = reinterpret_cast<std::uintptr_t>(storage.get());
  s.object = reinterpret_cast<void*>((address + body.alignment - 1) / body.alignment * body.alignment);
  s.running = true;
  rl::test_result_e result{};
  switch (body.threads) {
    case 1:
    case 2: result = run_threads<2>(nothing); break;
    case 3: result = run_threads<3>(nothing); break;
    case 4: result = run_threads<4>(nothing); break;
    case 5: result = run_threads<5>(nothing); break;
    case 6: result = run_threads<6>(nothing); break;
    case 7: result = run_threads<7>(nothing); break;
    default: result = run_threads<8>(nothing);
  }
  heap::tracking = false;
  s.running = false;
  if (result != rl::test_result_success) {
    ++s.result.executions;
    if (s.result.found.kind == verdict::holds) explain(result);
  }
  for (unsigned t = 0; t < slots; ++t) s.most_operations[t] = std::max(s.most_operations[t], s.operations[t]);
  s.result.operations.assign(s.most_operations, s.most_operations + body.threads);
  s.result.own_steps.assign(s.own_steps, s.own_steps + body.threads);
  s.result.last_access.assign(s.last_access, s.last_access + body.threads);
  s.result.stopped = (s.frozen & ~s.unfrozen) != 0;
  if (s.result.stopped) s.result.waits = waiting_sites(s.result.found.kind == verdict::livelock);
  s.in_threads = false;
  return std::move(s.result);
}

void keep_last_words(last_words& place) noexcept { words_to = &place; }

void next_scenario(std::string_view text) noexcept {
  if (words_to == nullptr) return;
  const std::size_t length = std::min(text.size(), words_to->scenario.size() - 1);
  std::copy_n(text.begin(), length, words_to->scenario.begin());
  words_to->scenario[length] = '\0';
  words_to->count = 0;
}

const program& running_program() noexcept { return *s.body; }

// ---------------------------------------------------------------- what the headers call

unsigned current_slot() noexcept {
  if (!s.running) outside("platform");
  return slot_now();
}

void fail(verdict kind, const char* message, const where& at) noexcept {
  heap::untracked inside;
  fail_at(kind, message, site_number(at, operation::note));
}

void atomic_construct(atomic_handle& atomic, words initial, format value_format, unsigned bytes,
                      const where& at) noexcept {
  if (!s.running) outside("atomic");
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::store);
  if (s.spare_cells == nullptr) {
    constexpr std::size_t block = 64;
    s.cell_blocks.emplace_back(new cell[block]);
    for (std::size_t i = 0; i < block; ++i) {
      s.cell_blocks.back()[i].next_spare = s.spare_cells;
      s.spare_cells = &s.cell_blocks.back()[i];
    }
  }
  cell& x = *s.spare_cells;
  s.spare_cells = x.next_spare;
  x.data = context().atomic_ctor(nullptr);
  x.number = ++s.objects;
  x.value_format = value_format;
  x.bytes = static_cast<std::uint8_t>(bytes);
  x.stores = 0;
  atomic = {&x, alive_mark};
  // Not an atomic operation: no scheduling point, and whoever reads without it happening before is told so.
  store_now(x, initial, std::memory_order::relaxed, site);
  x.newest.event = x.history[x.newest_index].event = 0;
}

void atomic_destroy(atomic_handle& atomic) noexcept {
  heap::untracked inside;
  if (!s.running) outside("atomic");
  if (atomic.alive != alive_mark) fail_dead(&atomic, s.at_site[slot_now()]);
  auto& x = *static_cast<cell*>(atomic.cell);
  for (unsigned t = 0; t < slots; ++t) {
    if (s.held[t].target != &x) continue;
    if (t == slot_now()) {
      flush(t);
    } else {
      fail_at(verdict::use_after_free, "an atomic is destroyed while a store of " + name_of(t) + " may still be coming",
              s.held[t].site);
    }
  }
  context().atomic_dtor(x.data);
  x.next_spare = s.spare_cells;
  s.spare_cells = &x;
  atomic.alive = dead_mark;
}

words atomic_load(const atomic_handle& atomic, std::memory_order order, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::load, order, order);
  step(site, atomic.cell);
  cell& x = checked(atomic, site);
  order = effective(site, order, order).order;
  settle(&x, order == std::memory_order::seq_cst);
  const unsigned index = load_index(x, order, site);
  const stamped& read = x.history[index];
  trace_source(trace_event(operation::load, site, x, order), read, x.newest, index != x.newest_index);
  return read.value;
}

void atomic_store(atomic_handle& atomic, words value, std::memory_order order, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::store, order, order);
  step(site, atomic.cell);
  cell& x = checked(atomic, site);
  order = effective(site, order, order).order;
  const unsigned slot = slot_now();
  settle(&x, has_release(order));
  if (order == std::memory_order::relaxed && s.held[slot].target == nullptr && choose(choice::hold_store, 2) == 1) {
    s.held[slot] = {&x, value, site, static_cast<std::uint32_t>(s.result.taken.size() - 1)};
    return;
  }
  store_now(x, value, order, site);
  if (event* e = trace_event(operation::store, site, x, order)) e->operand = value;
}

words atomic_exchange(atomic_handle& atomic, words value, std::memory_order order, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::exchange, order, order);
  step(site, atomic.cell);
  cell& x = checked(atomic, site);
  order = effective(site, order, order).order;
  settle(&x, has_release(order));
  require_initialised(x, site);
  const stamped old = x.newest;
  modify(x, value, order, site);
  if (event* e = trace_event(operation::exchange, site, x, order)) {
    trace_source(e, old, old, false);
    e->operand = value;
  }
  return old.value;
}

words atomic_fetch(atomic_handle& atomic, fetch what, std::uint64_t operand, std::memory_order order,
                   const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::fetch, order, order);
  step(site, atomic.cell);
  cell& x = checked(atomic, site);
  order = effective(site, order, order).order;
  settle(&x, has_release(order));
  require_initialised(x, site);
  const stamped old = x.newest;
  std::uint64_t value = old.value.low;
  switch (what) {
    case fetch::add: value += operand; break;
    case fetch::sub: value -= operand; break;
    case fetch::bit_and: value &= operand; break;
    case fetch::bit_or: value |= operand; break;
    case fetch::bit_xor: value ^= operand; break;
  }
  const words written{value & width_mask(x.bytes), 0};
  modify(x, written, order, site);
  if (event* e = trace_event(operation::fetch, site, x, order)) {
    trace_source(e, old, old, false);
    e->operand = written;
  }
  return old.value;
}

bool atomic_compare_exchange(atomic_handle& atomic, words& expected, words desired, bool weak,
                             std::memory_order success, std::memory_order failure, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::compare_exchange, success, failure);
  step(site, atomic.cell);
  cell& x = checked(atomic, site);
  const effect now = effective(site, success, failure);
  settle(&x, has_release(now.order));
  require_initialised(x, site);
  const words wanted = expected;
  event* e = nullptr;
  const auto describe = [&](bool done, const stamped& read, bool stale) {
    e = trace_event(operation::compare_exchange, site, x, done ? now.order : now.failure);
    if (e == nullptr) return;
    trace_source(e, read, x.newest, stale);
    e->success = done;
    e->weak = weak;
    e->operand = wanted;
    e->desired = desired;
  };

  // It may fail on an older value: as an ordinary load with the failure order, which acquires what it really read. One
  // that is seq_cst can't look behind a seq_cst store.
  if (x.stores > 1) {
    s.by_count->save_fence_clock();
    const unsigned index = read_index(x, std::memory_order::relaxed, site);
    const bool hidden = now.failure == std::memory_order::seq_cst && seq_cst_store_after(x, index);
    if (index != x.newest_index && !hidden && !(x.history[index].value == wanted)) {
      if (now.failure == std::memory_order::seq_cst) meet_seq_cst(s.seq_cst_operation, site);
      if (now.failure != std::memory_order::relaxed) s.by_count->acquire(x.data, index);
      look_at_release_sequence(x, index, now.failure, site);
      describe(false, x.history[index], true);
      expected = x.history[index].value;
      return now.drop;
    }
    s.by_count->restore_fence_clock();
  }
  const stamped newest = x.newest;
  if (!(newest.value == wanted)) {
    load_newest(x, now.failure, site);
    describe(false, newest, false);
    expected = newest.value;
    return now.drop;
  }
  if (weak && choose(choice::spurious, 2) == 1) {
    load_newest(x, now.failure, site);
    describe(false, newest, false);
    if (e != nullptr) e->spurious = true;
    return now.drop;
  }
  modify(x, desired, now.order, site);
  describe(true, newest, false);
  return true;
}

namespace {

/// Looks once more and parks in the same step, as the kernel does; nothing if the value is not `old` any more.
std::optional<rl::unpark_reason> park(const atomic_handle& atomic, words old, bool timed, const where& at) {
  const std::uint32_t site = site_number(at, operation::wait);
  step(site, atomic.cell);
  cell& x = checked(atomic, site);
  settle(nullptr, true);
  if (!(x.newest.value == old)) return std::nullopt;
  const unsigned slot = slot_now();
  if (!s.in_threads) fail_at(verdict::deadlock, "a wait outside the threads, where nobody can wake it", site);
  s.parked_on[slot] = &x;
  s.parked_value[slot] = old;
  if (event* e = trace_event(operation::wait, site, x, std::memory_order::relaxed)) e->value = old;
  const rl::unpark_reason reason = context().park_current_thread(timed, true, false, nowhere);
  s.parked_on[slot] = nullptr;
  return reason;
}

}  // namespace

bool atomic_wait(const atomic_handle& atomic, words old, std::memory_order order, bool timed,
                 const where& at) noexcept {
  heap::untracked inside;
  for (;;) {
    if (!(atomic_load(atomic, order, at) == old)) return true;
    const std::optional<rl::unpark_reason> woken = park(atomic, old, timed, at);
    if (woken == rl::unpark_reason_timeout) return false;
    if (!woken) context().yield(1, nowhere);  // what the thread has loaded is out of date
  }
}

bool atomic_park(const atomic_handle& atomic, words old, bool timed, const where& at) noexcept {
  heap::untracked inside;
  return park(atomic, old, timed, at) != rl::unpark_reason_timeout;
}

void atomic_notify(atomic_handle& atomic, bool all, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::notify);
  step(site, atomic.cell);
  cell& x = checked(atomic, site);
  settle(nullptr, true);
  unsigned woken = 0;
  for (;;) {
    unsigned waiting[max_threads];
    unsigned count = 0;
    for (unsigned t = 0; t < s.threads; ++t) {
      if (s.parked_on[t] == &x) waiting[count++] = t;
    }
    if (count == 0) break;
    const unsigned chosen = waiting[count == 1 || all ? 0 : choose(choice::receiver, count)];
    s.parked_on[chosen] = nullptr;
    context().unpark_thread(static_cast<rl::thread_id_t>(chosen), false, nowhere);
    ++woken;
    if (!all) break;
  }
  if (event* e = trace_event(operation::notify, site, x, std::memory_order::relaxed)) e->operand.low = woken;
}

void plain_construct(plain_shadow& shadow) noexcept {
  if (!s.running) outside("plain");
  shadow = {};
  shadow.alive = alive_mark;
  if (s.trace_on) {
    heap::untracked inside;
    s.plain_numbers[&shadow] = ++s.objects;
  }
}

namespace {

event* trace_plain(operation what, std::uint32_t site, const plain_shadow& shadow) {
  event* e = trace_event(what, site);
  if (e != nullptr) e->object = s.plain_numbers[&shadow];
  return e;
}

/// An access to a plain moves the clock of its thread, after it was found to be no race.
std::uint32_t tick(event* e) {
  rl::thread_info_base& me = self();
  ++me.own_acq_rel_order_;
  if (e != nullptr && s.in_threads) e->clock[static_cast<unsigned>(me.index_)] = me.own_acq_rel_order_;
  return static_cast<std::uint32_t>(me.own_acq_rel_order_);
}

[[noreturn]] void fail_race(const char* mine, std::uint32_t site, const char* other, unsigned thread,
                            std::uint32_t rival_clock, std::uint32_t other_site) {
  s.result.rival_thread = thread;
  s.result.rival_clock = rival_clock;
  fail_at(verdict::data_race,
          std::string(mine) + " by " + name_of(slot_now()) + " at " + place_of(site) + " and the " + other + " by " +
              name_of(thread) + " at " + place_of(other_site) + ": neither happens before the other",
          site);
}

/// The last write must happen before this access.
void require_ordered_after_write(const plain_shadow& shadow, const char* mine, std::uint32_t site) {
  if (shadow.written_at != 0 && self().acq_rel_order_[shadow.written_by] < shadow.written_at) {
    fail_race(mine, site, "write", shadow.written_by, shadow.written_at, shadow.write_site);
  }
}

/// All reads must happen before this access.
void require_ordered_after_reads(const plain_shadow& shadow, const char* mine, std::uint32_t site) {
  for (unsigned t = 0; t < s.threads; ++t) {
    if (shadow.read_at[t] != 0 && self().acq_rel_order_[t] < shadow.read_at[t]) {
      fail_race(mine, site, "read", t, shadow.read_at[t], shadow.read_site[t]);
    }
  }
}

}  // namespace

void plain_destroy(plain_shadow& shadow) noexcept {
  if (!s.running) outside("plain");
  const std::uint32_t site = s.at_site[slot_now()];
  if (shadow.alive != alive_mark) fail_dead(&shadow, site);
  if (s.in_threads) {
    require_ordered_after_write(shadow, "the end of the cell", site);
    require_ordered_after_reads(shadow, "the end of the cell", site);
  }
  shadow.alive = dead_mark;
}

void plain_write(plain_shadow& shadow, const where& at) noexcept {
  heap::untracked inside;
  if (!s.running) outside("plain");
  const std::uint32_t site = site_number(at, operation::plain_write);
  if (shadow.alive != alive_mark) fail_dead(&shadow, site);
  event* e = trace_plain(operation::plain_write, site, shadow);
  count_unscheduled(site);
  require_ordered_after_write(shadow, "the write", site);
  rl::thread_info_base& me = self();
  require_ordered_after_reads(shadow, "the write", site);
  for (std::uint32_t& each : shadow.read_at) each = 0;  // whatever comes after this write comes after them
  shadow.written_at = tick(e);
  shadow.written_by = static_cast<std::uint32_t>(me.index_);
  shadow.write_site = site;
}

void plain_read(const plain_shadow& constant, const where& at) noexcept {
  heap::untracked inside;
  if (!s.running) outside("plain");
  const std::uint32_t site = site_number(at, operation::plain_read);
  auto& shadow = const_cast<plain_shadow&>(constant);  // the bookkeeping is not part of the value
  if (shadow.alive != alive_mark) fail_dead(&shadow, site);
  event* e = trace_plain(operation::plain_read, site, shadow);
  if (e != nullptr && shadow.written_at != 0) {
    e->source_site = shadow.write_site;
    e->source_thread = static_cast<std::uint8_t>(shadow.written_by);
    e->source_clock = shadow.written_at;
  }
  count_unscheduled(site);
  if (shadow.written_at == 0) fail_at(verdict::uninitialised, "a read of a cell that was never written", site);
  require_ordered_after_write(shadow, "the read", site);
  rl::thread_info_base& me = self();
  shadow.read_at[static_cast<unsigned>(me.index_)] = tick(e);
  shadow.read_site[static_cast<unsigned>(me.index_)] = site;
}

void mutex_construct(mutex_handle& mutex) noexcept {
  if (!s.running) outside("mutex");
  heap::untracked inside;
  mutex = {context().mutex_ctor(false, false, false, false), alive_mark};
}

void mutex_destroy(mutex_handle& mutex) noexcept {
  heap::untracked inside;
  if (!s.running) outside("mutex");
  if (mutex.alive != alive_mark) fail_dead(&mutex, s.at_site[slot_now()]);
  context().mutex_dtor(static_cast<rl::generic_mutex_data*>(mutex.mutex));
  mutex.alive = dead_mark;
}

namespace {

rl::generic_mutex_data& ready_mutex(mutex_handle& mutex, std::uint32_t site) {
  if (!s.running) outside("mutex");
  if (s.in_threads) count_operation(site, mutex.mutex);
  settle(nullptr, true);
  if (mutex.alive != alive_mark) fail_dead(&mutex, site);
  return *static_cast<rl::generic_mutex_data*>(mutex.mutex);
}

}  // namespace

void mutex_lock(mutex_handle& mutex, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::lock);
  ready_mutex(mutex, site).lock_exclusive(false, nowhere);
  (void)trace_event(operation::lock, site);
}

bool mutex_try_lock(mutex_handle& mutex, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::lock);
  const bool locked = ready_mutex(mutex, site).try_lock_exclusive(nowhere);
  if (event* e = trace_event(operation::lock, site)) e->success = locked;
  return locked;
}

void mutex_unlock(mutex_handle& mutex, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::unlock);
  ready_mutex(mutex, site).unlock_exclusive(nowhere);
  (void)trace_event(operation::unlock, site);
}

void fence(std::memory_order order, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::fence, order, order);
  if (!s.running) outside("fence");
  if (site_is_edited(site)) {
    const effect now = edited(site, order, order);
    if (s.in_threads) site_reached_in_thread(site);
    if (now.drop) return;
    order = now.order;
  }
  if (order == std::memory_order::relaxed) return;
  step(site);
  settle(nullptr, has_release(order));
  rl::context& c = context();
  switch (order) {
    case std::memory_order::acquire:
    case std::memory_order::consume: c.atomic_thread_fence_acquire(); break;
    case std::memory_order::release: c.atomic_thread_fence_release(); break;
    case std::memory_order::acq_rel: c.atomic_thread_fence_acq_rel(); break;
    default: {
      rl::preemption_disabler no_second_step(c);
      c.atomic_thread_fence_seq_cst();
      meet_seq_cst(s.seq_cst_fence, site);
    }
  }
  if (has_acquire(order)) look_at_fence(site);
  if (event* e = trace_event(operation::fence, site)) e->order = order;
}

bool revalidated(bool condition, const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::revalidated);
  if (s.in_threads) site_reached_in_thread(site);
  if (site_is_edited(site) && edited(site, std::memory_order::relaxed, std::memory_order::relaxed).drop) return true;
  return condition;
}

void yield(const where& at) noexcept {
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::yield);
  if (!s.running) outside("platform::spin_wait");
  if (s.in_threads) s.at_site[slot_now()] = site;
  settle(nullptr, true);
  (void)trace_event(operation::yield, site);
  context().yield(1, nowhere);
}

void* allocate(std::size_t bytes, std::size_t alignment, const where& at) {
  if (!s.running) outside("platform::allocate");
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::allocate);
  void* memory = heap::allocate(bytes, alignment, slot_now(), site);
  if (event* e = trace_event(operation::allocate, site)) {
    e->object = heap::find(memory).number;
    e->operand.low = bytes;
  }
  return memory;
}

void deallocate(void* memory, std::size_t, std::size_t, const where& at) noexcept {
  if (memory == nullptr) return;
  if (!s.running) outside("platform::deallocate");
  heap::untracked inside;
  const std::uint32_t site = site_number(at, operation::deallocate);
  if (event* e = trace_event(operation::deallocate, site)) e->object = heap::find(memory).number;
  const heap::block block = heap::find(memory);
  switch (heap::deallocate(memory, slot_now(), site, choose(choice::quarantine, 2) == 0)) {
    case heap::release::done: return;
    case heap::release::twice: fail_at(verdict::double_free, "freed once more: " + story_of(block), site);
    case heap::release::never_allocated:
      fail_at(verdict::double_free, "freed, but never allocated: an address in " + story_of(block), site);
  }
}

void at_thread_end(const thread_end_hook& hook) noexcept {
  heap::untracked inside;
  s.hooks[slot_now()].push_back(hook);
}

void forget_thread_end(void* object) noexcept {
  for (auto& hooks : s.hooks) {
    std::erase_if(hooks, [object](const thread_end_hook& hook) { return hook.object == object; });
  }
}

void end_thread(const where& at) noexcept {
  if (!s.running) outside("platform::end_thread");
  if (event* e = trace_event(operation::thread_end, site_number(at, operation::thread_end))) e->success = false;
  leave_thread(slot_now());
}

unsigned progress_rounds(unsigned thread) noexcept { return s.bounds.rounds[thread]; }

void progress_operation_begins() noexcept {
  const unsigned t = slot_now();
  s.operation_from[t] = s.operations[t];
}
void progress_operation_ends() noexcept {
  const unsigned t = slot_now();
  s.own_steps[t] = std::max(s.own_steps[t], s.operations[t] - s.operation_from[t]);
}

clock now() noexcept {
  clock out;
  const rl::thread_info_base& me = self();
  std::copy_n(me.acq_rel_order_, s.threads, out.seen.begin());
  out.thread = static_cast<unsigned>(me.index_);
  return out;
}

bool tracing() noexcept { return s.trace_on; }

void note(const char* text, const where& at) noexcept {
  heap::untracked inside;
  if (event* e = trace_event(operation::note, site_number(at, operation::note))) e->text = text;
}

void call_begins(const where& at) noexcept {
  heap::untracked inside;
  (void)trace_event(operation::call_begin, site_number(at, operation::note));
}

void call_ends(const char* text, const where& at) noexcept {
  heap::untracked inside;
  if (event* e = trace_event(operation::call_end, site_number(at, operation::note))) e->text = text;
}

// ---------------------------------------------------------------- signals

namespace {

void on_signal(int signal, siginfo_t* info, void*) {
  if (s.running && rl::is_ctx() && context().threadx_ != nullptr) {
    heap::tracking = false;
    violation& found = s.result.found;
    found.kind = verdict::crash;
    found.signal = signal;
    found.thread = slot_now();
    found.site = s.at_site[found.thread];
    if ((signal == SIGSEGV || signal == SIGBUS) && fiber::guards(info->si_addr)) {
      found.message = "the stack of a modelled thread overflowed (256 KiB)";
    } else {
      found.message = signal_text(signal);
    }
    context().fail_test("", rl::test_result_user_assert_failed, nowhere);
  }
  std::_Exit(128 + signal);
}

[[noreturn]] void on_terminate() {
  if (s.running && rl::is_ctx() && context().threadx_ != nullptr) {
    fail_at(verdict::exception, "std::terminate: an exception met a noexcept function", s.at_site[slot_now()]);
  }
  std::abort();
}

}  // namespace

std::string signal_text(int signal) {
  const char* name = sigabbrev_np(signal);
  return "signal " + std::to_string(signal) + (name != nullptr ? std::string(", SIG") + name : std::string()) + " (" +
         strsignal(signal) + ")";
}

void catch_signals() {
  constexpr std::size_t bytes = std::size_t{64} * 1024;
  static std::byte stack[bytes];
  stack_t alternative{};
  alternative.ss_sp = stack;
  alternative.ss_size = bytes;
  sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(signal, &action, nullptr);
  std::set_terminate(on_terminate);
}

}  // namespace lockfree::inline v1::verify::detail
