// SPDX-License-Identifier: Apache-2.0
// The README's table of guarantees, made from the structures' own traits.
//
//   lockfree_guarantees                  prints it
//   lockfree_guarantees --check README   exit 1 if the file's table is another one, or the file leaves a structure out
//   lockfree_guarantees --update README  writes it between the two markers
#include <cstddef>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <lockfree/catalogue.hpp>
#include <lockfree/concepts.hpp>

namespace {

constexpr std::string_view begin_marker = "<!-- guarantees: begin -->\n";
constexpr std::string_view end_marker = "<!-- guarantees: end -->\n";

std::string count(std::size_t threads, std::string_view one, std::string_view many) {
  if (threads == 1) return "1 " + std::string(one);
  return (threads == lockfree::unlimited ? "any" : std::to_string(threads)) + " " + std::string(many);
}

template <class S>
std::string threads() {
  if constexpr (requires {
                  requires S::max_producers != lockfree::unlimited || S::max_consumers != lockfree::unlimited;
                }) {
    return count(S::max_producers, "producer", "producers") + ", " + count(S::max_consumers, "consumer", "consumers");
  } else if constexpr (lockfree::concurrent_register<S>) {
    return count(S::max_writers, "writer", "writers") + ", any readers";
  } else if constexpr (lockfree::work_stealing_deque<S>) {
    return "1 owner, any thieves";
  } else {
    return "any threads";
  }
}

template <class S>
std::string progress() {
  if constexpr (requires { requires S::push_progress != S::pop_progress; }) {
    return "push " + std::string(to_string(S::push_progress)) + ", pop " + std::string(to_string(S::pop_progress));
  } else {
    return std::string(to_string(S::progress));
  }
}

template <class S>
std::string row() {
  std::ostringstream out;
  out << "| `" << S::name << "` | " << to_string(S::ordering) << " | " << progress<S>() << " | " << threads<S>()
      << " | " << S::memory << " | " << S::exceptions << " |\n";
  return out.str();
}

template <class... S>
std::string rows(std::type_identity<std::tuple<S...>> /*structures*/) {
  return (std::string() + ... + row<S>());
}

template <class... S>
std::vector<std::string> names(std::type_identity<std::tuple<S...>> /*structures*/) {
  return {std::string(S::name)...};
}

constexpr std::type_identity<lockfree::catalogue<int>::structures> structures;
constexpr std::type_identity<lockfree::catalogue<int>::baselines> baselines;

std::string table() {
  return "| structure | order | progress | threads | memory | an element throws |\n"
         "| --- | --- | --- | --- | --- | --- |\n" +
         rows(structures) + rows(baselines);
}

struct document {
  std::string before;
  std::string table;
  std::string after;
};

document read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + " cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = text.find(begin_marker);
  const std::size_t end = text.find(end_marker);
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    throw std::runtime_error(path + " lacks the lines " + std::string(begin_marker) + " and " +
                             std::string(end_marker));
  }
  const std::size_t table_begin = begin + begin_marker.size();
  return {text.substr(0, table_begin), text.substr(table_begin, end - table_begin), text.substr(end)};
}

void check(const std::string& path) {
  const document readme = read(path);
  if (readme.table != table()) {
    throw std::runtime_error("the table in " + path + " is not what the traits say:\n" + table() +
                             "mend it with: lockfree_guarantees --update " + path);
  }
  for (const std::string& name : names(structures)) {
    if ((readme.before + readme.after).find("`" + name + "`") == std::string::npos) {
      throw std::runtime_error(path + " says nowhere outside the table when to use `" + name + "`");
    }
  }
}

void update(const std::string& path) {
  const document readme = read(path);
  std::ofstream file(path, std::ios::trunc);
  file << readme.before << table() << readme.after << std::flush;
  if (!file) throw std::runtime_error(path + " cannot be written");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty()) {
      std::cout << table();
    } else if (arguments.size() == 2 && arguments[0] == "--check") {
      check(arguments[1]);
    } else if (arguments.size() == 2 && arguments[0] == "--update") {
      update(arguments[1]);
    } else {
      std::cerr << "usage: lockfree_guarantees [--check FILE | --update FILE]\n";
      return 2;
    }
  } catch (const std::exception& error) {
    std::cerr << "lockfree_guarantees: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
