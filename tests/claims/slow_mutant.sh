#!/usr/bin/env bash
# Can the self-test fail? The library is built once more with one line of the mathematics wrong, and
# `pes selftest` must notice (exit status 1), while it passes on the same build without the fault: on
# linear by what mathematics says, on regression2d, where nothing is known, by differences.
#
#   slow_mutant.sh SOURCE_DIR BUILD_DIR
#
# Faults, the first two of which are in public implementations:
#   current   losses are credited with the current perturbation instead of the episode's sum
#   twice     a perturbation that lasts is credited again with every update
#   guide     truncated ES begins where its shared state ends an update, not where it began

set -euo pipefail
export LC_ALL=C

source_dir=$1
folder=$2/mutant
tree=$folder/source
rm -rf "$tree"
mkdir -p "$tree"
cp -R "$source_dir"/{CMakeLists.txt,cmake,include,kernels,src,problems,cli} "$tree"
if [ ! -e "$tree/cli/selftest.c" ]; then
    echo "skipped: there is no command to test with"
    exit 77
fi
population=$tree/src/perturb/population.c

build() {
    if ! cmake --build "$folder/build" --target pes_command >"$folder/log" 2>&1 </dev/null; then
        tail -n 40 "$folder/log"
        echo "the library does not build: $1"
        exit 1
    fi
}

# selftest STATUS NAME PROBLEM: the exit status that the self-test must have
selftest() {
    local status=0
    "$folder/build/bin/pes" selftest "$3" >"$folder/log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne "$1" ]; then
        tail -n 20 "$folder/log"
        echo "WRONG: $2: pes selftest $3 exits with $status, not $1"
        exit 1
    fi
    echo "right: $2: pes selftest $3 exits with $1"
}

# mutant NAME SED_EXPRESSION PROBLEM...: what is found on which problems
mutant() {
    cp "$population" "$folder/whole.c"
    sed -i "$2" "$population"
    if cmp -s "$population" "$folder/whole.c"; then
        echo "WRONG: the line that '$1' changes is no longer there; bring this script up to date"
        exit 1
    fi
    build "$1"
    for problem in "${@:3}"; do
        selftest 1 "$1" "$problem"
    done
    cp "$folder/whole.c" "$population"
}

cmake -S "$tree" -B "$folder/build" -G Ninja -DPES_CLI=ON -DPES_TESTS=OFF -DPES_BENCH=OFF \
    >"$folder/log" 2>&1 </dev/null || { cat "$folder/log"; exit 1; }
build "as it is"
selftest 0 "as it is" linear
selftest 0 "as it is" regression2d

forget='memset(p->xi + unit * p->num_params, 0, (size_t)p->num_params * sizeof *p->xi);'
mutant current "s/^\( *\)p->drawn\[unit\] = interval;/&\n\1$forget/" linear regression2d
mutant twice 's/double credit = 0.0;/double credit = 1.0 \/ (p->sigma * p->sigma);/' linear regression2d
mutant guide 's/p->tethered ? p->guide_clock : 0/p->tethered ? p->clock[guide] : 0/' linear
