# SPDX-License-Identifier: Apache-2.0
# lockfree_warnings(<target>...): warnings, as errors, for the project's own targets. Private to them, and for its own
# builds alone: a consumer never sees these flags.
function(lockfree_warnings)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror)
  endforeach()
endfunction()
