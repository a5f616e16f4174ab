// SPDX-License-Identifier: Apache-2.0
// Things that a process does only once, or not at all where a test is to go on: ended, aborted, forked.
#pragma once

#include <csignal>
#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include "support/allocations.hpp"
#include "support/catch.hpp"

namespace support {

/// Whether a child of a process with several threads can start one. ThreadSanitizer does not let it.
inline constexpr bool threads_in_child = LOCKFREE_TESTS_UNDER_TSAN == 0;

struct child_result {
  int exit_code = -1;  ///< as given to exit, or -1
  int signal = 0;      ///< that ended it, or 0
};

/// Runs `body` in a forked child and waits for its end. A body that returns, ends the child with code 99 at once.
/// A child that hangs is ended by SIGALRM after a minute.
template <class Body>
child_result in_child(Body body) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // The test framework's handlers would report for the parent.
    for (const int handled : {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGTERM}) (void)std::signal(handled, SIG_DFL);
    (void)alarm(60);
    try {
      body();
    } catch (...) {
      std::_Exit(98);
    }
    std::_Exit(99);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  child_result result;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace support
