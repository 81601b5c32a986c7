# The short form of experiments/variance_lstm.toml: with the number of unrolls the error of PES grows
# about linearly where the text is random and falls where one character is repeated; that of NRES is the
# same for any truncation, but for the order of its sums; that of PES with the analytic gradient of the current
# unroll is lower, and none for a single unroll.
. "$(dirname "$0")/lib.sh"

expect 0 '' -- "$PES" variance "$PES_SOURCE_DIR/experiments/variance_lstm.toml" -o table.jsonl \
    --repetitions 10 --reference-particles 0 --set problem.length=100 --set estimator.particles=200 \
    --set 'sweep.problem.task=["random", "repeated"]' --set 'sweep.estimator.truncation=[1, 10, 100]'
python3 - <<'END' || fail "the errors are not as they should be"
import json
rows = [json.loads(line) for line in open("table.jsonl")][1:]
error = {}
for row in rows:
    task = "random" if "random" in row["curve"] else "repeated"
    error[task, row["method"], row["unrolls"]] = row["exact"]["squared_error"]
# One unroll is full ES: (P + 1) / (N / 2) = 7.91, here within a tenth.
for task in ("random", "repeated"):
    assert abs(error[task, "pes", 1] / 7.91 - 1) < 0.1, error
    for unrolls in (1, 10, 100):
        assert abs(error[task, "nres", unrolls] / error[task, "pes", 1] - 1) < 1e-6, error
        if unrolls > 1:
            assert error[task, "pes_analytic", unrolls] < error[task, "pes", unrolls], error
    assert error[task, "pes_analytic", 1] < 1e-6, error
# From 10 to 100 unrolls, what is added to one unroll's error grows by 10 if it is linear.
random = [error["random", "pes", unrolls] for unrolls in (1, 10, 100)]
repeated = [error["repeated", "pes", unrolls] for unrolls in (1, 10, 100)]
assert random[0] < random[1] < random[2], random
assert 7 < (random[2] - random[0]) / (random[1] - random[0]) < 15, random
assert repeated[1] < 0.8 * repeated[0] and repeated[2] < 1.1 * repeated[1], repeated
END

# The single unroll of the analytic gradient has no error, and would stretch a logarithmic axis to rounding.
if command -v gnuplot >/dev/null; then
    expect 0 '' -- "$PES" variance "$PES_SOURCE_DIR/experiments/variance_lstm.toml" -o table.jsonl -p table.svg \
        --repetitions 10 --reference-particles 0 --set problem.length=100 --set estimator.particles=200 \
        --set 'sweep.problem.task=["random", "repeated"]' --set 'sweep.estimator.truncation=[1, 10, 100]'
    ! grep -q 'e-1[0-9]' table.dat || fail "the picture shows rounding: $(grep 'e-1[0-9]' table.dat)"
    grep -q 'Analytic' table.dat || fail "the picture has no curve for the analytic gradient"
fi
finish
