# SPDX-License-Identifier: Apache-2.0
# CHANGELOG.md has a heading for the version that is being built.
include(${CMAKE_CURRENT_LIST_DIR}/source_files.cmake)
file(STRINGS ${SOURCE}/CHANGELOG.md headings REGEX "^## \\[")
string(REPLACE "." "\\." pattern "${VERSION}")
if(NOT headings MATCHES "## \\[${pattern}\\]")
  message(FATAL_ERROR "CHANGELOG.md has no heading '## [${VERSION}]'")
endif()
