# pes export: parameters by name and in natural units, and the schedule over inner time, of the
# points that were asked for; and what cannot be exported, in a sentence.
. "$(dirname "$0")/lib.sh"

small 'updates = 20' 'evaluate_every = 5' >small.toml
expect 0 '' -- "$PES" run small.toml --out mlp -q
expect 0 '' -- "$PES" export mlp --point end --point best --point start
python3 - <<'PY' || fail "the files are not what they should be: $(cat out; ls mlp/export)"
import csv, json, math, os
listed = open("out").read().split()
assert all(os.path.dirname(name) == "mlp/export" and os.path.exists(name) for name in listed)
assert sorted(listed) == sorted("mlp/export/" + name for name in os.listdir("mlp/export"))
exported = json.load(open("mlp/export/parameters.json"))
result = json.load(open("mlp/result.json"))
assert exported["settings"] == result["settings"]
points = exported["points"]
assert {"end", "start"} <= set(points) <= {"end", "best", "start"}
for name, key in ("end", "theta"), ("start", "start"):
    parameters = points[name]["parameters"]
    assert [p["theta"] for p in parameters] == [float(x) for x in result[key]] or name == "start"
    assert [p["name"] for p in parameters] == result["parameters"]
for name in points:
    a, b = (math.exp(p["theta"]) for p in points[name]["parameters"])
    file = "schedule.csv" if name == "end" else f"schedule_{name}.csv"
    rows = list(csv.reader(open(f"mlp/export/{file}")))
    assert rows[0][0] == "step" and len(rows) == 61 and len(rows[0]) == 2, rows[:2]
    for step, row in enumerate(rows[1:]):
        assert int(row[0]) == step
        assert math.isclose(float(row[1]), a / (1 + step / 60) ** b, rel_tol=2e-5), (name, row)
PY
expect 0 '' -- "$PES" export mlp --format csv -o elsewhere/deep --point end
[ "$(cat out)" = elsewhere/deep/schedule.csv ] || fail "printed: $(cat out)"
[ "$(ls elsewhere/deep)" = schedule.csv ] || fail "written: $(ls elsewhere/deep)"
cmp -s elsewhere/deep/schedule.csv mlp/export/schedule.csv || fail "the tables differ"

# A folder's name is no part of the program; a search is called by its name.
odd='a"""\N"'
cp -r mlp "$odd"
expect 0 '' -- "$PES" export "$odd" --format pytorch --point end -o odd
python3 - <<'PY' || fail "the module is no Python: $(head -3 odd/pytorch.py)"
import ast
text = ast.get_docstring(ast.parse(open("odd/pytorch.py").read()))
assert 'the end of the run a"""\\N" (pes, update 20).' in text, text
PY
expect 0 '' -- "$PES" run small.toml --out random --set search.method=random --set search.points=2
expect 0 '' -- "$PES" export random --format pytorch --point end
grep -q 'the end of the run random (random, update 2)' random/export/pytorch.py || fail "$(head -1 random/export/pytorch.py)"

# A search that has found nothing has nothing to give away.
expect 0 '' -- "$PES" run small.toml --out nothing --set search.method=random --set search.points=2 --set problem.l2=1e30
grep -q 'nothing was found: theta is the middle of the box' out || fail "not said: $(cat out)"
expect 2 'no point of the search has had finite losses' -- "$PES" export nothing
[ ! -e nothing/export ] || fail "and yet a folder"

expect 2 '--format yaml: mlp_training is exported as json, csv' -- "$PES" export mlp --format yaml
expect 2 '--point middle: mlp has no such point' -- "$PES" export mlp --point middle
expect 2 'nowhere is not a folder' -- "$PES" export nowhere
expect 2 'experiment.toml could not be read' -- "$PES" export elsewhere
rm mlp/result.json mlp/checkpoint-*
expect 2 'has neither a result nor a checkpoint' -- "$PES" export mlp

# Without an end, or without anything that depends on inner time, there is no table.
printf '[problem]\nname = "linear"\n[estimator]\nhorizon = 4\ntruncation = 2\n[run]\nupdates = 3\n' >linear.toml
expect 0 '' -- "$PES" run linear.toml --out linear -q
expect 0 '' -- "$PES" export linear
[ "$(cat out)" = linear/export/parameters.json ] || fail "printed: $(cat out)"
expect 2 '--format csv: linear is exported as json' -- "$PES" export linear --format csv
finish
