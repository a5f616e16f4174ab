# SPDX-License-Identifier: Apache-2.0
# cmake -D SOURCE=<dir> -D OUTPUT=<file> -P commit.cmake: writes the commit that SOURCE is at, "+dirty" if its tracked
# files differ from it, "unknown" without git. Touches OUTPUT only if that changes.
set(commit unknown)
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --short=12 HEAD OUTPUT_VARIABLE head RESULT_VARIABLE failed
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT failed)
    execute_process(COMMAND ${GIT} -C ${SOURCE} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes
                    ERROR_QUIET)
    set(commit ${head})
    if(changes)
      string(APPEND commit "+dirty")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define LOCKFREE_COMMIT \"${commit}\"\n" @ONLY)
