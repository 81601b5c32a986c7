# Finding libraries that bring no reliable CMake package. Both functions make an imported target
# and, when something is missing, say how to get it.

function(pes_find_header target header package)
    if(TARGET ${target})
        return()
    endif()
    find_path(${target}_INCLUDE_DIR ${header})
    if(NOT ${target}_INCLUDE_DIR)
        message(FATAL_ERROR "<${header}> was not found: run `make setup`, or install the "
            "package called ${package} on Debian and Ubuntu.")
    endif()
    mark_as_advanced(${target}_INCLUDE_DIR)
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_include_directories(${target} SYSTEM INTERFACE "${${target}_INCLUDE_DIR}")
endfunction()

function(pes_find_library target header library package)
    pes_find_header(${target} ${header} ${package})
    find_library(${target}_LIBRARY ${library})
    if(NOT ${target}_LIBRARY)
        message(FATAL_ERROR "lib${library} was not found: run `make setup`, or install the "
            "package called ${package} on Debian and Ubuntu.")
    endif()
    mark_as_advanced(${target}_LIBRARY)
    target_link_libraries(${target} INTERFACE "${${target}_LIBRARY}")
endfunction()
