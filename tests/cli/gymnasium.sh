# Environments beside Gymnasium's, with the same actions from the same states; skipped without
# Gymnasium, or where the module has another version of MuJoCo than Python.
. "$(dirname "$0")/lib.sh"
TRACE=$(dirname "$PES")/../tests/bin/mujoco-trace
find_python 'gymnasium, mujoco, imageio' "$PES_SOURCE_DIR/.venv/bin/python"
[ -x "$TRACE" ] || exit 77

compare() {
    local got=0
    "$PYTHON" "$PES_SOURCE_DIR/tests/mujoco/gymnasium_trace.py" "$TRACE" "$@" || got=$?
    [ "$got" -ne 77 ] || exit 77
    [ "$got" -eq 0 ] || fail "not as in Gymnasium: $*"
}
compare swimmer Swimmer-v4
compare half_cheetah HalfCheetah-v4
compare hopper Hopper-v4

# The built-in models are Gymnasium's files, but for what is only drawn.
assets=$("$PYTHON" -c 'import gymnasium, os
print(os.path.join(os.path.dirname(gymnasium.__file__), "envs/mujoco/assets"))')
compare swimmer Swimmer-v4 "model=$assets/swimmer.xml"
compare half_cheetah HalfCheetah-v4 "model=$assets/half_cheetah.xml"
compare hopper Hopper-v4 "model=$assets/hopper.xml"
finish
