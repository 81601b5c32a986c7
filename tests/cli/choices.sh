# Shapings say which bias they cause: where they are looked up, when a run begins, in what it leaves.
# And the other choices of an estimate can be made in a file, or are refused with what to change.
. "$(dirname "$0")/lib.sh"
small 'updates = 3' >x.toml

expect 0 '' -- "$PES" list
for name in none sign centred_rank standardized clipped; do
    grep -qE "^ +$name " out || fail "pes list does not show the shaping $name"
done
for name in none sign centred_rank standardized clipped; do
    expect 0 '' -- "$PES" info "$name"
    grep -q '^  bias: ' out || fail "pes info $name does not tell the bias"
    expect 0 '' -- "$PES" info "$name" --json
    grep -q '"bias"' out || fail "pes info $name --json does not tell the bias"
done

expect 0 'shaping = "sign" biases the estimates: it follows' -- \
    "$PES" run x.toml --out signs --set estimator.shaping=sign
grep -q '"shaping_bias": "follows' signs/result.json || fail "result.json does not tell the bias"
expect 0 '' -- "$PES" run x.toml --out plain
! grep -q 'biases' err || fail "a run without shaping speaks of bias: $(cat err)"
! grep -q 'shaping_bias' plain/result.json || fail "result.json tells a bias without a shaping"
expect 0 '' -- "$PES" run x.toml --out quiet --quiet --set estimator.shaping=clipped
[ ! -s err ] || fail "a quiet run says: $(cat err)"

expect 0 '' -- "$PES" run x.toml --out all --set estimator.starts=staggered \
    --set estimator.lengths=log_uniform --set estimator.shortest=20 \
    --set estimator.sigma_schedule=cosine --set estimator.sigma_updates=3
# 4 pairs at 0, 10, 30 and 40 of 60 steps, and three updates of at most 80
steps=$(sed -n '1s/.*"inner_steps":\([0-9]*\).*/\1/p' all/log.jsonl)
[ "$steps" -gt 80 ] || fail "the first update counts no warm-up: $steps"
[ "$(sed -n 's/.*"sigma":\([0-9.e-]*\),.*/\1/p' all/log.jsonl | sort -u | wc -l)" -eq 3 ] ||
    fail "the log does not show a falling sigma"

expect 0 '' -- "$PES" info x.toml --json
grep -q '"inner_steps": 240' out || fail "three updates are not 240 inner steps: $(cat out)"
sed 's/^particles.*/&\nstarts = "staggered"/' x.toml >staggered.toml
expect 0 '' -- "$PES" info staggered.toml --json
grep -q '"inner_steps": 400' out || fail "a warm-up of 160 inner steps is not forecast: $(cat out)"

expect 0 '' -- "$PES" run x.toml --out averaged --set run.evaluate_every=2 \
    --set optimizer.average=uniform
grep -q 'at the average of theta' out || fail "the result does not speak of the average: $(cat out)"
grep -q '"averaged_objective":[0-9]' averaged/evaluations.jsonl || fail "no averaged objective"
grep -q '"theta_average"' averaged/result.json || fail "result.json does not hold the average"

expect 2 'one shared state' -- "$PES" run x.toml --out new --set estimator.starts=staggered \
    --set estimator.method=truncated_es
expect 2 'at least the truncation, 10' -- "$PES" run x.toml --out new \
    --set estimator.lengths=uniform --set estimator.shortest=5
[ ! -e new ] || fail "a refused run left a folder"
finish
