# SPDX-License-Identifier: Apache-2.0
# source_files(<variable>): every file of the project under SOURCE, relative to it; without build trees, git's own
# files and code of others, which keeps its own licence file and form under a folder third_party/.
function(source_files variable)
  file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE ${SOURCE} ${SOURCE}/*)
  list(FILTER files EXCLUDE REGEX "^(build[^/]*|\\.git|\\.cache|\\.vscode|\\.idea)/|(^|/)(third_party|node_modules|__pycache__)/")
  set(${variable} ${files} PARENT_SCOPE)
endfunction()
