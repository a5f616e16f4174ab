# SPDX-License-Identifier: Apache-2.0
# clang-tidy, with the checks of .clang-tidy, over all public headers, the examples (which use the headers' templates),
# the library's compiled part and the model checker, with the compile commands of the clang build in BUILD. Tests, checks
# and benchmarks are left to the compilers' warnings: they would cost more minutes than all the rest.
include(${CMAKE_CURRENT_LIST_DIR}/source_files.cmake)
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy REQUIRED)
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
execute_process(COMMAND ${RUN_CLANG_TIDY} -p ${BUILD} -j ${cores} -quiet
                        "^(${BUILD}/header_check/lockfree/lockfree.hpp|${SOURCE}/(lockfree|examples|verify/(engine|lfcheck))/[^/]*).cpp$"
                RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
string(REGEX MATCHALL "clang-tidy[^\n]* -p=" runs "${output}")
list(LENGTH runs count)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "clang-tidy found something:\n${output}\n${errors}")
elseif(count EQUAL 0)
  message(FATAL_ERROR "clang-tidy was given no file; are the compile commands in ${BUILD}?\n${output}\n${errors}")
endif()
message(STATUS "clang-tidy read ${count} files")
