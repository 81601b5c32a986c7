# bench/FOLDER/NAME.c is one program, build/bin/bench-NAME; bench/support/*.c is linked to all.

file(GLOB bench_sources CONFIGURE_DEPENDS bench/*/*.c)
file(GLOB bench_support CONFIGURE_DEPENDS bench/support/*.c)
list(REMOVE_ITEM bench_sources ${bench_support})

foreach(source IN LISTS bench_sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(bench-${name} "${source}" ${bench_support})
    target_link_libraries(bench-${name} PRIVATE
        $<TARGET_NAME_IF_EXISTS:pes_problems_static> pes_static)
endforeach()
