# SPDX-License-Identifier: Apache-2.0
# lockfree_warnings(<target>...): warnings, as errors, for the project's own targets. Private to them: a consumer never
# sees these flags.
function(lockfree_warnings)
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror)
  endforeach()
endfunction()
