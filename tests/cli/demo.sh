# The demo's claim: with the same unrolls and the same inner steps, PES ends clearly below truncated
# ES, and far below the start. One seed of it, the smaller truncation.
. "$(dirname "$0")/lib.sh"
experiments=${PES_SOURCE_DIR:-$here/../..}/experiments
"$PES" run "$experiments/demo.toml" --out demo --quiet --json --set run.seed=1 \
    --set estimator.truncation=20 --set run.events=false >out
python3 - <<'END' || fail "the demo does not show what it says"
import json
runs = {r["name"]: r for r in json.load(open("out"))["runs"]}
pes, truncated = runs["pes"], runs["truncated_es"]
print(pes["first_objective"], pes["objective"], truncated["objective"])
assert pes["objective"] < 0.9 * truncated["objective"]
assert pes["objective"] < 0.5 * pes["first_objective"]
END
for file in "$experiments"/*.toml; do
    expect 0 '' -- "$PES" info "$file" # whether its data are there or not
done
finish
