# SPDX-License-Identifier: Apache-2.0
# LOCKFREE_SANITIZE puts everything below the project's root under a sanitizer. Directory-wide, because a program must
# be instrumented as a whole.
set(LOCKFREE_SANITIZE "" CACHE STRING "Sanitizer for all of the project: empty for none, thread, or address")
set_property(CACHE LOCKFREE_SANITIZE PROPERTY STRINGS "" thread address)

if(LOCKFREE_SANITIZE STREQUAL "")
  return()
elseif(LOCKFREE_SANITIZE STREQUAL "thread")
  set(lockfree_sanitizer -fsanitize=thread)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ warns at each fence that ThreadSanitizer does not see it. Here a fence only orders a store before a load and
    # never publishes data, so nothing that ThreadSanitizer reports or accepts depends on one.
    list(APPEND lockfree_sanitizer -Wno-tsan)
  endif()
elseif(LOCKFREE_SANITIZE STREQUAL "address")
  set(lockfree_sanitizer -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # False alarms in its own <regex> and std::function, only with -fsanitize=address (GCC bug 105562).
    list(APPEND lockfree_sanitizer -Wno-maybe-uninitialized)
  endif()
else()
  message(FATAL_ERROR "LOCKFREE_SANITIZE is '${LOCKFREE_SANITIZE}'; it must be empty, thread or address")
endif()
add_compile_options(${lockfree_sanitizer} -fno-omit-frame-pointer)
add_link_options(${lockfree_sanitizer})

# ctest reads this file where it reads the tests, so that each way of running them has the same settings.
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/sanitizer_environment.cmake
     "set(ENV{TSAN_OPTIONS} \"suppressions=${PROJECT_SOURCE_DIR}/tsan.supp halt_on_error=1 second_deadlock_stack=1\")
set(ENV{ASAN_OPTIONS} \"detect_stack_use_after_return=1 strict_init_order=1\")
set(ENV{UBSAN_OPTIONS} \"print_stacktrace=1\")
")
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${CMAKE_CURRENT_BINARY_DIR}/sanitizer_environment.cmake)
