#!/usr/bin/env bash
# What is installed can be used: every header alone, in C and in C++; a program built through
# find_package(pes) with each library; one built through pkg-config, shared and static.
#
#   run.sh SOURCE_DIR BUILD_DIR [CC] [CXX]

set -euo pipefail
export LC_ALL=C

source_dir=$1
build_dir=$2
cc=${3:-cc}
cxx=${4:-c++}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

run_program() { # PROGRAM: prints what pes_status_text(PES_OK) says
    if [ "$(LD_LIBRARY_PATH=$prefix/lib "$1")" != success ]; then
        echo "$1 does not work"
        exit 1
    fi
}

quiet() { # COMMAND...: its output is seen only if it fails
    if ! "$@" >"$scratch/log" 2>&1; then
        cat "$scratch/log"
        exit 1
    fi
}

quiet cmake --install "$build_dir" --prefix "$prefix"
mv "$prefix" "$scratch/moved" # an installed tree may be moved
prefix=$scratch/moved

for header in "$prefix"/include/pes/*.h; do
    name=pes/$(basename "$header")
    printf '#include <%s>\ntypedef int not_empty;\n' "$name" >"$scratch/alone.c"
    cp "$scratch/alone.c" "$scratch/alone.cpp"
    "$cc" -std=c11 -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror -I"$prefix/include" \
        -fsyntax-only "$scratch/alone.c"
    "$cxx" -std=c++11 -Wall -Wextra -Wpedantic -Werror -I"$prefix/include" \
        -fsyntax-only "$scratch/alone.cpp"
done
echo "every header alone: C11 and C++11"

quiet cmake -S "$source_dir/tests/install" -B "$scratch/user" -G Ninja \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$prefix"
quiet cmake --build "$scratch/user"
for program in "$scratch"/user/with_*; do
    run_program "$program"
    echo "find_package: $(basename "$program")"
done

if ! command -v pkg-config >/dev/null; then
    echo "skipped: pkg-config is not installed"
    exit 77
fi
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
main=$source_dir/tests/install/main.c
# shellcheck disable=SC2046 # the flags are words
"$cc" -std=c11 "$main" $(pkg-config --cflags --libs pes) -o "$scratch/shared"
# shellcheck disable=SC2046
"$cc" -std=c11 "$main" $(pkg-config --cflags pes) "$prefix/lib/libpes.a" \
    $(pkg-config --static --libs-only-other pes) -lm -o "$scratch/static"
run_program "$scratch/shared"
run_program "$scratch/static"
echo "pkg-config: shared and static"

if [ -e "$build_dir/bin/pes" ]; then
    "$prefix/bin/pes" --help >/dev/null
    echo "the installed command runs"
fi
