# Whatever --json prints is JSON, and holds what the design promises.
. "$(dirname "$0")/lib.sh"
small 'updates = 20' 'evaluate_every = 10' >x.toml

json() { # EXPRESSION COMMAND...: an expression in python that must be true of the value x
    local expression=$1
    shift
    expect 0 '' -- "$@"
    python3 -c "import json, math; x = json.load(open('out')); assert $expression, x" ||
        fail "not $expression: $*"
}

json 'x["status"] == "finished" and x["updates"] == 20 and len(x["theta"]) == len(x["parameters"]) == 2' \
    "$PES" run x.toml --json --quiet
json 'x == json.load(open("runs/x/result.json"))' "$PES" resume runs/x --json
json 'x["version"] and x["problem"] == "mlp_training" and x["method"] == "pes" and x["objective"] > 0' "$PES" resume runs/x --json
json 'x["settings"]["estimator"]["horizon"] == 60 and x["settings"]["run"]["seed"] == 1' "$PES" resume runs/x --json
json 'x["machine"]["threads"] >= 1 and x["machine"]["kernels"] in ("scalar", "avx2", "avx512") and x["peak_memory"] > 0 and x["seconds"] > 0' "$PES" resume runs/x --json
json 'x["start"] != x["theta"] and x["first_objective"] > 0 and x["inner_steps"] == 20 * 8 * 10' "$PES" resume runs/x --json
json 'len(x["runs"]) == 2' "$PES" run x.toml --out s --json --set 'sweep.run.seed=[1, 2]'
json '{"problems", "methods", "optimizers", "transforms", "shapings", "searches", "datasets"} == set(x)' "$PES" list --json
json 'any(m["name"] == "pes" for m in x["methods"])' "$PES" list methods --json
json '{m["name"]: m.get("needs") for m in x["methods"]}["uoro"] == "unroll_tangents and unroll_adjoints"' \
    "$PES" list methods --json
json 'x["needs"] == "unroll_adjoints" and not x["perturbs"] and x["target"] == "the objective"' \
    "$PES" info bptt --json
json 'x["needs"] is None and x["perturbs"]' "$PES" info pes --json
json 'len(x) >= 2 and all(d["name"] for d in x)' "$PES" data list --json
for table in estimator optimizer search run; do
    json 'all(s["name"] and s["type"] and s["range"] and "default" in s and "unit" in s and s["summary"] for s in x["settings"])' \
        "$PES" info $table --json
done
json '"mlp_training" in x' "$PES" info problem --json
for name in $("$PES" list --json | python3 -c 'import json, sys
for kind in json.load(sys.stdin).values():
    print(*[item["name"] for item in kind], sep="\n")'); do
    json 'x["name"] and x["summary"]' "$PES" info "$name" --json
    expect 0 '' -- "$PES" info "$name"
done
json 'x["num_params"] == 2 and x["inner_steps"] == 1600 and x["peak_memory"] > x["data_bytes"]' "$PES" info x.toml --json
json 'x["runs"] == 2' "$PES" info s --json
expect 0 '' -- "$PES" info x.toml
grep -qE 'memory +[0-9]+ bytes \(' out || fail "no memory in: $(cat out)"
json 'x["missing"] is None' "$PES" info x.toml --json

# Without the files of a published set, its sizes: 60,000 images of 28 x 28, and their labels.
sed 's/^digits_size.*/dataset = "mnist"/; s/^training_images.*//; s/^validation_images.*//' x.toml >away.toml
json 'x["data_bytes"] == 60000 * 785 and "pes data fetch mnist" in x["missing"]' "$PES" info away.toml --json
expect 0 '' -- "$PES" info away.toml
grep -q '^  missing .*pes data fetch mnist' out || fail "what is missing is not said: $(cat out)"
sed 's/^hidden.*/training_images = 50001/' away.toml >many.toml
expect 2 'training_images is 50001, but mnist has only 50000' -- "$PES" info many.toml
expect 2 'pes data fetch mnist' -- "$PES" run away.toml --out away

# Large seeds survive.
json 'x["settings"]["run"]["seed"] == 9223372036854775807' "$PES" run x.toml --out seed --json --set run.seed=9223372036854775807

expect 2 "nothing is called 'estimater'; did you mean 'estimator'?" -- "$PES" info estimater
expect 2 'missing.toml could not be read' -- "$PES" info missing.toml
expect 2 "there is no list of 'method'; did you mean 'methods'?" -- "$PES" list method
finish
