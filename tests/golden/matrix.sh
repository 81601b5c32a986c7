#!/usr/bin/env bash
# The golden hashes from {gcc, clang} x {-O0, -O3}, each with every table of kernels and several
# numbers of threads. The builds are kept in BUILD_DIR/golden, so that the next run is short.
#
#   matrix.sh SOURCE_DIR BUILD_DIR

set -euo pipefail
export LC_ALL=C

source_dir=$1
build_dir=$2/golden
here=$source_dir/tests/golden
if [ ! -e "$here/golden.c" ] || [ ! -e "$here/golden.txt" ]; then
    echo "skipped: golden.c or golden.txt is missing"
    exit 77
fi

builds=0
failures=0
for compiler in gcc clang; do
    if ! command -v "$compiler" >/dev/null; then
        echo "not installed: $compiler"
        continue
    fi
    for level in -O0 -O3; do
        folder=$build_dir/$compiler$level
        log=$folder.log
        mkdir -p "$build_dir"
        echo "== $compiler $level"
        builds=$((builds + 1))
        if ! {
            cmake -S "$source_dir" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=None \
                -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS="$level" \
                -DPES_CLI=OFF -DPES_BENCH=OFF -DPES_TESTS=ON &&
                cmake --build "$folder" --target golden
        } >"$log" 2>&1 </dev/null; then
            tail -n 40 "$log"
            echo "DIFFERENT: $compiler $level does not build"
            failures=$((failures + 1))
            continue
        fi
        bash "$here/compare.sh" "$folder/tests/bin/golden" || failures=$((failures + 1))
    done
done
if [ "$builds" -lt 4 ]; then
    echo "fewer than two compilers: make setup-all installs the other"
    [ "$failures" -gt 0 ] || exit 77
fi
exit $((failures > 0))
