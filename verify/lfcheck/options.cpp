// SPDX-License-Identifier: Apache-2.0
// The one file that knows the library which reads options: its header takes as long to compile as a whole command.
#include "lfcheck/options.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "lfcheck/terminal.hpp"

namespace lfcheck {
namespace {

/// Accepts a number of which every character counts, between two others.
template <class Number>
CLI::Validator number(Number least, Number most, std::string what) {
  return CLI::Validator(
      [least, most, what = std::move(what)](std::string& text) {
        Number value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool good = error == std::errc() && end == text.data() + text.size() && value >= least && value <= most;
        return good ? std::string() : fmt::format("'{}' is not {} from {} to {}", text, what, least, most);
      },
      "");
}

}  // namespace

options::options(const std::string& command, const std::string& purpose, const std::string& footer)
    : app_(std::make_unique<CLI::App>(purpose, command)) {
  app_->footer(footer);
}

options::~options() = default;

void options::flag(const std::string& name, bool& to, const std::string& help) { app_->add_flag(name, to, help); }

void options::text(const std::string& name, std::string& to, const std::string& help) {
  app_->add_option(name, to, help)->take_last()->capture_default_str();
}

void options::choice(const std::string& name, std::string& to, std::vector<std::string> from, const std::string& help) {
  app_->add_option(name, to, help)->take_last()->check(CLI::IsMember(std::move(from)))->capture_default_str();
}

void options::seconds(const std::string& name, double& to, double least, const std::string& help) {
  app_->add_option(name, to, help)
      ->take_last()
      ->check(number(least, 1e6, "a number of seconds"))
      ->capture_default_str();
}

void options::count(const std::string& name, std::uint64_t& to, std::uint64_t least, const std::string& help) {
  CLI::Option* option =
      app_->add_option(name, to, help)->take_last()->check(number(least, UINT64_MAX, "a whole number"));
  if (to != 0) option->capture_default_str();
}

void options::small(const std::string& name, unsigned& to, unsigned least, const std::string& help) {
  app_->add_option(name, to, help)->take_last()->check(number(least, 1000U, "a whole number"))->capture_default_str();
}

void options::words(const std::string& name, std::vector<std::string>& to, const std::string& help) {
  app_->add_option(name, to, help);
}

void options::word_required(const std::string& name, std::string& to, const std::string& help) {
  app_->add_option(name, to, help)->required();
}

void options::words_required(const std::string& name, std::vector<std::string>& to, const std::string& help) {
  app_->add_option(name, to, help)->required();
}

std::optional<int> options::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app_->exit(help);
  } catch (const CLI::ParseError& error) {
    refuse(error.what());
  }
  return std::nullopt;
}

bool options::given(const std::string& name) const { return app_->get_option(name)->count() != 0; }

}  // namespace lfcheck
