# Flags for every target. Two of them are promises of the library and must not be lost:
# -ffp-contract=off (same bits at every optimization level and with every compiler) and
# -fvisibility=hidden (libpes.so exports what include/pes marks PES_API, and nothing else).

get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT CMAKE_BUILD_TYPE AND NOT multi_config)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo or None" FORCE)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_definitions(_POSIX_C_SOURCE=200809L)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -ffp-contract=off -fvisibility=hidden
    "$<$<COMPILE_LANGUAGE:C>:-Wconversion;-Wstrict-prototypes;-Wmissing-prototypes;-Wvla>")
if(PES_WERROR)
    add_compile_options(-Werror)
endif()

if(PES_SANITIZE)
    add_compile_options(-fsanitize=${PES_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer -O1 -g)
    add_link_options(-fsanitize=${PES_SANITIZE})
endif()
