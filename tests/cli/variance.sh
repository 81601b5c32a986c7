# pes variance: on the linear system, errors and biases are the numbers that can be computed on
# paper, and a table that was interrupted ends as one that was not.
. "$(dirname "$0")/lib.sh"

cat >linear.toml <<'END'
[problem]
name = "linear"
dimension = 3
[estimator]
particles = 20
horizon = 12
[sweep]
"estimator.method" = ["pes", "nres", "truncated_es", "full_es"]
"estimator.truncation" = [1, 5, 12]
END

# Every number of the table within four of its standard errors of the formula (docs/math.md,
# equations 9, 11 and 12): 10 checks each of squared error and bias, 1 false alarm in 800. Standard
# errors of their own are within a factor of two of what the formula says.
expect 0 '' -- "$PES" variance linear.toml -o linear.jsonl --repetitions 1000
grep -q 'Persistent Evolution Strategies, K = 5$' err || fail "no progress lines: $(cat err)"
grep -q '^left out: Full-unroll Evolution Strategies, K = 5: full_es unrolls whole episodes' out ||
    fail "the reason for what is left out is not printed: $(cat out)"
python3 - <<'END' || fail "the table does not hold the variance of the linear system"
import json, math
P, T, pairs, R = 3, 12, 10, 1000
head, *rows = [json.loads(line) for line in open("linear.jsonl")]
assert head["variance"] == "linear" and head["repetitions"] == R
exact = T * (T + 1) / 2

def lengths(K):
    return [min(K, T - start) for start in range(0, T, K)]

def triangle(n):
    return n * (n + 1) / 2

def variance(method, K):
    """Of one pair, over P and the squared derivative: the credit matrix of equation 12."""
    steps = lengths(K)
    J = len(steps)
    after = [sum(steps[u + 1:]) for u in range(J)]
    total = [triangle(k) for k in steps]
    if method == "pes":
        # loss of update u per unit of eps_i: k_i k_u for i < u, triangle(k_u) for i = u
        a = [[steps[i] * steps[u] if i < u else total[u] if i == u else 0 for i in range(J)]
             for u in range(J)]
        C = [[sum(a[u][i] for u in range(max(i, j), J)) for i in range(J)] for j in range(J)]
    elif method == "truncated_es":
        C = [[total[j] if i == j else 0 for i in range(J)] for j in range(J)]
    else:
        C = [[exact]]
    trace = sum(C[i][i] for i in range(len(C)))
    square = sum(c * c for row in C for c in row)
    cross = sum(C[i][j] * C[j][i] for i in range(len(C)) for j in range(len(C)))
    return trace, (P * square + cross) / exact ** 2 / pairs

seen = 0
for row in rows:
    method, K = row["method"], row["truncation"]
    if method == "full_es" and K < T:
        assert "whole episodes" in row["refused"] and "exact" not in row
        continue
    trace, spread = variance(method, K)
    bias = (trace / exact - 1) ** 2
    got = row["exact"]
    assert row["unrolls"] == len(lengths(K)) and got["reference_error"] == 0
    for name, value in [("squared_error", spread + bias), ("squared_bias", bias), ("variance", spread)]:
        error = got[name + "_se"]
        assert abs(got[name] - value) < 4 * error, (method, K, name, value, got)
    assert got["variance_se"] < 4 * spread / math.sqrt(R), (method, K, got)
    assert abs(got["squared_error"] - got["squared_bias"] - got["variance"]) < 1e-12
    # The full-ES mean is of 5000 particles: its own error is (P + 1) / 2500.
    assert 0.5 < row["full_es"]["reference_error"] / (4 / 2500) < 2, row["full_es"]
    seen += 1
assert seen == 10, seen
# What truncated ES is off by is seen, what PES may be off by is not.
bias = {(r["method"], r["truncation"]): r["exact"] for r in rows if "exact" in r}
assert bias["truncated_es", 1]["squared_bias"] > 100 * bias["truncated_es", 1]["squared_bias_se"]
assert bias["pes", 1]["squared_bias_se"] < 0.001
END

# With few repetitions, too, the variance's share is not in the squared bias: 400 parameters, where it
# would be 10 with a standard deviation of 0.8; NRES is off by nothing.
expect 0 '' -- "$PES" variance linear.toml -o few.jsonl --repetitions 4 --reference-particles 0 -q \
    --set problem.dimension=400 --set 'sweep.estimator.method=["nres"]'
python3 - <<'END' || fail "few repetitions leave the variance in the squared bias"
import json
for row in [json.loads(line) for line in open("few.jsonl")][1:]:
    got = row["exact"]
    assert abs(got["squared_bias"]) < 4 and abs(got["variance"] - 40.1) < 36, got
END

# The same bits with other threads, and after an interruption anywhere.
expect 0 '' -- "$PES" variance linear.toml -o other.jsonl --repetitions 1000 --threads 1 --quiet
[ ! -s err ] || fail "--quiet is not quiet: $(cat err)"
cmp linear.jsonl other.jsonl || fail "the table depends on the threads"
head -c 900 linear.jsonl >other.jsonl
expect 0 '' -- "$PES" variance linear.toml -o other.jsonl --repetitions 1000 --threads 3 --quiet
cmp linear.jsonl other.jsonl || fail "a table that was cut off does not end as it should"
head -c 30 linear.jsonl >other.jsonl
expect 0 '' -- "$PES" variance linear.toml -o other.jsonl --repetitions 1000 --quiet
cmp linear.jsonl other.jsonl || fail "a table without its whole head does not end as it should"
small '[sweep]' '"estimator.truncation" = [1, 2, 3, 4, 5, 6]' >slow.toml
"$PES" variance slow.toml -o slow.jsonl --repetitions 20 --reference-particles 8 >/dev/null 2>err &
pid=$!
wait_for err
kill -INT "$pid"
got=0
wait "$pid" || got=$?
[ "$got" -eq 130 ] || fail "exit code $got after an interruption: $(cat err)"
grep -q 'the same command goes on from there' err || fail "no word about the interruption"

# JSON rows and a picture of a finished table; nothing is computed again.
expect 0 '' -- "$PES" variance linear.toml -o linear.jsonl --repetitions 1000 --json
[ ! -s err ] || fail "a finished table was computed again: $(cat err)"
[ "$(wc -l <out)" -eq 12 ] || fail "not one JSON object a point: $(cat out)"
if command -v gnuplot >/dev/null; then
    expect 0 '' -- "$PES" variance linear.toml -o linear.jsonl --repetitions 1000 -p x.svg
    [ ! -s err ] || fail "gnuplot had something to say: $(cat err)"
    grep -q 'Distance to the exact gradient' x.svg || fail "the picture has no title"
    expect 2 "ends in .png or .svg, not as in 'x.pdf'" -- \
        "$PES" variance linear.toml -o new.jsonl -p x.pdf
    [ ! -e new.jsonl ] || fail "the table was begun before the picture's name was looked at"
fi

# A problem without exact gradient, the mean as its objective, no references.
small >mlp.toml
expect 0 '' -- "$PES" variance mlp.toml -o mlp.jsonl --repetitions 4 --reference-particles 16 -q
grep -q '"full_es": {' mlp.jsonl || fail "no reference by full ES: $(cat mlp.jsonl)"
expect 2 "'mlp_training' offers no exact gradient to compare with" -- \
    "$PES" variance mlp.toml -o none.jsonl --repetitions 4 --reference-particles 0
expect 0 '' -- "$PES" variance linear.toml -o mean.jsonl --repetitions 4 --reference-particles 0 \
    --set estimator.objective=mean --quiet
grep -q '"full_es": {' mean.jsonl && fail "a reference that was not asked for"
python3 - <<'END' || fail "a mean objective is compared with the gradient of a sum"
import json
rows = [json.loads(line) for line in open("mean.jsonl")][1:]
assert all(r["exact"]["squared_error"] < 2 for r in rows if r["method"] == "nres"), rows
END

# What is refused.
expect 2 'variance needs -o FILE' -- "$PES" variance linear.toml
expect 2 'holds another table' -- "$PES" variance linear.toml -o linear.jsonl --repetitions 999
expect 2 'holds another table' -- "$PES" variance linear.toml -o linear.jsonl --repetitions 1000 \
    --set estimator.sigma=0.2
expect 2 'repetitions must be' -- "$PES" variance linear.toml -o x.jsonl --repetitions 3
expect 2 'set estimator.horizon' -- "$PES" variance linear.toml -o x.jsonl --set estimator.horizon=0
[ ! -e x.jsonl ] || fail "a table without rows is left behind"
expect 2 'set estimator.lengths = "fixed"' -- "$PES" variance linear.toml -o x.jsonl \
    --set estimator.lengths=uniform
expect 2 'sweep over run.seed' -- "$PES" variance linear.toml -o x.jsonl \
    --set 'sweep.run.seed=[1, 2]'
expect 2 'no point could be estimated: full_es unrolls whole' -- "$PES" variance linear.toml \
    -o full.jsonl --quiet --set 'sweep.estimator.method=["full_es"]' \
    --set 'sweep.estimator.truncation=[1, 2]'
expect 2 'nothing.toml could not be read' -- "$PES" variance nothing.toml -o x.jsonl
expect 1 'could not be opened' -- "$PES" variance linear.toml -o nowhere/x.jsonl
expect 1 'reference: 4 of 4 particles had losses that are not finite' -- "$PES" variance mlp.toml \
    -o x.jsonl --repetitions 4 --reference-particles 4 --set problem.l2=1e30
[ ! -e x.jsonl ] || fail "a table without rows is left behind"
mkfifo pipe
printf '\0 not ours' >bytes
expect 2 'pipe is not a file; name one for the table' -- timeout 10 "$PES" variance linear.toml -o pipe
expect 2 '/dev/null is not a file' -- "$PES" variance linear.toml -o /dev/null
expect 2 'holds another table' -- "$PES" variance linear.toml -o bytes
[ "$(wc -c <bytes)" -eq 10 ] || fail "a file of somebody else's was written over"
# A search in the sweep has no gradient to look at.
expect 0 '' -- "$PES" variance linear.toml -o search.jsonl --repetitions 4 \
    --set 'sweep.search.method=["none", "random"]' --set 'sweep.estimator.method=["pes"]' \
    --set search.points=2 --set 'sweep.estimator.truncation=[5]'
grep -q '^left out: Random search, K = 5: a search estimates no gradient' out ||
    fail "a search is measured: $(cat out)"
# Where a system has adjoints, the reference is backpropagated: exact, if all episodes read the same
# text, else a mean with an error of its own. Full ES with a small sigma has no bias against it and the
# variance of equation 9; |z| < 4 each, 1 false alarm in 5000.
cat >lstm.toml <<'TOML'
[problem]
name = "lstm"
embedding = 2
hidden = 2
symbols = 3
length = 15
fresh = false
bias_deviation = 0.5
[estimator]
method = "full_es"
particles = 200
sigma = 1e-3
truncation = 15
TOML
expect 0 '' -- "$PES" variance lstm.toml -o lstm.jsonl --repetitions 200 --reference-particles 0
expect 0 '' -- "$PES" variance lstm.toml -o fresh.jsonl --repetitions 4 --reference-particles 50 \
    --set problem.fresh=true
python3 - <<'END' || fail "the backpropagated reference is not the gradient"
import json
P, pairs = 6 + 16 + 16 + 8 + 8 + 6 + 3, 100
row = json.loads(open("lstm.jsonl").readlines()[1])["exact"]
assert row["reference_error"] == 0
assert abs(row["squared_bias"]) < 4 * row["squared_bias_se"], row
assert abs(row["squared_error"] - (P + 1) / pairs) < 4 * row["squared_error_se"], row
assert row["squared_error_se"] < 0.1 * row["squared_error"]
fresh = json.loads(open("fresh.jsonl").readlines()[1])["exact"]
assert 0 < fresh["reference_error"] < 1, fresh
END
finish
