// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/audit.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "engine/sites.hpp"
#include "engine/trace.hpp"
#include "lfcheck/advice.hpp"
#include "lfcheck/commands.hpp"
#include "lfcheck/options.hpp"
#include "lfcheck/output_file.hpp"
#include "lfcheck/report.hpp"
#include "lfcheck/terminal.hpp"

namespace lfcheck {
namespace audit {
namespace {

// ---------------------------------------------------------------- what runs in a child

/// Runs the check, with its edits if there are any.
engine::exploration explore(const item& work, const settings& with, void (*progress)(std::uint64_t)) {
  engine::exploration_options options;
  options.expects_violation = true;  // at random: the first executions of a full search are all alike
  options.executions = with.executions;
  options.seconds = with.seconds;
  options.seed = with.seed;
  options.shrink = false;
  options.bounds.steps = work.check->about.steps;
  options.progress = progress;
  options.edits = work.edits;
  return engine::explore(work.check->body, options);
}

/// Passed: it holds; failed: a violation, or a signal that the steps have led to. The harness: what says nothing of an
/// order.
outcome ended(const item& work, const engine::exploration& seen) {
  outcome out;
  out.verdict = engine::to_string(seen.found.kind);
  const bool crash = seen.found.kind == engine::verdict::crash && work.edits.empty();
  if (crash || engine::is_harness(seen.found.kind) || !seen.repeatable) {
    out.how = status::harness;
    out.sentence =
        work.name + ": " + (seen.repeatable ? out.verdict + ": " + seen.found.message : unrepeatable_text(seen));
  } else {
    out.how = seen.found.kind == engine::verdict::holds ? status::passed : status::failed;
  }
  return out;
}

/// Learns the sites of a check: a line each, its fields apart by tabs.
outcome learn(const item& work, const settings& with, void (*progress)(std::uint64_t)) {
  const engine::exploration seen = explore(work, with, progress);
  outcome out = ended(work, seen);
  for (std::size_t n = 1; n < engine::sites().size(); ++n) {
    const engine::site& s = engine::sites()[n];
    if (!s.ordered && s.what != engine::operation::revalidated) continue;
    out.sites +=
        fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", s.file, s.line, s.column, static_cast<unsigned>(s.what),
                    s.tag, static_cast<unsigned>(s.order), static_cast<unsigned>(s.failure), s.ordered ? 1 : 0,
                    s.in_threads ? 1 : 0, engine::operation_text(s));
  }
  return out;
}

/// Looks for a violation of a check with one step made.
outcome try_step(const item& work, const settings& with, void (*progress)(std::uint64_t)) {
  const engine::exploration seen = explore(work, with, progress);
  outcome out = ended(work, seen);
  out.executions = seen.executions;
  out.seconds = seen.seconds;
  return out;
}

class progress_line : public listener {
 public:
  explicit progress_line(std::string title, std::size_t total, bool terminal)
      : title_(std::move(title)), total_(total), terminal_(terminal) {}
  ~progress_line() override {
    if (terminal_ && shown_) fmt::print(stderr, "\r\033[K");
  }
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  void running(std::size_t done, const std::vector<std::size_t>&, std::uint64_t) override {
    if (!terminal_) return;
    fmt::print(stderr, "\r\033[K{} [{}/{}]", title_, done, total_);
    std::fflush(stderr);
    shown_ = true;
  }
  void finished(std::size_t, const outcome&) override {}

 private:
  std::string title_;
  std::size_t total_;
  bool terminal_;
  bool shown_ = false;
};

// ---------------------------------------------------------------- what there is to do

/// A place of the source that checks reach.
struct place {
  engine::site where;
  std::string operation;                                // "tail_.store"
  std::vector<const engine::registered_check*> checks;  // that reach it in a thread
};

/// One step and what has come of it.
struct trial {
  row as;
  step change;
  std::vector<const engine::registered_check*> checks;  // in the order in which they are asked
  std::string path;
  std::string tag;
  unsigned line = 0;
  bool dead = false;
  bool settled = false;  // in a comparison: all has been said of it
};

struct subject {
  std::string structure;
  std::vector<std::string> files;  // paths
  std::vector<trial> trials;
  std::vector<row> unreached;  // tagged, ordered, and no check gets there
  std::vector<std::string> notes;
};

struct plan {
  settings with;
  bool terminal = false;
  std::uint64_t executions = 200'000;
};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, '\t');) out.push_back(field);
  out.resize(10);
  return out;
}

unsigned number_in(const std::string& text) {
  unsigned out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string joined(const std::set<std::string>& all) {
  std::string out;
  for (const std::string& each : all) out += (out.empty() ? "" : ", ") + each;
  return out;
}

/// Checks that hold on correct code: only they say something by dying.
std::vector<item> whole_checks() {
  std::vector<item> out;
  for (item& one : all_items()) {
    if (one.expects == item::expectation::holds && one.check->about.audit) out.push_back(std::move(one));
  }
  return out;
}

/// Which structure's table a file belongs to.
class ownership {
 public:
  ownership(const std::vector<item>& checks, const std::vector<place>& places) {
    for (const item& one : checks) written_in_.insert(one.check->file);
    std::map<std::string, std::set<std::string>> reached;  // by structure
    for (const place& p : places) {
      for (const auto* check : p.checks) reached[structure_of(*check)].insert(p.where.file);
    }
    std::map<std::string, std::vector<std::string_view>> named;
    for (const item& one : checks) {
      auto& list = named[structure_of(*one.check)];
      list.insert(list.end(), one.check->about.audited.begin(), one.check->about.audited.end());
    }
    for (const auto& [structure, files] : reached) {
      bool any = false;
      for (const std::string& file : files) {
        if (!named[structure].empty()) {
          const bool is_named = std::any_of(named[structure].begin(), named[structure].end(),
                                            [&](std::string_view end) { return engine::same_file(file, end); });
          if (is_named) claim(file, structure, 3);
          any = any || is_named;
        } else if (!written_in_.contains(file)) {
          const std::string_view name = engine::file_of(file);
          claim(file, structure, name.substr(0, name.rfind('.')) == structure ? 2 : 1);
          any = true;
        }
      }
      if (!any) homeless_.insert(structure);
    }
  }
  static std::string structure_of(const engine::registered_check& check) {
    if (!check.about.structure.empty()) return std::string(check.about.structure);
    return check.name.substr(0, check.name.find('/'));
  }
  /// "" for none.
  [[nodiscard]] std::string of(const place& p) const {
    if (const auto found = owner_.find(p.where.file); found != owner_.end()) return found->second.first;
    if (!written_in_.contains(p.where.file)) return {};
    // In a file of checks: code of a structure that is written there.
    for (const auto* check : p.checks) {
      if (homeless_.contains(structure_of(*check))) return structure_of(*check);
    }
    return {};
  }

 private:
  void claim(const std::string& file, const std::string& structure, int right) {
    auto& now = owner_[file];
    if (right > now.second) now = {structure, right};
  }
  std::map<std::string, std::pair<std::string, int>> owner_;  // by file; the right that it is held by
  std::set<std::string> written_in_;                          // files that register checks
  std::set<std::string> homeless_;                            // structures that reach no other files
};

bool dies_of(const engine::registered_check& check, const engine::site& where) {
  return std::any_of(check.about.dies_of.begin(), check.about.dies_of.end(), [&](const auto& d) {
    const engine::edit e = engine::to_edit(d);
    return e.tag == where.tag && engine::same_file(where.file, e.file);
  });
}

/// Runs every check a little to see what it reaches.
std::vector<place> learn_places(const std::vector<item>& checks, const std::vector<std::string>& named, const plan& how,
                                std::vector<place>& outside) {
  settings with = how.with;
  with.executions = 20'000;
  progress_line show("learning", checks.size(), how.terminal);
  const std::vector<outcome> learned = run_all(checks, with, show, &learn);
  std::map<std::string, place> in;
  std::map<std::string, place> out;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const std::string structure = ownership::structure_of(*checks[i].check);
    const bool wanted = named.empty() || std::find(named.begin(), named.end(), structure) != named.end();
    if (learned[i].how != status::passed && !wanted) continue;
    if (learned[i].how == status::failed) {  // it would die of everything
      std::fflush(stdout);
      fmt::print(stderr, "lfcheck: {} does not hold ({}): nothing can be audited with it\n", checks[i].name,
                 learned[i].verdict);
      std::exit(violation);
    }
    if (learned[i].how != status::passed) throw std::runtime_error(learned[i].sentence);
    for (const std::string& line : lines_of(learned[i].sites)) {
      const std::vector<std::string> f = fields_of(line);
      engine::site s{f[0], number_in(f[1]), number_in(f[2]), static_cast<engine::operation>(number_in(f[3])), f[4], {}};
      s.order = static_cast<std::memory_order>(number_in(f[5]));
      s.failure = static_cast<std::memory_order>(number_in(f[6]));
      s.ordered = f[7] == "1";
      s.in_threads = f[8] == "1";
      const std::string key = fmt::format("{}\t{:06}\t{:06}\t{}", f[0], s.line, s.column, f[3]);
      place& p = (s.in_threads ? in : out)[key];
      p.where = s;
      p.operation = f[9];
      if (s.in_threads) p.checks.push_back(checks[i].check);
    }
  }
  std::vector<place> places;
  for (auto& [key, p] : in) places.push_back(std::move(p));
  for (auto& [key, p] : out) outside.push_back(std::move(p));
  return places;
}

/// Everything to try, by structure; of all structures or of those that are named.
std::vector<subject> subjects_of(const std::vector<item>& checks, const std::vector<std::string>& named,
                                 const plan& how) {
  std::map<std::string, subject> all;
  for (const item& one : checks) {
    const std::string structure = ownership::structure_of(*one.check);
    all[structure].structure = structure;
  }
  for (const std::string& name : named) {
    if (!all.contains(name)) refuse(fmt::format("no check is about a structure called '{}'", name));
  }
  std::vector<place> outside;
  std::vector<place> places = learn_places(checks, named, how, outside);
  const ownership owner(checks, places);
  std::map<std::string, std::set<std::string>> relaxed_in;
  std::map<std::string, std::set<std::string>> met_in;  // tags by file
  for (place& p : places) {
    const std::string structure = owner.of(p);
    if (structure.empty()) continue;
    subject& s = all[structure];
    if (std::find(s.files.begin(), s.files.end(), p.where.file) == s.files.end()) s.files.push_back(p.where.file);
    met_in[p.where.file].insert(p.where.tag);
    const auto rank = [&](const engine::registered_check* check) {
      if (dies_of(*check, p.where)) return 0;
      return ownership::structure_of(*check) == structure ? 1 : 2;
    };
    std::stable_sort(p.checks.begin(), p.checks.end(), [&](auto* a, auto* b) { return rank(a) < rank(b); });
    const std::string site = p.where.tag.empty() ? p.operation : p.where.tag;
    const std::vector<step> steps = steps_of(p.where);
    const bool weak = std::none_of(steps.begin(), steps.end(), [](const step& each) { return each.order != "answer"; });
    if (p.where.ordered && weak)
      relaxed_in[structure].insert(fmt::format("{}:{}", engine::file_of(p.where.file), site));
    for (const step& each : steps) {
      s.trials.push_back(
          {{std::string(engine::file_of(p.where.file)), site, p.operation, each.order, each.instead, {}, {}},
           each,
           p.checks,
           p.where.file,
           p.where.tag,
           p.where.line,
           false});
    }
  }
  std::vector<subject> out;
  for (auto& [structure, s] : all) {
    if (!named.empty() && std::find(named.begin(), named.end(), structure) == named.end()) continue;
    std::set<std::string> before_or_after;
    std::set<std::string> weak_unreached;
    for (const std::string& file : s.files) {
      std::set<std::string> out_of_threads;
      for (const place& p : outside) {
        if (p.where.file == file && !met_in[file].contains(p.where.tag)) out_of_threads.insert(p.where.tag);
      }
      for (const tagged& t : tags_in(file)) {
        if (met_in[file].contains(t.tag)) continue;
        const std::string name(engine::file_of(file));
        const bool strong = t.orders.find("acq") != std::string::npos ||
                            t.orders.find("release") != std::string::npos ||
                            t.orders.find("seq_cst") != std::string::npos ||
                            t.orders.find("fence") != std::string::npos || t.orders == "revalidated";
        if (out_of_threads.contains(t.tag)) {
          before_or_after.insert(fmt::format("{}:{}", name, t.tag));
        } else if (!strong) {
          weak_unreached.insert(fmt::format("{}:{}", name, t.tag));
        } else {
          const std::vector<reason> why = reasons_at(file, t.tag, 0);
          row r{name, t.tag, t.operation, t.orders, "-", std::string(not_reached), {}};
          for (const reason& each : why) {
            if (each.instead == not_reached) r.by = each.text;
          }
          s.unreached.push_back(std::move(r));
        }
      }
    }
    const auto note = [&s = s](const char* what, const std::set<std::string>& which) {
      if (!which.empty()) s.notes.push_back(fmt::format("{}: {}", what, joined(which)));
    };
    note("Relaxed as it is", relaxed_in[structure]);
    note("Reached only before or after the threads", before_or_after);
    note("Relaxed, and no check gets there", weak_unreached);
    out.push_back(std::move(s));
  }
  return out;
}

// ---------------------------------------------------------------- trying

/// Asks check number `index` of each of these trials; marks the dead ones.
void ask(const std::vector<trial*>& which, std::size_t index, std::uint64_t executions, const plan& how,
         const std::string& title) {
  std::vector<item> work;
  std::vector<trial*> of;
  for (trial* t : which) {
    if (t->dead || index >= t->checks.size()) continue;
    item one;
    one.check = t->checks[index];
    one.name = fmt::format("{}!{}", one.check->name, t->as.text());
    one.expects = item::expectation::violation;
    one.edits = {t->change.change};
    work.push_back(std::move(one));
    of.push_back(t);
  }
  if (work.empty()) return;
  settings with = how.with;
  with.executions = executions;
  progress_line show(title, work.size(), how.terminal);
  const std::vector<outcome> results = run_all(work, with, show, &try_step);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].how == status::harness) {
      throw std::runtime_error(
          fmt::format("{}; that is no violation, so nothing is known of this step", results[i].sentence));
    }
    if (results[i].how != status::failed) continue;
    of[i]->dead = true;
    of[i]->as.result = results[i].verdict;
    of[i]->as.by = work[i].check->name;
  }
}

/// All checks of each trial, for so many executions each.
void ask_all(const std::vector<trial*>& which, std::uint64_t executions, const plan& how, const std::string& title) {
  std::size_t most = 0;
  for (const trial* t : which) most = std::max(most, t->checks.size());
  for (std::size_t index = 0; index < most; ++index) ask(which, index, executions, how, title);
}

/// Puts the check that died the last time first; false if there is none.
bool put_first(trial& t, const std::string& check) {
  const auto found = std::find_if(t.checks.begin(), t.checks.end(), [&](auto* each) { return each->name == check; });
  if (found == t.checks.end()) return false;
  std::rotate(t.checks.begin(), found, found + 1);
  return true;
}

const row* same_row(const table* known, const row& wanted) {
  if (known == nullptr) return nullptr;
  for (const row& r : known->rows) {
    if (r.key() == wanted.key()) return &r;
  }
  return nullptr;
}

/// Survivors need a reason, and reasons need a survivor. What is missing goes to `problems`; reasons go into the rows.
void judge_reasons(subject& s, std::vector<std::string>& problems) {
  std::set<std::string> judged;
  for (trial& t : s.trials) {
    const std::vector<reason> why = reasons_at(t.path, t.tag, t.line);
    if (!t.dead && !t.settled) {
      t.as.result = survives;
      for (const reason& each : why) {
        if (covers(each.instead, t.as.instead)) t.as.by = each.text;
      }
      if (t.as.by.empty()) {
        problems.push_back(fmt::format("{}: no check needs this order, and no reason is written beside it (line {})",
                                       t.as.text(), t.line));
      }
    }
    if (!judged.insert(fmt::format("{}:{}:{}", t.path, t.tag, t.tag.empty() ? t.line : 0)).second) continue;
    for (const reason& each : why) {
      const trial* meant = nullptr;
      for (const trial& other : s.trials) {
        if (other.path == t.path && other.tag == t.tag && (!t.tag.empty() || other.line == t.line) &&
            other.as.instead == each.instead) {
          meant = &other;
        }
      }
      if (meant == nullptr) {
        problems.push_back(
            fmt::format("{} [{}]: a reason for '{}', which is no step there", t.as.file, t.as.site, each.instead));
      } else if (meant->dead && !meant->settled) {
        problems.push_back(
            fmt::format("{}: stale reason, {} dies of it ({})", meant->as.text(), meant->as.by, meant->as.result));
      }
    }
  }
  for (const row& r : s.unreached) {
    if (r.by.empty()) problems.push_back(fmt::format("{}: no check gets there, and no reason is written", r.text()));
  }
}

table table_of(const subject& s) {
  table out{s.structure, {}, s.notes};
  for (const trial& t : s.trials) out.rows.push_back(t.as);
  out.rows.insert(out.rows.end(), s.unreached.begin(), s.unreached.end());
  return out;
}

std::string file_name(const std::string& directory, const std::string& structure) {
  return fmt::format("{}/{}.md", directory, structure);
}

std::optional<table> read_table(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  std::optional<table> out = from_markdown(text.str());
  if (!out) refuse(fmt::format("{} is not a table of lfcheck audit", path));
  return out;
}

std::string tally(const std::vector<subject>& all) {
  std::size_t steps = 0;
  std::size_t survivors = 0;
  std::size_t open = 0;
  std::size_t unreached = 0;
  for (const subject& s : all) {
    for (const trial& t : s.trials) {
      ++steps;
      survivors += t.dead || t.settled ? 0 : 1;
      open += t.settled ? 1 : 0;
    }
    unreached += s.unreached.size();
  }
  return fmt::format("{} of {}: a check dies of {}, {} survive{}; not reached: {}", engine::count_text(steps, "step"),
                     engine::count_text(all.size(), "structure"), steps - survivors - open, survivors,
                     open == 0 ? "" : fmt::format(", {} are not as in the tables", open),
                     engine::count_text(unreached, "site"));
}

int report(const std::vector<std::string>& problems, const std::vector<subject>& all) {
  for (const std::string& each : problems) fmt::print("{}\n", each);
  fmt::print("{}\n", tally(all));
  return problems.empty() ? all_hold : violation;
}

/// The whole search. `directory`: tables to begin with and to write; "": prints them.
int search_all(std::vector<subject>& all, const std::string& directory, const plan& how) {
  std::vector<trial*> open;
  std::vector<trial*> known;
  for (subject& s : all) {
    const std::optional<table> before =
        directory.empty() ? std::nullopt : read_table(file_name(directory, s.structure));
    for (trial& t : s.trials) {
      open.push_back(&t);
      const row* last = same_row(before ? &*before : nullptr, t.as);
      if (last != nullptr && put_first(t, last->by)) known.push_back(&t);
    }
  }
  ask(known, 0, how.executions, how, "as the last time");
  for (const std::uint64_t share : {std::uint64_t{100}, std::uint64_t{10}, std::uint64_t{1}}) {
    ask_all(open, std::max<std::uint64_t>(how.executions / share, 1), how,
            fmt::format("{} executions a check", count_text(how.executions / share)));
  }
  std::vector<std::string> problems;
  for (subject& s : all) judge_reasons(s, problems);
  if (directory.empty()) {
    for (const subject& s : all) fmt::print("{}\n", to_markdown(table_of(s)));
  } else if (problems.empty()) {
    for (const subject& s : all) write_report(file_name(directory, s.structure), to_markdown(table_of(s)));
  }
  return report(problems, all);
}

/// The comparison: is each row still there, does its check still die, do survivors still survive a short look?
int compare_all(std::vector<subject>& all, const std::string& directory, bool whole, const plan& how) {
  std::vector<std::string> problems;
  std::vector<trial*> recorded;
  std::vector<trial*> survivors;
  std::map<std::string, table> tables;
  for (subject& s : all) {
    const std::string path = file_name(directory, s.structure);
    std::optional<table> before = read_table(path);
    if (!before) {
      problems.push_back(fmt::format("{}: there is no table; make it with --write", path));
      for (trial& t : s.trials) t.settled = true;
      continue;
    }
    std::set<std::string> met;
    const auto is_new = [&](const row& r) {
      for (const row& other : before->rows) {
        if (other.file == r.file && other.site == r.site && other.order != r.order && other.instead == r.instead) {
          problems.push_back(fmt::format("changed: {}; in the table it is {}", r.text(), other.order));
          return;
        }
      }
      problems.push_back(fmt::format("new: {} is not in the table", r.text()));
    };
    for (trial& t : s.trials) {
      met.insert(t.as.key());
      const row* last = same_row(&*before, t.as);
      if (last == nullptr) {
        is_new(t.as);
        t.settled = true;
      } else if (last->result == survives) {
        survivors.push_back(&t);
      } else if (put_first(t, last->by)) {
        recorded.push_back(&t);
      } else {
        problems.push_back(
            fmt::format("{}: '{}', which died of it, does not get there any more", t.as.text(), last->by));
        t.settled = true;
      }
    }
    for (const row& r : s.unreached) {
      met.insert(r.key());
      if (same_row(&*before, r) == nullptr) is_new(r);
    }
    for (const row& r : before->rows) {
      if (!met.contains(r.key())) problems.push_back(fmt::format("gone: {} is in the table only", r.text()));
    }
    if (before->notes != s.notes) {
      problems.push_back(fmt::format("{}: the list of sites without a step has changed", path));
    }
    tables.emplace(s.structure, std::move(*before));
  }
  ask(recorded, 0, how.executions, how, "what died");
  for (trial* t : recorded) {
    if (!t->dead) {
      t->settled = true;
      problems.push_back(fmt::format("{}: {} does not die of it any more in {}", t->as.text(), t->checks.front()->name,
                                     count_text(how.executions, "execution")));
    }
  }
  ask_all(survivors, std::max<std::uint64_t>(how.executions / 100, 1), how, "what survived");
  for (trial* t : survivors) {
    if (!t->dead) continue;
    t->settled = true;
    problems.push_back(fmt::format("{}: stale survivor, {} dies of it", t->as.text(), t->as.by));
  }
  for (subject& s : all) {
    judge_reasons(s, problems);
    const auto known = tables.find(s.structure);
    if (known == tables.end()) continue;
    const table now = table_of(s);
    for (const row& r : now.rows) {
      const row* last = same_row(&known->second, r);
      if (last != nullptr && (r.result == survives || r.result == not_reached) && !r.by.empty() && last->by != r.by) {
        problems.push_back(fmt::format("{}: the reason in the source is not that of the table", r.text()));
      }
    }
  }
  if (whole) {
    if (DIR* listing = opendir(directory.c_str())) {
      while (const dirent* entry = readdir(listing)) {
        const std::string_view name = entry->d_name;
        if (!name.ends_with(".md") || name == "README.md") continue;
        const bool known = std::any_of(
            all.begin(), all.end(), [&](const subject& s) { return name.substr(0, name.size() - 3) == s.structure; });
        if (!known) problems.push_back(fmt::format("gone: {}/{} is of no structure", directory, name));
      }
      closedir(listing);
    }
  }
  return report(problems, all);
}

bool is_directory(const std::string& path) {
  struct stat about {};
  return stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

}  // namespace
}  // namespace audit

int audit_command(int argc, char** argv) {
  audit::plan how;
  std::vector<std::string> structures;
  std::string check;
  std::string write;
  how.with.jobs = std::max(1U, std::thread::hardware_concurrency());
  how.with.hints = 0;
  how.with.seconds = 60;
  options of{"lfcheck audit",
             "Weakens each order, fence, re-read and retry of the structures, one at a time, and says which check dies "
             "of it.",
             "Without --check and --write the tables are printed.\n"
             "Exit code: 0 every step has a check that dies of it or a reason beside it, 1 not so, 2 usage, 4 the "
             "harness failed."};
  of.words("structure", structures, "Structures to audit; all if none is named");
  of.text("--check", check, "Compare with the tables in this directory: what died must die, and no step be new");
  of.text("--write", write, "Write the tables into this directory");
  of.count("--executions", how.executions, 1, "Most executions of one check with one step");
  of.seconds("--seconds", how.with.seconds, 0.001, "Most processor time of one check with one step");
  of.count("--seed", how.with.seed, 0, "Of the random schedulers");
  of.small("-j,--jobs", how.with.jobs, 1, "Checks at a time");
  if (const auto done = of.parse(argc, argv)) return *done;
  if (!check.empty() && !write.empty()) refuse("--check and --write exclude each other");
  const std::string& directory = check.empty() ? write : check;
  if (!directory.empty() && !audit::is_directory(directory)) refuse(fmt::format("there is no directory {}", directory));
  how.terminal = isatty(STDERR_FILENO) == 1;

  std::vector<audit::subject> all = audit::subjects_of(audit::whole_checks(), structures, how);
  if (!check.empty()) return audit::compare_all(all, check, structures.empty(), how);
  return audit::search_all(all, write, how);
}

}  // namespace lfcheck
