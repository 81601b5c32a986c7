# Nothing overwrites a run unless --force, and --force removes the files of runs only.
. "$(dirname "$0")/lib.sh"
small 'updates = 20' 'checkpoint_every = 5' 'evaluate_every = 10' >x.toml

expect 0 '' -- "$PES" run x.toml --out deep/er/run
for file in experiment.toml log.jsonl evaluations.jsonl result.json; do
    [ -s deep/er/run/$file ] || fail "no $file"
done
[ "$(ls deep/er/run/checkpoint-*.safetensors | wc -l)" -eq 2 ] || fail "not two checkpoints"
[ "$(ls deep/er/run/events.out.tfevents.* | wc -l)" -eq 1 ] || fail "not one file of events"
[ "$(wc -l <deep/er/run/log.jsonl)" -eq 20 ] || fail "not 20 rows"
[ "$(wc -l <deep/er/run/evaluations.jsonl)" -eq 3 ] || fail "not 3 evaluations"

# The run in its way, and the way out.
cp -r deep/er/run before
expect 2 "deep/er/run holds a run already; continue it with 'pes resume deep/er/run'" -- \
    "$PES" run x.toml --out deep/er/run
diff -r before deep/er/run || fail "a refused run changed the folder"
echo mine >deep/er/run/notes.txt
mkdir deep/er/run/pictures
expect 2 'even' -- "$PES" run x.toml --out deep/er/run --force --set estimator.particles=7
for file in before/*; do
    cmp "$file" "deep/er/run/${file#before/}" || fail "bad settings and --force lost $file"
done
expect 0 '' -- "$PES" run x.toml --out deep/er/run --force --set run.updates=10
[ "$(cat deep/er/run/notes.txt)" = mine ] && [ -d deep/er/run/pictures ] || fail "--force removed what is not its own"
[ "$(wc -l <deep/er/run/log.jsonl)" -eq 10 ] || fail "--force did not begin a new run"
[ "$(ls deep/er/run/events.out.tfevents.* | wc -l)" -eq 1 ] || fail "--force kept old events"

# Folders with other things, files in the way.
mkdir other && echo mine >other/notes.txt
expect 2 'other is not empty' -- "$PES" run x.toml --out other
[ "$(ls other)" = notes.txt ] || fail "a refused run wrote into other"
expect 0 '' -- "$PES" run x.toml --out other --force
[ "$(cat other/notes.txt)" = mine ] || fail "--force lost notes.txt"
mkdir empty
expect 0 '' -- "$PES" run x.toml --out empty
echo text >file
expect 1 'the folder file could not be made: there is a file of that name' -- "$PES" run x.toml --out file
expect 1 'the folder file could not be made' -- "$PES" run x.toml --out file/run
ln -s nowhere link
expect 1 'the folder link could not be made: there is a file of that name' -- "$PES" run x.toml --out link
[ "$(cat file)" = text ] || fail "a file was lost"

# Default place, resuming what is finished or never was.
expect 0 '' -- "$PES" run x.toml
[ -s runs/x/result.json ] || fail "the default place is not runs/x"
cp -r runs/x before-resume
expect 0 'runs/x is finished already' -- "$PES" resume runs/x
diff -r before-resume runs/x || fail "resuming a finished run changed it"
expect 2 'nowhere is not a folder' -- "$PES" resume nowhere
expect 2 'holds no run to continue: there is no experiment.toml' -- "$PES" resume deep
expect 2 'file is not a folder' -- "$PES" resume file

# One process at a time.
small 'updates = 100000' >long.toml
"$PES" run long.toml --out busy --quiet &
pid=$!
wait_for busy/log.jsonl
expect 1 'busy is in use by another pes' -- "$PES" resume busy
expect 1 'busy is in use by another pes' -- "$PES" run x.toml --out busy --force
kill -9 $pid
wait $pid || true
expect 0 '' -- "$PES" run x.toml --out busy --force

# What was resolved is an experiment that resolves to itself.
cp runs/x/experiment.toml resolved.toml
expect 0 '' -- "$PES" run resolved.toml --out again
cmp runs/x/experiment.toml again/experiment.toml || fail "experiment.toml does not resolve to itself"
same_run runs/x again
finish
