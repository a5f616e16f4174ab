# SPDX-License-Identifier: Apache-2.0
# What traces look like: in the terminal, in reports, as a page in a real browser, and in the README.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_executable(lfcheck_traced ${CMAKE_CURRENT_LIST_DIR}/traced.cpp)
target_link_libraries(lfcheck_traced PRIVATE lockfree_verify_main)
lockfree_warnings(lfcheck_traced)

add_test(NAME "model: traces" COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/traces_test.py
                                      --program $<TARGET_FILE:lfcheck_traced>
                                      --output ${CMAKE_CURRENT_BINARY_DIR}/traces_test)
set_tests_properties("model: traces" PROPERTIES LABELS model TIMEOUT 120)
