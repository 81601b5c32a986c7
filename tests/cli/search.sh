# Searches in the place of estimators: the same file, the same folder, beside them in tables and
# pictures; interrupted and resumed to the same bits.
. "$(dirname "$0")/lib.sh"

# A quadratic whose best theta is known, and four searches beside an estimator, at equal steps.
cat >quadratic.toml <<'END'
[problem]
name = "quadratic"
noise = 0.05
horizon = 81
[estimator]
particles = 10
truncation = 9
[search]
low = [-0.5]
high = [0.7, 0.5]
[run]
updates = 60
inner_steps = 5400
evaluate_every = 5
[sweep]
"run.seed" = [1, 2]
[[variant]]
name = "PES"
[[variant]]
name = "random search"
"search.method" = "random"
[[variant]]
name = "grid"
"search.method" = "grid"
"search.grid_points" = [13, 5]
[[variant]]
name = "successive halving"
"search.method" = "successive_halving"
"search.min_steps" = 9
[[variant]]
name = "Hyperband"
"search.method" = "hyperband"
END
names='PES random_search grid successive_halving Hyperband'
expect 0 '' -- "$PES" run quadratic.toml --out whole
for name in $names; do
    [ -s whole/$name-seed2/result.json ] || fail "no result of $name"
done
python3 - <<'END' || fail "a search is not what its files should say"
import json
near = lambda a, b: all(abs(x - y) <= 1e-7 * abs(y) for x, y in zip(a, b))
read = lambda f: [json.loads(line) for line in open(f)]
for name in ("random_search", "grid", "successive_halving", "Hyperband"):
    for seed in (1, 2):
        folder = f"whole/{name}-seed{seed}/"
        log, rows = read(folder + "log.jsonl"), read(folder + "evaluations.jsonl")
        result = json.load(open(folder + "result.json"))
        assert [r["update"] for r in log] == list(range(1, len(log) + 1)), name
        assert sorted(r["point"] for r in log) == list(range(len(log))), name
        assert all(-0.5 <= r["theta"][0] <= 0.7 and -0.5 <= r["theta"][1] <= 0.5 for r in log)
        steps = [r["inner_steps"] for r in log]
        assert steps == sorted(steps) and steps[-1] <= 5400, name
        assert result["points"] == len(log) and result["inner_steps"] == rows[-1]["inner_steps"]
        done = [r for r in log if r["loss"] is not None]
        best = min(done, key=lambda r: r["loss"])
        assert rows[-1]["point"] == best["point"] and near(result["theta"], best["theta"]), name
        assert rows[-1]["search_objective"] == best["loss"] == result["search_objective"]
        seen = [r["search_objective"] for r in rows]
        assert seen == sorted(seen, reverse=True), name
        assert result["objective"] == rows[-1]["objective"] and len(rows[-1]["episodes"]) == 4
        halves = name in ("successive_halving", "Hyperband")
        assert len(done) == result["whole"] and (len(done) < len(log)) == halves, name
points = {n: sum(1 for _ in open(f"whole/{n}-seed1/log.jsonl")) for n in ("random_search", "grid")}
assert points == {"random_search": 5400 // 81, "grid": 65}, points
grid = [tuple(r["theta"]) for r in read("whole/grid-seed1/log.jsonl")]
assert grid[0] == (-0.5, -0.5) and grid[-1][1] == 0.5 and abs(grid[-1][0] - 0.7) < 1e-6
assert len(set(grid)) == 65
assert read("whole/random_search-seed1/log.jsonl")[0]["theta"] != read("whole/random_search-seed2/log.jsonl")[0]["theta"]
END

# Threads, and how many points are advanced together, change nothing.
for name in random_search successive_halving; do
    cp -r whole/$name-seed1 one
    rm one/result.json one/checkpoint-* one/*.jsonl
    sed -i 's/^cohort = 32/cohort = 7/' one/experiment.toml
    [ $name = random_search ] || sed -i 's/^cohort = 7/cohort = 32/' one/experiment.toml
    expect 0 '' -- "$PES" resume one --threads 1
    cmp <(sed 's/,"seconds".*//' one/log.jsonl) <(sed 's/,"seconds".*//' whole/$name-seed1/log.jsonl) ||
        fail "threads or the cohort change $name"
    rm -r one
done

# A row for every seventh point.
expect 0 '' -- "$PES" run quadratic.toml --out seventh --set run.log_every=7 --set run.seed=1 \
    --set 'sweep.variant=["random search"]'
cmp <(sed 's/,"seconds".*//' seventh/*/log.jsonl) \
    <(sed -n 'n;n;n;n;n;n;p' whole/random_search-seed1/log.jsonl | sed 's/,"seconds".*//') ||
    fail "not every seventh point"

# compare: at equal inner steps and seconds, once more from the files.
expect 0 '' -- "$PES" compare whole
grep -q '^quadratic  *random  *-  *-  *2  .*  random search$' out || fail "no row of random search: $(cat out)"
grep -q '^quadratic  *(start)  *-  *-  *2  ' out || fail "searches are counted at the start: $(cat out)"
expect 0 '' -- "$PES" compare whole --at-inner-steps 2e3 --at-seconds 1000
sed -n 1p out | grep -q '  at 2.00 k steps  *range  *at 16 min 40 s  *range  *variant$' || fail "no columns: $(cat out)"
"$PES" compare whole --at-inner-steps 2000 --at-seconds 1000 --json >rows
python3 - <<'END' || fail "the best so far is not what the files hold: $(cat rows)"
import json
rows = [json.loads(line) for line in open("rows")][1:]
assert len(rows) == 5
for row in rows:
    best = {"inner_steps": [], "seconds": []}
    for folder in row["runs"]:
        e = [json.loads(line) for line in open(folder + "/evaluations.jsonl")]
        for key, limit in (("inner_steps", 2000), ("seconds", 1000)):
            best[key].append(min(r["objective"] for r in e if r[key] <= limit))
    for key in best:
        assert abs(row["best_at_" + key] - sum(best[key]) / 2) < 1e-9 * abs(row["best_at_" + key])
        assert row["range_at_" + key] == [min(best[key]), max(best[key])], row
    assert (row["truncation"] is None) == (row["method"] != "pes")
END
expect 0 '' -- "$PES" compare whole --at-inner-steps 80
grep -q '^quadratic  *random .*  -  *-  *random search$' out || fail "a best before the first point: $(cat out)"
expect 2 '--at-inner-steps' -- "$PES" compare whole --at-inner-steps some

# What a method does not look at tells no rows apart: the optimizer's rate and sigma of a search.
sed -n '1,/^evaluate_every/p' quadratic.toml >alone.toml
expect 0 '' -- "$PES" run alone.toml --out alone/pes --set optimizer.learning_rate=0.02 --set estimator.sigma=0.2
expect 0 '' -- "$PES" run alone.toml --out alone/random --set search.method=random
expect 0 '' -- "$PES" compare alone/pes alone/random
sed -n 1p out | grep -q '  time$' || fail "a column for settings that one method has: $(cat out)"

# Plots and reports take them; the numbers beside the picture are the best so far.
if command -v gnuplot >/dev/null; then
    expect 0 '' -- "$PES" plot whole -o plain.svg
    grep -q 'random search: inner steps mean (best so far, over seeds)' plain.dat || fail "no curve of a search"
    ! grep -q 'random search.*: updates' plain.dat || fail "a search among updates"
    expect 0 '' -- "$PES" plot whole --best -o best.svg
    python3 - <<'END' || fail "the picture's numbers are not the best so far"
import json
blocks = open("best.dat").read().split("\n\n\n")
block = next(b for b in blocks if "random search: inner steps mean" in b)
drawn = [tuple(map(float, l.split())) for l in block.splitlines() if not l.startswith("#") and l]
runs = [[json.loads(l) for l in open(f"whole/random_search-seed{s}/evaluations.jsonl")] for s in (1, 2)]
for x, y in drawn[::2]:
    best = [min(r["objective"] for r in run if r["inner_steps"] <= x) for run in runs]
    assert abs(sum(best) / 2 - y) < 1e-6 * abs(y), (x, y, best)
assert len(drawn) > 4 and [y for _, y in drawn] == sorted((y for _, y in drawn), reverse=True)
END
    expect 2 '--best draws no surface' -- "$PES" plot whole --best --surface best.dat -o x.svg
    expect 0 '' -- "$PES" report whole -o page.html
    grep -q 'at equal inner steps and at equal seconds' page.html || fail "no best so far in the report"
    grep -q 'Jamieson and Talwalkar 2016' page.html || fail "the report does not explain halving"
fi

# What there is, and what it costs.
expect 0 '' -- "$PES" list searches
[ "$(sed 1d out | awk '{print $1}' | tr '\n' ' ')" = "random grid successive_halving hyperband " ] || fail "$(cat out)"
expect 0 '' -- "$PES" info search
grep -q '  eta = 3' out || fail "no settings of searches: $(cat out)"
expect 0 '' -- "$PES" info hyperband
grep -q 'Li, Jamieson' out || fail "no source: $(cat out)"
expect 0 '' -- "$PES" info whole/grid-seed1
grep -q '  inner steps  5265 ' out || fail "no forecast of a grid: $(cat out)"
grep -q '  method       grid, horizon 81' out || fail "no method: $(cat out)"

# Interrupted by signals and kills, at whatever moment.
small 'checkpoint_every = 20' 'evaluate_every = 1' 'evaluation_episodes = 2' '[search]' 'method = "random"' \
    'points = 300' 'low = -8' 'high = -1' 'cohort = 8' >random.toml
sed 's/low = -8/low = [-8.0]/; s/high = -1/high = [-1.0]/' random.toml >x.toml
sed 's/"random"/"hyperband"/; /^points/d; /^cohort/d; s/^horizon = 60/horizon = 243/' x.toml >h.toml
for file in x h; do
    expect 0 '' -- "$PES" run $file.toml --out whole-$file --threads 2
    "$PES" run $file.toml --out by-$file 2>err >out &
    pid=$!
    wait_for by-$file/log.jsonl
    kill -INT $pid 2>/dev/null || true
    code=0
    wait $pid || code=$?
    if [ "$code" -eq 0 ]; then
        echo "the search was over before SIGINT came" >&2
    else
        [ "$code" -eq 130 ] || fail "exit code $code after SIGINT"
        grep -qE "interrupted at point [0-9]+; continue with: pes resume by-$file$" err || fail "$(cat err)"
        [ ! -e by-$file/result.json ] || fail "an interrupted search has a result"
    fi
    expect 0 '' -- "$PES" resume by-$file --threads 1
    same_run whole-$file by-$file
    "$PES" run $file.toml --out killed-$file --quiet 2>/dev/null &
    pid=$!
    for pause in 0.02 0.05 0.1 0.2; do
        sleep $pause
        kill -9 $pid 2>/dev/null || true
        wait $pid 2>/dev/null || true
        if [ -e killed-$file/experiment.toml ]; then
            "$PES" resume killed-$file --quiet >/dev/null 2>&1 &
        else # killed before anything was written
            "$PES" run $file.toml --out killed-$file --quiet >/dev/null 2>&1 &
        fi
        pid=$!
    done
    wait $pid || fail "the last resume failed"
    same_run whole-$file killed-$file
done

# Without low and high a problem's own range is searched, here that of each hyperparameter.
small 'seed = 3' '[search]' 'method = "random"' 'points = 30' '[[problem.tune]]' 'name = "learning_rate"' \
    'search_range = [0.01, 1.0]' >range.toml
expect 0 '' -- "$PES" run range.toml --out range
python3 - <<'END' || fail "not the range that the problem names"
import json
from math import log
t = [json.loads(line)["theta"][0] for line in open("range/log.jsonl")]
assert log(0.01) - 1e-6 <= min(t) < log(0.03) and log(0.3) < max(t) <= 1e-6, (min(t), max(t))
END

# More points after the end, and other settings.
cp -r whole-x other
rm other/result.json
sed -i 's/^points = .*/points = 310/' other/experiment.toml
expect 0 '' -- "$PES" resume other
[ "$(wc -l <other/log.jsonl)" -eq 310 ] || fail "no more points"
rm other/result.json
sed -i 's/^low = .*/low = [-7.0]/' other/experiment.toml
expect 2 'other settings' -- "$PES" resume other

# pes evaluate and theta of a search: its best point.
expect 0 '' -- "$PES" evaluate whole-x --episodes 2
grep -q '^end ' out || fail "no evaluation: $(cat out)"

# What an unused [search] says does not part a run from its checkpoints.
small 'updates = 20' 'evaluate_every = 0' >plain.toml
expect 0 '' -- "$PES" run plain.toml --out plain
rm plain/result.json
sed -i 's/^low = .*/low = [1.0]/' plain/experiment.toml
expect 0 '' -- "$PES" resume plain

# Bad input, one sentence each.
refuse() { # TEXT, further lines
    local text=$1
    shift
    { sed "/^\[search\]/,\$d" quadratic.toml; printf '%s\n' "$@"; } >bad.toml
    expect 2 "$text" -- "$PES" run bad.toml --out bad
    [ ! -e bad ] || fail "a refused search left a folder: $*"
}
s='[search]'
refuse "method must be one of none, random, grid, successive_halving, hyperband, not 'rando'; did you mean 'random'?" "$s" 'method = "rando"'
refuse "[search] has no setting 'point'; did you mean 'points'?" "$s" 'point = 3'
refuse 'the problem has no range to search in; give search.low and search.high' "$s" 'method = "random"' 'points = 3'
refuse 'search.low has 3 values, but there are 2 parameters' "$s" 'method = "random"' 'points = 3' 'low = [0, 0, 0]' 'high = [1]'
refuse 'for parameter 2 of 2 they are 2 and 1' "$s" 'method = "random"' 'points = 3' 'low = [0, 2]' 'high = [1]'
b='low = [0.0]
high = [1.0]'
refuse 'random search would not end; give search.points or run.inner_steps' "$s" 'method = "random"' "$b"
refuse 'a grid needs search.grid_points' "$s" 'method = "grid"' "$b"
refuse 'the grid has 1e+12 points and 1000000 are the most' "$s" 'method = "grid"' "$b" 'grid_points = [1000000]'
refuse 'search.points means nothing to Hyperband; leave it out' "$s" 'method = "hyperband"' "$b" 'points = 9'
refuse 'too little for the first bracket' "$s" 'method = "hyperband"' "$b" '[run]' 'inner_steps = 100'
expect 2 'give estimator.horizon' -- "$PES" run x.toml --out bad --set estimator.horizon=0
finish
