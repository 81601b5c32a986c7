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
# Differences: a correct method would fail one comparison in 200000 with other seeds.
proofs = [row for row in rows if row["check"] == "differences"]
verdicts = {(row["system"], row["method"]): row["verdict"] for row in proofs}
engine = {"swimmer", "half_cheetah", "hopper", "mujoco"} # quickly, only their promises are tested
assert all(row["check"] == "promises" for row in rows if row["system"] in engine)
for system in {row["system"] for row in rows} - engine:
    for method in ("pes", "nres", "gpes", "full_es"):
        assert verdicts[system, method] in ("unbiased", "unclear"), (system, method)
for row in proofs:
    z = row["estimate"] - row["expected"]
    if row["standard_error"] == row["expected_error"] == 0: # within so few steps no pole falls
        assert row["system"] == "cart_pole" and z == 0 and row["verdict"] == "unclear", row
        continue
    z /= (row["standard_error"] ** 2 + row["expected_error"] ** 2) ** 0.5
    assert abs(z) >= abs(row["z"]) - 1e-6, row
    assert row["verdict"] != "unbiased" or abs(row["z"]) <= 5, row
    assert row["verdict"] != "unbiased" or row["visible"] <= 1, row
    assert row["horizon"] == 12 and row["episode"] in (1, 2) and row["dropped"] == 0, row
    assert row["truncation"] == (12 if row["method"] in ("full_es", "bptt") else 5), row
for system in ("linear", "regression2d", "influence", "lorenz"):
    assert verdicts[system, "truncated_es"] == "biased", system
    assert verdicts[system, "pes"] == "unbiased", system
assert verdicts["lstm", "nres"] != "unclear" # its text is the same in every episode
promises = {row["system"] for row in rows if row["check"] == "promises"}
assert {"linear", "quadratic", "mlp_training", "lstm"} <= promises
derivatives = {row["system"] for row in rows if row["check"] == "derivatives"}
assert {"linear", "quadratic", "lstm"} <= derivatives
END

# Threads change nothing, and more samples show more.
expect 0 'checks, 0 failed' -- "$PES" selftest linear --quick --json --method nres
cp out first
expect 0 '' -- "$PES" selftest linear --quick --json --method nres --threads 1
cmp -s out first || fail "the estimates depend on the number of threads"
grep -q '"nres"' out || fail "nothing was tested: $(cat out)"
grep -q '"pes"' out && fail "other methods were tested than --method names: $(cat out)"
expect 0 'checks, 0 failed' -- "$PES" selftest regression2d --json --samples 8192 \
    --method pes --method truncated_es
python3 - <<'END' || fail "the verdicts on regression2d are not as they should be"
import json
rows = [json.loads(line) for line in open("out")]
rows = [row for row in rows if row["check"] == "differences"]
for row in rows:
    assert row["samples"] == 8192 and row["passed"], row
    assert row["verdict"] == ("unbiased" if row["method"] == "pes" else "biased"), row
    assert row["visible"] < 0.12, row
worst = max(rows, key=lambda row: abs(row["z"]))
assert worst["method"] == "truncated_es" and worst["z"] < -50 and worst["bias"] < -0.4, worst
END

# For people: a line a method, and the numbers where they ask.
expect 0 'checks, 0 failed' -- "$PES" selftest regression2d --quick
[ "$(wc -l <out)" -le 13 ] || fail "more than a line a method: $(cat out)"
grep -q '^regression2d  *pes  *T = 12, K = 5: unbiased, |z| up to' out || fail "$(cat out)"
grep -q '^regression2d  *truncated_es  *T = 12, K = 5: biased by -' out || fail "$(cat out)"
grep -q 'regression2d keeps the promises of a system: ok' out || fail "no verdict: $(cat out)"
expect 0 'needs unroll_adjoints' -- "$PES" selftest mlp_training --method bptt
grep -q 'mlp_training keeps the promises of a system: ok' out || fail "no verdict: $(cat out)"
expect 0 'checks, 0 failed' -- "$PES" selftest linear --quick --verbose --method full_es
grep -q '^system  *method  *T  *K  *sampling' out || fail "no head: $(cat out)"
grep -q 'episode 2+, direction 0: expected' out || fail "no rows: $(cat out)"

# A file: its own settings.
small >small.toml
expect 0 'checks, 0 failed' -- "$PES" selftest small.toml --method nres --samples 64 --verbose \
    --set estimator.horizon=6 --set estimator.truncation=4 --set sweep.run.seed='[1, 2]'
grep -q '^mlp_training  *nres  *T = 6, K = 4: ' out || fail "not the file's settings: $(cat out)"
expect 2 "there is no problem 'linaer'; did you mean 'linear'?" -- "$PES" selftest linaer
expect 2 "there is no method 'per'; did you mean 'pes'?" -- "$PES" selftest linear --method per
# Nothing to be seen, and no time spent on looking again.
expect 0 '' -- "$PES" selftest cart_pole --method pes
grep -q 'pes .* unclear: losses of 12 steps do not depend on theta here' out || fail "flat losses: $(cat out)"
expect 2 "--set changes the settings of a file; name one" -- "$PES" selftest linear --set a.b=1
expect 2 'could not be read' -- "$PES" selftest nowhere.toml
expect 2 'samples' -- "$PES" selftest linear --samples -1
expect 2 '--samples must be 0, or at least 64, not 3' -- "$PES" selftest linear --samples 3
finish
