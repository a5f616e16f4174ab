// SPDX-License-Identifier: Apache-2.0
#include "scenario.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>

#include "clock.hpp"
#include "schedule.hpp"

namespace lockfree::inline v1::verify::detail {

namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument(why); }

std::string name_of(std::size_t thread) { return std::string("T").append(std::to_string(thread)); }

std::string to_text(const declaration& declared, const call& one) {
  const operation_facts& facts = declared.operations[one.operation];
  std::string out = facts.name + '(';
  for (std::size_t i = 0; i < facts.arguments.size(); ++i) {
    if (i != 0) out += ',';
    out += std::to_string(one.arguments[i]);
  }
  return out + ')';
}

std::string to_text(const declaration& declared, const std::vector<call>& calls) {
  std::string out;
  for (const call& each : calls) {
    if (!out.empty()) out += ' ';
    out += to_text(declared, each);
  }
  return out;
}

/// All lists of calls of a scenario, in the order of its text.
template <class Scenario>
auto sections(Scenario& of) {
  std::vector<decltype(&of.before)> out{&of.before};
  for (auto& thread : of.threads) out.push_back(&thread);
  out.push_back(&of.after);
  return out;
}

std::size_t records_of(const declaration& declared, const scenario& what) {
  std::size_t count = 0;
  for (const auto* section : sections(what)) {
    for (const call& each : *section) count += declared.operations[each.operation].records;
  }
  return count;
}

/// What is wrong with the roles in a scenario; empty if nothing is.
std::string wrong_role(const declaration& declared, const scenario& what) {
  int producer = -1;
  int consumer = -1;
  for (std::size_t t = 0; t < what.threads.size(); ++t) {
    for (const call& each : what.threads[t]) {
      const operation_facts& facts = declared.operations[each.operation];
      const std::string who = facts.name + " in " + name_of(t);
      const auto single = [&](int& thread, const char* name) {
        if (thread == -1) thread = static_cast<int>(t);
        return thread == static_cast<int>(t)
                   ? std::string()
                   : who + ", but " + name_of(static_cast<std::size_t>(thread)) + " is the " + name;
      };
      std::string wrong;
      switch (facts.who) {
        case role::any: break;
        case role::producer: wrong = single(producer, "producer"); break;
        case role::consumer: wrong = single(consumer, "consumer"); break;
        case role::owner: wrong = t == 0 ? "" : who + ", but T0 is the owner"; break;
        case role::thief: wrong = t != 0 ? "" : who + ", but T0 is no thief"; break;
        case role::alone: wrong = who + ", but it is for before and after the threads only"; break;
      }
      if (!wrong.empty()) return wrong;
    }
  }
  return {};
}

/// Reads a scenario, a character at a time.
class parser {
 public:
  parser(const declaration& declared, std::string_view text) : declared_(declared), text_(text) {}

  scenario all() {
    scenario out;
    for (;;) {
      one_section(out);
      skip_spaces();
      if (at_ == text_.size()) break;
      if (text_[at_] != '|') wrong("'|' or a call is expected");
      ++at_;
    }
    if (std::all_of(out.threads.begin(), out.threads.end(), [](const auto& thread) { return thread.empty(); })) {
      wrong("no thread does anything");
    }
    return out;
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const { wrong(what, at_); }
  [[noreturn]] void wrong(const std::string& what, std::size_t at) const {
    refuse("scenario '" + std::string(text_) + "': at character " + std::to_string(at + 1) + ": " + what);
  }
  [[nodiscard]] std::size_t start_of(std::string_view word) const {
    return static_cast<std::size_t>(word.data() - text_.data());
  }

  void skip_spaces() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  std::string_view word() {
    skip_spaces();
    const std::size_t from = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
      ++at_;
    return text_.substr(from, at_ - from);
  }

  void one_section(scenario& out) {
    const std::size_t start = at_;
    const std::string_view label = word();
    skip_spaces();
    if (!label.empty() && at_ < text_.size() && text_[at_] == ':') {
      ++at_;
      if (label == "prefix") return calls(out.before);
      if (label == "suffix") return calls(out.after);
      const std::string next = name_of(out.threads.size());
      if (label != next) {
        wrong("the label of a section is prefix, " + next + " (the next thread) or suffix", start_of(label));
      }
    } else {
      at_ = start;
    }
    calls(out.threads.emplace_back());
  }

  void calls(std::vector<call>& out) {
    for (;;) {
      const std::string_view name = word();
      if (name.empty()) return;
      const auto known = std::find_if(declared_.operations.begin(), declared_.operations.end(),
                                      [name](const operation_facts& f) { return f.name == name; });
      if (known == declared_.operations.end()) {
        wrong("there is no operation '" + std::string(name) + "'", start_of(name));
      }
      call& made = out.emplace_back();
      made.operation = static_cast<std::uint8_t>(known - declared_.operations.begin());
      expect('(');
      for (std::size_t i = 0; i < known->arguments.size(); ++i) {
        if (i != 0) expect(',');
        skip_spaces();
        const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), made.arguments[i]);
        if (error != std::errc()) {
          const bool one = known->arguments.size() == 1;
          wrong(known->name + " takes " + std::to_string(known->arguments.size()) + (one ? " number" : " numbers"));
        }
        at_ = static_cast<std::size_t>(end - text_.data());
      }
      expect(')');
    }
  }

  void expect(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) wrong(std::string("'") + c + "' is expected");
    ++at_;
  }

  const declaration& declared_;
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Numbers the arguments that are fresh, in the order of the text.
void number(const declaration& declared, scenario& of) {
  int next = 1;
  for (auto* section : sections(of)) {
    for (call& each : *section) {
      const auto& from = declared.operations[each.operation].arguments;
      for (std::size_t i = 0; i < from.size(); ++i) {
        if (from[i].choices.empty()) each.arguments[i] = next++;
      }
    }
  }
}

/// Scenarios that differ by the numbers of their threads only become the same one.
void order_threads(const declaration& declared, scenario& of) {
  const bool zero_is_special = std::any_of(declared.operations.begin(), declared.operations.end(),
                                           [](const auto& o) { return o.who == role::owner || o.who == role::thief; });
  std::stable_sort(of.threads.begin() + (zero_is_special ? 1 : 0), of.threads.end(), [&](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() > b.size() : to_text(declared, a) < to_text(declared, b);
  });
}

/// Draws scenarios.
class generator {
 public:
  generator(const declaration& declared, std::uint64_t seed) : declared_(declared) { random_.seed(seed); }

  /// One with so many operations in its threads, or none if that draw came to nothing.
  std::optional<scenario> draw(std::size_t inside, bool with_ends) {
    const scenario_options& sizes = declared_.sizes;
    const auto most_threads = static_cast<unsigned>(std::min<std::size_t>(sizes.threads, inside));
    if (most_threads < 2 || inside > std::size_t{sizes.threads} * sizes.each) return std::nullopt;
    scenario out;
    out.threads.resize(2 + random_.below(most_threads - 1));
    const auto count = static_cast<unsigned>(out.threads.size());
    if (inside > std::size_t{count} * sizes.each) return std::nullopt;
    producer_ = random_.below(count);
    consumer_ = random_.below(count);
    for (unsigned left = static_cast<unsigned>(inside), i = 0; left != 0; ++i) {
      // Each thread gets one, the rest go where there is room.
      const unsigned t = i < count ? i : random_.below(count);
      if (out.threads[t].size() == sizes.each) continue;
      if (!append(out.threads[t], t)) return std::nullopt;
      --left;
    }
    if (with_ends) {
      const unsigned before = random_.below(sizes.before + 1);
      const unsigned after = random_.below(sizes.after + 1);
      for (unsigned i = 0; i < before; ++i) append(out.before, outside);
      for (unsigned i = 0; i < after; ++i) append(out.after, outside);
    }
    order_threads(declared_, out);
    number(declared_, out);
    if (records_of(declared_, out) > most_operations) return std::nullopt;
    return out;
  }

 private:
  static constexpr unsigned outside = ~0U;

  [[nodiscard]] bool may(role who, unsigned thread) const {
    if (thread == outside) return true;
    switch (who) {
      case role::any: return true;
      case role::producer: return thread == producer_;
      case role::consumer: return thread == consumer_;
      case role::owner: return thread == 0;
      case role::thief: return thread != 0;
      case role::alone: return false;
    }
    return false;
  }

  bool append(std::vector<call>& to, unsigned thread) {
    std::vector<std::uint8_t> allowed;
    for (std::size_t i = 0; i < declared_.operations.size(); ++i) {
      if (may(declared_.operations[i].who, thread)) allowed.push_back(static_cast<std::uint8_t>(i));
    }
    if (allowed.empty()) return false;
    call& made = to.emplace_back();
    made.operation = allowed[random_.below(static_cast<unsigned>(allowed.size()))];
    const auto& from = declared_.operations[made.operation].arguments;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const auto& choices = from[i].choices;
      if (!choices.empty()) made.arguments[i] = choices[random_.below(static_cast<unsigned>(choices.size()))];
    }
    return true;
  }

  const declaration& declared_;
  random64 random_;
  unsigned producer_ = 0;
  unsigned consumer_ = 0;
};

}  // namespace

std::string to_text(const declaration& declared, const scenario& what) {
  std::string out;
  const auto add = [&](const std::string& label, const std::vector<call>& calls) {
    if (!out.empty()) out += " | ";
    out += label;
    out += ':';
    if (!calls.empty()) out += ' ';
    out += to_text(declared, calls);
  };
  if (!what.before.empty()) add("prefix", what.before);
  for (std::size_t t = 0; t < what.threads.size(); ++t) add(name_of(t), what.threads[t]);
  if (!what.after.empty()) add("suffix", what.after);
  return out;
}

std::string to_table(const declaration& declared, const scenario& what) {
  std::string out;
  if (!what.before.empty()) out += "  before: " + to_text(declared, what.before) + '\n';
  std::size_t rows = 0;
  std::vector<std::size_t> width;
  for (const auto& thread : what.threads) {
    rows = std::max(rows, thread.size());
    std::size_t& most = width.emplace_back(2);
    for (const call& each : thread) most = std::max(most, to_text(declared, each).size());
  }
  for (std::size_t row = 0; row <= rows; ++row) {
    std::string line = "  ";
    for (std::size_t t = 0; t < what.threads.size(); ++t) {
      const auto& thread = what.threads[t];
      std::string cell;
      if (row == 0) cell = name_of(t);
      if (row != 0 && row <= thread.size()) cell = to_text(declared, thread[row - 1]);
      cell.resize(width[t] + 3, ' ');
      line += cell;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  if (!what.after.empty()) out += "  after: " + to_text(declared, what.after) + '\n';
  return out;
}

scenario to_scenario(const declaration& declared, std::string_view text) {
  scenario out = parser(declared, text).all();
  if (out.threads.size() > max_threads) {
    refuse("scenario '" + std::string(text) + "' has " + std::to_string(out.threads.size()) +
           " threads; the limit is " + std::to_string(max_threads));
  }
  const std::size_t records = records_of(declared, out);
  if (records > most_operations) {
    refuse("scenario '" + std::string(text) + "' has " + std::to_string(records) + " operations; the limit is " +
           std::to_string(most_operations));
  }
  if (const std::string wrong = wrong_role(declared, out); !wrong.empty()) {
    refuse("scenario '" + std::string(text) + "': " + wrong);
  }
  return out;
}

void require_usable(const declaration& declared) {
  constexpr std::size_t most_kinds = 255;
  if (declared.operations.empty() || declared.operations.size() > most_kinds)
    refuse("there must be 1 to 255 operations");
  std::set<std::string> names;
  for (const operation_facts& each : declared.operations) {
    const bool word = !each.name.empty() && std::all_of(each.name.begin(), each.name.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_';
    });
    if (!word) refuse("'" + each.name + "' is no name for an operation: letters, digits and _");
    if (!names.insert(each.name).second) refuse("two operations are called '" + each.name + "'");
  }
  const scenario_options& sizes = declared.sizes;
  if (sizes.generate && (sizes.threads < 2 || sizes.threads > max_threads)) {
    refuse("it asks for scenarios of " + std::to_string(sizes.threads) + " threads; there may be 2 to " +
           std::to_string(max_threads));
  }
  // What it asks for has to fit somewhere: the largest number of threads with one operation each, one thread with the
  // most operations beside another, the longest beginning and end beside two operations.
  const std::size_t largest = std::max<std::size_t>(
      {sizes.threads, std::size_t{sizes.each} + 1, std::size_t{sizes.before} + 2, std::size_t{sizes.after} + 2});
  if (sizes.generate && (largest > most_operations || sizes.each == 0)) {
    refuse("it asks for scenarios of " + std::to_string(largest) + " operations; the limit is " +
           std::to_string(most_operations));
  }
  for (const std::string& text : sizes.also) (void)to_scenario(declared, text);
  if (sizes.also.empty() && (!sizes.generate || generate(declared, 1, 1).empty())) {
    refuse("it generates no scenario, for which two threads need an operation each, and none is written by hand");
  }
}

std::vector<scenario> generate(const declaration& declared, std::uint64_t seed, std::size_t count) {
  // How many of a size, in parts of the whole: most bugs need few operations, and few operations give few scenarios.
  static constexpr unsigned share[most_operations + 1] = {0, 0, 6, 8, 10, 10, 10, 8, 6, 6, 4, 4, 4, 2, 2, 2, 2};
  constexpr std::size_t all_shares = 84;
  generator from(declared, seed);
  std::set<std::string> known;
  std::vector<scenario> out;
  std::size_t owed = 0;
  for (std::size_t inside = 2; inside <= most_operations; ++inside) {
    owed += share[inside] * count;
    const std::size_t wanted = std::max<std::size_t>(owed / all_shares, 1) - std::min(owed / all_shares, out.size());
    std::size_t found = 0;
    for (std::size_t tries = 0; tries < 20 * wanted + 20 && found < wanted; ++tries) {
      // What begins and ends with more comes after what does not.
      auto made = from.draw(inside, tries >= wanted / 3 + 1);
      if (!made || !known.insert(to_text(declared, *made)).second) continue;
      out.push_back(std::move(*made));
      ++found;
    }
    if (out.size() >= count) break;
  }
  std::stable_sort(out.begin(), out.end(), [](const scenario& a, const scenario& b) {
    const auto key = [](const scenario& s) {
      const std::size_t ends = s.before.size() + s.after.size();
      return std::pair(size_of(s) - ends, ends);
    };
    return key(a) < key(b);
  });
  return out;
}

std::vector<scenario> smaller(const declaration& declared, const scenario& from) {
  std::vector<scenario> out;
  const auto offer = [&](scenario&& one) {
    std::erase_if(one.threads, [](const auto& thread) { return thread.empty(); });
    if (one.threads.empty() || one == from || !wrong_role(declared, one).empty()) return;
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
  };
  const auto change = [&](auto edit) {
    scenario one = from;
    edit(one);
    offer(std::move(one));
  };
  change([](scenario& one) {
    one.before.clear();
    one.after.clear();
  });
  for (std::size_t t = 0; t < from.threads.size(); ++t) {
    change([t](scenario& one) { one.threads[t].clear(); });
  }
  change([](scenario& one) { one.before.clear(); });
  change([](scenario& one) { one.after.clear(); });
  const auto all = sections(from);
  for (std::size_t s = all.size(); s-- > 0;) {
    for (std::size_t i = all[s]->size(); i-- > 0;) {
      change([s, i](scenario& one) {
        auto& section = *sections(one)[s];
        section.erase(section.begin() + static_cast<std::ptrdiff_t>(i));
      });
    }
  }
  // As many operations in fewer threads.
  for (std::size_t a = 0; a < from.threads.size(); ++a) {
    for (std::size_t b = a + 1; b < from.threads.size(); ++b) {
      for (const bool first : {true, false}) {
        change([a, b, first](scenario& one) {
          auto& into = one.threads[a];
          auto& gone = one.threads[b];
          into.insert(first ? into.end() : into.begin(), gone.begin(), gone.end());
          gone.clear();
        });
      }
    }
  }
  return out;
}

std::size_t size_of(const scenario& what) noexcept {
  std::size_t count = what.before.size() + what.after.size();
  for (const auto& thread : what.threads) count += thread.size();
  return count;
}

namespace {

/// The body that does one scenario.
program doing(const program& body, const scenario& what) {
  next_scenario(to_text(*body.declared, what));
  program out = body;
  out.doing = &what;
  out.threads = static_cast<unsigned>(what.threads.size());
  return out;
}

/// Explores a list of scenarios within one budget, and adds up what it sees.
class tour {
 public:
  tour(const program& body, const exploration_options& options, explore_function one)
      : body_(body), options_(options), one_(one), start_(processor_seconds()) {
    if (!options.scenario.empty()) {
      list_.push_back({to_scenario(*body.declared, options.scenario)});
    } else {
      for (const std::string& text : body.declared->sizes.also) list_.push_back({to_scenario(*body.declared, text)});
      if (body.declared->sizes.generate) {
        for (scenario& each : generate(*body.declared, options.seed, how_many())) list_.push_back({std::move(each)});
      }
    }
    out_.scenarios = list_.size();
  }

  exploration go() {
    if (list_.empty()) refuse("a declared check generates no scenario and has none that is hand-written");
    const bool limited = options_.seconds > 0 || options_.executions != 0;
    if (options_.how != search::portfolio) {
      round(options_.how, 1, 0);
    } else if (!limited) {
      round(search::full, 1, 0);
    } else if (options_.expects_violation) {
      round(search::portfolio, 0.3, 0);
      if (!found_) round(search::portfolio, 1, 1);
    } else {
      // Small scenarios end complete in the first round; the others share what is left, at random and by preemptions.
      round(search::full, 0.2, 0);
      if (!found_) round(search::portfolio, 1, 1);
    }
    out_.scenarios_complete =
        static_cast<std::size_t>(std::count_if(list_.begin(), list_.end(), [](const stop& s) { return s.complete; }));
    out_.complete = !found_ && out_.scenarios_complete == list_.size();
    out_.complete_bound = least_bound();
    if (found_) shrink();
    out_.seconds = processor_seconds() - start_;
    return std::move(out_);
  }

 private:
  struct stop {
    scenario what;
    bool complete = false;
    int bound = -1;  // all its executions with so many preemptions have been seen
  };

  /// What is true of every scenario; of one that is complete, any bound is.
  [[nodiscard]] int least_bound() const {
    int least = std::numeric_limits<int>::max();
    for (const stop& s : list_) {
      if (!s.complete) least = std::min(least, s.bound);
    }
    return least == std::numeric_limits<int>::max() ? -1 : least;
  }

  /// As many as give each a time in which something can be seen; the same for a check and for its defects.
  [[nodiscard]] std::size_t how_many() const {
    constexpr double per_second = 12;
    constexpr std::uint64_t executions_each = 2'000;
    constexpr std::size_t fewest = 24, most = 2'000, without_limit = 60;
    const double seconds = options_.seconds / (options_.expects_violation ? 4 : 1);
    const double wanted =
        options_.seconds > 0 ? seconds * per_second : static_cast<double>(options_.executions) / executions_each;
    if (wanted <= 0) return without_limit;
    return std::clamp(static_cast<std::size_t>(std::min(wanted, 1e6)), fewest, most);
  }

  /// Each scenario that is not complete gets an equal part of what is left of `share` of the budget.
  void round(search how, double share, std::uint64_t number) {
    std::size_t left =
        static_cast<std::size_t>(std::count_if(list_.begin(), list_.end(), [](const stop& s) { return !s.complete; }));
    for (std::size_t i = 0; i < list_.size() && !found_; ++i) {
      if (list_[i].complete) continue;
      exploration_options part = options_;
      part.how = how;
      part.seed = options_.seed + 1'000'003 * (2 * i + number);
      part.expects_violation = how == search::portfolio;
      if (options_.seconds > 0) {
        const double rest = options_.seconds * share - (processor_seconds() - start_);
        part.seconds = std::max(rest / static_cast<double>(left), 1e-6);
      }
      if (options_.executions != 0) {
        const double rest = static_cast<double>(options_.executions) * share - static_cast<double>(out_.executions);
        if (rest < 1) return;
        part.executions = std::max<std::uint64_t>(static_cast<std::uint64_t>(rest / static_cast<double>(left)), 1);
      }
      const exploration seen = explore_one(list_[i].what, part);
      list_[i].complete = seen.complete;
      list_[i].bound = std::max(list_[i].bound, seen.complete_bound);
      if (found_) found_in_ = i;
      --left;
    }
  }

  exploration explore_one(const scenario& what, exploration_options& part) {
    if (options_.progress) {
      part.progress = [this](std::uint64_t executions) { options_.progress(out_.executions + executions); };
    }
    exploration seen = one_(doing(body_, what), part);
    out_.executions += seen.executions;
    out_.frozen = out_.frozen || seen.frozen;
    out_.cut = out_.cut || seen.cut;
    if (!seen.repeatable) out_.repeatable = false;
    for (const lint& each : seen.lints) {
      const auto known = std::find_if(out_.lints.begin(), out_.lints.end(), [&](const lint& other) {
        return other.what == each.what && other.site == each.site && other.other == each.other;
      });
      if (known == out_.lints.end()) {
        out_.lints.push_back(each);
      } else {
        known->times += each.times;
      }
    }
    if (out_.operations.size() < seen.operations.size()) out_.operations.resize(seen.operations.size());
    for (std::size_t t = 0; t < seen.operations.size(); ++t) {
      out_.operations[t] = std::max(out_.operations[t], seen.operations[t]);
    }
    if (seen.found.kind != verdict::holds) {
      found_ = true;
      keep(what, seen);
    }
    return seen;
  }

  void keep(const scenario& what, exploration& seen) {
    out_.found = std::move(seen.found);
    out_.repeatable = seen.repeatable;
    out_.schedule = std::move(seen.schedule);
    out_.trace = std::move(seen.trace);
    out_.scenario = to_text(*body_.declared, what);
  }

  /// Leaves out operations and threads as long as the same kind of violation is found. What is tried says what it does
  /// by numbers of executions, so that it is repeatable; the time is there for slow checks.
  void shrink() {
    if (!options_.shrink || !out_.repeatable || is_harness(out_.found.kind)) return;
    const double most_seconds = options_.expects_violation ? 0.3 : 2;
    constexpr std::uint64_t most_executions = 6'000;
    const double start = processor_seconds();
    const std::uint64_t executions = out_.executions;
    scenario best = list_[found_in_].what;
    const auto still_fails = [&](const scenario& candidate) {
      if (processor_seconds() - start > most_seconds) return false;
      exploration_options part = options_;
      part.how = search::portfolio;
      part.expects_violation = true;
      part.seconds = 0.5;
      part.executions = most_executions;
      part.progress = nullptr;
      exploration seen = one_(doing(body_, candidate), part);
      if (seen.found.kind != out_.found.kind || !seen.repeatable) return false;
      best = candidate;
      keep(best, seen);
      return true;
    };
    for (bool better = true; better;) {
      better = false;
      for (const scenario& candidate : smaller(*body_.declared, best)) {
        if (!still_fails(candidate)) continue;
        better = true;
        break;
      }
    }
    scenario tidy = best;
    number(*body_.declared, tidy);
    if (found_in_ >= body_.declared->sizes.also.size() && options_.scenario.empty() && !(tidy == best)) {
      (void)still_fails(tidy);
    }
    out_.executions = executions;
    shrink_schedule(doing(body_, best), out_, options_);
  }

  const program& body_;
  const exploration_options& options_;
  explore_function one_;
  double start_;
  std::vector<stop> list_;
  exploration out_;
  bool found_ = false;
  std::size_t found_in_ = 0;
};

}  // namespace

exploration explore_scenarios(const program& body, const exploration_options& options, explore_function one) {
  return tour(body, options, one).go();
}

program with_scenario(const program& body, std::string_view text, scenario& keep) {
  if (text.empty()) refuse("a declared check is replayed with its scenario: 'SCENARIO @ SCHEDULE'");
  keep = to_scenario(*body.declared, text);
  return doing(body, keep);
}

std::string replay_text(const std::string& scenario, const decisions& schedule) {
  return scenario.empty() ? to_text(schedule) : scenario + " @ " + to_text(schedule);
}

std::pair<std::string, std::string> split_replay(const std::string& text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos) return {{}, text};
  const std::size_t end = text.find_last_not_of(" \t", at == 0 ? 0 : at - 1);
  const std::size_t begin = std::min(text.find_first_not_of(" \t", at + 1), text.size());
  return {at == 0 || end == std::string::npos ? std::string() : text.substr(0, end + 1), text.substr(begin)};
}

}  // namespace lockfree::inline v1::verify::detail
