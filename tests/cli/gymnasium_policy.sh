# pes export of a policy, run in Gymnasium: the same return as pes evaluate says. To 1e-5 for five steps
# from one start (the export is right to 1e-7; feet on the floor make 1e-3 of that in 20 steps); within 5 standard errors over whole episodes from many.
# A correct program fails the second, with other seeds, once in two million runs.
. "$(dirname "$0")/lib.sh"
find_python 'gymnasium, mujoco, imageio' "$PES_SOURCE_DIR/.venv/bin/python"
"$PES" list problems --json >/dev/null

# train NAME ARGUMENTS...: what is learned in a few updates is enough to move
train() {
    local name=$1
    shift
    cat >"$name.toml" <<END
[problem]
name = "$name"
[estimator]
method = "nres"
particles = 10
truncation = 50
horizon = 500
sigma = 0.3
shaping = "standardized"
[optimizer]
name = "sgd"
learning_rate = 0.05
[run]
updates = 40
END
    "$PES" run "$name.toml" --out "$name" -q "$@" 2>err || {
        grep -q 'MuJoCo is not there' err && exit 77
        fail "$name: $(cat err)"
    }
    expect 0 '' -- "$PES" export "$name" --format python --point end
}

compare() { # NAME GYM_ID STEPS EPISODES TOLERANCE [still]: of errors, or absolute where there are none
    expect 0 '' -- "$PES" evaluate "$1" --episodes "$4" --json \
        --set estimator.horizon="$3"
    cp out "$1.json"
    "$PYTHON" "$PES_SOURCE_DIR/tests/mujoco/gymnasium_policy.py" "$1/export" "$2" "$3" "$4" $6 >theirs
    python3 - "$1.json" theirs "$5" <<'END' || fail "$1: another return in Gymnasium"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
ours = next(row["return"] for row in rows if row["point"] == "end")
theirs = json.load(open(sys.argv[2]))
error = (ours["standard_error"] ** 2 + theirs["standard_error"] ** 2) ** 0.5
off = ours["mean"] - theirs["mean"]
print(ours, theirs)
assert abs(off) <= float(sys.argv[3]) * (error or 1), (off, error)
assert abs(ours["mean"]) > 0.1  # it has learned to move
END
}

train half_cheetah --set problem.position_noise=0 --set problem.velocity_noise=0 \
    --set problem.action_bounds=clip --set estimator.horizon=50
compare half_cheetah HalfCheetah-v4 5 2 1e-5 still
train swimmer
compare swimmer Swimmer-v4 500 20 5 ''
finish
