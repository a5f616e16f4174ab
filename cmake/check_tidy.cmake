# SPDX-License-Identifier: Apache-2.0
# clang-tidy, with the checks of .clang-tidy, over each public header by itself and over the library's compiled part
# and programs, with the compile commands of the clang build in BUILD. Tests are left to the compilers' warnings.
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy REQUIRED)
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
execute_process(COMMAND ${RUN_CLANG_TIDY} -p ${BUILD} -j ${cores} -quiet
                        "^(${BUILD}/header_check|${SOURCE}/(lockfree|verify|bench|docs|examples))/"
                RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
string(REGEX MATCHALL "clang-tidy[^\n]* -p=" runs "${output}")
list(LENGTH runs count)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "clang-tidy found something:\n${output}\n${errors}")
elseif(count EQUAL 0)
  message(FATAL_ERROR "clang-tidy was given no file; are the compile commands in ${BUILD}?\n${output}\n${errors}")
endif()
message(STATUS "clang-tidy read ${count} files")
