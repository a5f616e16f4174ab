// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"

// lfstudy as its user meets it: as a program, with its exit codes, its files and what it says.
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class folder {
 public:
  folder() {
    std::string name = (fs::temp_directory_path() / "lfstudy-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

struct ended {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs lfstudy. With `interrupt_at`, sends it `number` once that text has been on its standard error. With `stdout_to`
/// its standard output goes there.
ended lfstudy(const folder& in, std::vector<std::string> arguments, const std::string& interrupt_at = {},
              int number = SIGINT, const std::string& stdout_to = {}) {
  arguments.insert(arguments.begin(), LFSTUDY);
  std::vector<char*> argv;
  for (std::string& each : arguments) argv.push_back(each.data());
  argv.push_back(nullptr);
  const fs::path out = in / "stdout";
  std::array<int, 2> err{};
  REQUIRE(pipe(err.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(err[1], STDERR_FILENO);
    const int file = open(stdout_to.empty() ? out.c_str() : stdout_to.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDOUT_FILENO);
    close(err[0]);
    close(err[1]);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(err[1]);
  ended result;
  bool waiting = !interrupt_at.empty();
  std::array<char, 4096> buffer;
  for (ssize_t got = 0; (got = read(err[0], buffer.data(), buffer.size())) > 0;) {
    result.err.append(buffer.data(), static_cast<std::size_t>(got));
    if (waiting && result.err.find(interrupt_at) != std::string::npos) {
      kill(child, number);
      waiting = false;
    }
  }
  close(err[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = content(out);
  return result;
}

const std::vector<std::string> small{"--seconds",  "0.5",      "--structure", "cas_counter",
                                     "--scenario", "1 thread", "--scenario",  "read"};

std::vector<std::string> with(std::vector<std::string> first, const std::vector<std::string>& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

}  // namespace

TEST_CASE("a whole study writes its data and its page and ends with 0") {
  const folder in;
  const ended run = lfstudy(in, with(small, {"--out", in / "new" / "study"}));
  INFO(run.err);
  REQUIRE(run.code == 0);
  const json study = json::parse(content(in / "new/study/study.json"));
  CHECK(study["schema"] == 1);
  CHECK(study["status"] == "complete");
  CHECK(study["mode"] == "default");
  CHECK(study["cells_measured"] == study["cells_planned"]);
  CHECK(study["machine"]["hiccup_ns"]["max"].get<double>() > 0);
  REQUIRE(study["throughput"].size() == 4);  // cas_counter and mutex_counter, twice
  for (const json& each : study["throughput"]) {
    CHECK(each["samples"].size() == study["rounds_measured"]);
    CHECK(each["median"].get<double>() > 0);
  }
  CHECK(study["verdicts"].size() == 2);
  CHECK(study["filter"]["structures"] == json({"cas_counter"}));
  CHECK(study["advice"].empty());  // of one structure there is none
  CHECK_THAT(content(in / "new/study/study.html"), ContainsSubstring("cas_counter"));
  CHECK_THAT(run.out, ContainsSubstring("cas_counter / mutex_counter"));
  CHECK_THAT(run.out, ContainsSubstring("No advice"));
  CHECK_THAT(run.err, ContainsSubstring("warming up"));
  // Nothing beside the two files.
  CHECK(std::distance(fs::directory_iterator(in / "new/study"), fs::directory_iterator()) == 2);
}

TEST_CASE("with --json the verdict alone is on standard output, as JSON") {
  const folder in;
  const ended run = lfstudy(in, with(small, {"--json", "--out", in / "s"}));
  REQUIRE(run.code == 0);
  const json verdict = json::parse(run.out);
  CHECK(verdict["status"] == "complete");
  CHECK(verdict["verdicts"] == json::parse(content(in / "s/study.json"))["verdicts"]);
  CHECK_FALSE(verdict.contains("throughput"));
}

TEST_CASE("an interrupted study keeps what was measured, says that it is partial and ends with 3") {
  for (const int number : {SIGINT, SIGTERM}) {
    const folder in;
    const ended run = lfstudy(in, {"--seconds", "10", "--family", "counter", "--rounds", "1000", "--out", in / "s"},
                              "round 2", number);
    INFO("signal " << number << ": " << run.err);
    CHECK(run.code == 3);
    CHECK_THAT(run.err, ContainsSubstring("interrupted; the study is partial"));
    CHECK_THAT(run.out, ContainsSubstring("PARTIAL"));
    const json study = json::parse(content(in / "s/study.json"));
    CHECK(study["status"] == "partial");
    CHECK(study["cells_measured"].get<int>() > 0);
    CHECK(study["rounds_measured"] < study["rounds_planned"]);
    CHECK_FALSE(study["throughput"].empty());
    CHECK(fs::exists(in / "s/study.html"));
  }
}

TEST_CASE("lfstudy --from judges and draws again without measuring") {
  const folder in;
  REQUIRE(lfstudy(in, with(small, {"--out", in / "s"})).code == 0);
  json study = json::parse(content(in / "s/study.json"));
  const json verdicts = study["verdicts"];
  study["verdicts"] = json::array();
  for (json& each : study["throughput"]) {
    each["samples"] = std::vector<double>(6, each["structure"] == "mutex_counter" ? 1e6 : 1.0);
  }
  write(in / "edited.json", study.dump());
  const ended again = lfstudy(in, {"--from", in / "edited.json", "--out", in / "t", "--json"});
  INFO(again.err);
  REQUIRE(again.code == 0);
  const json judged = json::parse(again.out);
  CHECK(judged["started"] == study["started"]);
  REQUIRE(judged["verdicts"].size() == verdicts.size());
  for (const json& each : judged["verdicts"]) CHECK(each["winner"] == "mutex");
  CHECK(fs::exists(in / "t/study.html"));

  // Unchanged data, unchanged verdicts.
  CHECK(json::parse(lfstudy(in, {"--from", in / "s/study.json", "--out", in / "u", "--json"}).out)["verdicts"] ==
        verdicts);
}

TEST_CASE("bad input gets one clear line, exit code 2 and no file") {
  const folder in;
  write(in / "file", "");
  write(in / "garbage.json", "{\"schema\": 1,");
  write(in / "foreign.json", "{\"hello\": []}");
  write(in / "newer.json", "{\"schema\": 7, \"tool\": \"lfstudy\"}");
  write(in / "hollow.json",
        R"({"schema":1,"tool":"lfstudy","status":"complete","mode":"quick","machine":{},"families":[],"latency":[],)"
        R"("throughput":[{"family":"queue"}]})");
  struct {
    std::vector<std::string> arguments;
    std::string says;
  } const cases[] = {
      {{"--nonsense"}, "--nonsense"},
      {{"extra"}, "extra"},
      {{"--quick", "--full"}, "--full"},
      {{"--rounds", "0"}, "--rounds"},
      {{"--seconds", "soon"}, "--seconds"},
      {{"--family", "heap"}, "no family 'heap'; there are: counter, deque, queue"},
      {{"--structure", "mpmc_rong"}, "no structure 'mpmc_rong'"},
      {{"--scenario", "9x9"}, "no scenario '9x9'"},
      {{"--family", "stack", "--structure", "cas_counter"}, "nothing matches"},
      {with(small, {"--out", in / "file" / "below"}), "cannot make directory"},
      {{"--from", in / "absent.json"}, "No such file"},
      {{"--from", in / "garbage.json"}, "garbage.json: not JSON, or cut off: the error is at byte 14"},
      {{"--from", in / "foreign.json"}, "not a study of lfstudy"},
      {{"--from", in / "newer.json"}, "schema 7"},
      {{"--from", in / "hollow.json"}, "hollow.json: not a whole study: key "},
      {{"--from", in / "garbage.json", "--quick"}, "--quick"},
  };
  for (const auto& each : cases) {
    std::vector<std::string> arguments = each.arguments;
    if (std::find(arguments.begin(), arguments.end(), "--out") == arguments.end()) {
      arguments.insert(arguments.end(), {"--out", in / "none"});
    }
    const ended run = lfstudy(in, arguments);
    INFO("lfstudy " << arguments.front() << " ...: " << run.err);
    CHECK(run.code == 2);
    CHECK(run.out.empty());
    CHECK(lines(run.err) == 1);
    CHECK_THAT(run.err, ContainsSubstring("lfstudy: ") && ContainsSubstring(each.says));
    CHECK(run.err.find("json.exception") == std::string::npos);
    CHECK_FALSE(fs::exists(in / "none"));
  }
}

TEST_CASE("every name that --list --full prints can be asked for, by itself") {
  const folder in;
  std::set<std::string> structures;
  std::set<std::string> scenarios;
  std::istringstream all(lfstudy(in, {"--list", "--full"}).out);
  for (std::string line; std::getline(all, line);) {
    // queue/mpmc_ring/2x2/8B, padded to 60 characters, then the kind
    const std::size_t first = line.find('/');
    const std::size_t second = line.find('/', first + 1);
    const std::size_t third = line.find('/', second + 1);
    REQUIRE(third != std::string::npos);
    structures.insert(line.substr(first + 1, second - first - 1));
    scenarios.insert(line.substr(second + 1, third - second - 1));
  }
  CHECK(structures.contains("mpmc_ring"));
  CHECK(scenarios.contains("owner, one by one"));
  const auto ask = [&](const std::string& option, const std::string& name, const std::string& within) {
    const ended run = lfstudy(in, {"--list", "--full", option, name});
    INFO(option << " '" << name << "': " << run.err);
    CHECK(run.code == 0);
    CHECK_THAT(run.out, ContainsSubstring(within));
  };
  for (const std::string& name : structures) ask("--structure", name, "/" + name + "/");
  for (const std::string& name : scenarios) ask("--scenario", name, "/" + name + "/");
}

TEST_CASE("a verdict that cannot be printed is not a success") {
  const folder in;
  REQUIRE(lfstudy(in, with(small, {"--out", in / "s"})).code == 0);
  // A short one: it fits into the buffer, so only emptying that fails.
  const ended run = lfstudy(in, {"--from", in / "s/study.json", "--out", in / "t"}, {}, SIGINT, "/dev/full");
  CHECK(run.code == 2);
  CHECK_THAT(run.err, ContainsSubstring("written: ") && ContainsSubstring("cannot write to standard output"));
  CHECK(lfstudy(in, {"--list", "--structure", "spsc_ring"}, {}, SIGINT, "/dev/full").code == 2);
}

TEST_CASE("the verdict comes before the line that says where it was written, in one stream too") {
  const folder in;
  REQUIRE(lfstudy(in, with(small, {"--out", in / "s"})).code == 0);
  // Standard output opened as standard error is: the pipe that this test reads.
  const ended run = lfstudy(in, {"--from", in / "s/study.json", "--out", in / "t"}, {}, SIGINT, "/dev/stderr");
  CHECK(run.code == 0);
  const std::size_t verdict = run.err.find("cas_counter / mutex_counter");
  REQUIRE(verdict != std::string::npos);
  CHECK(verdict < run.err.find("written: "));
}

TEST_CASE("lfstudy --list says what would be measured and measures nothing") {
  const folder in;
  const ended run = lfstudy(in, {"--list", "--quick", "--structure", "spsc_ring", "--out", in / "none"});
  CHECK(run.code == 0);
  CHECK_THAT(run.out, ContainsSubstring("queue/spsc_ring/1x1/8B") && ContainsSubstring("queue/mutex_ring/1x1/8B"));
  CHECK(run.out.find("2x2") == std::string::npos);  // one producer, one consumer
  CHECK_FALSE(fs::exists(in / "none"));
}

TEST_CASE("lfstudy takes every name that --list shows, also one with a comma in it") {
  const folder in;
  const ended all = lfstudy(in, {"--list", "--no-rivals", "--full"});
  REQUIRE(all.code == 0);
  std::size_t with_comma = 0;
  std::istringstream rows(all.out);
  for (std::string row; std::getline(rows, row);) {
    // family/structure/scenario/element, and more after two spaces
    std::istringstream names(row.substr(0, row.find("  ")));
    std::string family, structure, scenario;
    std::getline(std::getline(std::getline(names, family, '/'), structure, '/'), scenario, '/');
    if (scenario.find(',') == std::string::npos) continue;
    ++with_comma;
    const ended one = lfstudy(
        in, {"--list", "--no-rivals", "--full", "--family", family, "--structure", structure, "--scenario", scenario});
    INFO(row << '\n' << one.err);
    CHECK(one.code == 0);
    CHECK_THAT(one.out, ContainsSubstring(family + '/' + structure + '/' + scenario + '/'));
  }
  CHECK(with_comma > 0);
}

TEST_CASE("lfstudy --help and --version end with 0") {
  const folder in;
  const ended help = lfstudy(in, {"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.out, ContainsSubstring("--quick") && ContainsSubstring("Exit codes"));
  CHECK_THAT(lfstudy(in, {"--version"}).out, ContainsSubstring("lfstudy "));
}
