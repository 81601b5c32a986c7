# pes compare: the table says what the files say.
. "$(dirname "$0")/lib.sh"
small 'updates = 40' 'evaluate_every = 10' '[sweep]' '"estimator.method" = ["pes", "truncated_es"]' \
    '"run.seed" = [1, 2]' >x.toml
expect 0 '' -- "$PES" run x.toml --out sweep --quiet

expect 0 '' -- "$PES" compare sweep
sed -n 1p out | grep -q '^problem  *method  *K  *N  *seeds  *final' || fail "no head: $(cat out)"
sed -n 2p out | grep -q '^mlp_training  *(start)  ' || fail "the start is not the first row: $(cat out)"
sed -n 3p out | grep -q '^mlp_training  *pes  *10  *8  *2  ' || fail "no row of pes: $(cat out)"
sed -n 4p out | grep -q '^mlp_training  *truncated_es  *10  *8  *2  ' || fail "no other row: $(cat out)"

# A run is one seed, however often it is named.
cp out once
ln -s sweep/pes-seed1 again
expect 0 '' -- "$PES" compare sweep/ sweep/pes-seed1 ./sweep again
cmp -s out once || fail "a run that is named again counts again: $(cat out)"

# Every number once more from the files, in another language.
"$PES" compare sweep --json >rows
python3 - <<'END' || fail "the rows are not what the files hold: $(cat rows)"
import json
rows = [json.loads(line) for line in open("rows")]
assert [r["method"] for r in rows] == ["start", "pes", "truncated_es"]
runs = {(m, s): [json.loads(line) for line in open(f"sweep/{m}-seed{s}/evaluations.jsonl")]
        for m in ("pes", "truncated_es") for s in (1, 2)}
mean = lambda x: sum(x) / len(x)
same = lambda a, b: abs(a - b) <= 1e-9 * abs(b)
start = mean([e[0]["objective"] for e in runs.values()])
assert same(rows[0]["objective"], start) and rows[0]["seeds"] == 4
finals = {m: [runs[m, s][-1]["objective"] for s in (1, 2)] for m in ("pes", "truncated_es")}
target = (start + min(mean(f) for f in finals.values())) / 2
for row in rows[1:]:
    method = row["method"]
    assert same(row["objective"], mean(finals[method])), row
    assert row["range"] == [min(finals[method]), max(finals[method])], row
    assert row["best"] == min(e["objective"] for s in (1, 2) for e in runs[method, s]), row
    assert same(row["target"], target) and row["incomplete"] == 0 and row["seeds"] == 2
    hits = [next((e for e in runs[method, s] if e["objective"] <= target), None) for s in (1, 2)]
    hits = [e for e in hits if e]
    assert row["reached"] == len(hits)
    if hits:
        assert same(row["inner_steps_to_target"], mean([e["inner_steps"] for e in hits]))
        assert same(row["seconds_to_target"], mean([e["seconds"] for e in hits]))
    else:
        assert row["inner_steps_to_target"] is None
assert rows[1]["settings"]["estimator"]["truncation"] == 10 and "seed" not in rows[1]["settings"]["run"]
END

# Targets: out of reach, and there from the start.
expect 0 '' -- "$PES" compare sweep --target -1
[ "$(grep -c ' -  *-$' out)" -eq 3 ] || fail "a target out of reach is reached: $(cat out)"
"$PES" compare sweep --target 1e9 --json | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin][1:]
assert all(r["reached"] == 2 and r["inner_steps_to_target"] == 0 for r in rows)' ||
    fail "a target that the start meets is not reached there"
expect 2 "--target takes a number, the objective to be reached, not 'low'" -- \
    "$PES" compare sweep --target low

# Runs that stopped early are marked, and count with what they have.
cp -r sweep half
rm half/pes-seed2/result.json
head -n 2 sweep/pes-seed2/evaluations.jsonl >half/pes-seed2/evaluations.jsonl
expect 0 '' -- "$PES" compare half
grep -q ' pes .* 2 (1 incomplete) ' out || fail "an incomplete run is not marked: $(cat out)"

# Runs without evaluations, alone.
small 'updates = 3' >plain.toml
expect 0 '' -- "$PES" run plain.toml --out plain --quiet
expect 0 '' -- "$PES" compare plain
grep -q ' pes  *10  *8  *1  *-  *-  *-  *-  *-$' out || fail "a run without evaluations: $(cat out)"

# Only the start was evaluated: nobody is on the way to anything.
cp -r plain begun
head -n 1 sweep/pes-seed2/evaluations.jsonl >begun/evaluations.jsonl
expect 0 '' -- "$PES" compare begun
grep -q 'target: ' out && fail "a target that nobody has gone towards: $(cat out)"

# Groups are told apart by what differs.
expect 0 '' -- "$PES" run plain.toml --out sigma --quiet --set estimator.sigma=0.3
expect 0 '' -- "$PES" compare plain sigma
grep -q 'sigma = 0.3$' out || fail "the setting that differs is not shown: $(cat out)"

# What does not belong together, or is not there.
printf '[problem]\nname = "linear"\n[run]\nupdates = 3\n' >linear.toml
expect 0 '' -- "$PES" run linear.toml --out other --quiet
expect 2 'name runs of one problem only' -- "$PES" compare sweep other
expect 2 'nowhere is not a folder' -- "$PES" compare nowhere
mkdir empty
expect 2 'empty holds no run' -- "$PES" compare empty
finish
