# The module with MuJoCo, libpes_mujoco.so, where MuJoCo is found. Nothing else is linked to it:
# libpes_problems loads the module when a problem asks for it.
#
# -DPES_MUJOCO=FOLDER names a folder with include/mujoco/mujoco.h and libmujoco.so*, as the Python
# package mujoco (site-packages/mujoco) and MuJoCo's own archives have it. Without it that package
# is looked for in .venv, which tools/setup.sh makes, then a system's MuJoCo, as of Debian's
# libmujoco-dev. Where both are there, tests get a module with the second, too.

# Not a PATH: then OFF would become a path.
set(PES_MUJOCO "" CACHE STRING "Folder of MuJoCo, as of the Python package mujoco; OFF: do without")

# pes_find_mujoco(OUT FOLDER...): OUT_INCLUDE and OUT_LIBRARY, empty where there is none.
function(pes_find_mujoco out)
    foreach(folder IN LISTS ARGN)
        file(GLOB libraries "${folder}/libmujoco.so*" "${folder}/lib/libmujoco.so*"
            "${folder}/lib/*/libmujoco.so*" "${folder}/libmujoco*.dylib")
        if(libraries AND EXISTS "${folder}/include/mujoco/mujoco.h")
            list(GET libraries 0 library)
            set(${out}_INCLUDE "${folder}/include" PARENT_SCOPE)
            set(${out}_LIBRARY "${library}" PARENT_SCOPE)
            return()
        endif()
    endforeach()
endfunction()

# pes_add_mujoco_module(TARGET INCLUDE LIBRARY FOLDER) builds the module into FOLDER.
function(pes_add_mujoco_module target include library folder)
    file(GLOB sources CONFIGURE_DEPENDS adapters/mujoco/*.c)
    add_library(${target} MODULE ${sources})
    target_include_directories(${target} SYSTEM PRIVATE "${include}")
    target_link_libraries(${target} PRIVATE "${library}" Threads::Threads m)
    cmake_path(GET library PARENT_PATH library_folder)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME pes_mujoco
        LIBRARY_OUTPUT_DIRECTORY "${folder}" INSTALL_RPATH "${library_folder}")
endfunction()

set(mujoco_wheels)
set(mujoco_systems)
if(PES_MUJOCO)
    set(mujoco_wheels "${PES_MUJOCO}")
elseif(NOT PES_MUJOCO STREQUAL "OFF")
    file(GLOB mujoco_wheels "${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/mujoco")
endif()
if(NOT PES_MUJOCO STREQUAL "OFF")
    set(mujoco_systems /usr /usr/local)
endif()
if(PES_MUJOCO)
    pes_find_mujoco(mujoco ${mujoco_wheels})
    if(NOT mujoco_LIBRARY)
        message(FATAL_ERROR "PES_MUJOCO=${PES_MUJOCO} has no include/mujoco/mujoco.h with a libmujoco.so: "
            "name the folder of the Python package (site-packages/mujoco) or of MuJoCo's archive, or OFF")
    endif()
else()
    pes_find_mujoco(mujoco ${mujoco_wheels} ${mujoco_systems})
endif()
pes_find_mujoco(mujoco_other ${mujoco_systems})

if(mujoco_LIBRARY)
    message(STATUS "MuJoCo: ${mujoco_LIBRARY}")
    pes_add_mujoco_module(pes_mujoco "${mujoco_INCLUDE}" "${mujoco_LIBRARY}"
        "${PROJECT_BINARY_DIR}/lib")
    list(APPEND products pes_mujoco)
else()
    message(STATUS "MuJoCo: none was found, the problems with it will say so")
endif()
if(mujoco_other_LIBRARY AND NOT mujoco_other_LIBRARY STREQUAL mujoco_LIBRARY AND PES_TESTS)
    message(STATUS "MuJoCo, for tests: ${mujoco_other_LIBRARY}")
    pes_add_mujoco_module(pes_mujoco_other "${mujoco_other_INCLUDE}" "${mujoco_other_LIBRARY}"
        "${PROJECT_BINARY_DIR}/mujoco-other/lib")
endif()
