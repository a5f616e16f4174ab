// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <lockfree/verify/check.hpp>
#include <lockfree/verify/detail/engine.hpp>

/// The machine runs executions of one check; schedules (schedule.hpp) decide what happens in them.
namespace lockfree::inline v1::verify::detail {

/// What a decision is about. Zero is always the dull answer: newest value, at once, no failure.
enum class choice : std::uint8_t {
  older_value,   ///< 1: a load looks one value further back
  hold_store,    ///< 1: a relaxed store is held back
  keep_holding,  ///< 1: and stays held back during this operation of its thread
  spurious,      ///< 1: a weak compare-exchange fails for no reason
  quarantine,    ///< 1: freed memory is not handed out again in this execution
  wake,          ///< k: the k-th parked thread that may wake by itself does
  receiver       ///< k: which waiter a notification reaches
};

/// Which threads can take the next step.
struct turn {
  unsigned runnable;  ///< bit per thread, never empty
  int previous;       ///< thread that made the last step; -1 at the start
  bool yielded;       ///< the previous thread asked to be passed over
  unsigned finished;  ///< bit per thread
};

/// The thread that a turn goes to if nobody cares: the previous one, else the next in a circle.
[[nodiscard]] unsigned default_thread(const turn& now, unsigned threads) noexcept;

/// Decides. The machine records every answer, so that any execution can be replayed whatever made it.
class schedule {
 public:
  virtual ~schedule() = default;
  virtual void begin(unsigned threads) = 0;
  virtual unsigned thread(const turn& now) = 0;
  virtual unsigned choose(choice what, unsigned limit) = 0;
  /// After an execution without a violation: is there another one?
  virtual bool next() = 0;
};

/// The answers of one execution, each as its distance from the dull one: 0, or 1 + thread, or the choice.
using decisions = std::vector<std::uint8_t>;

enum class operation : std::uint8_t {
  load,
  store,
  exchange,
  fetch,
  compare_exchange,
  fence,
  revalidated,
  wait,
  notify,
  plain_read,
  plain_write,
  lock,
  unlock,
  yield,
  allocate,
  deallocate,
  thread_end,
  note,
  call_begin,  ///< of an operation that a check brackets
  call_end
};

/// A place that was reached. Tag is the nearest `// [TAG]`, "" if there is none.
struct site {
  std::string file;
  unsigned line;
  unsigned column;
  operation what;
  std::string tag;
  std::string text;  // the source line, trimmed
  std::memory_order order = std::memory_order::relaxed;
  std::memory_order failure = std::memory_order::relaxed;  // compare-exchange only
  bool ordered = false;                                    // order and failure mean something
  bool in_threads = false;                                 // reached by a thread, not only before or after them
};

/// A change of one site that is made while the check runs: a defect, a step of the audit, or a repair.
struct edit {
  enum class kind : std::uint8_t { weaken, drop, strengthen };
  kind what = kind::weaken;
  std::string file;  // end of the path
  std::string tag;   // or, with an empty tag, the place:
  unsigned line = 0;
  unsigned column = 0;
  operation at = operation::load;
  std::memory_order to = std::memory_order::relaxed;
  enum class half : std::uint8_t { both, success, failure };
  half part = half::both;  // of a compare-exchange
};
[[nodiscard]] edit to_edit(const defect& from);

/// One line of a trace.
struct event {
  std::uint8_t thread;  // main_slot: outside the threads
  operation what;
  std::uint8_t retried = 0;
  bool success = true;  // compare-exchange, try_lock, timed wait
  bool weak = false;
  bool spurious = false;
  bool stale = false;
  bool held = false;  // a store: shown later than written
  format value_format = format::raw;
  std::uint8_t bytes = 0;
  std::uint32_t site = 0;
  std::uint32_t object = 0;        // number of the atomic, plain or block in order of appearance; 0: none
  std::uint32_t source_site = 0;   // where the value read was written; 0: unknown
  std::uint32_t source_event = 0;  // which event wrote it, from 1; 0: unknown, or before the threads
  std::uint32_t source_clock = 0;  // the same for a plain: the writer's own clock
  std::uint32_t newest_event = 0;  // stale reads: which event wrote the newest
  std::uint8_t source_thread = 0;
  std::uint32_t newest_site = 0;  // stale reads: where the newest was written
  std::uint8_t newest_thread = 0;
  std::memory_order order = std::memory_order::relaxed;
  words value;    // read, or written by a plain store
  words operand;  // written, added, expected
  words desired;  // compare-exchange
  words newest;
  std::string text;
  std::vector<std::uint64_t> clock;  // of the thread, after the event
};

struct violation {
  verdict kind = verdict::holds;
  std::string message;
  unsigned thread = 0;
  std::uint32_t site = 0;
  int signal = 0;
};

/// A decision that made the memory weak, and the event that shows it.
struct weakness {
  choice what;             // older_value, hold_store or spurious
  std::size_t decision;    // index into `taken`
  std::size_t event;       // index into `trace`
  bool essential = false;  // find_needs: without it the violation does not come
};

/// Something that is no violation, but that a reader of the code should know.
struct lint {
  enum class kind : std::uint8_t {
    release_sequence,  ///< the acquire at `site` read the relaxed store at `other`; only C++11 would synchronise there
    mixed_seq_cst      ///< one execution has the seq_cst operation at `site` and the seq_cst fence at `other`
  };
  kind what;
  std::uint32_t site;
  std::uint32_t other;
  std::uint64_t times;
};

struct limits {
  unsigned steps = 2'000;
  /// Progress check: this thread stops for ever before its operation number `freeze_at` (from 1; 0: no freeze).
  unsigned freeze_thread = 0;
  unsigned freeze_at = 0;
  /// The other way round: all others stop for ever at that moment, wherever they are.
  bool freeze_others = false;
  /// Progress check: operations of the object that each thread does.
  std::array<unsigned, max_threads> rounds{};
};

struct run_result {
  violation found;  // kind == holds: none
  std::uint64_t executions = 0;
  decisions taken;                         // of the last execution
  std::vector<event> trace;                // if asked for
  std::vector<weakness> weak;              // with the trace
  unsigned rival_thread = 0;               // data race: whose access the other one is
  std::uint64_t rival_clock = 0;           // and that thread's own clock at it; 0: none
  std::vector<unsigned> operations;        // most operations of each thread in one execution
  bool frozen = false;                     // the freeze was reached in some execution, and the others went through
  bool stopped = false;                    // the last execution ended before the others had gone through
  std::vector<std::uint64_t> passed;       // by site: executions in which a thread stopped before it and held up nobody
  std::vector<std::uint32_t> last_access;  // of each thread in the last execution; 0: it has ended
  std::vector<std::uint32_t> waits;        // where the others wait for the stopped ones
  std::vector<unsigned> own_steps;         // most accesses of each thread in one operation of the object
  std::vector<lint> lints;                 // of all executions
  bool forgot = false;                     // some load went back as far as values are remembered
};

/// Runs executions until the schedule has no more or one is a violation.
run_result run(const program& body, schedule& decide, const limits& bounds, bool trace);

/// Sites reached since `set_edits`, index 0 unused. Edits stay until set again.
[[nodiscard]] const std::vector<site>& sites();
void set_edits(std::vector<edit> edits);
/// For each edit: how many operations it has changed.
[[nodiscard]] const std::vector<std::uint64_t>& edits_applied();

/// A deadly signal in a modelled thread is a violation; outside it ends the process with code 128 + signal.
void catch_signals();

/// What a process was doing when it ended without a word, for its parent to read: in memory that both share.
struct last_words {
  std::uint32_t count;  // of decisions; more than fit are counted only
  std::array<std::uint8_t, 60'000> taken;
  std::array<char, 4'000> scenario;  // of a declared check
};
/// From now on this process says there what it does.
void keep_last_words(last_words& place) noexcept;
/// Of a declared check: this scenario is next.
void next_scenario(std::string_view text) noexcept;
/// "signal 11, SIGSEGV (Segmentation fault)".
[[nodiscard]] std::string signal_text(int signal);

}  // namespace lockfree::inline v1::verify::detail
