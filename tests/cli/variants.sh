# A sweep of variants gives each its own settings, runs all of them over the grid, and what reads
# runs calls them by their names.
. "$(dirname "$0")/lib.sh"
grid='[sweep]
"run.seed" = [1, 2]
[[variant]]
name = "PES"
[[variant]]
name = "truncated ES, wide"
"estimator.method" = "truncated_es"
"estimator.sigma" = 0.3
problem.hidden = [4, 4]
[variant.optimizer]
learning_rate = 0.05'
small 'updates = 40' 'evaluate_every = 20' 'checkpoint_every = 20' "$grid" >x.toml
wide=truncated_ES_wide

expect 0 '' -- "$PES" run x.toml --out whole
[ "$(cd whole && ls -d */ | tr -d '/' | tr '\n' ' ')" = "PES-seed1 PES-seed2 $wide-seed1 $wide-seed2 " ] ||
    fail "not one folder a variant and seed: $(ls whole)"

# The runs are those that single files of these settings give.
small 'updates = 40' 'evaluate_every = 20' 'checkpoint_every = 20' 'seed = 2' >plain.toml
expect 0 '' -- "$PES" run plain.toml --out plain --set estimator.method=truncated_es \
    --set estimator.sigma=0.3 --set 'problem.hidden=[4, 4]' --set optimizer.learning_rate=0.05
same_run plain whole/$wide-seed2
expect 0 '' -- "$PES" run plain.toml --out plain --force
same_run plain whole/PES-seed2

# What is written down: the sweep's variants, each run's own, and the summary.
for line in '[[variant]]' 'name = "truncated ES, wide"' '"estimator.sigma" = 0.3' '"problem.hidden" = [4, 4]'; do
    grep -qxF "$line" whole/experiment.toml || fail "experiment.toml lost: $line"
done
tail -n 2 whole/$wide-seed1/experiment.toml | tr '\n' ' ' | grep -qxF '[variant] name = "truncated ES, wide" ' ||
    fail "the run does not know its variant: $(tail -n 2 whole/$wide-seed1/experiment.toml)"
python3 - $wide <<'END' || fail "sweep.json or result.json does not know the variants"
import json, sys
rows = json.load(open("whole/sweep.json"))["runs"]
assert [r["variant"] for r in rows] == ["PES"] * 2 + ["truncated ES, wide"] * 2, rows
assert rows[3]["coordinates"] == {"run.seed": 2}
assert json.load(open(f"whole/{sys.argv[1]}-seed1/result.json"))["variant"] == "truncated ES, wide"
END

# Interrupted by a kill, and resumed as a whole.
"$PES" run x.toml --out killed --quiet --set run.updates=400 >/dev/null 2>&1 &
pid=$!
wait_for killed/PES-seed2/log.jsonl
kill -KILL $pid
wait $pid 2>/dev/null || true
expect 0 '' -- "$PES" resume killed
expect 0 '' -- "$PES" run x.toml --out again --quiet --set run.updates=400
for name in PES-seed1 PES-seed2 $wide-seed1 $wide-seed2; do
    same_run again/$name killed/$name
done
expect 0 'killed is finished already' -- "$PES" resume killed

# compare and plot: a variant is a group, under its name.
expect 0 '' -- "$PES" compare whole
sed -n 1p out | grep -q ' variant$' || fail "no column for variants: $(cat out)"
grep -q '^mlp_training  *pes  *10  *8  *2  .*  PES$' out || fail "no row of PES: $(cat out)"
grep -q '^mlp_training  *truncated_es  *10  *8  *2  .*  truncated ES, wide$' out || fail "no other row: $(cat out)"
"$PES" compare whole --json | python3 -c '
import json, sys
rows = [json.loads(line) for line in sys.stdin][1:]
assert [(r["variant"], r["seeds"]) for r in rows] == [("PES", 2), ("truncated ES, wide", 2)], rows' ||
    fail "compare --json does not group by variants"
if command -v gnuplot >/dev/null; then
    expect 0 '' -- "$PES" plot whole -o whole.svg
    grep -q 'truncated ES, wide' whole.gp || fail "the picture does not name the variants"
fi

# Settings that differ inside a variant are told; those that only tell variants apart are not.
expect 0 '' -- "$PES" run x.toml --out sigmas --set 'sweep.estimator.sigma=[0.1, 0.2]' --set run.seed=1
[ -s sigmas/$wide-sigma0.2/result.json ] || fail "an axis from --set does not overrule variants: $(ls sigmas)"
expect 0 '' -- "$PES" compare sigmas
grep -q '  PES, sigma = 0.2$' out || fail "sigma is not shown: $(cat out)"
grep -q '  truncated ES, wide, sigma = 0.1$' out || fail "sigma is not shown: $(cat out)"

# --set has the last word, and chooses variants.
expect 0 '' -- "$PES" run x.toml --out one --set 'sweep.variant=["truncated ES, wide"]' \
    --set run.updates=2 --set estimator.sigma=0.5 --set run.seed=7
[ "$(cd one && ls -d */)" = $wide/ ] || fail "not the chosen variant alone: $(ls one)"
grep -qxF 'sigma = 0.5' one/$wide/experiment.toml && grep -qxF 'seed = 7' one/$wide/experiment.toml ||
    fail "--set does not overrule a variant"
expect 0 '' -- "$PES" info x.toml
grep -q '4 runs: 2 variants, 2 of run.seed' out || fail "the forecast does not count variants: $(cat out)"

# refused SENTENCE LINE...: variants with an error begin nothing. The first line here is line 15.
refused() {
    local sentence=$1
    shift
    small 'updates = 2' "$@" >bad.toml
    expect 2 "pes: bad.toml:$sentence" -- "$PES" run bad.toml --out bad
    [ ! -e bad ] || fail "variants with an error made a folder: $sentence"
}
one='[[variant]]
name = "one"'
refused '15:1: this [[variant]] needs a name' '[[variant]]' '"estimator.sigma" = 1'
refused '16:8: the name of a variant must be a text of 1 to 60 characters' '[[variant]]' 'name = 3'
refused '16:8: the name of a variant must be a text of 1 to 60 characters' '[[variant]]' 'name = ""'
refused "18:8: there are two variants 'one'; rename one of them" "$one" "$one"
refused "17:1: [estimator] has no setting 'sigm'; did you mean 'sigma'?" "$one" '"estimator.sigm" = 1'
refused '17:21: sigma must be a number from 1e-15' "$one" '"estimator.sigma" = -1'
refused '17:21: sigma must be a number from 1e-15' "$one" '"estimator.sigma" = [1, 2]'
refused '17:1: a setting of a variant is named after its table' "$one" 'sigma = 1'
refused '17:1: a sweep stays with one problem' "$one" '"problem.name" = "linear"'
refused '17:1: [sweep] goes over estimator.sigma as well; keep one of the two' "$one" '"estimator.sigma" = 1' \
    '[sweep]' '"estimator.sigma" = [1, 2]'
refused " the variants 'one' and 'two' have the same settings; remove one" "$one" '"estimator.sigma" = 0.1' \
    '[[variant]]' 'name = "two"'
refused "18:12: there is no [[variant]] named 'two'" "$one" '[sweep]' 'variant = ["two"]'
refused "18:19: the variant 'one' is chosen twice" "$one" '[sweep]' 'variant = ["one", "one"]'
refused "18:12: sweep.variant must be a list of variants' names" "$one" '[sweep]' 'variant = [1]'
refused '16:1: [variant] is for the name of a run in a sweep; write [[variant]] for each' '[variant]' 'sigma = 1'
refused '15:1: [[optimizer]] would be one of several; write [optimizer]' '[[optimizer]]' 'name = "sgd"'
refused '15:1: there is no table [x]' '[[x]]' 'name = "sgd"'
expect 2 "--set variant.name=one: [variant] is for the name of a run in a sweep; write [[variant]] for each of several, and choose among them with --set 'sweep.variant=" -- \
    "$PES" run x.toml --set variant.name=one
expect 2 "pes: x.toml: the variants 'PES' and 'truncated ES, wide' have the same settings" -- "$PES" run x.toml \
    --set estimator.method=pes --set estimator.sigma=0.1 --set optimizer.learning_rate=0.1 --set 'problem.hidden=[8]'
finish
