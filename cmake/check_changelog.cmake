# SPDX-License-Identifier: Apache-2.0
# CHANGELOG.md has a heading for the version that is being built.
file(STRINGS ${SOURCE}/CHANGELOG.md headings REGEX "^## \\[")
string(REPLACE "." "\\." pattern "${VERSION}")
if(NOT headings MATCHES "## \\[${pattern}\\]")
  message(FATAL_ERROR "CHANGELOG.md has no heading '## [${VERSION}]'")
endif()
