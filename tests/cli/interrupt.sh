# Interrupted by a signal, or killed at any moment, and resumed: the same bits as never stopping.
. "$(dirname "$0")/lib.sh"
small 'updates = 400' 'checkpoint_every = 50' 'evaluate_every = 100' 'evaluation_episodes = 2' >x.toml
expect 0 '' -- "$PES" run x.toml --out whole --threads 2

# start FOLDER SIGNAL: begins a run and sends the signal once it logs; leaves its exit code in $code.
start() {
    "$PES" run x.toml --out "$1" --set run.log_every=1 2>err >out &
    local pid=$!
    wait_for "$1/log.jsonl"
    kill -"$2" $pid 2>/dev/null || true
    code=0
    wait $pid 2>/dev/null || code=$?
}

for signal in INT TERM HUP; do
    start "by-$signal" $signal
    if [ "$code" -eq 0 ]; then
        echo "the run was over before SIG$signal came" >&2
    else
        [ "$code" -eq 130 ] || fail "exit code $code after SIG$signal"
        grep -qE "interrupted at update [0-9]+; continue with: pes resume by-$signal$" err ||
            fail "SIG$signal: $(cat err)"
        [ ! -e by-$signal/result.json ] || fail "an interrupted run has a result"
        ls by-$signal/checkpoint-*.safetensors >/dev/null || fail "no checkpoint after SIG$signal"
    fi
    expect 0 '' -- "$PES" resume by-$signal --threads 1
    same_run whole by-$signal
done

# Killed, again and again, at whatever moment.
"$PES" run x.toml --out killed --quiet 2>/dev/null &
pid=$!
for pause in 0.01 0.02 0.03 0.05 0.08 0.13; do
    sleep $pause
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    if [ -e killed/experiment.toml ]; then
        "$PES" resume killed --quiet >/dev/null 2>&1 &
    else # killed before anything was written
        "$PES" run x.toml --out killed --quiet >/dev/null 2>&1 &
    fi
    pid=$!
done
wait $pid || fail "the last resume failed"
same_run whole killed
[ "$(ls killed/events.out.tfevents.* | wc -l)" -eq 1 ] || fail "more than one file of events"

# Checkpoints name the settings that depart from the defaults, and no others: a setting that a later
# version adds does not part them from their run.
checkpoint=$(ls killed/checkpoint-*.safetensors | tail -n 1)
grep -aq 'particles = ' "$checkpoint" || fail "the checkpoint does not tell its settings"
! grep -aq 'antithetic = ' "$checkpoint" || fail "the checkpoint tells a default"

# Between files: the last checkpoint is written, the result is not.
cp -r whole between
rm between/result.json
expect 0 '' -- "$PES" resume between
same_run whole between

# Before the settings are there, a run may simply begin again.
mkdir barely
echo '[pro' >barely/experiment.toml.tmp
: >barely/lock
expect 2 'holds no run to continue' -- "$PES" resume barely
expect 0 '' -- "$PES" run x.toml --out barely
same_run whole barely

# Before the first checkpoint: only settings, or settings and logs.
mkdir first
cp whole/experiment.toml first/
expect 0 '' -- "$PES" resume first
same_run whole first
mkdir logs
cp whole/experiment.toml whole/log.jsonl whole/evaluations.jsonl whole/events.* logs/
echo '{"update":401,"torn' >>logs/log.jsonl
expect 0 '' -- "$PES" resume logs
same_run whole logs
[ "$(ls logs/events.out.tfevents.* | wc -l)" -eq 1 ] || fail "old events stayed"

# A damaged newest checkpoint is passed over for the one before it.
start damaged INT
cp -r whole damaged2
rm damaged2/result.json
newest=$(ls damaged2/checkpoint-*.safetensors | tail -1)
printf 'X' | dd of="$newest" bs=1 seek=2000 conv=notrunc 2>/dev/null
expect 0 '' -- "$PES" resume damaged2
same_run whole damaged2
head -c 100 whole/checkpoint-000000000400.safetensors >"$newest"
rm damaged2/result.json
expect 0 '' -- "$PES" resume damaged2
same_run whole damaged2

# Other settings than the checkpoint's are refused, and nothing is lost.
cp -r whole other
rm other/result.json
sed -i 's/^sigma = .*/sigma = 0.2/' other/experiment.toml
expect 2 'other settings' -- "$PES" resume other
[ -s other/checkpoint-000000000400.safetensors ] && [ "$(wc -l <other/log.jsonl)" -eq 400 ] ||
    fail "a refused resume lost something"

# A finished run goes further when its end is moved.
sed -i 's/^updates = .*/updates = 450/; s/^sigma = .*/sigma = 0.1/' other/experiment.toml
expect 0 '' -- "$PES" resume other
expect 0 '' -- "$PES" run x.toml --out longer --set run.updates=450
cmp <(sed 's/,"seconds".*//' longer/log.jsonl) <(sed 's/,"seconds".*//' other/log.jsonl) ||
    fail "a run that was made longer differs"
finish
