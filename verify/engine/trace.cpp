// SPDX-License-Identifier: Apache-2.0
#include "trace.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <map>
#include <set>

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
  }
  return "?";
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

/// "slot.sequence" of "slot.sequence.load(": what the source calls the object of an operation.
std::string source_name(const site& at) {
  const std::string_view text = at.text;
  const std::string_view call = to_string(at.what);
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
    if (!name.empty()) return std::string(name);
  }
  return {};
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
    std::string& known = names_[e.object];
    if (known.empty() || (known.starts_with("atomic #") && !name.empty())) {
      if (name.empty()) {
        known = std::string("atomic #").append(std::to_string(e.object));
      } else {
        const std::string plain = name;
        for (unsigned n = 2; used_.contains(name); ++n) name = plain + '#' + std::to_string(n);
        used_.insert(name);
        known = name;
      }
    }
    return known;
  }

 private:
  std::map<std::uint32_t, std::string> names_;
  std::set<std::string> used_;
};

std::string thread_text(unsigned slot) {
  return slot >= max_threads ? "main" : std::string("T").append(std::to_string(slot));
}

bool same_step(const event& a, const event& b) {
  return a.thread == b.thread && a.what == b.what && a.site == b.site && a.object == b.object && a.value == b.value &&
         a.operand == b.operand && a.success == b.success;
}

}  // namespace

std::vector<trace_line> describe(const std::vector<event>& trace, bool with_constructor) {
  std::vector<trace_line> lines;
  const auto& known = sites();
  namer name_of;
  bool threads_begun = with_constructor;
  std::array<const event*, slots> last{};
  std::array<std::size_t, slots> last_line{};
  std::array<unsigned, slots> repeated{};
  for (const event& e : trace) {
    const site& at = known[e.site];
    const std::string name = name_of(e, at);
    if (e.thread != main_slot) threads_begun = true;
    if (!threads_begun || e.what == operation::yield) continue;
    // A spin loop that sees the same again says it once.
    if (last[e.thread] != nullptr && same_step(*last[e.thread], e) && e.what == operation::load) {
      const unsigned times = ++repeated[e.thread] + 1;
      lines[last_line[e.thread]].note = "seen " + std::to_string(times) + " times";
      continue;
    }
    const auto value = [&](const words& w) { return value_text(w, e.value_format, e.bytes); };
    const auto order = std::string(to_string(e.order));
    trace_line line{e.thread, place_text(at), {}, {}};
    switch (e.what) {
      case operation::load:
        line.what = name + ".load(" + order + ")" + (e.success ? " = " + value(e.value) : std::string(": no value"));
        break;
      case operation::store: line.what = name + ".store(" + value(e.operand) + ", " + order + ")"; break;
      case operation::exchange:
        line.what = name + ".exchange(" + value(e.operand) + ", " + order + ") = " + value(e.value);
        break;
      case operation::fetch:
        line.what = name + ": " + value(e.value) + " becomes " + value(e.operand) + " (fetch, " + order + ")";
        break;
      case operation::compare_exchange:
        line.what = name + ".compare_exchange" + (e.weak ? "_weak(" : "_strong(") + value(e.operand) + " to " +
                    value(e.desired) + ", " + order + "): " + (e.success ? "done" : "failed on " + value(e.value));
        if (e.spurious) line.note = "for no reason";
        break;
      case operation::fence: line.what = "fence(" + order + ")"; break;
      case operation::wait: line.what = name + " is " + value(e.value) + ": waits"; break;
      case operation::notify: line.what = name + ": notify wakes " + std::to_string(e.operand.low); break;
      case operation::plain_read: line.what = name + " read"; break;
      case operation::plain_write: line.what = name + " written"; break;
      case operation::lock: line.what = e.success ? "mutex locked" : "mutex not locked"; break;
      case operation::unlock: line.what = "mutex unlocked"; break;
      case operation::allocate:
        line.what = "block " + std::to_string(e.object) + " allocated, " + std::to_string(e.operand.low) + " bytes";
        break;
      case operation::deallocate: line.what = "block " + std::to_string(e.object) + " freed"; break;
      case operation::thread_end: line.what = e.success ? "ends" : "ends and goes on as a new thread"; break;
      case operation::note: line.what = "\"" + e.text + '"'; break;
      case operation::revalidated:
      case operation::yield: break;
    }
    if (e.held) line.note = "held back until now";
    if (e.stale) {
      line.note = "stale; newest was " + value(e.newest);
      if (!known[e.newest_site].file.empty()) {
        line.note += ", written at " + place_text(known[e.newest_site]) + " by " + thread_text(e.newest_thread);
      }
    }
    last[e.thread] = &e;
    last_line[e.thread] = lines.size();
    repeated[e.thread] = 0;
    lines.push_back(std::move(line));
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
    out += "  " + paint(name, colours[std::min(line.thread, max_threads)]) + paint(place, "2") + line.what;
    if (!line.note.empty()) out += "   " + paint("(" + line.note + ")", "33");
    out += '\n';
  }
  return out;
}

}  // namespace lockfree::inline v1::verify::detail
