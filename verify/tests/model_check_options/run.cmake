# SPDX-License-Identifier: Apache-2.0
# What lockfree_add_model_check() makes of its options, and which it refuses, each with one message.
# Usage: cmake -DMODULE=<lockfree_add_model_check.cmake> -DWORK=<directory> -DCXX=<compiler> -P run.cmake
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
file(WRITE ${WORK}/check.cpp "int main() {}\n")

function(configure use)
  file(WRITE ${WORK}/use.cmake "set(check ${WORK}/check.cpp)\n${use}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_FUNCTION_LIST_DIR} -B ${WORK}/build -G Ninja
                          -DCMAKE_CXX_COMPILER=${CXX} -DMODULE=${MODULE} -DUSE=${WORK}/use.cmake
                          -DENABLE_TESTING=ON -DWITH_CHECKER=ON ${ARGN}
                  RESULT_VARIABLE code OUTPUT_QUIET ERROR_VARIABLE errors)
  set(code ${code} PARENT_SCOPE)
  string(REGEX REPLACE "[ \n]+" " " errors "${errors}")
  set(errors "${errors}" PARENT_SCOPE)
endfunction()

function(refused message use)
  configure("${use}" ${ARGN})
  string(FIND "${errors}" "${message}" at)
  string(REGEX MATCHALL "CMake Error" all "${errors}")
  list(LENGTH all count)
  if(code EQUAL 0 OR at EQUAL -1 OR NOT count EQUAL 1)
    message(SEND_ERROR "not refused with '${message}':\n${use}\nexit ${code}, ${count} error(s): ${errors}")
  endif()
endfunction()

# Each further argument is a regular expression that the list of tests must match; \"!...\": must not.
function(accepted use)
  configure("${use}")
  set(text "")
  if(EXISTS ${WORK}/build/CTestTestfile.cmake)
    file(READ ${WORK}/build/CTestTestfile.cmake text)
  endif()
  if(NOT code EQUAL 0)
    message(SEND_ERROR "refused: ${use}\n${errors}")
  endif()
  foreach(wanted IN LISTS ARGN)
    if(wanted MATCHES "^!(.*)")
      if(text MATCHES "${CMAKE_MATCH_1}")
        message(SEND_ERROR "${use}\nmakes tests that match '${CMAKE_MATCH_1}':\n${text}")
      endif()
    elseif(NOT text MATCHES "${wanted}")
      message(SEND_ERROR "${use}\nmakes no test that matches '${wanted}':\n${text}")
    endif()
  endforeach()
endfunction()

set(good "lockfree_add_model_check(good SOURCES \${check}")
accepted("${good})" "good\" \"--junit\" \"[^\"]*/model-check-reports/good.xml\"" "!--seconds" "!SKIP_RETURN_CODE")
accepted("${good} BUDGET 10s)" "\"--seconds\" \"10\"")
accepted("${good} BUDGET 0.5s)" "\"--seconds\" \"0.5\"")
accepted("${good} BUDGET 2m)" "\"--seconds\" \"120\"")
accepted("${good} BUDGET 1h)" "\"--seconds\" \"3600\"")
accepted("${good} EXECUTIONS 1000 SCHEDULER pct SEED 7 LABELS slow model ON_INCOMPLETE pass ITEMS a/* b/?)"
         "good\" \"a/\\*\" \"b/\\?\" \"--executions\" \"1000\" \"--scheduler\" \"pct\" \"--seed\" \"7\" \"--junit\""
         "LABELS \"slow;model\"" "SKIP_RETURN_CODE \"3\"")
accepted("${good} REPLAY 1ba2)" "\"--replay\" \"1ba2\"")
accepted("${good} REPLAY \"push(1) | pop() @ 1ba2\")" "\"--replay\" \"push\\(1\\) \\| pop\\(\\) @ 1ba2\"")
accepted("${good} EXPECT_VIOLATION \"no (addition|word) is lost\")" "\"--expect-violation\" \"no \\(addition")
accepted("${good} ON_INCOMPLETE fail)" "!SKIP_RETURN_CODE")
accepted("${good} BUDGET 3s SHARDS 2)" "good.1-of-2" "good.2-of-2" "\"--shard\" \"2/2\""
         "good.merged.* \"merge\" \"[^\"]*good.merged.xml\" \"[^\"]*good.1-of-2.xml\" \"[^\"]*good.2-of-2.xml\""
         "good.merged[^\n]*DEPENDS \"good.1-of-2;good.2-of-2\"" "!3-of")
accepted("${good} SHARDS 1)" "!1-of-1" "!merged")
accepted("${good} BUDGET 3s CHECK linearizable orders progress)" "\"--junit\"" "good.orders[^\n]* \"audit\" \"--seconds\" \"3\""
         "good.progress[^\n]* \"progress\"\\)")
accepted("${good} CHECK orders)" "good.orders" "!--junit" "!progress")
accepted("set(LOCKFREE_REPORT_DIR reports)\n${good})" "\"[^\"]*/build/reports/good.xml\"")
accepted("${good})\nlockfree_add_model_check(\"good: for long\" PROGRAM good BUDGET 1h)"
         "good: for long[^\n]*good\" \"--seconds\" \"3600\" \"--junit\" \"[^\"]*/good_for_long.xml\"")

set(who "lockfree_add_model_check(good):")
refused("${who} 'TIME' is not an option" "lockfree_add_model_check(good TIME SOURCES \${check})")
refused("${who} BUDGET without a value" "${good} BUDGET)")
refused("${who} no SOURCES" "lockfree_add_model_check(good BUDGET 10s)")
refused("${who} there is no file 'missing.cpp'" "lockfree_add_model_check(good SOURCES missing.cpp)")
refused("${who} there is a target of that name already" "${good})\n${good})")
refused("there is a test 'good.orders' already"
        "add_test(NAME good.orders COMMAND cmake --version)\n${good} CHECK orders)")
refused("${who} SOURCES and PROGRAM exclude each other" "${good} PROGRAM other)")
refused("${who} PROGRAM 'other' is not a target" "lockfree_add_model_check(good PROGRAM other)")
foreach(budget 10 0s -1s 10min "10 s" s 1.m)
  refused("${who} BUDGET '${budget}' is not a duration such as 10s, 0.5s, 2m or 1h" "${good} BUDGET \"${budget}\")")
endforeach()
foreach(shards 0 -1 2.5 two 1000)
  refused("${who} SHARDS '${shards}' is not a number from 1 to 999" "${good} SHARDS ${shards})")
endforeach()
refused("${who} EXECUTIONS '0' is not a number from 1" "${good} EXECUTIONS 0)")
refused("${who} SCHEDULER 'best' is not uniform, pct, bound, full or portfolio" "${good} SCHEDULER best)")
refused("${who} SEED 'x' is not a number" "${good} SEED x)")
refused("${who} REPLAY '?!' is not a schedule" "${good} REPLAY ?!)")
refused("${who} CHECK 'ordres' is not linearizable, orders or progress" "${good} CHECK linearizable ordres)")
refused("${who} ON_INCOMPLETE 'skip' is not fail or pass" "${good} ON_INCOMPLETE skip)")
refused("${who} REPLAY is one execution, which SHARDS can't divide" "${good} REPLAY 1ba SHARDS 2)")
refused("${who} EXPECT_VIOLATION is met when one part finds it" "${good} EXPECT_VIOLATION lost SHARDS 2)")
refused("${who} SHARDS, EXPECT_VIOLATION and REPLAY are for CHECK linearizable" "${good} CHECK orders SHARDS 2)")
refused("${who} there is no model checker; find_package(lockfree REQUIRED COMPONENTS verify) brings it" "${good})"
        -DWITH_CHECKER=OFF)
refused("${who} the tests would not run; call enable_testing() first" "${good})" -DENABLE_TESTING=OFF)
