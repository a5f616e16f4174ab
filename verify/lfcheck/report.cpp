// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/report.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "engine/schedule.hpp"
#include "engine/sites.hpp"
#include "engine/trace.hpp"
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

std::string with_dots(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
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

outcome run_item(const item& work, const settings& with, void (*progress)(std::uint64_t executions)) {
  const lockfree::verify::description& about = work.check->about;
  engine::exploration_options options;
  options.how = with.how;
  options.bound = with.bound;
  options.executions = with.executions;
  options.seed = with.seed;
  options.bounds.steps = about.steps;
  options.expects_violation = work.expects == item::expectation::violation ||
                              (work.expects == item::expectation::canary && about.canary != "holds");
  options.seconds = with.seconds * (options.expects_violation ? 4 : 1);
  options.progress = progress;
  if (work.defect != nullptr) options.edits = {engine::to_edit(*work.defect)};

  const engine::exploration seen = with.replay ? engine::replay(work.check->body, *with.replay, options)
                                               : engine::explore(work.check->body, options);
  outcome out;
  out.executions = seen.executions;
  out.seconds = seen.seconds;
  out.bound = seen.complete_bound;
  out.verdict = engine::to_string(seen.found.kind);
  const bool found = seen.found.kind != engine::verdict::holds;
  out.completeness = found                      ? "violation"
                     : with.replay              ? "one schedule"
                     : seen.complete            ? "complete"
                     : seen.complete_bound >= 0 ? fmt::format("complete at bound {}", seen.complete_bound)
                                                : "sampled";
  if (found) {
    const auto& known = engine::sites();
    const std::string place = engine::place_text(known[seen.found.site]);
    const std::string who = seen.found.thread >= engine::max_threads ? "outside the threads"
                                                                     : fmt::format("in thread {}", seen.found.thread);
    out.sentence =
        fmt::format("{}{} {}: {}", out.verdict, place.empty() ? "" : " at " + place, who, seen.found.message);
    if (seen.mixes_seq_cst) {
      out.sentence +=
          "\n(seq_cst operations and seq_cst fences are mixed here; the model is weaker than C++20 for "
          "that, so this may be an artefact)";
    }
    out.replay = engine::to_text(seen.schedule);
  }

  if (found || with.replay) {
    const bool only_main = std::all_of(seen.trace.begin(), seen.trace.end(),
                                       [](const engine::event& e) { return e.thread == engine::main_slot; });
    out.trace = engine::to_text(engine::describe(seen.trace, only_main), with.colour);
  }
  if (with.replay) {
    out.how = found ? status::failed : status::passed;
    return out;
  }
  if (found && !seen.repeatable) {
    out.how = status::harness;
    out.verdict = "not repeatable";
    out.sentence = fmt::format(
        "{} was found but did not come again; does the check use time, random numbers, static or "
        "uninitialised data?",
        engine::to_string(seen.found.kind));
    return out;
  }
  if (work.defect != nullptr && (seen.applied.empty() || seen.applied[0] == 0)) {
    out.how = status::harness;
    out.verdict = "unreached";
    out.sentence = why_unreached(*work.defect);
    return out;
  }
  switch (work.expects) {
    case item::expectation::holds:
      if (seen.found.kind == engine::verdict::crash) {
        out.how = status::harness;
      } else if (found) {
        out.how = status::failed;
      } else if (seen.complete || seen.executions >= about.executions) {
        out.how = status::passed;
      } else {
        out.how = status::inconclusive;
        out.verdict = "inconclusive";
        out.sentence = fmt::format("only {} of at least {} executions in the budget", with_dots(seen.executions),
                                   with_dots(about.executions));
      }
      break;
    case item::expectation::violation:
      out.how = found ? status::passed : status::failed;
      if (!found) {
        out.verdict = "missed";
        out.sentence = fmt::format("no violation in {} executions, but there must be one", with_dots(seen.executions));
      }
      break;
    case item::expectation::canary:
      out.how = out.verdict == about.canary ? status::passed : status::harness;
      if (out.how != status::passed) {
        out.sentence =
            fmt::format("the canary must end in '{}' and ended in '{}' after {} executions{}{}", about.canary,
                        out.verdict, with_dots(seen.executions), out.sentence.empty() ? "" : ": ", out.sentence);
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
  put(out, from.completeness);
  put_number(out, from.bound);
  put_number(out, from.executions);
  put_number(out, from.seconds);
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
  out.completeness = in.text();
  out.bound = in.number<int>();
  out.executions = in.number<std::uint64_t>();
  out.seconds = in.number<double>();
  out.row = in.text();
  return out;
}

std::string count_text(std::uint64_t number) { return with_dots(number); }

namespace {

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') out += c;
    }
  }
  return out;
}

}  // namespace

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
      "value=\"{}\"/>\n  </properties>\n",
      with.seed, xml(revision));
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
