#!/usr/bin/env bash
# One build of the golden program gives the committed hashes, with every table of kernels that this
# processor can run and with every number of threads.
#
#   compare.sh PROGRAM [THREADS...]      threads: 1 2 3 7 unless told
#
# golden.txt is what `golden 1` prints. It changes only when a release says that bits change, and
# then by hand: PES_KERNELS=scalar build/tests/bin/golden 1 >tests/golden/golden.txt

set -euo pipefail
export LC_ALL=C
unset PES_KERNELS

program=$1
shift
threads=("$@")
[ $# -gt 0 ] || threads=(1 2 3 7)
expected=$(dirname "$0")/golden.txt
if [ ! -e "$expected" ]; then
    echo "skipped: there is no $expected"
    exit 77
fi

# An impossible table would silently be replaced by the best one: leave it out, and say so.
has_flags() {
    local flag
    for flag in "$@"; do
        grep -qw -- "$flag" /proc/cpuinfo || return 1
    done
}
tables=(scalar)
has_flags avx2 fma && tables+=(avx2) || echo "not run here: avx2"
has_flags avx512f avx512bw avx512dq avx512vl && tables+=(avx512) || echo "not run here: avx512"

actual=$(mktemp)
trap 'rm -f "$actual"' EXIT
failures=0
for table in "${tables[@]}"; do
    for count in "${threads[@]}"; do
        if PES_KERNELS=$table "$program" "$count" >"$actual" </dev/null &&
            diff -u "$expected" "$actual"; then
            echo "same: $table, $count threads"
        else
            echo "DIFFERENT: $program, $table, $count threads"
            failures=$((failures + 1))
        fi
    done
done
exit $((failures > 0))
