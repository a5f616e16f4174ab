# SPDX-License-Identifier: Apache-2.0
# SOURCE is the project's root. source_files(<variable>): every file under it, relative to it; without what git ignores and
# code of others, which keeps its own licence file and form under a folder third_party/.
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH SOURCE)
find_program(GIT git)

function(source_files variable)
  set(files "")
  if(GIT AND EXISTS ${SOURCE}/.git)
    execute_process(COMMAND ${GIT} ls-files --cached --others --exclude-standard WORKING_DIRECTORY ${SOURCE}
                    OUTPUT_VARIABLE files ERROR_QUIET)
    string(STRIP "${files}" files)
    string(REPLACE "\n" ";" files "${files}")
  endif()
  if(NOT files) # not a checkout, or one of another user
    file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE ${SOURCE} ${SOURCE}/*)
  endif()
  list(FILTER files EXCLUDE REGEX "^(build[^/]*|study|\\.git|\\.cache|\\.vscode|\\.idea)/|(^|/)(third_party|node_modules|__pycache__)/")
  set(present "")
  foreach(file IN LISTS files)
    if(EXISTS ${SOURCE}/${file})
      list(APPEND present ${file})
    endif()
  endforeach()
  set(${variable} ${present} PARENT_SCOPE)
endfunction()
