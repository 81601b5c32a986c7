# Twenty-nine hyperparameters of a training by the tensor: PES is unbiased on them, truncated ES is
# not. A correct program fails at most once in 10,000 seeds, and this seed does not.
. "$(dirname "$0")/lib.sh"
cat >x.toml <<'END'
[problem]
name = "mlp_training"
hidden = [20, 20, 20, 20, 20]
batch_size = 10
horizon = 6
digits_size = 8
training_images = 200
validation_images = 100
[[problem.tune]]
name = "learning_rate"
per = "tensor"
start = 0.5
[[problem.tune]]
name = "momentum"
per = "tensor"
start = 0.5
[[problem.tune]]
name = "active_units"
per = "layer"
start = 0.7
[estimator]
particles = 10
truncation = 2
sigma = 0.3
END
expect 0 'checks, 0 failed' -- "$PES" selftest x.toml --json --samples 8192 --method pes --method truncated_es
python3 - <<'END' || fail "the verdicts are not as they should be"
import json
rows = [json.loads(line) for line in open("out")]
rows = [row for row in rows if row["check"] == "differences"]
worst = min(rows, key=lambda row: row["z"])
for row in rows:
    assert row["samples"] == 8192 and row["passed"], row
    assert row["verdict"] == ("unbiased" if row["method"] == "pes" else "biased"), row
    assert row["method"] != "pes" or row["visible"] < 0.2, row
assert worst["method"] == "truncated_es" and worst["z"] < -20 and worst["bias"] < -0.4, worst
END
finish
