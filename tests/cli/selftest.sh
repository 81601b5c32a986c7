# pes selftest: every method has the expectation that it promises, and the output says how well.
. "$(dirname "$0")/lib.sh"
expect 0 'checks, 0 failed' -- "$PES" selftest --quick --json
python3 - <<'END' || fail "the checks are not as they should be"
import json
rows = [json.loads(line) for line in open("out")]
keys = {"system", "method", "horizon", "truncation", "episode", "expected", "estimate",
        "standard_error", "z", "passed"}
assert all(keys <= row.keys() for row in rows)
checks = [row for row in rows if row["check"] == "expectation"]
for row in checks:
    assert row["passed"] and abs(row["z"]) <= 4, row
    if row["standard_error"] < 1e-6 * row["expected"]: # nothing is random, or one number is left
        assert row["method"] in ("bptt", "tbptt", "rtrl", "uoro"), row
        continue
    assert row["method"] not in ("bptt", "tbptt", "rtrl"), row
    z = (row["estimate"] - row["expected"]) / row["standard_error"]
    assert abs(z - row["z"]) < 1e-6 * max(1, abs(z)), row
    # Had the estimator the other method's expectation, it would show.
    assert row["truncation"] == row["horizon"] or row["separation"] >= 10, row
# By hand: T (T + 1) / 2, and the sum of K (K + 1) / 2 over the truncations of an episode.
def exact(row):
    if row["method"] not in ("truncated_es", "tbptt"):
        return row["horizon"] * (row["horizon"] + 1) / 2
    whole, rest = divmod(row["horizon"], row["truncation"])
    return whole * row["truncation"] * (row["truncation"] + 1) / 2 + rest * (rest + 1) / 2
linear = [row for row in checks if row["system"] == "linear"]
assert all(row["expected"] == exact(row) for row in linear)
seen = {(r["method"], r["horizon"], r["truncation"], r["antithetic"], r["episode"]) for r in linear}
for method in ("pes", "nres", "truncated_es"):
    for t, k in ((4, 2), (10, 2), (100, 10), (10, 3)):
        for sign in (True, False):
            for episode in (1, 2, 5):
                assert (method, t, k, sign, episode) in seen, (method, t, k)
for method in ("uoro", "dodge", "rtrl", "tbptt"):
    assert (method, 10, 3, False, 5) in seen and (method, 10, 3, True, 5) not in seen, method
for method in ("gpes", "pes_analytic"):
    assert (method, 10, 3, False, 5) in seen and (method, 10, 3, True, 5) in seen, method
assert ("full_es", 100, 100, True, 5) in seen and ("bptt", 100, 100, False, 5) in seen
assert any(row["system"] == "quadratic" for row in checks)
promises = {row["system"] for row in rows if row["check"] == "promises"}
assert {"linear", "quadratic", "mlp_training", "lstm"} <= promises
derivatives = {row["system"] for row in rows if row["check"] == "derivatives"}
assert {"linear", "quadratic", "lstm"} <= derivatives
END
cp out first
expect 0 '' -- "$PES" selftest --quick --json --threads 1
cmp -s out first || fail "the estimates depend on the number of threads"

expect 0 '1 check, 0 failed' -- "$PES" selftest mlp_training
grep -q 'mlp_training keeps the promises of a system: ok' out || fail "no verdict: $(cat out)"
expect 0 'checks, 0 failed' -- "$PES" selftest linear --quick
head -n 1 out | grep -q '^system  *method  *T  *K  *sampling' || fail "no head: $(cat out)"
expect 2 "there is no problem 'linaer'; did you mean 'linear'?" -- "$PES" selftest linaer
finish
