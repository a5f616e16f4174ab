# SPDX-License-Identifier: Apache-2.0
# What traces look like: in the terminal, in reports, as a page in a real browser, and in the README.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

target_sources(lockfree_engine_tests PRIVATE ${CMAKE_CURRENT_LIST_DIR}/trace_lines.cpp)

add_executable(lfcheck_traced ${CMAKE_CURRENT_LIST_DIR}/traced.cpp)
target_link_libraries(lfcheck_traced PRIVATE lockfree_verify_main)
lockfree_warnings(lfcheck_traced)

add_test(NAME "model: traces" COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/traces_test.py
                                      --program $<TARGET_FILE:lfcheck_traced>
                                      --output ${CMAKE_CURRENT_BINARY_DIR}/traces_test)
set_tests_properties("model: traces" PROPERTIES LABELS model TIMEOUT 120)

# Selenium comes from the distribution, so it is the distribution's Python that runs the test.
set(lockfree_page_python ${Python3_EXECUTABLE})
if(EXISTS /usr/bin/python3)
  set(lockfree_page_python /usr/bin/python3)
endif()
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang") # the page is the same
  add_test(NAME "model: traces, the page in a browser"
           COMMAND ${lockfree_page_python} ${CMAKE_CURRENT_LIST_DIR}/page_test.py --program $<TARGET_FILE:lfcheck_traced>
                   --output ${CMAKE_CURRENT_BINARY_DIR}/page_test)
  set_tests_properties("model: traces, the page in a browser" PROPERTIES LABELS model TIMEOUT 300 PROCESSORS 2)
endif()

add_test(NAME "docs: the README's trace is what lfcheck prints"
         COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/readme_trace.py --program $<TARGET_FILE:lfcheck>
                 --check ${PROJECT_SOURCE_DIR}/README.md)
set_tests_properties("docs: the README's trace is what lfcheck prints" PROPERTIES LABELS docs TIMEOUT 120)
