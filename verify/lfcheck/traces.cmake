# SPDX-License-Identifier: Apache-2.0
# What draws traces: in the terminal, as annotations, and as a page whose style and script are embedded here.
set(lockfree_page ${CMAKE_CURRENT_SOURCE_DIR}/lfcheck/page)
set(lockfree_page_assets ${CMAKE_CURRENT_BINARY_DIR}/page_assets.cpp)
add_custom_command(
  OUTPUT ${lockfree_page_assets}
  COMMAND ${CMAKE_COMMAND} -DPAGE=${lockfree_page} -DOUTPUT=${lockfree_page_assets} -P ${lockfree_page}/embed.cmake
  DEPENDS ${lockfree_page}/embed.cmake ${PROJECT_SOURCE_DIR}/cmake/embed.cmake ${lockfree_page}/page.css
          ${lockfree_page}/page.js
  COMMENT "Embedding the style and the script of the trace page"
  VERBATIM)
target_sources(lockfree_verify_main PRIVATE lfcheck/github.cpp lfcheck/output_file.cpp lfcheck/trace_page.cpp
                                            lfcheck/trace_text.cpp ${lockfree_page_assets})
