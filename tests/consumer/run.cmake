# SPDX-License-Identifier: Apache-2.0
# One consumer test: cmake -DMODE=... -P run.cmake. Each mode works in a folder of its own that it empties first.
cmake_minimum_required(VERSION 3.25)
set(project ${CMAKE_CURRENT_LIST_DIR}/project)
set(prefix ${WORK}/install/moved)
set(work ${WORK}/${MODE})
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

# Flags a user may well have; the library's headers must live with them.
set(strict -std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror)

function(run)
  list(JOIN ARGN " " line)
  message(STATUS "${line}")
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${work} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(build_and_run from)
  run(${CMAKE_COMMAND} -S ${project} -B ${work}/build -G Ninja -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_BUILD_TYPE=
      "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wconversion -Wshadow -Werror" -DLOCKFREE_FROM=${from}
      -DLOCKFREE_SOURCE=${SOURCE} -DLOCKFREE_VERSION=${VERSION} ${ARGN})
  run(${CMAKE_COMMAND} --build ${work}/build)
  run(${work}/build/consumer)
  run(${work}/build/headers_alone)
endfunction()

if(MODE STREQUAL "install")
  foreach(component IN LISTS COMPONENTS)
    run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${work}/first --component ${component})
  endforeach()
  file(RENAME ${work}/first ${prefix})

elseif(MODE STREQUAL "package")
  set(components ${COMPONENTS})
  list(FILTER components INCLUDE REGEX "^lockfree_")
  list(TRANSFORM components REPLACE "^lockfree_" "")
  build_and_run(package -DCMAKE_PREFIX_PATH=${prefix} "-DLOCKFREE_COMPONENTS=${components}"
                -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
  if("verify" IN_LIST components)
    run(${work}/build/model_check --seconds 1)
  endif()

elseif(MODE STREQUAL "check_your_own")
  # The example as it stands, with the flags of somebody strict; then by hand what its tests do.
  run(${CMAKE_COMMAND} -S ${SOURCE}/examples/check_your_own -B ${work}/build -G Ninja -DCMAKE_CXX_COMPILER=${CXX}
      "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wconversion -Wshadow -Werror" -DCMAKE_PREFIX_PATH=${prefix}
      -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
  run(${CMAKE_COMMAND} --build ${work}/build)
  run(${CMAKE_CTEST_COMMAND} --test-dir ${work}/build --no-tests=error --output-on-failure)
  foreach(report seqlock_broken seqlock_fixed.1-of-2 seqlock_fixed.2-of-2 seqlock_fixed.merged)
    if(NOT EXISTS ${work}/build/model-check-reports/${report}.xml)
      message(FATAL_ERROR "there is no report ${report}.xml")
    endif()
  endforeach()
  execute_process(COMMAND ${work}/build/seqlock_broken RESULT_VARIABLE result OUTPUT_VARIABLE output)
  foreach(wanted "both halves come from the same write" "seqlock.hpp:[0-9]+ \\[R3\\]" "--replay [0-9a-z]+\n")
    if(NOT result EQUAL 1 OR NOT output MATCHES "${wanted}")
      message(FATAL_ERROR "the broken seqlock ends with ${result} instead of 1, or does not say '${wanted}':\n${output}")
    endif()
  endforeach()
  string(REGEX MATCH "--replay ([0-9a-z]+)" replay "${output}")
  execute_process(COMMAND ${work}/build/seqlock_broken seqlock/never_torn --replay ${CMAKE_MATCH_1}
                  RESULT_VARIABLE result OUTPUT_VARIABLE output)
  if(NOT result EQUAL 1)
    message(FATAL_ERROR "the replay ends with ${result} instead of 1:\n${output}")
  endif()

elseif(MODE STREQUAL "guide")
  set(ENV{CXX} ${CXX})
  set(ENV{CMAKE_GENERATOR} Ninja)
  set(ENV{CMAKE_PREFIX_PATH} ${prefix})
  run(python3 ${SOURCE}/docs/run_guide.py ${SOURCE}/docs/check-your-own-code.md ${work}/my_seqlock)

elseif(MODE STREQUAL "subdirectory" OR MODE STREQUAL "fetch_content")
  build_and_run(${MODE})

elseif(MODE STREQUAL "pkg_config")
  set(ENV{PKG_CONFIG_LIBDIR} ${prefix}/${LIBDIR}/pkgconfig)
  execute_process(COMMAND pkg-config --modversion lockfree OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE
                          COMMAND_ERROR_IS_FATAL ANY)
  if(NOT version STREQUAL VERSION)
    message(FATAL_ERROR "pkg-config says version '${version}'; it is ${VERSION}")
  endif()
  execute_process(COMMAND pkg-config --cflags --libs lockfree OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE
                          COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  run(${CXX} ${strict} ${project}/main.cpp ${flags} -o consumer)
  run(${work}/consumer)

elseif(MODE STREQUAL "copied_headers")
  file(COPY ${SOURCE}/include/lockfree DESTINATION ${work}/copied)
  run(${CXX} ${strict} -I${work}/copied ${project}/headers_alone.cpp -o headers_alone)
  run(${work}/headers_alone)

elseif(MODE STREQUAL "old_compiler")
  file(WRITE ${work}/g++-11 "#!/bin/sh\nexec '${CXX}' -U__GNUC__ -D__GNUC__=11 \"$@\"\n")
  file(CHMOD ${work}/g++-11 PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${work}/build -G Ninja -DCMAKE_CXX_COMPILER=${work}/g++-11
                  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(result EQUAL 0 OR NOT output MATCHES "lockfree needs g\\+\\+ 12 or newer, or clang 14 or newer")
    message(FATAL_ERROR "g++ 11 was not refused as it should be; exit ${result}, output:\n${output}")
  endif()

else()
  message(FATAL_ERROR "MODE is '${MODE}'")
endif()
