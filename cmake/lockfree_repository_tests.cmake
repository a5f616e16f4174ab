# SPDX-License-Identifier: Apache-2.0
# Tests about the repository itself: headers that stand alone, formatting, clang-tidy, licence lines.

# Each public header, included twice and before anything else, compiles by itself.
foreach(header IN LISTS lockfree_headers_list lockfree_verify_headers_list)
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/include ${header})
  set(source ${PROJECT_BINARY_DIR}/header_check/${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include <${name}>\n#include <${name}>  // NOLINT(readability-duplicate-include): on purpose\n")
  list(APPEND lockfree_header_check_sources ${source})
endforeach()
add_library(lockfree_header_check OBJECT ${lockfree_header_check_sources})
target_link_libraries(lockfree_header_check PRIVATE lockfree::headers)
lockfree_warnings(lockfree_header_check)

function(add_repository_test name script)
  add_test(NAME "repository: ${name}" COMMAND ${CMAKE_COMMAND} ${ARGN} -P ${PROJECT_SOURCE_DIR}/cmake/${script})
  set_tests_properties("repository: ${name}" PROPERTIES LABELS repository TIMEOUT 60)
endfunction()

add_repository_test("every source file has its licence line" check_licence_lines.cmake)
add_repository_test("every C++ file is formatted" check_format.cmake)
add_repository_test("the changelog has this version" check_changelog.cmake -DVERSION=${PROJECT_VERSION})
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Needs the compile commands of a clang build: clang-tidy refuses flags that only g++ knows.
  add_repository_test("clang-tidy has nothing to say" check_tidy.cmake -DBUILD=${PROJECT_BINARY_DIR})
  set_tests_properties("repository: clang-tidy has nothing to say" PROPERTIES TIMEOUT 600 PROCESSORS 2)
endif()
