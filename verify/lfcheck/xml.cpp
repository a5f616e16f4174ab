// SPDX-License-Identifier: Apache-2.0
#include "lfcheck/xml.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>

#include "lfcheck/report.hpp"

namespace lfcheck {

namespace {

constexpr std::string_view spaces = " \t\r\n";

class parser {
 public:
  explicit parser(std::string_view text) : all_(text), rest_(text) {}

  element document() {
    if (skip("<?xml")) {
      const std::size_t end = rest_.find("?>");
      if (end == std::string_view::npos) fail("the declaration does not end");
      rest_.remove_prefix(end + 2);
    }
    skip_spaces();
    element root = one(0);
    skip_spaces();
    if (!rest_.empty()) fail("there is something after the end");
    return root;
  }

 private:
  [[noreturn]] void fail(std::string_view reason) const {
    const std::string_view read = all_.substr(0, all_.size() - rest_.size());
    throw std::runtime_error(fmt::format("line {}: {}", 1 + std::count(read.begin(), read.end(), '\n'), reason));
  }

  bool skip(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  void need(std::string_view token) {
    if (!skip(token)) fail(fmt::format("'{}' is missing", token));
  }
  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(spaces), rest_.size())); }

  std::string name() {
    std::size_t end = 0;
    while (end < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[end])) != 0 || rest_[end] == '_' ||
                                  rest_[end] == '-' || rest_[end] == '.')) {
      ++end;
    }
    if (end == 0) fail("a name is missing");
    std::string out(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return out;
  }

  /// Text up to `end`, which stays.
  std::string text(char end) {
    std::string out;
    while (!rest_.empty() && rest_.front() != end) {
      if (rest_.front() == '<') fail("'<' within a value");
      if (rest_.front() == '&') {
        out += entity();
      } else {
        out += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    if (rest_.empty()) fail("the file ends too early");
    return out;
  }

  std::string entity() {
    for (const auto& [written, meant] :
         {std::pair{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}) {
      if (skip(written)) return {meant};
    }
    if (skip("&#")) {
      unsigned code = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), code);
      if (error == std::errc() && code > 0 && code < 128) {
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        need(";");
        return {static_cast<char>(code)};
      }
    }
    fail("an unknown entity");
  }

  element one(unsigned depth) {
    constexpr unsigned deepest = 16;
    if (depth > deepest) fail("too many elements within each other");
    need("<");
    element out;
    out.name = name();
    for (;;) {
      skip_spaces();
      if (skip("/>")) return out;
      if (skip(">")) break;
      std::string key = name();
      need("=\"");
      if (out.attribute(key) != nullptr) fail(fmt::format("two attributes '{}'", key));
      out.attributes.emplace_back(std::move(key), text('"'));
      need("\"");
    }
    for (;;) {
      out.text += text('<');
      if (rest_.starts_with("</")) break;
      out.children.push_back(one(depth + 1));
    }
    need("</");
    if (name() != out.name) fail(fmt::format("'</{}>' is missing", out.name));
    skip_spaces();
    need(">");
    if (out.text.find_first_not_of(spaces) == std::string::npos) out.text.clear();
    return out;
  }

  std::string_view all_;
  std::string_view rest_;
};

void write(std::string& out, const element& e, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  out += indent + '<' + e.name;
  for (const auto& [key, value] : e.attributes) out += fmt::format(" {}=\"{}\"", key, xml(value));
  if (e.children.empty() && e.text.empty()) {
    out += "/>\n";
    return;
  }
  out += '>' + xml(e.text);
  if (!e.children.empty()) {
    out += '\n';
    for (const element& child : e.children) write(out, child, depth + 1);
    out += indent;
  }
  out += fmt::format("</{}>\n", e.name);
}

}  // namespace

const std::string* element::attribute(std::string_view key) const {
  const auto at = std::find_if(attributes.begin(), attributes.end(), [&](const auto& a) { return a.first == key; });
  return at == attributes.end() ? nullptr : &at->second;
}

const element* element::child(std::string_view key) const {
  const auto at = std::find_if(children.begin(), children.end(), [&](const element& c) { return c.name == key; });
  return at == children.end() ? nullptr : &*at;
}

const std::string* element::property(std::string_view key) const {
  const element* const list = child("properties");
  if (list == nullptr) return nullptr;
  for (const element& one : list->children) {
    const std::string* const called = one.attribute("name");
    if (called != nullptr && *called == key) return one.attribute("value");
  }
  return nullptr;
}

void element::set_property(std::string_view key, std::string value) {
  auto list = std::find_if(children.begin(), children.end(), [](const element& c) { return c.name == "properties"; });
  if (list == children.end()) list = children.insert(children.begin(), element{.name = "properties"});
  std::erase_if(list->children, [&](const element& one) {
    const std::string* const called = one.attribute("name");
    return called != nullptr && *called == key;
  });
  list->children.push_back(
      {.name = "property", .attributes = {{"name", std::string(key)}, {"value", std::move(value)}}});
}

element read_xml(std::string_view text) { return parser(text).document(); }

std::string write_xml(const element& root) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  write(out, root, 0);
  return out;
}

}  // namespace lfcheck
