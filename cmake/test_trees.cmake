# SPDX-License-Identifier: Apache-2.0
# For ctest: the tests of several build trees as one run. scripts/test writes a CTestTestfile.cmake that includes this
# file and calls lockfree_test_tree(<name> <folder>) for each tree; the name goes before that of each of its tests (and
# before what they depend on), so that the same test in two trees is told apart.
function(add_test name)
  set(arguments "")
  math(EXPR last "${ARGC} - 1")
  foreach(i RANGE 1 ${last})
    string(APPEND arguments " [==[${ARGV${i}}]==]")
  endforeach()
  cmake_language(EVAL CODE "_add_test([==[${lockfree_tree}: ${name}]==] ${arguments})")
endfunction()

function(set_tests_properties)
  set(arguments "")
  set(prefix "${lockfree_tree}: ")  # until the word PROPERTIES, the arguments are names of tests
  set(previous "")
  math(EXPR last "${ARGC} - 1")
  foreach(i RANGE ${last})
    set(argument "${ARGV${i}}")
    if(argument STREQUAL "PROPERTIES")
      set(prefix "")
    elseif(prefix STREQUAL "" AND previous MATCHES "^(DEPENDS|FIXTURES_(SETUP|CLEANUP|REQUIRED))$")
      list(TRANSFORM argument PREPEND "${lockfree_tree}: ")
    endif()
    string(APPEND arguments " [==[${prefix}${argument}]==]")
    set(previous "${argument}")
  endforeach()
  cmake_language(EVAL CODE "_set_tests_properties(${arguments})")
endfunction()

macro(lockfree_test_tree name folder)
  set(lockfree_tree "${name}")
  subdirs("${folder}")
endmacro()
