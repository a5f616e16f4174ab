# SPDX-License-Identifier: Apache-2.0
# lockfree_catch(<target>): makes <target> a test program of Catch2, version 2 or 3, with a main of the framework's. Version
# 2 is compiled once for all programs, with the flags of the tree (instrumented like the rest, unlike a packaged one) but
# without optimisation, which takes longest and gains nothing there.
find_package(Catch2 REQUIRED)
include(Catch)

function(lockfree_catch target)
  if(TARGET Catch2::Catch2WithMain AND Catch2_VERSION VERSION_GREATER_EQUAL 3)
    target_link_libraries(${target} PRIVATE Catch2::Catch2WithMain)
    return()
  endif()
  if(NOT TARGET lockfree_catch_main)
    add_library(lockfree_catch_main OBJECT ${PROJECT_SOURCE_DIR}/tests/support/main.cpp)
    target_link_libraries(lockfree_catch_main PUBLIC Catch2::Catch2)
    target_compile_features(lockfree_catch_main PRIVATE cxx_std_20)
    target_compile_options(lockfree_catch_main PRIVATE -O0)
  endif()
  target_link_libraries(${target} PRIVATE lockfree_catch_main)
endfunction()

# lockfree_unoptimised(<target>...): for test programs that wait for something else than their own code.
function(lockfree_unoptimised)
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE -O0)
  endforeach()
endfunction()
