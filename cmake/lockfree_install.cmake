# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where. Components: lockfree (the library) and, where it is built, lockfree_verify.
include(CMakePackageConfigHelpers)
set(lockfree_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lockfree)

install(TARGETS lockfree lockfree_headers EXPORT lockfreeTargets
        COMPONENT lockfree FILE_SET HEADERS COMPONENT lockfree)
install(EXPORT lockfreeTargets NAMESPACE lockfree:: DESTINATION ${lockfree_package_dir} COMPONENT lockfree)
if(TARGET lockfree_verify)
  install(TARGETS lockfree_verify lockfree_verify_main EXPORT lockfreeVerifyTargets
          COMPONENT lockfree_verify FILE_SET HEADERS COMPONENT lockfree_verify)
  install(EXPORT lockfreeVerifyTargets NAMESPACE lockfree:: DESTINATION ${lockfree_package_dir}
          COMPONENT lockfree_verify)
  install(FILES cmake/lockfree_add_model_check.cmake DESTINATION ${lockfree_package_dir} COMPONENT lockfree_verify)
endif()

configure_package_config_file(cmake/lockfreeConfig.cmake.in lockfreeConfig.cmake
                              INSTALL_DESTINATION ${lockfree_package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(lockfreeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lockfreeConfig.cmake ${PROJECT_BINARY_DIR}/lockfreeConfigVersion.cmake
        DESTINATION ${lockfree_package_dir} COMPONENT lockfree)

# The .pc file names its prefix relative to itself, so that an installed tree can be moved.
set(lockfree_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH lockfree_pc_to_prefix /prefix/${lockfree_pc_dir} /prefix)
string(REGEX REPLACE "/$" "" lockfree_pc_to_prefix "${lockfree_pc_to_prefix}")
configure_file(cmake/lockfree.pc.in lockfree.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lockfree.pc DESTINATION ${lockfree_pc_dir} COMPONENT lockfree)

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT lockfree)
