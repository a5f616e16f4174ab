// SPDX-License-Identifier: Apache-2.0
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "harness/cell.hpp"
#include "study/files.hpp"
#include "study/measure.hpp"
#include "study/progress.hpp"
#include "study/terminal.hpp"
#include "study/verdict.hpp"

// Measures lock-free against mutex, and against other libraries, on this machine and says which one wins.
namespace {

namespace bench = lockfree::bench;
namespace study = lockfree::study;

enum exit_code { good = 0, wrong = 1, usage = 2, partial = 3, stuck = 4 };

struct arguments {
  bool quick = false;
  bool full = false;
  bool list = false;
  bool json = false;
  bool markdown = false;
  bool no_rivals = false;
  study::filter only;
  std::filesystem::path out = "study";
  std::filesystem::path from;
  std::optional<double> seconds;
  std::optional<std::size_t> rounds;
  std::optional<std::uint64_t> seed;

  [[nodiscard]] study::mode mode() const {
    return quick ? study::mode::quick : full ? study::mode::full : study::mode::standard;
  }
  [[nodiscard]] study::effort effort() const {
    study::effort much = study::effort_of(mode());
    if (seconds) {
      much.budget = std::chrono::duration<double>(*seconds);
      much.hiccups = std::min(much.hiccups, much.budget / 20);
    }
    if (rounds) much.rounds = *rounds;
    if (seed) much.seed = *seed;
    return much;
  }
};

int complain(const std::string& why) {
  fmt::print(stderr, "lfstudy: {}\n", why);
  return usage;
}

extern "C" void on_signal(int number) {
  bench::request_interrupt();
  std::signal(number, SIG_DFL);  // a second one ends the program at once
}

void list(const bench::grid& grid) {
  for (const bench::cell& each : grid.cells) {
    fmt::print("{:<60} {:<9} {}\n", full_name(each), to_string(each.what.kind), each.how.title);
  }
}

study::layout layout_of_stdout() {
  study::layout how;
  if (isatty(STDOUT_FILENO) == 0) return how;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) how.width = size.ws_col;
  how.colour = std::getenv("NO_COLOR") == nullptr;
  return how;
}

/// Output that ends in a full disk or a closed pipe is noticed only when the buffer is emptied.
bool flush_stdout() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

[[noreturn]] void fail_to_print() { throw std::runtime_error("cannot write to standard output"); }

void show(const nlohmann::json& result, const arguments& given) {
  if (given.json) {
    fmt::print("{}\n", study::verdict_json(result).dump(1));
  } else if (given.markdown) {
    fmt::print("{}", study::verdict_markdown(result));
  } else {
    fmt::print("{}\n", study::verdict_text(result, layout_of_stdout()));
  }
  const bool shown = flush_stdout();  // before the other stream speaks
  fmt::print(stderr, "written: {} and {}\n", (given.out / "study.html").string(), (given.out / "study.json").string());
  if (!shown) fail_to_print();
}

int run(const arguments& given) {
  if (!given.from.empty()) {
    const nlohmann::json result = study::read_study(given.from);
    study::prepare_directory(given.out);
    study::write_study(given.out, result);
    show(result, given);
    return good;
  }

  const bench::grid grid = study::select(bench::whole_grid(), given.mode(), given.only);
  if (given.list) {
    list(grid);
    if (!flush_stdout()) fail_to_print();
    return good;
  }
  study::prepare_directory(given.out);

  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto judge = [&](nlohmann::json& result) {
    result["filter"] = {{"families", given.only.families},
                        {"structures", given.only.structures},
                        {"scenarios", given.only.scenarios},
                        {"rivals", given.only.rivals}};
    study::judge(result);
  };
  const auto checkpoint = [&](const nlohmann::json& measured) {
    nlohmann::json result = measured;
    judge(result);
    study::write_study(given.out, result);
    fmt::print(stderr, "\nlfstudy: a structure's threads are stuck; what was measured is in {}\n", given.out.string());
    std::_Exit(stuck);
  };
  study::progress_display display(stderr, isatty(STDERR_FILENO) != 0);
  nlohmann::json result = study::measure(
      grid, given.mode(), given.effort(), [&](const study::progress& now) { display.show(now); }, checkpoint);
  display.end();
  judge(result);
  study::write_study(given.out, result);
  show(result, given);
  for (const nlohmann::json& each : result["errors"]) {
    fmt::print(stderr, "lfstudy: {}: {}\n", each["cell"].get<std::string>(), each["message"].get<std::string>());
  }
  if (bench::interrupt_requested()) fmt::print(stderr, "lfstudy: interrupted; the study is partial\n");
  if (!result["errors"].empty()) return wrong;
  return result["status"] == "complete" ? good : partial;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Measures the library's lock-free structures against their mutex twins and against other libraries on "
      "this machine.\nWrites study.json and study.html and prints the verdict.",
      "lfstudy");
  app.footer(
      "Exit codes: 0 complete, 1 a structure gave a wrong result, 2 usage, 3 interrupted (what was measured is "
      "kept), 4 a structure got stuck.");
  arguments given;
  auto* quick = app.add_flag("--quick", given.quick, "less than 2 minutes (default: less than 10)");
  auto* full = app.add_flag("--full", given.full, "everything, for as long as it takes")->excludes(quick);
  auto* family = app.add_option("--family", given.only.families, "only this family; may be repeated");
  auto* structure =
      app.add_option("--structure", given.only.structures,
                     "only this structure, and what it is compared with, e.g. mpmc_ring; may be repeated");
  auto* scenario = app.add_option("--scenario", given.only.scenarios, "only this scenario, e.g. 2x2; may be repeated");
  auto* no_rivals = app.add_flag("--no-rivals", given.no_rivals, "leave other libraries out");
  auto* seconds = app.add_option("--seconds", given.seconds, "time for everything instead of the mode's")
                      ->check(CLI::Range(0.1, 1e6));
  auto* rounds = app.add_option("--rounds", given.rounds, "rounds at most instead of the mode's")
                     ->check(CLI::Range(std::size_t{1}, std::size_t{1000}));
  auto* seed = app.add_option("--seed", given.seed, "of the order in which structures take turns");
  auto* list = app.add_flag("--list", given.list, "say what would be measured, and measure nothing");
  app.add_option("--out", given.out, "directory for study.json and study.html")->capture_default_str();
  auto* json = app.add_flag("--json", given.json, "print the verdict as JSON on standard output");
  app.add_flag("--markdown", given.markdown, "print the verdict as Markdown on standard output")->excludes(json);
  auto* from = app.add_option("--from", given.from, "judge and draw this study.json again; measure nothing");
  for (CLI::Option* each : {quick, full, family, structure, scenario, no_rivals, seconds, rounds, seed, list}) {
    from->excludes(each);
  }
  app.set_version_flag("--version", std::string("lfstudy ") + LOCKFREE_VERSION);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    return complain(error.what());
  }
  given.only.rivals = !given.no_rivals;
  try {
    return run(given);
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}
