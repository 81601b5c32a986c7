# pes evaluate: the points of a run, measured on one set of episodes that the run's own evaluations
# did not see; other settings and other points; and what cannot be asked, in a sentence.
. "$(dirname "$0")/lib.sh"

cat >quadratic.toml <<'TOML'
[problem]
name = "quadratic"
dimension = 2
[estimator]
particles = 20
truncation = 5
horizon = 20
[optimizer]
average = "uniform"
[run]
updates = 30
evaluate_every = 10
TOML
expect 0 '' -- "$PES" run quadratic.toml --out run -q
expect 0 '' -- "$PES" evaluate run --episodes 3 --theta hand=0.5,-0.25 --theta twin=run --json
cp out rows
python3 - <<'PY' || fail "a point is not what it should be: $(cat rows)"
import json, math

def objective(theta, T=20):
    total = 0
    for value in theta:
        s = 0
        for _ in range(T):
            s = 0.9 * s + value
            total += (s - 1) ** 2 / 2
    return total

rows = {row["point"]: row for row in map(json.loads, open("rows"))}
result = json.load(open("run/result.json"))
assert list(rows)[0] == "end" and list(rows)[-1] == "start", list(rows)
assert rows["end"]["theta"] == result["theta"] == rows["twin"]["theta"]
assert rows["average"]["theta"] == result["theta_average"] != result["theta"]
assert rows["start"]["theta"] == result["start"] and rows["start"]["update"] == 0
assert rows["hand"]["theta"] == [0.5, -0.25]
for name, row in rows.items():
    value, start = row["objective"], rows["start"]["objective"]
    assert abs(value["mean"] / objective(row["theta"]) - 1) < 1e-5, (name, row)
    assert value["episodes"] == 3 and value["standard_error"] == 0, row  # nothing is random
    assert math.isclose(value["minus_start"], value["mean"] - start["mean"], abs_tol=1e-12), row
PY
expect 0 '' -- "$PES" evaluate run --set estimator.objective=mean --set run.evaluation_steps=10 --json
python3 -c '
import json
end = json.loads(open("out").readline())
total = 0
for value in end["theta"]:
    s = 0
    for _ in range(10):
        s = 0.9 * s + value
        total += (s - 1) ** 2 / 2
assert abs(end["objective"]["mean"] / (total / 10) - 1) < 1e-5, (end, total)
' || fail "--set changes nothing: $(cat out)"

# Where episodes are random: the run's own evaluations are of others, the points share theirs.
small 'updates = 20' 'evaluate_every = 5' 'evaluation_episodes = 4' >small.toml
expect 0 '' -- "$PES" run small.toml --out mlp -q
expect 0 '' -- "$PES" evaluate mlp --episodes 4 --json --threads 1
cp out one
expect 0 '' -- "$PES" evaluate mlp --episodes 4 --json --threads 2
cmp -s out one || fail "two threads measure something else"
python3 - <<'PY' || fail "episodes are not what they should be: $(cat one)"
import json, math
rows = {row["point"]: row for row in map(json.loads, open("one"))}
evaluations = [json.loads(line) for line in open("mlp/evaluations.jsonl")]
assert rows["start"]["objective"]["mean"] != evaluations[0]["objective"]
def near(a, b):  # the log has the shortest texts of single precision
    return all(math.isclose(x, y, rel_tol=1e-7) for x, y in zip(a, b))
assert near(rows["start"]["theta"], evaluations[0]["theta"])
best = min(evaluations, key=lambda row: row["objective"])
point = rows.get("best", rows["end"])
assert near(point["theta"], best["theta"]) and point["update"] == best["update"], (point, best)
end = rows["end"]["objective"]
assert end["standard_error"] > 0
assert math.isclose(end["standard_error"], end["standard_deviation"] / 2)
assert rows["start"]["objective"]["minus_start_error"] == 0
PY
expect 0 '' -- "$PES" evaluate mlp --episodes 2
grep -q '^end  *20  *[0-9.]* +- ' out || fail "no table: $(cat out)"

# What the problem measures besides is the problem under other settings.
expect 0 '' -- "$PES" evaluate mlp --episodes 4 --json --set problem.judge=at_the_end \
    --set problem.objective=validation_accuracy
python3 - <<'PY' || fail "accuracies are not what they should be: $(cat one)"
import json
rows = [json.loads(line) for line in open("one")]
direct = [json.loads(line) for line in open("out")]
for row, other in zip(rows, direct):
    accuracy = row["validation accuracy"]
    assert accuracy["mean"] == -other["objective"]["mean"] and 0 < accuracy["mean"] < 1, row
    assert accuracy["standard_error"] == other["objective"]["standard_error"], row
    assert accuracy["mean"] != row["test accuracy"]["mean"], row
PY

# The accuracy after the last step is measured of episodes of any length, and of drawn lengths.
expect 0 '' -- "$PES" evaluate mlp --episodes 2 --set run.evaluation_steps=30 --json
cp out thirty
expect 0 '' -- "$PES" evaluate mlp --episodes 2 --set estimator.horizon=30 --set problem.schedule_steps=60 --json
python3 - <<'PY' || fail "the length of episodes is not what was asked for: $(cat thirty)"
import json
for a, b in zip(open("thirty"), open("out")):
    a, b = json.loads(a), json.loads(b)
    assert a == b and a["test accuracy"]["mean"] > 0, (a, b)
PY
expect 0 '' -- "$PES" evaluate mlp --episodes 1 --set estimator.lengths=uniform --set estimator.shortest=20
grep -q 'test accuracy' out || fail "no accuracy of drawn lengths: $(cat out)"

# An unfinished run is looked at where its checkpoint is.
rm run/result.json
expect 0 '' -- "$PES" evaluate run --episodes 1
! grep -q '^average' out || fail "an average out of nowhere"
rm run/checkpoint-*
expect 2 'has neither a result nor a checkpoint' -- "$PES" evaluate run
expect 2 '2 numbers with commas' -- "$PES" evaluate mlp --theta x=1
expect 2 '2 numbers with commas' -- "$PES" evaluate mlp --theta x=1,2,3
expect 2 '2 numbers with commas' -- "$PES" evaluate mlp --theta x=1,nan
expect 2 '2 numbers with commas' -- "$PES" evaluate mlp --theta 1,2
expect 2 "there is a point 'end' already" -- "$PES" evaluate mlp --theta end=1,2
expect 2 'run is a run of quadratic, not of mlp_training' -- "$PES" evaluate mlp --theta x=run
expect 2 'number of parameters' -- "$PES" evaluate mlp --set problem.schedule=constant
expect 2 'from 1 upwards' -- "$PES" evaluate mlp --episodes 0
expect 2 "nowhere is not a folder" -- "$PES" evaluate nowhere
finish
