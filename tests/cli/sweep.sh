# A sweep runs its grid in order, survives interruptions and failing runs, and says what came out.
. "$(dirname "$0")/lib.sh"
grid='[sweep]
"estimator.method" = ["pes", "truncated_es"]
"estimator.truncation" = [10, 20]
"run.seed" = [1, 2]'
small 'updates = 60' 'checkpoint_every = 20' 'evaluate_every = 30' "$grid" >x.toml
names='pes-10-seed1 pes-10-seed2 pes-20-seed1 pes-20-seed2 truncated_es-10-seed1 truncated_es-10-seed2 truncated_es-20-seed1 truncated_es-20-seed2'

expect 0 '' -- "$PES" run x.toml --out whole
for name in $names; do
    [ -s whole/$name/result.json ] || fail "no run $name"
    grep -q "^$name " out || fail "the table does not show $name"
done
grep -qF '"run.seed" = [1, 2]' whole/experiment.toml || fail "experiment.toml lost the sweep"
python3 - <<'END' || fail "sweep.json is not as it should be"
import json
s = json.load(open("whole/sweep.json"))
assert s["status"] == "finished" and s["failed"] == 0 and len(s["runs"]) == 8, s
assert s["runs"][1]["coordinates"] == {"estimator.method": "pes", "estimator.truncation": 10, "run.seed": 2}
assert all(isinstance(r["objective"], float) for r in s["runs"])
END
expect 0 'whole is finished already' -- "$PES" resume whole
expect 2 'whole holds a run already' -- "$PES" run x.toml --out whole

# Other forms of the same grid: unquoted names, and axes from --set.
small 'updates = 60' 'checkpoint_every = 20' 'evaluate_every = 30' >plain.toml
cp plain.toml dotted.toml
printf '[sweep]\nestimator.truncation = [10, 20]\nrun.seed = [2]\n' >>dotted.toml
expect 0 '' -- "$PES" run dotted.toml
same_run runs/dotted/10-seed2 whole/pes-10-seed2
expect 0 '' -- "$PES" run plain.toml --set 'sweep.run.seed=[1, 2]' --set 'sweep.estimator.sigma=[0.1, 0.3]'
[ -s runs/plain/seed2-sigma0.3/result.json ] || fail "names: $(ls runs/plain)"
expect 0 '' -- "$PES" run x.toml --out fixed --set estimator.method=pes --set run.seed=2
[ "$(ls -d fixed/*/ | wc -l)" -eq 2 ] || fail "--set does not fix an axis: $(ls fixed)"
same_run fixed/20 whole/pes-20-seed2

# Interrupted or killed, and resumed as a whole.
for signal in TERM KILL; do
    "$PES" run x.toml --out by-$signal --quiet >/dev/null 2>err &
    pid=$!
    wait_for by-$signal/pes-20-seed1/log.jsonl
    kill -$signal $pid
    code=0
    wait $pid 2>/dev/null || code=$?
    if [ $signal = TERM ]; then
        [ "$code" -eq 130 ] || fail "exit code $code after SIGTERM"
        grep -q "continue with: pes resume by-TERM$" err || fail "SIGTERM: $(cat err)"
    fi
    [ ! -e by-$signal/sweep.json ] || fail "an interrupted sweep has its summary"
    expect 0 '' -- "$PES" resume by-$signal
    for name in $names; do
        same_run whole/$name by-$signal/$name
    done
done

# One run that fails is noted; the others run. Here: a folder of its own in the way of a file.
expect 0 '' -- "$PES" run x.toml --out failing --set run.updates=1
rm -r failing/sweep.json failing/pes-10-seed2 failing/truncated_es-20-seed2
echo in the way >failing/pes-10-seed2
expect 1 '1 of 8 runs failed' -- "$PES" resume failing
[ -s failing/truncated_es-20-seed2/result.json ] || fail "a failing run ended the sweep"
grep -q 'pes-10-seed2 *failed' out || fail "the table does not show the failure: $(cat out)"
rm failing/pes-10-seed2
expect 0 '' -- "$PES" resume failing
[ -s failing/pes-10-seed2/result.json ] || fail "a failed run was not tried again"

# Diverging runs: the sweep ends with 1.
expect 1 '1 of 2 runs failed' -- "$PES" run plain.toml --out diverging \
    --set 'sweep.optimizer.learning_rate=[0.01, 1e6]' --set optimizer.name=sgd
[ -s diverging/learning_rate0.01/result.json ] || fail "the good run has no result"
grep -q '"message"' diverging/sweep.json || fail "the summary does not say why"

# --force clears the old grid, and only that.
echo mine >whole/notes.txt
echo mine >whole/pes-10-seed1/notes.txt
expect 0 '' -- "$PES" run plain.toml --out whole --force
[ ! -e whole/pes-10-seed2 ] && [ ! -e whole/sweep.json ] || fail "--force kept runs of the old sweep"
[ -s whole/notes.txt ] && [ -s whole/pes-10-seed1/notes.txt ] || fail "--force lost notes"
[ "$(ls whole/pes-10-seed1)" = notes.txt ] || fail "--force kept files of an old run"
finish
