# What `cmake --install` puts where: libraries, headers, the command, and the two ways for another
# build to find them, find_package(pes) and pkg-config.

if(NOT TARGET pes_static)
    return()
endif()

include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/pes")

set(installed pes_static pes_shared)
if(TARGET pes_problems_static)
    list(APPEND installed pes_problems_static pes_problems_shared)
    install(FILES problems/problems.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pes OPTIONAL)
endif()
install(TARGETS ${installed} EXPORT pes_targets)
install(DIRECTORY include/pes DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_BINARY_DIR}/include/pes/version.h"
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pes)

install(EXPORT pes_targets NAMESPACE pes:: FILE pes-targets.cmake DESTINATION ${package_dir})
configure_package_config_file(cmake/pes-config.cmake.in pes-config.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(pes-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/pes-config.cmake"
    "${PROJECT_BINARY_DIR}/pes-config-version.cmake" DESTINATION ${package_dir})

# pkg-config: the prefix is written relative to the file, so that an installed tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" OUTPUT_VARIABLE pc_prefix)
foreach(package IN ITEMS pes pes_problems)
    if(TARGET ${package}_static)
        configure_file(cmake/${package}.pc.in ${package}.pc @ONLY)
        install(FILES "${PROJECT_BINARY_DIR}/${package}.pc"
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
    endif()
endforeach()

if(TARGET pes_mujoco)
    install(TARGETS pes_mujoco DESTINATION ${CMAKE_INSTALL_LIBDIR}/pes)
endif()

if(TARGET pes_command)
    install(TARGETS pes_command)
    install(FILES docs/pes.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
    install(FILES cli/completions/pes.bash DESTINATION
        ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME pes OPTIONAL)
    install(FILES cli/completions/_pes DESTINATION
        ${CMAKE_INSTALL_DATADIR}/zsh/site-functions OPTIONAL)
    install(FILES cli/completions/pes.fish DESTINATION
        ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d OPTIONAL)
endif()
