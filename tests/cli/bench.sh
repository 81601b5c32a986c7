# pes bench: every workload runs, and its numbers agree with each other. Speed itself is not tested.
. "$(dirname "$0")/lib.sh"
for name in mlp_training linear quadratic lstm regression2d influence lorenz learned_optimizer control sgemm noise checkpoint; do
    expect 0 '' -- "$PES" bench $name --json --threads 2 --seconds 0.05
    cat out >>rows
done
# Where MuJoCo is: its own rate stands beside ours.
if "$PES" bench mujoco --json --seconds 0.3 >mujoco 2>err; then
    python3 -c '
import json
rows = [json.loads(line) for line in open("mujoco")]
assert {row["name"] for row in rows} == {"swimmer", "half_cheetah", "hopper"}
for row in rows:
    share = row["inner_steps_per_second"] / row["engine_inner_steps_per_second"]
    assert 0.05 < share < 20 and abs(row["share_of_engine"] / share - 1) < 1e-9, row' ||
        fail "the rows of mujoco are not as they should be: $(cat mujoco)"
else
    grep -q 'MuJoCo is not there: .* was not built' err || fail "mujoco: $(cat err)"
fi
python3 - <<'END' || fail "the rows are not as they should be"
import json, math
rows = [json.loads(line) for line in open("rows")]
keys = {"name", "particles", "truncation", "threads", "inner_steps_per_second", "gflops",
        "peak_gflops", "share_of_peak"}
assert all(keys <= row.keys() for row in rows)
names = [row["name"] for row in rows]
assert {"mlp_training", "linear", "quadratic", "lstm", "noise", "checkpoint"} <= set(names)
sizes = {("linear", 1000, 10), ("regression2d", 100, 10), ("regression2d", 1000, 10),
         ("learned_optimizer", 4, 10), ("learned_optimizer", 200, 1),
         ("learned_optimizer", 32, 50), ("influence", 1000, 1), ("lorenz", 400, 100), ("lstm", 1000, 10),
         ("pendulum", 1000, 25), ("cart_pole", 1000, 25)}
assert sizes <= {(row["name"], row["particles"], row["truncation"]) for row in rows}
for row in rows:
    assert row["inner_steps_per_second"] is None or row["inner_steps_per_second"] > 0
products = [row for row in rows if row["name"].startswith("sgemm ") and "x" in row["name"]]
assert len(products) == 12, names
for row in rows:
    if row["gflops"] is not None:
        assert row["gflops"] > 0 and row["peak_gflops"] > 0
        assert abs(row["share_of_peak"] - row["gflops"] / row["peak_gflops"]) < 1e-9
mlp = rows[names.index("mlp_training")]
assert mlp["particles"] == 100 and mlp["truncation"] == 10 and mlp["threads"] == 2
# Forward twice and backward without the gradient of the pixels, minibatch 100.
flops = 200 * (4 * (784 * 100 + 100 * 100 + 100 * 10) - 784 * 100)
assert abs(mlp["gflops"] / (1e-9 * flops * mlp["inner_steps_per_second"]) - 1) < 1e-6, mlp
mean = math.exp(sum(math.log(row["gflops"]) for row in products) / 12)
assert abs(rows[names.index("sgemm geometric mean")]["gflops"] / mean - 1) < 1e-9
assert rows[names.index("noise")]["normals_per_second"] > 0
assert rows[names.index("checkpoint")]["checkpoint_bytes"] > 32 * 2 * 4 * 89610
END

# Without --threads: one thread, then all of them, and the ratio.
if [ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ]; then
    "$PES" bench linear --json --seconds 0.05 | python3 -c '
import json, sys
one, many = [json.loads(line) for line in sys.stdin]
assert one["threads"] == 1 and many["threads"] > 1
ratio = many["inner_steps_per_second"] / one["inner_steps_per_second"]
assert abs(many["speedup"] - ratio) < 1e-9 * ratio' || fail "no ratio of one thread and all"
fi
expect 0 '' -- "$PES" bench noise --seconds 0.05
grep -q '^noise .* normals/s' out || fail "no row of noise: $(cat out)"
expect 2 "there is no workload 'linaer'; did you mean 'linear'?" -- "$PES" bench linaer
expect 2 '--seconds' -- "$PES" bench noise --seconds 0
finish
