// SPDX-License-Identifier: Apache-2.0
#include "trace.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "heap.hpp"
#include "sites.hpp"

namespace lockfree::inline v1::verify::detail {

std::string_view to_string(verdict kind) noexcept {
  switch (kind) {
    case verdict::holds: return "holds";
    case verdict::expectation: return "expectation failed";
    case verdict::data_race: return "data race";
    case verdict::use_after_free: return "use after free";
    case verdict::double_free: return "double free";
    case verdict::leak: return "leak";
    case verdict::uninitialised: return "uninitialised read";
    case verdict::deadlock: return "deadlock";
    case verdict::lost_wakeup: return "lost wake-up";
    case verdict::livelock: return "livelock";
    case verdict::not_linearizable: return "not linearizable";
    case verdict::misuse: return "misuse of a mutex";
    case verdict::exception: return "exception";
    case verdict::crash: return "crash";
    case verdict::bad_specification: return "bad specification";
    case verdict::too_large: return "too large";
  }
  return "?";
}

std::string_view to_string(std::memory_order order) noexcept {
  switch (order) {
    case std::memory_order::relaxed: return "relaxed";
    case std::memory_order::consume: return "consume";
    case std::memory_order::acquire: return "acquire";
    case std::memory_order::release: return "release";
    case std::memory_order::acq_rel: return "acq_rel";
    case std::memory_order::seq_cst: return "seq_cst";
  }
  return "?";
}

std::string_view to_string(operation what) noexcept {
  switch (what) {
    case operation::load: return "load";
    case operation::store: return "store";
    case operation::exchange: return "exchange";
    case operation::fetch: return "fetch_";
    case operation::compare_exchange: return "compare_exchange";
    case operation::fence: return "fence";
    case operation::revalidated: return "revalidated";
    case operation::wait: return "wait";
    case operation::notify: return "notify";
    case operation::plain_read: return "read";
    case operation::plain_write: return "write";
    case operation::lock: return "lock";
    case operation::unlock: return "unlock";
    case operation::yield: return "spin_wait";
    case operation::allocate: return "allocate";
    case operation::deallocate: return "deallocate";
    case operation::thread_end: return "end";
    case operation::note: return "note";
    case operation::call_begin: return "call";
    case operation::call_end: return "return";
  }
  return "?";
}

std::string count_text(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, 1, ',');
  return out;
}

std::string count_text(std::uint64_t number, std::string_view of) {
  return count_text(number) + ' ' + std::string(of) + (number == 1 ? "" : "s");
}

std::string place_text(const site& at) {
  if (at.file.empty()) return {};
  std::string out(file_of(at.file));
  out += ':' + std::to_string(at.line);
  if (!at.tag.empty()) out += " [" + at.tag + ']';
  return out;
}

namespace {

std::string value_text(const words& value, format how, unsigned bytes) {
  std::array<char, 64> buffer{};
  switch (how) {
    case format::boolean: return value.low != 0 ? "true" : "false";
    case format::signed_integer: {
      const unsigned unused = bytes >= 8 ? 0 : 64 - 8 * bytes;
      return std::to_string(static_cast<std::int64_t>(value.low << unused) >> unused);
    }
    case format::unsigned_integer: return std::to_string(value.low);
    case format::pointer:
      if (value.low == 0) return "null";
      // Names instead of addresses: the heap is still as the execution left it.
      if (const heap::block in = heap::find(reinterpret_cast<const void*>(value.low)); in.number != 0) {
        std::string name("block ");
        name.append(std::to_string(in.number));
        if (in.offset != 0) name.append("+").append(std::to_string(in.offset));
        return name;
      }
      std::snprintf(buffer.data(), buffer.size(), "0x%llx", static_cast<unsigned long long>(value.low));
      return buffer.data();
    case format::raw: break;
  }
  if (bytes > 8) {
    std::snprintf(buffer.data(), buffer.size(), "{0x%llx, 0x%llx}", static_cast<unsigned long long>(value.low),
                  static_cast<unsigned long long>(value.high));
  } else {
    std::snprintf(buffer.data(), buffer.size(), "0x%llx", static_cast<unsigned long long>(value.low));
  }
  return buffer.data();
}

bool names_object(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '>' || c == '-' || c == ':';
}

/// The words after which the source calls an operation: members of `atomic`, `plain` and `variable`.
std::vector<std::string_view> calls_of(operation what) {
  if (what == operation::plain_read) return {"read", "get"};
  if (what == operation::plain_write) return {"write", "set"};
  return {to_string(what)};
}

/// "slot.sequence" of "slot.sequence.load(": what the source calls the object of an operation. Where a line has
/// several, the column tells: g++ gives that of the parenthesis, clang that of the first word.
std::string source_name(const site& at) {
  const auto& lines = source_lines(at.file);
  if (at.line < 1 || at.line > lines.size()) return {};
  const std::string_view text = lines[at.line - 1];
  std::string first;
  for (const std::string_view call : calls_of(at.what)) {
    for (std::size_t found = text.find(call); found != std::string_view::npos; found = text.find(call, found + 1)) {
      std::size_t end = found;
      if (end >= 1 && text[end - 1] == '.') {
        end -= 1;
      } else if (end >= 2 && text.substr(end - 2, 2) == "->") {
        end -= 2;
      } else {
        continue;
      }
      std::size_t begin = end;
      unsigned depth = 0;
      while (begin > 0) {
        const char c = text[begin - 1];
        if (c == ')' || c == ']') {
          ++depth;
        } else if (c == '(' || c == '[') {
          if (depth == 0) break;
          --depth;
        } else if (depth == 0 && !names_object(c)) {
          break;
        }
        --begin;
      }
      std::string_view name = text.substr(begin, end - begin);
      while (name.starts_with("->") || name.starts_with('.') || name.starts_with(':')) name.remove_prefix(1);
      if (name.starts_with("this->")) name.remove_prefix(6);
      if (name.empty()) continue;
      if (at.column == begin + 1 || at.column == text.find('(', found) + 1) return std::string(name);
      if (first.empty()) first = name;
    }
  }
  return first;
}

/// "wants[]" of "wants[index]": an index that is no number means another object in another thread.
std::string without_arguments(const std::string& name) {
  std::string out;
  for (std::size_t at = 0; at < name.size(); ++at) {
    out += name[at];
    if (name[at] != '[' && name[at] != '(') continue;
    std::size_t end = at + 1;
    for (unsigned depth = 1; end < name.size() && depth > 0; ++end) {
      depth += name[end] == '[' || name[end] == '(' ? 1 : 0;
      depth -= name[end] == ']' || name[end] == ')' ? 1 : 0;
    }
    const std::string inside = name.substr(at + 1, end - at - 2);
    if (std::all_of(inside.begin(), inside.end(), [](char c) { return c >= '0' && c <= '9'; })) out += inside;
    out += name[end - 1];
    at = end - 1;
  }
  return out;
}

}  // namespace

std::string operation_text(const site& at) {
  const std::string name = source_name(at);
  const auto what = at.what == operation::fetch ? std::string("fetch") : std::string(to_string(at.what));
  return name.empty() ? what : name + '.' + what;
}

namespace {

class namer {
 public:
  std::string operator()(const event& e, const site& at) {
    std::string name = source_name(at);
    if (e.object == 0 || e.what == operation::allocate || e.what == operation::deallocate) return name;
    object& known = names_[e.object];
    if (known.name.empty() || (!known.from_source && !name.empty())) {
      known.from_source = !name.empty();
      if (name.empty()) {
        const bool plain = e.what == operation::plain_read || e.what == operation::plain_write;
        known.name = (plain ? "plain #" : "atomic #") + std::to_string(e.object);
      } else {
        const std::string base = without_arguments(name);
        known.name = base == name ? base : base + "#1";
        for (unsigned n = 2; used_.contains(known.name); ++n) known.name = base + '#' + std::to_string(n);
        used_.insert(known.name);
      }
    }
    return known.name;
  }

 private:
  struct object {
    std::string name;
    bool from_source = false;
  };
  std::map<std::uint32_t, object> names_;
  std::set<std::string> used_;
};

bool same_step(const event& a, const event& b) {
  return a.what == b.what && a.site == b.site && a.object == b.object && a.value == b.value && a.operand == b.operand &&
         a.desired == b.desired && a.success == b.success && a.source_event == b.source_event && a.text == b.text;
}

/// Steps that leave nothing behind: a round of them that comes again says nothing new.
bool only_looks(const event& e) {
  switch (e.what) {
    case operation::load:
    case operation::fence:
    case operation::yield:
    case operation::wait:
    case operation::plain_read:
    case operation::note:
    case operation::call_begin:
    case operation::call_end: return true;
    case operation::compare_exchange:
    case operation::lock: return !e.success;
    default: return false;
  }
}

/// Which events have no line of their own because the round of a retry loop before was the same.
struct rounds {
  explicit rounds(const std::vector<event>& trace)
      : repeats(trace.size()), length(trace.size()), same_as(trace.size()) {
    std::array<std::vector<std::size_t>, slots> current;
    std::array<std::vector<std::size_t>, slots> kept;
    for (std::size_t i = 0; i < trace.size(); ++i) {
      same_as[i] = i;
      const event& e = trace[i];
      std::vector<std::size_t>& round = current[e.thread];
      std::vector<std::size_t>& before = kept[e.thread];
      if (e.what != operation::yield) {
        // A loop may lack the spin_wait: a load that sees the same once more.
        if (e.what == operation::load && !round.empty() && same_step(trace[round.back()], e)) {
          leave_out(i, round.back());
          add(round.back(), 1);
        } else {
          round.push_back(i);
        }
        continue;
      }
      // The first round may have begun with what is not repeated.
      const std::size_t skip = before.size() - std::min(before.size(), round.size());
      const auto tail = before.begin() + static_cast<std::ptrdiff_t>(skip);
      const bool again =
          !round.empty() && std::equal(round.begin(), round.end(), tail, before.end(), [&](auto a, auto b) {
            return only_looks(trace[a]) && same_step(trace[a], trace[b]);
          });
      if (again) {
        for (std::size_t k = 0; k < round.size(); ++k) leave_out(round[k], before[skip + k]);
        add(before[skip], round.size());
      } else if (!round.empty()) {
        before = round;
      }
      round.clear();
    }
  }

  [[nodiscard]] bool left_out(std::size_t event) const { return same_as[event] != event; }

  std::vector<unsigned> repeats;     // of the round that begins with this event
  std::vector<std::size_t> length;   // and its steps
  std::vector<std::size_t> same_as;  // the event itself, or the one that stands for it

 private:
  void leave_out(std::size_t event, std::size_t for_which) { same_as[event] = for_which; }
  void add(std::size_t first, std::size_t steps) {
    ++repeats[first];
    length[first] = steps;
  }
};

/// What each event's own clock says of the others.
class happens_before {
 public:
  explicit happens_before(const std::vector<event>& trace) : trace_(trace) {}

  /// Does `a`, which ran first, happen before `b`?
  [[nodiscard]] bool operator()(std::size_t a, std::size_t b) const {
    const event& first = trace_[a];
    const event& second = trace_[b];
    if (first.thread == second.thread || first.thread == main_slot || second.thread == main_slot) return true;
    const std::uint64_t seen = second.clock[first.thread];
    const std::uint64_t own = first.clock[first.thread];
    // An event that does not move the clock can't be told from one that comes after the release; it is left out then.
    return moves_clock(first) ? own <= seen : own < seen;
  }

 private:
  [[nodiscard]] static bool moves_clock(const event& e) {
    switch (e.what) {
      case operation::load:
      case operation::store:
      case operation::exchange:
      case operation::fetch:
      case operation::compare_exchange:
      case operation::plain_read:
      case operation::plain_write:
      case operation::lock:
      case operation::unlock: return true;
      default: return false;
    }
  }

  const std::vector<event>& trace_;
};

std::string what_text(const event& e, const std::string& name) {
  const auto value = [&](const words& w) { return value_text(w, e.value_format, e.bytes); };
  const auto order = std::string(to_string(e.order));
  switch (e.what) {
    case operation::load:
      return name + ".load(" + order + ")" + (e.success ? " = " + value(e.value) : std::string(": no value"));
    case operation::store: return name + ".store(" + value(e.operand) + ", " + order + ")";
    case operation::exchange: return name + ".exchange(" + value(e.operand) + ", " + order + ") = " + value(e.value);
    case operation::fetch:
      return name + ": " + value(e.value) + " becomes " + value(e.operand) + " (fetch, " + order + ")";
    case operation::compare_exchange:
      return name + ".compare_exchange" + (e.weak ? "_weak(" : "_strong(") + value(e.operand) + " to " +
             value(e.desired) + ", " + order + "): " + (e.success ? "done" : "failed on " + value(e.value));
    case operation::fence: return "fence(" + order + ")";
    case operation::wait: return name + " is " + value(e.value) + ": waits";
    case operation::notify: return name + ": notify wakes " + std::to_string(e.operand.low);
    case operation::plain_read: return name + " read";
    case operation::plain_write: return name + " written";
    case operation::lock: return e.success ? "mutex locked" : "mutex not locked";
    case operation::unlock: return "mutex unlocked";
    case operation::allocate:
      return "block " + std::to_string(e.object) + " allocated, " + std::to_string(e.operand.low) + " bytes";
    case operation::deallocate: return "block " + std::to_string(e.object) + " freed";
    case operation::thread_end: return e.success ? "ends" : "ends and goes on as a new thread";
    case operation::note:
    case operation::call_end: return e.text;
    case operation::call_begin: return "an operation that does not return";
    case operation::revalidated:
    case operation::yield: break;
  }
  return {};
}

bool waits_for_ever(verdict kind) {
  return kind == verdict::deadlock || kind == verdict::lost_wakeup || kind == verdict::livelock;
}

void add_note(trace_line& line, const std::string& text) {
  if (!line.note.empty()) line.note += "; ";
  line.note += text;
}

}  // namespace

std::string thread_text(unsigned slot) {
  return slot >= max_threads ? "main" : std::string("T").append(std::to_string(slot));
}

std::vector<trace_line> describe(const exploration& seen) {
  const std::vector<event>& trace = seen.trace;
  const auto& known = sites();
  const rounds repeated(trace);
  const happens_before ordered(trace);
  namer name_of;
  // Construction says nothing, unless nothing else has happened.
  const auto first_step =
      std::find_if(trace.begin(), trace.end(), [](const event& e) { return e.thread != main_slot; });
  const auto begin = first_step == trace.end() ? 0 : static_cast<std::size_t>(first_step - trace.begin());

  // The end of an operation is told where it began.
  std::vector<std::size_t> call_end(trace.size(), 0);
  std::vector<bool> in_call(trace.size(), false);
  std::array<std::size_t, slots> open{};  // 1 + the event that began the call or is its note
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const event& e = trace[i];
    in_call[i] = open[e.thread] != 0;
    if (e.what == operation::call_begin || e.what == operation::note) open[e.thread] = i + 1;
    if (e.what == operation::call_end) {
      if (open[e.thread] != 0) call_end[open[e.thread] - 1] = i;
      open[e.thread] = 0;
    }
  }

  // A plain that one thread alone uses says nothing either.
  std::map<std::uint32_t, unsigned> used_by;
  for (const event& e : trace) {
    const bool plain = e.what == operation::plain_read || e.what == operation::plain_write;
    if (plain && e.thread != main_slot) used_by[e.object] |= 1U << e.thread;
  }
  const auto is_private = [&](std::size_t i) {
    const auto found = used_by.find(trace[i].object);
    const bool plain = trace[i].what == operation::plain_read || trace[i].what == operation::plain_write;
    return plain && i + 1 != trace.size() && (found == used_by.end() || std::has_single_bit(found->second));
  };

  std::vector<trace_line> lines;
  std::vector<std::size_t> event_of;
  std::array<std::size_t, slots> waiting{};  // 1 + the event of a heading whose first step is still to come
  std::vector<std::int32_t> line_of(trace.size(), trace_line::none);
  const auto line_that = [&](std::size_t event_from_1) {
    return event_from_1 == 0 ? trace_line::none : line_of[repeated.same_as[event_from_1 - 1]];
  };
  const auto writer_text = [&](unsigned thread, std::uint32_t site_number) {
    const std::string place = place_text(known[site_number]);
    return thread_text(thread) + (place.empty() ? "" : " " + place);
  };
  const auto add_line = [&](std::size_t i) {
    const event& e = trace[i];
    const site& at = known[e.site];
    const std::string name = name_of(e, at);
    const bool call = e.what == operation::call_begin || e.what == operation::note;
    trace_line line;
    line.thread = e.thread;
    line.place = place_text(at);
    line.what =
        call && call_end[i] != 0 && e.what == operation::call_begin ? trace[call_end[i]].text : what_text(e, name);
    line.file = at.file;
    line.line = at.line;
    line.source = at.text;
    line.is = call ? trace_line::kind::heading : trace_line::kind::step;
    line.depth = !call && in_call[i] ? 1 : 0;
    line.held = e.held;
    line.stale = e.stale;
    if (e.spurious) add_note(line, "for no reason");
    if (e.held) add_note(line, "held back until now");
    if (e.stale) {
      std::string newest = "stale; newest was " + value_text(e.newest, e.value_format, e.bytes);
      if (!known[e.newest_site].file.empty()) {
        newest += ", written at " + place_text(known[e.newest_site]) + " by " + thread_text(e.newest_thread);
      }
      add_note(line, newest);
      line.newest = line_that(e.newest_event);
    }
    if (e.source_event != 0) line.reads_from = line_that(e.source_event);
    if (e.source_clock != 0) {
      for (std::size_t w = i; w-- > 0 && line.reads_from == trace_line::none;) {
        const bool wrote = trace[w].what == operation::plain_write && trace[w].thread == e.source_thread &&
                           trace[w].object == e.object;
        if (wrote && trace[w].clock[e.source_thread] == e.source_clock) line.reads_from = line_of[w];
      }
    }
    // What the same thread wrote, or the constructor, is what everybody expects of a read that isn't stale.
    if (e.stale && e.source_thread == main_slot) line.from = "the initial value";
    if (line.reads_from != trace_line::none && e.source_thread != e.thread) {
      line.from = writer_text(e.source_thread, e.source_site);
    }
    for (const weakness& w : seen.weak) line.essential = line.essential || (w.event == i && w.essential);
    const auto here = static_cast<std::int32_t>(lines.size());
    line.before.assign(slots, trace_line::none);
    for (std::int32_t earlier = here; earlier-- > 0;) {
      std::int32_t& last = line.before[lines[static_cast<std::size_t>(earlier)].thread];
      if (last == trace_line::none && ordered(event_of[static_cast<std::size_t>(earlier)], i)) last = earlier;
    }
    line_of[i] = here;
    event_of.push_back(i);
    lines.push_back(std::move(line));
  };
  const auto add_heading = [&](unsigned thread) {
    if (waiting[thread] != 0) add_line(std::exchange(waiting[thread], 0) - 1);
  };
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const event& e = trace[i];
    if (i < begin) {
      (void)name_of(e, known[e.site]);
      continue;
    }
    if (repeated.left_out(i) || is_private(i)) continue;
    if (e.what == operation::yield || e.what == operation::revalidated) continue;
    if (e.what == operation::thread_end && e.success && !waits_for_ever(seen.found.kind)) continue;
    add_heading(e.thread);
    if (e.what == operation::call_begin || e.what == operation::note) {
      waiting[e.thread] = i + 1;
    } else if (e.what != operation::call_end) {
      add_line(i);
    }
  }
  for (unsigned t = 0; t < slots; ++t) add_heading(t);
  for (std::size_t i = 0; i < trace.size(); ++i) {
    if (repeated.repeats[i] == 0 || line_of[i] == trace_line::none) continue;
    add_note(lines[static_cast<std::size_t>(line_of[i])], (repeated.length[i] > 1 ? "with what follows, " : "seen ") +
                                                              std::to_string(repeated.repeats[i] + 1) + " times");
  }

  if (seen.found.kind == verdict::holds) return lines;
  // The step that the verdict is about, and for a race the other one.
  const bool shown = !lines.empty() && lines.back().thread == seen.found.thread &&
                     trace[event_of.back()].site == seen.found.site && lines.back().is == trace_line::kind::step;
  if (shown) {
    lines.back().guilty = true;
  } else if (seen.found.site != 0) {
    trace_line last;
    const site& at = known[seen.found.site];
    last.thread = seen.found.thread;
    last.place = place_text(at);
    last.what = to_string(seen.found.kind);
    last.file = at.file;
    last.line = at.line;
    last.source = at.text;
    last.is = trace_line::kind::verdict;
    last.guilty = true;
    last.before.assign(slots, trace_line::none);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].thread == last.thread) last.before[last.thread] = static_cast<std::int32_t>(i);
    }
    if (last.before[last.thread] != trace_line::none) {
      const std::vector<std::int32_t>& by = lines[static_cast<std::size_t>(last.before[last.thread])].before;
      for (unsigned t = 0; t < slots; ++t) {
        if (t != last.thread) last.before[t] = by[t];
      }
    }
    if (last.thread == main_slot) {
      for (std::size_t i = 0; i < lines.size(); ++i) last.before[lines[i].thread] = static_cast<std::int32_t>(i);
    }
    lines.push_back(std::move(last));
  }
  if (seen.found.kind == verdict::data_race && seen.rival_clock != 0 && shown) {
    for (std::size_t l = 0; l + 1 < lines.size(); ++l) {
      const event& e = trace[event_of[l]];
      const bool plain = e.what == operation::plain_read || e.what == operation::plain_write;
      if (!plain || e.thread != seen.rival_thread || e.clock[e.thread] != seen.rival_clock) continue;
      lines[l].guilty = true;
      add_note(lines[l], "races with " + thread_text(lines.back().thread) + ' ' + lines.back().place);
      add_note(lines.back(), "races with " + thread_text(lines[l].thread) + ' ' + lines[l].place);
    }
  }
  return lines;
}

std::string to_text(const std::vector<trace_line>& lines, bool colour) {
  // 36..: one colour a thread; dim for places, yellow for notes
  static constexpr std::array<const char*, slots> colours{"36", "35", "32", "34", "33", "31", "96", "95", "37"};
  const auto paint = [colour](const std::string& text, const char* code) {
    return colour && !text.empty() ? "\033[" + std::string(code) + 'm' + text + "\033[0m" : text;
  };
  std::size_t place_width = 0;
  unsigned threads = 1;
  for (const trace_line& line : lines) {
    place_width = std::max(place_width, line.place.size());
    if (line.thread < max_threads) threads = std::max(threads, line.thread + 1);
  }
  std::string out;
  for (const trace_line& line : lines) {
    const bool main = line.thread >= max_threads;
    const std::string indent(main ? 0 : 4 * line.thread, ' ');
    std::string name = indent + thread_text(line.thread);
    name.resize(4 * static_cast<std::size_t>(threads) + 1, ' ');
    std::string place = line.place;
    place.resize(place_width + 2, ' ');
    const bool loud = line.is != trace_line::kind::step;
    out += "  " + paint(name, colours[std::min(line.thread, max_threads)]) + paint(place, "2") +
           std::string(2 * std::size_t{line.depth}, ' ') +
           paint(line.what, line.guilty ? "1;31"
                            : loud      ? "1"
                                        : "0");
    if (!line.from.empty()) out += paint("  <- " + line.from, "2");
    if (!line.note.empty()) out += "   " + paint("(" + line.note + ")", line.guilty ? "31" : "33");
    out += '\n';
  }
  return out;
}

}  // namespace lockfree::inline v1::verify::detail
