// SPDX-License-Identifier: Apache-2.0
#include "sites.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <utility>

#include "heap.hpp"

namespace lockfree::inline v1::verify::detail {

namespace {

struct place {
  const char* file = nullptr;
  unsigned line = 0;
  unsigned column = 0;
  operation what{};
  std::uint32_t number = 0;
  bool operator==(const place& other) const noexcept {
    return file == other.file && line == other.line && column == other.column && what == other.what;
  }
};

struct orders {
  std::memory_order order;
  std::memory_order failure;
};

struct table {
  std::vector<site> sites = std::vector<site>(1);
  std::vector<edit> edits;
  std::vector<std::uint64_t> applied;
  std::vector<std::vector<std::uint32_t>> edits_of_site = std::vector<std::vector<std::uint32_t>>(1);
  std::array<place, 8192> known{};  // by address of the file name: one site may be met under several
  std::size_t known_count = 0;
};

table known_sites;  // used in runs only, so after all static initialisation
table& all() noexcept { return known_sites; }

bool matches(const edit& e, const site& s) noexcept {
  if (!same_file(s.file, e.file)) return false;
  if (!e.tag.empty()) return s.tag == e.tag;
  return s.line == e.line && s.column == e.column && s.what == e.at;
}

std::uint32_t learn(const place& met, const orders* with) {
  table& t = all();
  for (std::uint32_t n = 1; n < t.sites.size(); ++n) {
    const site& s = t.sites[n];
    if (s.line == met.line && s.column == met.column && s.what == met.what && s.file == met.file) return n;
  }
  site fresh{met.file, met.line, met.column, met.what, tag_of(met.file, met.line), {}};
  if (const auto& lines = source_lines(met.file); met.line >= 1 && met.line <= lines.size()) {
    std::string_view text = lines[met.line - 1];
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    fresh.text = text;
  }
  if (with != nullptr) {
    fresh.ordered = true;
    fresh.order = with->order;
    fresh.failure = with->failure;
  }
  const auto number = static_cast<std::uint32_t>(t.sites.size());
  t.edits_of_site.emplace_back();
  for (std::uint32_t e = 0; e < t.edits.size(); ++e) {
    if (matches(t.edits[e], fresh)) t.edits_of_site.back().push_back(e);
  }
  t.sites.push_back(std::move(fresh));
  return number;
}

bool acquires(std::memory_order o) noexcept {
  return o == std::memory_order::acquire || o == std::memory_order::consume || o == std::memory_order::acq_rel ||
         o == std::memory_order::seq_cst;
}
bool releases(std::memory_order o) noexcept {
  return o == std::memory_order::release || o == std::memory_order::acq_rel || o == std::memory_order::seq_cst;
}
std::memory_order make_order(bool acquire, bool release, bool total) noexcept {
  if (total) return std::memory_order::seq_cst;
  if (acquire && release) return std::memory_order::acq_rel;
  return acquire ? std::memory_order::acquire : release ? std::memory_order::release : std::memory_order::relaxed;
}
std::memory_order weaker_of(std::memory_order a, std::memory_order b) noexcept {
  return make_order(acquires(a) && acquires(b), releases(a) && releases(b),
                    a == std::memory_order::seq_cst && b == std::memory_order::seq_cst);
}
std::memory_order stronger_of(std::memory_order a, std::memory_order b) noexcept {
  return make_order(acquires(a) || acquires(b), releases(a) || releases(b),
                    a == std::memory_order::seq_cst || b == std::memory_order::seq_cst);
}
/// The part of an order that a load, or a store, can have.
std::memory_order for_load(std::memory_order o) noexcept {
  return make_order(acquires(o), false, o == std::memory_order::seq_cst);
}
std::memory_order for_store(std::memory_order o) noexcept {
  return make_order(false, releases(o), o == std::memory_order::seq_cst);
}

}  // namespace

namespace {

std::uint32_t number_of(const where& at, operation what, const orders* with) {
  table& t = all();
  place met{at.file_name(), at.line(), at.column(), what, 0};
  std::size_t slot = reinterpret_cast<std::uintptr_t>(met.file) ^ (std::size_t{met.line} * 0x9E3779B1U) ^
                     (std::size_t{met.column} << 5U) ^ (static_cast<std::size_t>(what) << 8U);
  for (;; ++slot) {
    place& seen = t.known[slot % t.known.size()];
    if (seen == met) return seen.number;
    if (seen.number != 0) continue;
    heap::untracked inside;
    met.number = learn(met, with);
    if (++t.known_count > t.known.size() / 2) {
      std::fputs("lockfree: a check reaches more than 4096 places\n", stderr);
      std::abort();
    }
    seen = met;
    return met.number;
  }
}

}  // namespace

bool any_edits = false;
std::array<met_site, met_sites> last_met{};

std::uint32_t learn_site_number(const where& at, operation what) { return number_of(at, what, nullptr); }

std::uint32_t learn_site_number(const where& at, operation what, std::memory_order order, std::memory_order failure) {
  const orders with{order, failure};
  return number_of(at, what, &with);
}

void site_reached_in_thread(std::uint32_t number) noexcept { all().sites[number].in_threads = true; }

bool site_has_edits(std::uint32_t number) noexcept { return !all().edits_of_site[number].empty(); }

effect edited(std::uint32_t number, std::memory_order order, std::memory_order failure) noexcept {
  table& t = all();
  effect now{order, failure};
  const operation what = t.sites[number].what;
  for (std::uint32_t index : t.edits_of_site[number]) {
    const edit& e = t.edits[index];
    ++t.applied[index];
    switch (e.what) {
      case edit::kind::drop: now.drop = true; break;
      case edit::kind::weaken:
        if (e.part != edit::half::failure) now.order = weaker_of(now.order, e.to);
        if (e.part != edit::half::success) now.failure = weaker_of(now.failure, for_load(e.to));
        break;
      case edit::kind::strengthen:
        if (e.part != edit::half::failure) {
          now.order = stronger_of(now.order, what == operation::load    ? for_load(e.to)
                                             : what == operation::store ? for_store(e.to)
                                                                        : e.to);
        }
        if (e.part != edit::half::success) now.failure = stronger_of(now.failure, for_load(e.to));
        break;
    }
  }
  return now;
}

const std::vector<site>& sites() { return all().sites; }

void set_edits(std::vector<edit> edits) {
  table& t = all();
  t = table{};
  t.applied.assign(edits.size(), 0);
  t.edits = std::move(edits);
  any_edits = !t.edits.empty();
  last_met.fill({});
}

const std::vector<std::uint64_t>& edits_applied() { return all().applied; }

edit to_edit(const defect& from) {
  edit e;
  e.what = from.what == defect::kind::drop ? edit::kind::drop : edit::kind::weaken;
  e.to = from.to;
  const std::size_t colon = from.place.rfind(':');
  e.file = from.place.substr(0, colon);
  e.tag = colon == std::string::npos ? std::string() : from.place.substr(colon + 1);
  return e;
}

std::string_view file_of(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool same_file(std::string_view path, std::string_view ending) noexcept {
  return path.ends_with(ending) && (path.size() == ending.size() || path[path.size() - ending.size() - 1] == '/');
}

const std::vector<std::string>& source_lines(std::string_view file) {
  static std::map<std::string, std::vector<std::string>, std::less<>> files;
  if (auto found = files.find(file); found != files.end()) return found->second;
  std::ifstream in{std::string(file)};
  // Paths may be relative to where the compiler ran, or the tree may have moved: look in the include directories too.
  if (!in) {
    std::string tail(file);
    if (const std::size_t at = tail.rfind("include/"); at != std::string::npos) tail.erase(0, at + 8);
    std::string directories = LOCKFREE_VERIFY_SOURCE_DIRS;
    if (const char* more = std::getenv("LOCKFREE_VERIFY_SOURCE_DIRS")) directories = more + (":" + directories);
    for (std::size_t from = 0; !in && from <= directories.size();) {
      const std::size_t to = std::min(directories.find(':', from), directories.size());
      in.open(directories.substr(from, to - from) + '/' + tail);
      from = to + 1;
    }
  }
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return files.emplace(file, std::move(lines)).first->second;
}

namespace {

/// "P3" of "... // [P3] release, ...", or "".
std::string_view tag_in(std::string_view line) noexcept {
  const std::size_t begin = line.find("// [");
  if (begin == std::string_view::npos) return {};
  const std::size_t end = line.find(']', begin);
  if (end == std::string_view::npos || end == begin + 4) return {};
  const std::string_view tag = line.substr(begin + 4, end - begin - 4);
  const bool word = std::all_of(tag.begin(), tag.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
  return word ? tag : std::string_view();
}

}  // namespace

std::string tag_of(std::string_view file, unsigned line) {
  const auto& lines = source_lines(file);
  if (line < 1 || line > lines.size()) return {};
  if (const auto tag = tag_in(lines[line - 1]); !tag.empty()) return std::string(tag);
  for (unsigned up = 1; up <= 6 && up < line; ++up) {
    std::string_view text = lines[line - 1 - up];
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};  // an empty line
    text.remove_prefix(first);
    const bool comment = text.starts_with("//");
    if (comment) {
      if (const auto tag = tag_in(text); !tag.empty()) return std::string(tag);
      continue;
    }
    text = text.substr(0, text.find_last_not_of(" \t") + 1);
    const char last = text.back();
    // The end of another statement; anything else is an earlier line of this one.
    if (!tag_in(text).empty() || last == ';' || last == '{' || last == '}' || last == ':') return {};
  }
  return {};
}

}  // namespace lockfree::inline v1::verify::detail
