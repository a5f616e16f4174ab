// SPDX-License-Identifier: Apache-2.0
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "engine/scenario.hpp"
#include "engine/schedule.hpp"
#include "lfcheck/item.hpp"

namespace lfcheck {

namespace {

using steady = std::chrono::steady_clock;

/// Messages of a child: a letter, a length, bytes. P: executions so far; R: the outcome.
int child_pipe = -1;

void send(char kind, const void* data, std::uint32_t bytes) noexcept {
  char head[1 + sizeof bytes];
  head[0] = kind;
  std::memcpy(head + 1, &bytes, sizeof bytes);
  const auto write_all = [](const char* from, std::size_t left) {
    while (left > 0) {
      const ssize_t done = write(child_pipe, from, left);
      if (done <= 0) _exit(71);
      from += done;
      left -= static_cast<std::size_t>(done);
    }
  };
  write_all(head, sizeof head);
  write_all(static_cast<const char*>(data), bytes);
}

void send_progress(std::uint64_t executions) { send('P', &executions, sizeof executions); }

/// Shared with a child: see engine::last_words.
struct unmap {
  void operator()(engine::last_words* words) const noexcept { munmap(words, sizeof *words); }
};
using shared_words = std::unique_ptr<engine::last_words, unmap>;

shared_words make_shared_words() {
  void* const memory =
      mmap(nullptr, sizeof(engine::last_words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error(fmt::format("mmap: {}", std::strerror(errno)));
  return shared_words(::new (memory) engine::last_words);  // zeros
}

struct child {
  pid_t process = -1;
  int from = -1;
  std::size_t index = 0;
  steady::time_point deadline;
  std::string received;
  std::uint64_t executions = 0;
  std::string result;
  bool has_result = false;
  bool timed_out = false;
  shared_words words;
};

/// What makes the child's last execution again.
std::string replay_of(const engine::last_words& words) {
  if (words.count > words.taken.size()) return {};
  return engine::replay_text(words.scenario.data(), {words.taken.begin(), words.taken.begin() + words.count});
}

/// Seconds of processor time that an item may take.
double budget_of(const item& work, const settings& with) {
  constexpr double without_limit = 3600;
  return with.seconds > 0 ? with.seconds * (work.expects == item::expectation::holds ? 1 : 4) + with.hints
                          : without_limit;
}

child start(const item& work, std::size_t index, const settings& with, decltype(&run_item) run) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error(fmt::format("pipe: {}", std::strerror(errno)));
  std::fflush(nullptr);
  shared_words words = make_shared_words();
  const pid_t process = fork();
  if (process < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
  if (process == 0) {
    close(ends[0]);
    child_pipe = ends[1];
    // It ends by itself after its budget; this is for code that never comes back to the engine.
    const auto most = static_cast<rlim_t>(budget_of(work, with) * 1.5 + 5);
    const rlimit limit{most, most + 20};  // the difference is for whoever explains a violation, see run_item
    setrlimit(RLIMIT_CPU, &limit);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    engine::catch_signals();
    engine::keep_last_words(*words);
    const std::string bytes = encode(run(work, with, &send_progress));
    send('R', bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    _exit(0);
  }
  close(ends[1]);
  child out;
  out.process = process;
  out.from = ends[0];
  out.index = index;
  out.words = std::move(words);
  // And this for code that sleeps, on a machine that may be ten times oversubscribed.
  out.deadline = steady::now() + std::chrono::seconds(static_cast<std::int64_t>(budget_of(work, with) * 10 + 120));
  return out;
}

/// Reads what is there; false at the end.
bool receive(child& from) {
  char buffer[65536];
  const ssize_t bytes = read(from.from, buffer, sizeof buffer);
  if (bytes <= 0) return bytes < 0 && errno == EINTR;
  from.received.append(buffer, static_cast<std::size_t>(bytes));
  for (;;) {
    std::uint32_t length = 0;
    if (from.received.size() < 1 + sizeof length) return true;
    std::memcpy(&length, from.received.data() + 1, sizeof length);
    if (from.received.size() < 1 + sizeof length + length) return true;
    const char* data = from.received.data() + 1 + sizeof length;
    switch (from.received[0]) {
      case 'P': std::memcpy(&from.executions, data, sizeof from.executions); break;
      case 'R':
        from.result.assign(data, length);
        from.has_result = true;
        break;
    }
    from.received.erase(0, 1 + sizeof length + length);
  }
}

outcome collect(child& from, const item& work) {
  close(from.from);
  int code = 0;
  while (waitpid(from.process, &code, 0) < 0 && errno == EINTR) {}
  if (from.has_result) return decode(from.result);
  if (WIFSIGNALED(code) && WTERMSIG(code) == SIGXCPU) from.timed_out = true;
  outcome out;
  out.executions = from.executions;
  out.replay = replay_of(*from.words);
  if (from.timed_out) {
    out.how = status::inconclusive;
    out.verdict = "timed out";
    out.sentence = "an execution did not come to its end; is there a loop in the check that makes no modelled step?";
    return out;
  }
  out.how = status::harness;
  out.verdict = "crashed";
  int signal = WIFSIGNALED(code) ? WTERMSIG(code) : 0;
  if (WIFEXITED(code) && WEXITSTATUS(code) > 128) signal = WEXITSTATUS(code) - 128;
  out.sentence = signal != 0 ? fmt::format("the child of {} died of {}", work.name, engine::signal_text(signal))
                             : fmt::format("the child of {} ended with code {} and no result", work.name,
                                           WIFEXITED(code) ? WEXITSTATUS(code) : -1);
  return out;
}

}  // namespace

std::vector<outcome> run_all(const std::vector<item>& work, const settings& with, listener& tell,
                             decltype(&run_item) run) {
  std::vector<outcome> out(work.size());
  std::vector<child> now;
  std::size_t next = 0;
  std::size_t finished = 0;
  std::uint64_t executions = 0;
  while (finished < work.size()) {
    while (now.size() < with.jobs && next < work.size()) {
      now.push_back(start(work[next], next, with, run));
      ++next;
    }
    std::vector<pollfd> waiting;
    std::vector<std::size_t> indices;
    std::uint64_t running = executions;
    for (const child& c : now) {
      waiting.push_back({c.from, POLLIN, 0});
      indices.push_back(c.index);
      running += c.executions;
    }
    tell.running(finished, indices, running);
    poll(waiting.data(), waiting.size(), 200);
    for (std::size_t i = now.size(); i-- > 0;) {
      child& c = now[i];
      if (steady::now() > c.deadline && !c.timed_out) {
        c.timed_out = true;
        kill(c.process, SIGKILL);
      }
      if ((waiting[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0 || receive(c)) continue;
      out[c.index] = collect(c, work[c.index]);
      executions += out[c.index].executions;
      ++finished;
      tell.finished(c.index, out[c.index]);
      now.erase(now.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return out;
}

}  // namespace lfcheck
