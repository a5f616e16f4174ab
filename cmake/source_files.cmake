# SPDX-License-Identifier: Apache-2.0
# SOURCE is the project's root. source_files(<variable>): every file under it, relative to it; without build trees, git's own
# files and code of others, which keeps its own licence file and form under a folder third_party/.
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH SOURCE)

function(source_files variable)
  file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE ${SOURCE} ${SOURCE}/*)
  list(FILTER files EXCLUDE REGEX "^(build[^/]*|\\.git|\\.cache|\\.vscode|\\.idea)/|(^|/)(third_party|node_modules|__pycache__)/")
  set(${variable} ${files} PARENT_SCOPE)
endfunction()
