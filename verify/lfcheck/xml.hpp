// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lfcheck {

/// An element of a report.
struct element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes = {};
  std::vector<element> children = {};
  std::string text = {};  // beside the children, all in one

  /// The value of an attribute; nullptr: not there.
  [[nodiscard]] const std::string* attribute(std::string_view key) const;
  /// The value of <properties><property name=key value=.../></properties>; nullptr: not there.
  [[nodiscard]] const std::string* property(std::string_view key) const;
  /// Changes such a property, or adds it.
  void set_property(std::string_view key, std::string value);
  [[nodiscard]] const element* child(std::string_view key) const;
};

/// Reads the XML that reports are written in: elements, attributes, text, the five named entities and numbers. No
/// comments, no CDATA, no document type, no namespaces. Throws `std::runtime_error` with line and reason.
[[nodiscard]] element read_xml(std::string_view text);

[[nodiscard]] std::string write_xml(const element& root);

}  // namespace lfcheck
