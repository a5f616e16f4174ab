// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lockfree::study {

/// Makes sure that `directory` is there and can be written to. Throws `std::runtime_error`, one line for the user.
void prepare_directory(const std::filesystem::path& directory);

/// Writes all of `content` beside `path` and then renames it to it: a reader sees the old file or the whole new one.
/// Throws `std::runtime_error`.
void write_whole(const std::filesystem::path& path, std::string_view content);

/// study.json and study.html. Throws `std::runtime_error`.
void write_study(const std::filesystem::path& directory, const nlohmann::json& study);

/// Reads a study.json, judges it anew and makes sure that it can be drawn. Throws `std::runtime_error`.
nlohmann::json read_study(const std::filesystem::path& path);

}  // namespace lockfree::study
