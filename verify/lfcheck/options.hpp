// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lfcheck {

/// The options of one command. A value that does not fit ends the program as wrong usage, in one line; of an option that
/// is given twice the last value counts.
class options {
 public:
  options(const std::string& command, const std::string& purpose, const std::string& footer);
  ~options();
  options(const options&) = delete;
  options& operator=(const options&) = delete;

  void flag(const std::string& name, bool& to, const std::string& help);
  void text(const std::string& name, std::string& to, const std::string& help);
  void choice(const std::string& name, std::string& to, std::vector<std::string> from, const std::string& help);
  /// A processor time or another number of seconds.
  void seconds(const std::string& name, double& to, double least, const std::string& help);
  void count(const std::string& name, std::uint64_t& to, std::uint64_t least, const std::string& help);
  void small(const std::string& name, unsigned& to, unsigned least, const std::string& help);
  /// Arguments without a name; "item,--filter" can be given either way.
  void words(const std::string& name, std::vector<std::string>& to, const std::string& help);
  void word_required(const std::string& name, std::string& to, const std::string& help);
  void words_required(const std::string& name, std::vector<std::string>& to, const std::string& help);

  /// Reads them. The exit code if there is nothing more to do.
  [[nodiscard]] std::optional<int> parse(int argc, char** argv);
  [[nodiscard]] bool given(const std::string& name) const;

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace lfcheck
