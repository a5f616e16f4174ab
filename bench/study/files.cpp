// SPDX-License-Identifier: Apache-2.0
#include "study/files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "report/render.hpp"
#include "study/verdict.hpp"

namespace lockfree::study {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const fs::path& path, const std::string& why) {
  throw std::runtime_error(fmt::format("{} {}: {}", what, path.string(), why));
}

std::string last_error() { return std::strerror(errno); }

fs::path beside(const fs::path& path) {
  return path.parent_path() / fmt::format(".{}.{}.tmp", path.filename().string(), getpid());
}

}  // namespace

void prepare_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) fail("cannot make directory", directory, error.message());
  const fs::path probe = beside(directory / "probe");
  errno = 0;
  if (!std::ofstream(probe)) fail("cannot write to", directory, last_error());
  fs::remove(probe, error);
}

void write_whole(const fs::path& path, std::string_view content) {
  const fs::path temporary = beside(path);
  errno = 0;
  std::ofstream file(temporary, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  std::error_code error;
  if (!file) {
    const std::string why = last_error();
    fs::remove(temporary, error);
    fail("cannot write", path, why);
  }
  fs::rename(temporary, path, error);
  if (error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    fail("cannot write", path, error.message());
  }
}

void write_study(const fs::path& directory, const nlohmann::json& study) {
  write_whole(directory / "study.json", study.dump(1) + "\n");  // first: it took minutes to get
  write_whole(directory / "study.html", render_html(study));
}

nlohmann::json read_study(const fs::path& path) {
  errno = 0;
  std::ifstream file(path);
  if (!file) fail("cannot read", path, last_error());
  if (fs::is_directory(path)) fail("cannot read", path, "it is a directory");
  nlohmann::json study;
  try {
    study = nlohmann::json::parse(file);
  } catch (const nlohmann::json::parse_error& error) {
    fail("cannot read", path, fmt::format("not JSON, or cut off: the error is at byte {}", error.byte));
  }
  try {
    check_schema(study);
    judge(study);
    (void)render_html(study);
  } catch (const nlohmann::json::exception& error) {
    const std::string_view what = error.what();  // "[json.exception.out_of_range.403] key 'unit' not found"
    const std::size_t text = what.find("] ");
    fail("cannot read", path,
         fmt::format("not a whole study: {}", text == std::string_view::npos ? what : what.substr(text + 2)));
  } catch (const std::exception& error) {
    fail("cannot read", path, error.what());
  }
  return study;
}

}  // namespace lockfree::study
