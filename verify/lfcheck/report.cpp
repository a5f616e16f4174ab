// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/report.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "engine/needs.hpp"
#include "engine/scenario.hpp"
#include "engine/schedule.hpp"
#include "engine/sites.hpp"
#include "engine/trace.hpp"
#include "lfcheck/advice.hpp"
#include "lfcheck/item.hpp"

namespace lfcheck {

namespace {

std::string defect_name(const lockfree::verify::defect& d) {
  if (d.what == lockfree::verify::defect::kind::drop) return d.place + "=none";
  if (d.to == std::memory_order::relaxed) return d.place;
  return fmt::format("{}={}", d.place, engine::to_string(d.to));
}

/// Why a defect has changed nothing.
std::string why_unreached(const lockfree::verify::defect& d) {
  const engine::edit wanted = engine::to_edit(d);
  bool file_seen = false;
  std::string path;
  for (const engine::site& s : engine::sites()) {
    if (!engine::same_file(s.file, wanted.file)) continue;
    file_seen = true;
    path = s.file;
  }
  if (wanted.tag.empty() || wanted.file.empty()) return fmt::format("'{}' is not of the form file:tag", d.place);
  if (!file_seen)
    return fmt::format("defect {}: the check reaches no access in a file called {}", d.place, wanted.file);
  for (const std::string& line : engine::source_lines(path)) {
    if (line.find("// [" + wanted.tag + "]") != std::string::npos) {
      return fmt::format("defect {}: the check never reaches that access", d.place);
    }
  }
  return fmt::format("defect {}: {} has no tag [{}]", d.place, engine::file_of(path), wanted.tag);
}

void put(std::string& out, std::string_view text) {
  const std::uint64_t length = text.size();
  out.append(reinterpret_cast<const char*>(&length), sizeof length);
  out.append(text);
}
template <class T>
void put_number(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

class reader {
 public:
  explicit reader(const std::string& bytes) : rest_(bytes) {}
  template <class T>
  T number() {
    T value{};
    if (rest_.size() >= sizeof value) {
      std::memcpy(&value, rest_.data(), sizeof value);
      rest_.remove_prefix(sizeof value);
    }
    return value;
  }
  std::string text() {
    const auto length = std::min<std::size_t>(number<std::uint64_t>(), rest_.size());
    std::string out(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return out;
  }

 private:
  std::string_view rest_;
};

void put_lines(std::string& out, const std::vector<engine::trace_line>& lines) {
  put_number(out, lines.size());
  for (const engine::trace_line& each : lines) {
    put_number(out, each.thread);
    for (const std::string* text : {&each.place, &each.what, &each.note, &each.from, &each.file, &each.source}) {
      put(out, *text);
    }
    put_number(out, each.line);
    put_number(out, each.is);
    put_number(out, each.depth);
    for (const bool flag : {each.stale, each.held, each.guilty, each.essential}) put_number(out, flag);
    put_number(out, each.reads_from);
    put_number(out, each.newest);
    put_number(out, each.before.size());
    for (const std::int32_t last : each.before) put_number(out, last);
  }
}

std::vector<engine::trace_line> lines_from(reader& in) {
  std::vector<engine::trace_line> lines;
  for (auto count = in.number<std::size_t>(); count != 0; --count) {
    engine::trace_line& each = lines.emplace_back();
    each.thread = in.number<unsigned>();
    for (std::string* text : {&each.place, &each.what, &each.note, &each.from, &each.file, &each.source}) {
      *text = in.text();
    }
    each.line = in.number<unsigned>();
    each.is = in.number<engine::trace_line::kind>();
    each.depth = in.number<unsigned>();
    for (bool* flag : {&each.stale, &each.held, &each.guilty, &each.essential}) *flag = in.number<bool>();
    each.reads_from = in.number<std::int32_t>();
    each.newest = in.number<std::int32_t>();
    each.before.resize(in.number<std::size_t>());
    for (std::int32_t& last : each.before) last = in.number<std::int32_t>();
  }
  return lines;
}

}  // namespace

std::vector<item> all_items() {
  std::vector<item> canaries;
  std::vector<item> others;
  for (const engine::registered_check& check : engine::checks()) {
    if (!check.about.canary.empty()) {
      canaries.push_back({&check, nullptr, check.name, item::expectation::canary});
      continue;
    }
    others.push_back(
        {&check, nullptr, check.name, check.about.broken ? item::expectation::violation : item::expectation::holds});
    for (const lockfree::verify::defect& d : check.about.dies_of) {
      others.push_back({&check, &d, check.name + '!' + defect_name(d), item::expectation::violation});
    }
  }
  canaries.insert(canaries.end(), others.begin(), others.end());
  return canaries;
}

namespace {

/// Who asks for all executions, or for all with so many preemptions, is not content with a sample; and with a bound gets
/// all there are, however few.
bool is_tree(const settings& with) { return with.how == engine::search::full || with.how == engine::search::bound; }
bool tree_walked(const engine::exploration& seen, const settings& with) {
  const bool bound = with.how == engine::search::bound && seen.complete_bound >= static_cast<int>(with.bound);
  return seen.complete || bound;
}

}  // namespace

outcome run_item(const item& work, const settings& with, void (*progress)(std::uint64_t executions)) {
  const lockfree::verify::description& about = work.check->about;
  engine::exploration_options options;
  options.how = with.how;
  options.bound = with.bound;
  options.executions = with.executions;
  options.seed = with.seed;
  const bool divided = with.shards > 1 && work.expects == item::expectation::holds;
  if (divided) {
    options.shard = with.shard;
    options.shards = with.shards;
  }
  options.bounds.steps = about.steps;
  options.expects_violation = work.expects == item::expectation::violation ||
                              (work.expects == item::expectation::canary && about.canary != "holds");
  options.seconds = with.seconds * (options.expects_violation ? 4 : 1);
  options.progress = progress;
  options.scenario = with.scenario;
  if (work.defect != nullptr) options.edits = {engine::to_edit(*work.defect)};

  engine::exploration seen = with.replay ? engine::replay(work.check->body, *with.replay, options)
                                         : engine::explore(work.check->body, options);
  outcome out;
  const bool fits = seen.fits;
  const bool expected = options.expects_violation && !with.replay;
  const bool faulty_check = engine::is_harness(seen.found.kind);
  if (seen.found.kind != engine::verdict::holds && !faulty_check && seen.repeatable &&
      (!expected || with.trace_found)) {
    options.scenario = seen.scenario;
    // What a violation needs is found out after the budget.
    rlimit most{};
    if (getrlimit(RLIMIT_CPU, &most) == 0) {
      most.rlim_cur = most.rlim_max;
      setrlimit(RLIMIT_CPU, &most);
    }
    out.needs = to_text(engine::find_needs(work.check->body, seen, options, !with.replay), seen);
  }
  out.executions = seen.executions;
  out.seconds = seen.seconds;
  out.bound = seen.complete_bound;
  out.verdict = engine::to_string(seen.found.kind);
  const bool found = seen.found.kind != engine::verdict::holds;
  const std::string complete = seen.cut ? "complete, fair" : "complete";
  out.completeness = found                      ? "violation"
                     : with.replay              ? "one schedule"
                     : seen.complete            ? complete
                     : seen.complete_bound >= 0 ? fmt::format("complete at bound {}", seen.complete_bound)
                                                : "sampled";
  if (!found && !with.replay && seen.scenarios != 0) {
    out.completeness =
        seen.complete ? complete + ": " + count_text(seen.scenarios, "scenario")
                      : fmt::format("{}, {} complete", count_text(seen.scenarios, "scenario"), seen.scenarios_complete);
  }
  if (!seen.scenario.empty() && work.check->body.declared != nullptr) {
    const engine::declaration& declared = *work.check->body.declared;
    out.scenario = engine::to_table(declared, engine::to_scenario(declared, seen.scenario));
  }
  if (!found && !with.replay && seen.scenarios != 0 && !seen.complete && seen.complete_bound >= 0) {
    out.completeness = fmt::format("complete at bound {}: {}", seen.complete_bound, out.completeness);
  }
  if (divided && !found && (seen.complete || seen.complete_bound >= 0)) out.completeness.insert(0, "part ");
  const std::uint64_t enough = divided ? (about.executions + with.shards - 1) / with.shards : about.executions;
  if (found) {
    const auto& known = engine::sites();
    const std::string place = engine::place_text(known[seen.found.site]);
    const std::string who = seen.found.thread >= engine::max_threads ? "outside the threads"
                                                                     : fmt::format("in thread {}", seen.found.thread);
    out.sentence =
        fmt::format("{}{} {}: {}", out.verdict, place.empty() ? "" : " at " + place, who, seen.found.message);
    out.file = known[seen.found.site].file;
    out.line = known[seen.found.site].line;
    out.replay = engine::replay_text(seen.scenario, seen.schedule);
  }

  if (with.replay || (found && (!expected || with.trace_found))) {
    out.lines = engine::describe(seen);
    out.trace = engine::to_text(out.lines, false);
  }
  out.lints = lints_text(seen);
  if (with.replay) {
    const bool harness = seen.found.kind == engine::verdict::crash || faulty_check;
    out.how = harness ? status::harness : found ? status::failed : status::passed;
    if (found) return out;
    if (!fits) {
      out.sentence = "the schedule is not one of this check: it asks for steps that do not come; has the code changed?";
    } else if (options.expects_violation) {
      out.sentence = "the violation that is expected here does not come in this schedule";
    }
    if (!out.sentence.empty()) {
      out.how = status::inconclusive;
      out.verdict = "inconclusive";
    }
    return out;
  }
  if (!seen.repeatable) {
    out.how = status::harness;
    out.verdict = "not repeatable";
    out.sentence = unrepeatable_text(seen) + "; does the check use time, random numbers, static or uninitialised data?";
    return out;
  }
  if (work.defect != nullptr && (seen.applied.empty() || seen.applied[0] == 0)) {
    out.how = status::harness;
    out.verdict = "unreached";
    out.sentence = why_unreached(*work.defect);
    return out;
  }
  if (faulty_check && work.expects != item::expectation::canary) {
    out.how = status::harness;
    return out;
  }
  const bool wants_hints =
      work.expects == item::expectation::holds || (with.hints_for_all && work.expects == item::expectation::violation);
  if (wants_hints && with.hints > 0 && found && seen.found.kind != engine::verdict::crash) {
    options.scenario = seen.scenario;
    out.hints = hints_text(engine::find_repairs(work.check->body, options, seen, with.hints));
  }
  switch (work.expects) {
    case item::expectation::holds:
      if (seen.found.kind == engine::verdict::crash) {
        out.how = status::harness;
      } else if (found) {
        out.how = status::failed;
      } else if (is_tree(with) && !tree_walked(seen, with)) {
        out.how = status::inconclusive;
        out.verdict = "inconclusive";
        out.sentence = fmt::format("the search that was asked for did not come to its end in {}: {}",
                                   count_text(seen.executions, "execution"), out.completeness);
      } else if (tree_walked(seen, with) || seen.executions >= enough) {
        out.how = status::passed;
      } else {
        out.how = status::inconclusive;
        out.verdict = "inconclusive";
        out.sentence = fmt::format("only {} of at least {} executions in the budget", count_text(seen.executions),
                                   count_text(enough));
      }
      break;
    case item::expectation::violation:
      out.how = found ? status::passed : status::failed;
      if (!found) {
        out.verdict = "missed";
        out.sentence =
            fmt::format("no violation in {}, but there must be one", count_text(seen.executions, "execution"));
      }
      break;
    case item::expectation::canary:
      out.how = out.verdict == about.canary ? status::passed : status::harness;
      if (out.how != status::passed) {
        out.sentence =
            fmt::format("the canary must end in '{}' and ended in '{}' after {}{}{}", about.canary, out.verdict,
                        count_text(seen.executions, "execution"), out.sentence.empty() ? "" : ": ", out.sentence);
      }
      break;
  }
  return out;
}

std::string encode(const outcome& from) {
  std::string out;
  put_number(out, from.how);
  put(out, from.verdict);
  put(out, from.sentence);
  put(out, from.trace);
  put(out, from.replay);
  put(out, from.scenario);
  put(out, from.completeness);
  put(out, from.hints);
  put(out, from.lints);
  put(out, from.sites);
  put_number(out, from.bound);
  put_number(out, from.executions);
  put_number(out, from.seconds);
  put_lines(out, from.lines);
  put(out, from.needs);
  put(out, from.file);
  put_number(out, from.line);
  put(out, from.row);
  return out;
}

outcome decode(const std::string& bytes) {
  reader in(bytes);
  outcome out;
  out.how = in.number<status>();
  out.verdict = in.text();
  out.sentence = in.text();
  out.trace = in.text();
  out.replay = in.text();
  out.scenario = in.text();
  out.completeness = in.text();
  out.hints = in.text();
  out.lints = in.text();
  out.sites = in.text();
  out.bound = in.number<int>();
  out.executions = in.number<std::uint64_t>();
  out.seconds = in.number<double>();
  out.lines = lines_from(in);
  out.needs = in.text();
  out.file = in.text();
  out.line = in.number<unsigned>();
  out.row = in.text();
  return out;
}

const char* to_string(item::expectation expects) {
  switch (expects) {
    case item::expectation::holds: return "holds";
    case item::expectation::violation: return "violation";
    case item::expectation::canary: return "canary";
  }
  return "?";
}

const char* to_string(status how) {
  switch (how) {
    case status::passed: return "passed";
    case status::inconclusive: return "inconclusive";
    case status::failed: return "failed";
    case status::harness: return "harness";
  }
  return "?";
}

namespace {

/// How many bytes the character at the front has; 0: it is no UTF-8, or XML 1.0 forbids it.
std::size_t bytes_of_character(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t bytes = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  unsigned code = first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  const bool too_long = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x1'0000);
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  return too_long || surrogate || code == 0xFFFE || code == 0xFFFF || code > 0x10'FFFF ? 0 : bytes;
}

}  // namespace

std::string as_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = bytes_of_character(text);
    out += bytes == 0 ? "\xEF\xBF\xBD" : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : as_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\r': out += "&#13;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string junit(const std::vector<item>& work, const std::vector<outcome>& results, const settings& with,
                  const char* revision) {
  std::size_t failures = 0;
  std::size_t errors = 0;
  double seconds = 0;
  for (const outcome& o : results) {
    failures += o.how == status::failed ? 1 : 0;
    errors += o.how == status::harness || o.how == status::inconclusive ? 1 : 0;
    seconds += o.seconds;
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuite name=\"lfcheck\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\">\n",
                     work.size(), failures, errors, seconds);
  out += fmt::format(
      "  <properties>\n    <property name=\"seed\" value=\"{}\"/>\n    <property name=\"compiler\" "
      "value=\"{}\"/>\n",
      with.seed, xml(revision));
  out += fmt::format(
      "    <property name=\"program\" value=\"{}\"/>\n    <property name=\"shard\" value=\"{}/{}\"/>\n"
      "    <property name=\"work\" value=\"{}\"/>\n    <property name=\"items\" value=\"{}\"/>\n"
      "    <property name=\"path\" value=\"{}\"/>\n  </properties>\n",
      xml(with.program), with.shard + 1, with.shards, with.work, with.items, xml(with.path));
  for (std::size_t i = 0; i < work.size(); ++i) {
    const outcome& o = results[i];
    const std::string& name = work[i].name;
    const std::size_t slash = name.find('/');
    out += fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">\n", xml(name.substr(0, slash)),
                       xml(slash == std::string::npos ? name : name.substr(slash + 1)), o.seconds);
    out += "    <properties>\n";
    const auto property = [&out](const char* key, const std::string& value) {
      out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", key, xml(value));
    };
    property("verdict", o.verdict);
    property("executions", std::to_string(o.executions));
    property("completeness", o.completeness);
    property("bound", o.bound < 0 ? "none" : std::to_string(o.bound));
    property("seed", std::to_string(with.seed));
    if (!o.replay.empty()) property("replay", o.replay);
    property("check", work[i].check->name);
    property("status", to_string(o.how));
    property("expects", to_string(work[i].expects));
    if (with.shards > 1 && work[i].expects == item::expectation::holds) {
      property("part", fmt::format("{}/{}", with.shard + 1, with.shards));
    }
    if (!o.needs.empty()) property("needs", o.needs);
    for (const std::string& line : lines_of(o.hints)) property("hint", line);
    for (const std::string& line : lines_of(o.lints)) property("lint", line);
    out += "    </properties>\n";
    if (o.how != status::passed) {
      const char* element = o.how == status::failed ? "failure" : "error";
      out += fmt::format("    <{} type=\"{}\" message=\"{}\">{}</{}>\n", element, xml(o.verdict), xml(o.sentence),
                         xml(o.trace), element);
    }
    out += "  </testcase>\n";
  }
  return out + "</testsuite>\n";
}

}  // namespace lfcheck
