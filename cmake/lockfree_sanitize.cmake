# SPDX-License-Identifier: Apache-2.0
# LOCKFREE_SANITIZE puts everything below the project's root under a sanitizer. Directory-wide, because a program must
# be instrumented as a whole.
set(LOCKFREE_SANITIZE "" CACHE STRING "Sanitizer for all of the project: none (empty), thread, address")
set_property(CACHE LOCKFREE_SANITIZE PROPERTY STRINGS "" thread address)

if(LOCKFREE_SANITIZE STREQUAL "thread")
  set(lockfree_sanitizer -fsanitize=thread)
elseif(LOCKFREE_SANITIZE STREQUAL "address")
  set(lockfree_sanitizer -fsanitize=address,undefined -fno-sanitize-recover=undefined)
elseif(NOT LOCKFREE_SANITIZE STREQUAL "")
  message(FATAL_ERROR "LOCKFREE_SANITIZE is '${LOCKFREE_SANITIZE}'; it must be empty, thread or address")
endif()
if(LOCKFREE_SANITIZE)
  add_compile_options(${lockfree_sanitizer} -fno-omit-frame-pointer -g)
  add_link_options(${lockfree_sanitizer})
endif()
