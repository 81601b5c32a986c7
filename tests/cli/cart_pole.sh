# The claim of experiments/cart_pole_small.toml: from 25 of 500 steps at a time PES learns to balance
# the pole in both seeds, and truncated ES with the same steps does not.
. "$(dirname "$0")/lib.sh"
expect 0 '' -- "$PES" run "$PES_SOURCE_DIR/experiments/cart_pole_small.toml" --out poles -q
expect 0 '' -- "$PES" compare poles --json
python3 - <<'PY' || fail "PES does not balance the pole, or truncated ES does: $(cat out)"
import json
rows = {row["method"]: row for row in map(json.loads, open("out"))}
assert rows["pes"]["range"] == [-500, -500], rows["pes"]["range"]
assert rows["truncated_es"]["objective"] > -450, rows["truncated_es"]["objective"]
assert -60 < rows["start"]["objective"] < -30
PY
finish
