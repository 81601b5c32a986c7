# pes surface: raw and smoothed objectives are those that can be computed on paper, tables go on
# where they were left, and what cannot be asked is said in a sentence.
. "$(dirname "$0")/lib.sh"

cat >quadratic.toml <<'END'
[problem]
name = "quadratic"
dimension = 3
[estimator]
horizon = 20
sigma = 0.5
END

# The losses are quadratic, so smoothing adds sigma^2 / 2 times the sum of g_t^2 for each parameter
# that is perturbed (docs/math.md, equation 12): the same everywhere, because all points see the
# same pairs. 4 standard errors of 400 pairs in 4 comparisons: one false alarm in 4000.
expect 0 '' -- "$PES" surface quadratic.toml --x 0=-1:1:4 --y 2=0:2:3 --samples 400 -o map.txt
grep -q '^row 3 of 3$' err || fail "no progress lines: $(cat err)"
expect 0 '' -- "$PES" surface quadratic.toml --x 0=-1:1:4 --y 2=0:2:3 --samples 400 --smooth chosen \
    --sigma 0.25 -o chosen.txt --quiet
[ ! -s err ] || fail "--quiet is not quiet: $(cat err)"
expect 0 '' -- "$PES" surface quadratic.toml --x 1=-1:1:5 --horizons 5,20 --samples 400 -o slice.txt -q
python3 - <<'END' || fail "a surface is not what it should be"
def rows(path):
    return [[float(x) for x in line.split()] for line in open(path) if line[0] not in "#\n"]

def objective(theta, T):
    total = 0
    for value in theta:
        s = 0
        for _ in range(T):
            s = 0.9 * s + value
            total += (s - 1) ** 2 / 2
    return total

def curvature(T):
    g, total = 0, 0
    for _ in range(T):
        g = 0.9 * g + 1
        total += g * g
    return total

def check(path, theta, T, parameters, sigma, count):
    table = [row for row in rows(path) if T is None or len(row) == 6]
    assert len(table) == count, (path, len(table))
    lifts = {}
    for row in table:
        horizon = T if T else int(row[1])
        exact = objective(theta(row), horizon)
        assert abs(row[2] / exact - 1) < 1e-5, (path, row, exact)
        expected = sigma ** 2 / 2 * parameters * curvature(horizon)
        lift = row[4] - row[2]
        assert abs(lift - expected) < 4 * row[5], (path, row, lift, expected)
        assert row[5] < 0.2 * expected, (path, row)
        lifts.setdefault(horizon, []).append(lift)
    for values in lifts.values():  # the pairs are the same at every point
        assert max(values) - min(values) < 1e-3 * max(values), (path, values)

check("map.txt", lambda row: (row[0], 0, row[1]), 20, 3, 0.5, 12)
check("chosen.txt", lambda row: (row[0], 0, row[1]), 20, 2, 0.25, 12)
check("slice.txt", lambda row: (0, row[0], 0), None, 3, 0.5, 10)
xs = [row[0] for row in rows("map.txt")[:4]]
assert all(abs(a - b) < 1e-8 for a, b in zip(xs, [-1, -1 / 3, 1 / 3, 1])), xs
END

# The same table with other threads and after an interruption anywhere.
for bytes in 60 300 500; do
    head -c "$bytes" map.txt >cut.txt
    expect 0 '' -- "$PES" surface quadratic.toml --x 0=-1:1:4 --y 2=0:2:3 --samples 400 -o cut.txt \
        --quiet --threads 1
    cmp map.txt cut.txt || fail "a table cut after $bytes bytes does not end as it should"
done
"$PES" surface quadratic.toml --x 0=-1:1:1000 --y 1=0:1:1000 --samples 100 -o long.txt 2>err &
pid=$!
wait_for err
kill -INT "$pid"
got=0
wait "$pid" || got=$?
[ "$got" -eq 130 ] || fail "exit code $got after an interruption: $(cat err)"
grep -q 'the same command goes on from there' err || fail "no word about the interruption"

# Raw only has four columns; losses that are not finite leave nan.
expect 0 '' -- "$PES" surface quadratic.toml --x 0=0:1:2 -o raw.txt -q
[ "$(grep -c '^[^#]' raw.txt)" -eq 2 ] && [ "$(awk '/^[^#]/ {print NF}' raw.txt | uniq)" = 4 ] ||
    fail "a raw table has other than four columns: $(cat raw.txt)"
small >mlp.toml
expect 0 '' -- "$PES" surface mlp.toml --x log_a=-5:80:2 --episodes 2 --samples 3 -o mlp.txt -q
awk '/^80/ {found = $3 == "nan" && $5 == "nan"} END {exit !found}' mlp.txt ||
    fail "what is not finite is not nan: $(cat mlp.txt)"

# Around the end of a run instead of the start.
expect 0 '' -- "$PES" run quadratic.toml --set run.updates=30 --set run.evaluate_every=15 --out run \
    --quiet
expect 0 '' -- "$PES" surface quadratic.toml --x 0=0:1:2 --at run -o at.txt -q
python3 - <<'END' || fail "--at does not move the grid to the run's end"
import json
theta = json.load(open("run/result.json"))["theta"]
row = [float(x) for x in [line for line in open("at.txt") if line[0] != "#"][0].split()]
total = 0
for value in [0.0] + theta[1:]:
    s = 0
    for _ in range(20):
        s = 0.9 * s + value
        total += (s - 1) ** 2 / 2
assert abs(row[2] / total - 1) < 1e-4, (row, total)
END

# Pictures: maps with and without paths, slices of one and several lengths.
if command -v gnuplot >/dev/null; then
    map="--x 0=-1:1:4 --y 2=0:2:3 --samples 400 -o map.txt"
    expect 0 '' -- "$PES" surface quadratic.toml $map -p map.svg --run run
    [ ! -s err ] || fail "gnuplot had something to say, or the table was computed again: $(cat err)"
    grep -q 'Smoothed objective, and the paths of theta' map.svg || fail "no path on the smoothed map"
    # A path begins at the theta before the first update, which the circle marks, too.
    python3 - <<'END' || fail "the circle is not at the start"
import json
start = json.loads(open("run/evaluations.jsonl").readline())
assert start["update"] == 0
paths = [block for block in open("map.dat").read().split("\n\n\n") if "run: theta" in block]
begins = [[float(x) for x in block.split("run: theta\n")[1].split()[:2]] for block in paths]
expected = [start["theta"][0], start["theta"][2]]
near = [all(abs(a - b) < 1e-6 for a, b in zip(begin, expected)) for begin in begins]
assert near.count(True) == 6 and near.count(False) == 2, (begins, expected)
END
    grep -q 'theta\[2\]' map.svg || fail "the axis is not named"
    expect 0 '' -- "$PES" surface quadratic.toml $map -p plain.svg
    grep -q '>Raw objective<' plain.svg || fail "no raw map"
    expect 0 '' -- "$PES" plot run --surface map.txt -o run.svg
    grep -q 'Smoothed objective, and the paths' run.svg || fail "plot does not draw the smoothed map"
    expect 0 '' -- "$PES" surface quadratic.toml --x 1=-1:1:5 --horizons 5,20 --samples 400 \
        -o slice.txt -p slice.svg
    [ ! -s err ] || fail "gnuplot had something to say: $(cat err)"
    grep -q '>20 inner steps<' slice.svg && grep -q 'objective per inner step' slice.svg ||
        fail "the slices are not named"
    expect 0 '' -- "$PES" surface quadratic.toml --x 0=0:1:2 -o raw.txt -p raw.svg
    expect 2 'slice.txt is a slice along one parameter' -- "$PES" plot run --surface slice.txt -o x.svg
    expect 2 "numbers are written to x.dat, which is the table" -- \
        "$PES" surface quadratic.toml --x 0=0:1:2 -o x.dat -p x.png
    expect 2 "ends in .png or .svg" -- "$PES" surface quadratic.toml --x 0=0:1:2 -o x.txt -p x.pdf
    [ ! -e x.txt ] || fail "the table was begun before the picture's name was looked at"
    expect 2 '--run draws paths over two parameters' -- \
        "$PES" surface quadratic.toml --x 0=0:1:2 -o x.txt -p x.png --run run
    expect 2 'nowhere is not a folder' -- \
        "$PES" surface quadratic.toml $map -p x.png --run nowhere
fi

# What is refused.
one="--x 0=0:1:2 -o x.txt"
expect 2 'surface needs --x NAME=LOW:HIGH:COUNT and -o FILE' -- "$PES" surface quadratic.toml -o x.txt
expect 2 'surface needs --x' -- "$PES" surface quadratic.toml --x 0=0:1:2
expect 2 '--x must be NAME=LOW:HIGH:COUNT' -- "$PES" surface quadratic.toml --x 0=0:1 -o x.txt
expect 2 '--x must be NAME' -- "$PES" surface quadratic.toml --x 0=0:1:2:3 -o x.txt
expect 2 '--x must be NAME' -- "$PES" surface quadratic.toml --x 0=0:inf:2 -o x.txt
expect 2 "has no parameter 'phi'; name one, as 'theta'" -- \
    "$PES" surface quadratic.toml --x phi=0:1:2 -o x.txt
expect 2 "has no parameter '3'" -- "$PES" surface quadratic.toml --x 3=0:1:2 -o x.txt
expect 2 '--x and --y are the same parameter' -- \
    "$PES" surface quadratic.toml $one --y theta=0:1:2
expect 2 'leave out --y' -- "$PES" surface quadratic.toml $one --y 1=0:1:2 --horizons 1,2
expect 2 '--horizons must be up to 16 numbers' -- "$PES" surface quadratic.toml $one --horizons 1,,2
expect 2 '--horizons must be up to 16 numbers' -- "$PES" surface quadratic.toml $one --horizons 0
expect 2 '--sigma must be a number above 0' -- "$PES" surface quadratic.toml $one --sigma 0
expect 2 'smooth' -- "$PES" surface quadratic.toml $one --smooth some
expect 2 'name one with --picture' -- "$PES" surface quadratic.toml $one --run run
expect 2 'has no theta: --at takes the folder of one finished run' -- \
    "$PES" surface quadratic.toml $one --at nowhere
expect 2 'with another number of parameters' -- \
    "$PES" surface quadratic.toml $one --at run --set problem.dimension=2
expect 2 'holds another table' -- "$PES" surface quadratic.toml --x 0=0:1:3 -o raw.txt
expect 2 'holds another table' -- "$PES" surface quadratic.toml --x 0=0:1:2 -o raw.txt --samples 2
expect 2 'holds another table' -- "$PES" surface quadratic.toml --x 0=0:1:2 -o raw.txt \
    --set problem.decay=0.8
expect 1 'could not be opened' -- "$PES" surface quadratic.toml --x 0=0:1:2 -o nowhere/x.txt
finish
