# pes export of a policy: it balances a pole in an independent simulation as long as the run's own
# evaluation says, with the statistics of the observations that the run has learned.
. "$(dirname "$0")/lib.sh"

cat >pole.toml <<'END'
[problem]
name = "cart_pole"
normalize = true
[estimator]
method = "pes"
particles = 40
truncation = 25
sigma = 0.3
shaping = "standardized"
[optimizer]
name = "adam"
learning_rate = 0.1
[run]
updates = 400
evaluate_every = 100
END
expect 0 '' -- "$PES" run pole.toml --out pole -q
expect 0 '' -- "$PES" export pole --format python --format c --format policy --format safetensors --point end
printf '%s\n' pole/export/policy.c pole/export/policy.py pole/export/policy.json \
    pole/export/policy.safetensors | cmp -s - out || fail "written: $(cat out)"
expect 2 'has no such point; those it has are end, start' -- "$PES" export pole --point average
# What the particles had learned in common is that of the end only, and of the start none: the best is
# left out, and another run is nothing without its own.
expect 2 'evaluate it by itself' -- "$PES" evaluate pole --theta other=pole
expect 0 '' -- "$PES" evaluate pole --episodes 20
grep -q '^best' out && fail "the best is measured with what was learned later: $(cat out)"
python3 - <<'PY' || fail "the start is not what it was: $(cat out)"
import json
logged = json.loads(open("pole/evaluations.jsonl").readline())["objective"]
start = [line.split() for line in open("out") if line.startswith("start")][0]
assert abs(float(start[2]) - logged) < 6, (start, logged)
PY
expect 0 '' -- "$PES" export pole --format python --point start --point end -o both
python3 - <<'PY' || fail "the start is exported with what was learned later"
import sys
sys.path.insert(0, "both")
import policy, policy_start
assert policy_start.MEAN == [0.0] * 4 != policy.MEAN, (policy_start.MEAN, policy.MEAN)
PY
expect 0 '' -- "$PES" evaluate pole --json
python3 - <<'PY' || fail "the exported policy is not the run's"
import json, math, random, sys
end = [json.loads(line) for line in open("out")][0]
assert end["point"] == "end" and end["return"]["mean"] == 500 == -end["objective"]["mean"], end
sys.path.insert(0, "pole/export")
import policy
assert policy.MEAN is not None
try:
    policy.Policy()([0.0] * 3)
    sys.exit("three numbers are taken for an observation of four")
except ValueError:
    pass

def slopes(s, force):
    x, v, a, w = s
    mass, share, half = 1.1, 0.1 / 1.1, 0.5
    pull = force / mass + share * half * w * w * math.sin(a)
    turn = (9.8 * math.sin(a) - pull * math.cos(a)) / (half * (4 / 3 - share * math.cos(a) ** 2))
    return v, pull - share * half * turn * math.cos(a), w, turn

def step(s, force, h=0.02):
    go = lambda k, d: [a + d * b for a, b in zip(s, k)]
    k1 = slopes(s, force)
    k2 = slopes(go(k1, h / 2), force)
    k3 = slopes(go(k2, h / 2), force)
    k4 = slopes(go(k3, h), force)
    return [a + h / 6 * (b + 2 * c + 2 * d + e) for a, b, c, d, e in zip(s, k1, k2, k3, k4)]

random.seed(1)
for episode in range(10):
    actor, state, steps = policy.Policy(), [random.uniform(-0.05, 0.05) for _ in range(4)], 0
    while steps < 500 and abs(state[0]) <= 2.4 and abs(state[2]) <= 0.2095:
        state = step(state, actor(state)[0])
        steps += 1
    assert steps == 500, (episode, steps)
# Without what was learned it falls.
policy.MEAN, policy.SCALE = [0.0] * 4, [1.0] * 4
actor, state, steps = policy.Policy(), [0.05] * 4, 0
while steps < 500 and abs(state[0]) <= 2.4 and abs(state[2]) <= 0.2095:
    state = step(state, actor(state)[0])
    steps += 1
assert steps < 500, "the statistics are of no account, so this test shows nothing"
PY

# As a start: the next run begins with what the first had come to, the statistics included.
file=pole/export/policy.safetensors
expect 0 '' -- "$PES" import $file
grep -q '^# 4 parameters, statistics of [0-9]* observations$' out || fail "import printed: $(cat out)"
{
    cat out
    sed -e '1,/^normalize/d' -e 's/^updates.*/updates = 20/' pole.toml
} >second.toml
expect 0 '' -- "$PES" run second.toml --out second -q
python3 - <<'PY' || fail "the second run does not begin where the first ended"
import json
rows = lambda run: [json.loads(line) for line in open(run + "/evaluations.jsonl")]
end, start = rows("pole")[-1], rows("second")[0]
assert start["update"] == 0 and end["theta"] == start["theta"] and end["episodes"] == start["episodes"]
PY
expect 0 '' -- "$PES" import $file --json
python3 - <<'PY' || fail "import printed: $(cat out)"
import json, os
said = json.load(open("out"))
assert said.pop("observations") > 1000
assert said == {"name": "cart_pole", "policy": "linear", "hidden": [], "bias": False, "action_bounds": "clip",
                "normalize": True, "normalize_clip": 10, "parameters": 4,
                "start_file": os.path.abspath("pole/export/policy.safetensors")}, said
PY
expect 2 'is another one than the settings say' -- "$PES" run second.toml --out third -q --set problem.bias=true
printf x | dd of=$file bs=1 seek=$(($(stat -c %s $file) - 3)) conv=notrunc 2>/dev/null
expect 2 'it is damaged' -- "$PES" import $file

# What was learned is in the checkpoints only.
rm pole/checkpoint-*
expect 2 'has no checkpoint, which would hold what its particles have learned' -- "$PES" export pole
expect 2 'has no checkpoint' -- "$PES" evaluate pole
finish
