# What the tests of the command share. A test sources this file, which gives it a folder of its own
# to work in, and PES, the command under test.
#
#     expect 2 'did you mean' -- "$PES" run x.toml     exit code, and a text that stderr must hold
#
# Exit code 77: skipped.

set -eu
: "${PES:?set PES to the path of the command}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PES_DATA
export XDG_CACHE_HOME="$work/cache"
failures=0

fail() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

finish() {
    [ "$failures" -eq 0 ] || exit 1
}

# expect CODE TEXT -- COMMAND...: TEXT is a fixed string in stderr ('' for any); stdout stays in
# the file out, stderr in err.
expect() {
    local code=$1 text=$2 got=0
    shift 3
    "$@" >out 2>err </dev/null || got=$?
    [ "$got" -eq "$code" ] || fail "exit code $got instead of $code: $*: $(cat err)"
    if [ -n "$text" ] && ! grep -qF -- "$text" err; then
        fail "no '$text' in '$(cat err)' from: $*"
    fi
    if [ "$code" -eq 2 ] && [ "$(wc -l <err)" -ne 1 ]; then
        fail "more or less than one sentence from: $*: $(cat err)"
    fi
}

# find_python MODULES [CANDIDATE...]: PYTHON becomes the first of the candidates and Debian's own that
# has the modules ("gymnasium, mujoco"); without one the test is skipped.
find_python() {
    local modules=$1 candidate
    shift
    for candidate in "$@" python3 /usr/bin/python3; do
        if "$candidate" -c "import $modules" 2>/dev/null; then
            PYTHON=$candidate
            return
        fi
    done
    exit 77
}

# A small experiment on standard output: half a second of work. Arguments: further lines of [run].
small() {
    cat <<END
[problem]
name = "mlp_training"
hidden = [8]
batch_size = 10
horizon = 60
digits_size = 8
training_images = 500
validation_images = 100
[estimator]
method = "pes"
particles = 8
truncation = 10
[run]
END
    printf '%s\n' "$@"
}

# same_run A B: did two runs take the same course, to the last bit?
same_run() {
    python3 "$here/same_run.py" "$1" "$2" || fail "$1 and $2 differ"
}

# wait_for FILE: until it is there and not empty, or ten seconds have passed.
wait_for() {
    local tries=0
    until [ -s "$1" ] || [ "$tries" -ge 1000 ]; do
        sleep 0.01
        tries=$((tries + 1))
    done
}
