# pes advise: on systems where the answer is known, it measures what can be computed on paper and
# suggests what is right; and it leaves alone what is right already. Seeds are fixed.
. "$(dirname "$0")/lib.sh"

cat >linear.toml <<'TOML'
[problem]
name = "linear"
dimension = 3
[estimator]
particles = 20
horizon = 12
truncation = 4
TOML
cat >quadratic.toml <<'TOML'
[problem]
name = "quadratic"
dimension = 5
start = 0.2
[estimator]
particles = 100
horizon = 50
TOML
cat >regression.toml <<'TOML'
[problem]
name = "regression2d"
[estimator]
particles = 100
sigma = 0.3
TOML
cat >lstm.toml <<'TOML'
[problem]
name = "lstm"
length = 100
fresh = false
weight_deviation = 0.32
bias_deviation = 0.32
[estimator]
particles = 1000
sigma = 1e-3
truncation = 2
TOML

# suggests TEXT -- ARGUMENTS: the line `Suggestion: TEXT`, as an extended regular expression.
suggests() {
    local text=$1
    shift 2
    expect 0 '' -- "$PES" advise --quiet "$@"
    grep -qE "^Suggestion:$text\$" out || fail "no 'Suggestion:$text' from $*: $(cat out)"
}
says() {
    grep -qE "$1" out || fail "no '$1' in: $(cat out)"
}
keep=' leave method, K, sigma and N as they are.'
set='--set estimator'

# Signal and noise of the linear system are those of docs/math.md, equations 9a and 11, within four
# standard errors: 14 numbers, 1 false alarm in 1000. The noise of PES with K = 1 is 0.74 times that with
# K = 4, the fewest unrolls do not have the least.
suggests " $set.truncation=1" -- linear.toml
says '^pes with K = 1 has 0\.[67][0-9]* '
suggests "$keep" -- linear.toml --set estimator.truncation=1
expect 0 '' -- "$PES" advise --json linear.toml
grep -q '^measuring pes, K = 1, sigma = 0.1' err || fail "no progress lines: $(cat err)"
cat >numbers.py <<'PYTHON'
import json
found = json.load(open("out"))
P, T = 3, 12

def triangle(n):
    return n * (n + 1) / 2

def noise(method, K, R):
    """Of one pair, by the credit matrix; a perturbation lasts for R steps."""
    steps = [min(K, T - start) for start in range(0, T, K)]
    draw = [u * K // R for u in range(len(steps))]
    end = [sum(steps[:u + 1]) for u in range(len(steps))]
    def share(u, i):
        """Of the loss of update u, by a unit of perturbation i."""
        return sum(min(max(s - i * R, 0), R) for s in range(end[u] - steps[u] + 1, end[u] + 1))
    count = draw[-1] + 1
    if method == "truncated_es":
        C = [[triangle(steps[j]) if i == j else 0 for i in range(count)] for j in range(count)]
    else:
        C = [[sum(share(u, i) for u in range(len(steps)) if draw[u] >= max(i, j))
              for i in range(count)] for j in range(count)]
    square = sum(c * c for row in C for c in row)
    cross = sum(C[i][j] * C[j][i] for i in range(count) for j in range(count))
    return P * (P * square + cross), P * sum(C[i][i] for i in range(count)) ** 2

seen = set()
for row in found["candidates"]:
    K = row["truncation"]
    R = {"nres": T, "gpes": row["noise_interval"]}.get(row["method"], K)
    variance, signal = noise(row["method"], K, R)
    for name, value in [("noise", variance), ("signal", signal)]:
        got = row[name]
        assert abs(got["value"] - value) < 4 * got["error"], (row, name, value)
        assert got["error"] < 0.5 * value, (row, name, value)
    seen.add((row["method"], K))
assert seen >= {("pes", 4), ("nres", 4), ("gpes", 4), ("pes", 1)}, seen
assert found["changed"] and found["signal_visible"] and found["suggestion"]["truncation"] == 1
less = noise("pes", 4, 4)[0] / noise("pes", 1, 1)[0]
assert abs(found["gain"]["value"] - less) < 4 * found["gain"]["error"], (found["gain"], less)
# Of the linear system every sigma has the same gradient, and the measurements share their noise.
for row in found["candidates"]:
    if row["sigma"] != 0.1:
        assert abs(row["distance"]["value"]) < 1e-4 * row["signal"]["value"], row
    else:
        assert abs(row["distance"]["value"]) <= 4 * row["distance"]["error"], row
# A signal-to-noise ratio of an episode's estimate by 10 pairs, as equation 9a has it.
expected = 10 * noise("pes", 4, 4)[1] / noise("pes", 4, 4)[0]
assert 0.7 < found["signal_to_noise_now"] / expected < 1.4, (found["signal_to_noise_now"], expected)
PYTHON
python3 numbers.py || fail "signal or noise of the linear system are wrong"

# The bits do not depend on the threads.
cp out first
expect 0 '' -- "$PES" advise --json --quiet --threads 1 linear.toml
[ ! -s err ] || fail "--quiet is not quiet: $(cat err)"
cmp first out || fail "the advice depends on the threads"

# PES where losses of different unrolls agree, NRES where they do not and past noise dominates.
few='--inner-steps 400000'
suggests " $set.method=nres" -- lstm.toml $few --set problem.task=random
says '^nres with K = 2 has 0\.[01]'
says '^Expected: [0-9.]+ \+- [0-9.]+ times the signal-to-noise ratio'
suggests " $set.method=pes" -- lstm.toml $few --set problem.task=repeated --set estimator.method=nres
suggests "$keep" -- lstm.toml $few --set problem.task=random --set estimator.method=nres
# .. but not where its 500 pairs could never see all 790 parameters.
suggests " $set.method=gpes $set.noise_interval=14 .*" -- lstm.toml $few --set problem.task=random \
    --set estimator.horizon=0 --set run.evaluation_steps=100
says '^nres is less noisy, but without an end of episodes it draws no other perturbation, and 500 of them'
says 'of an episode that does not end the first 100 inner steps'
# .. nor where the run ends before the episode.
suggests " $set.method=gpes $set.noise_interval=14 .*" -- lstm.toml $few --set problem.task=random \
    --set estimator.horizon=100000 --set run.updates=50
says 'of episodes of 100000 the first 100 inner steps'

# So does the chaotic Lorenz system, whose past perturbations are noise soon.
printf '[problem]\nname = "lorenz"\n' >lorenz.toml
suggests ".* $set.method=nres.*" -- lorenz.toml

# Truncated ES: 6 of 10 are missing from what it estimates.
suggests " $set.method=pes" -- linear.toml --set estimator.method=truncated_es \
    --set estimator.horizon=4 --set estimator.truncation=2
says '^truncated_es is biased: its mean is off by (3[0-9]|4[0-9]) %, at most [0-9]+ %, of the gradient'
says '^Expected: no bias, and [0-9.]+ \+- [0-9.]+ times the variance'

# More particles where a gradient is mostly noise, fewer where there are far too many, but four times
# as many as make both equal: (P + 1) / (N / 2) of NRES is 1 with 8.
nres="--set estimator.method=nres --set estimator.horizon=1 --set estimator.truncation=1"
suggests " $set.particles=(6|8|10)" -- linear.toml $nres --set estimator.particles=2
suggests "$keep" -- linear.toml $nres --set estimator.particles=4
suggests "$keep" -- linear.toml $nres --set estimator.particles=100
suggests " $set.particles=(28|30|32|34|36)" -- linear.toml $nres --set estimator.particles=1000
says '^Expected: the same .* of one episode.s gradient [34]\.?[0-9]* instead of 1[0-9.e+]*\.$'
suggests " $set.particles=[23][0-9]0" -- lstm.toml $few --set problem.task=repeated \
    --set estimator.particles=10 --set problem.hidden=2 --set problem.embedding=2

# Another sigma where the ratio is better and the gradient the same; not where it is another one.
suggests ".* $set.sigma=0.9 .*" -- regression.toml --set 'problem.start=[1.0, 1.0]'
says '^sigma = 0.9 has 1\.[5-9] times the signal-to-noise ratio of sigma = 0.3'
suggests "$keep" -- regression.toml --set 'problem.start=[0.0, 0.0]'
says '^sigma = 0.9 has a higher signal-to-noise ratio, but its gradient differs .* another objective'

# Shared randomness: of a quadratic system with noise the part that all have in common is seen, and
# the gain is that of 500 pairs whose own part is averaged away.
suggests " $set.sharing=pair $set.particles=[0-9]+" -- quadratic.toml --set problem.noise=1.0 \
    --set estimator.sharing=all --set estimator.particles=1000
says '^sharing = "all" makes [0-9.]+ \+- [0-9.]+ times the noise'
suggests "$keep" -- quadratic.toml --set estimator.sharing=all
says 'which is not clearly more'

# A gradient that is not seen is not guessed at.
suggests "$keep" -- quadratic.toml --set estimator.antithetic=false --set problem.target=1000 \
    --set estimator.method=nres
says 'gradient was not seen .* no less than [0-9]+; more --inner-steps see more'

# Where a run stands: at its end, or at its newest checkpoint that can be read; else at the start.
cat >>quadratic.toml <<'TOML'
[optimizer]
name = "sgd"
learning_rate = 1e-4
[run]
updates = 50
checkpoint_every = 20
TOML
expect 0 '' -- "$PES" run quadratic.toml --out there --quiet
suggests '.*' -- there
says '^quadratic, where the run stands: '
cp out end
suggests '.*' -- quadratic.toml
says '^quadratic, at the start: '
cmp -s out end && fail "theta of the run was not looked at"
expect 0 '' -- "$PES" advise --quiet --json there
cp out end.json
rm there/result.json
expect 0 '' -- "$PES" advise --quiet --json there
cmp -s out end.json || fail "the last checkpoint is not where the run ended"
for file in there/checkpoint-*; do
    newest=$file
done
printf 'x' | dd of="$newest" bs=1 seek=20 conv=notrunc status=none
expect 0 '' -- "$PES" advise --quiet --json there
cmp -s out end.json && fail "a damaged checkpoint was believed"
suggests '.*' -- there
says '^quadratic, where the run stands: '
rm there/checkpoint-*
suggests '.*' -- there
says '^quadratic, at the start: '

# What is refused.
expect 2 'bptt does not perturb' -- "$PES" advise quadratic.toml --set estimator.method=bptt \
    --set estimator.truncation=50 --set estimator.sigma=0.1
expect 2 'add --set estimator.lengths=fixed' -- "$PES" advise quadratic.toml \
    --set estimator.lengths=uniform
expect 2 'too long for --inner-steps 1000; give at least 6400' -- \
    "$PES" advise quadratic.toml --inner-steps 1000
expect 0 '' -- "$PES" advise quadratic.toml --inner-steps 6400 --quiet
expect 2 'inner-steps must be' -- "$PES" advise quadratic.toml --inner-steps 0
expect 2 'nothing.toml could not be read' -- "$PES" advise nothing.toml
mkdir empty
expect 2 'empty' -- "$PES" advise empty
expect 2 'full_es unrolls whole episodes' -- "$PES" advise --quiet linear.toml --set estimator.method=full_es
printf '[problem]\nname = "quadratic"\n[estimator]\nhorizon = 10\n[run]\nupdates = 2\n[sweep]\n"run.seed" = [1, 2]\n' >sweep.toml
expect 0 '' -- "$PES" run sweep.toml --out swept --quiet
expect 2 'swept holds a sweep: name the folder of one of its runs' -- "$PES" advise swept
expect 0 '' -- "$PES" advise sweep.toml --quiet
expect 1 'losses do not depend on theta here' -- "$PES" advise regression.toml --quiet \
    --set 'problem.start=[-90.0, -90.0]'

# An interruption ends it.
small >mlp.toml
rm err
"$PES" advise mlp.toml --inner-steps 100000000 >out 2>err &
pid=$!
wait_for err
kill -INT "$pid"
got=0
wait "$pid" || got=$?
[ "$got" -eq 130 ] || fail "exit code $got after an interruption: $(cat err)"
grep -q 'interrupted' err || fail "no word about the interruption"
expect 2 'a search estimates no gradient' -- "$PES" advise quadratic.toml --set search.method=random
finish
