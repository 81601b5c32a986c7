# Tables [[problem.tune]]: read with places, written out, varied by --set and sweeps, resumed from a
# start at random; what is wrong in them is one sentence.
. "$(dirname "$0")/lib.sh"

many() { # further lines
    cat <<END
[problem]
name = "mlp_training"
hidden = [8, 6]
batch_size = 10
horizon = 40
digits_size = 8
training_images = 400
validation_images = 100
[[problem.tune]]
name = "learning_rate"
per = "tensor"
start_range = [1e-4, 1e-2]
[[problem.tune]]
name = "momentum"
per = "layer"
schedule = "linear"
start = 0.5
[estimator]
particles = 8
truncation = 10
[run]
updates = 30
evaluate_every = 10
END
    printf '%s\n' "$@"
}
many >x.toml

# wrong SENTENCE ARGUMENTS...: a run of x.toml with --set's is refused.
wrong() {
    local sentence=$1
    shift
    expect 2 "$sentence" -- "$PES" run x.toml --out new "$@"
    [ ! -e new ] || fail "a refused run left a folder: $sentence"
}
# line SENTENCE LINES...: x.toml with further lines in [problem] is refused at that place.
line() {
    local sentence=$1
    shift
    { printf '[problem]\nname = "mlp_training"\n' && printf '%s\n' "$@"; } >y.toml
    expect 2 "pes: y.toml:$sentence" -- "$PES" run y.toml --out new
    [ ! -e new ] || fail "a refused run left a folder: $sentence"
}

# Bad input: single values with their place.
line "4:1: tune.0 has no setting 'strat'; did you mean 'start'?" '[[problem.tune]]' 'strat = 1'
line "4:8: tune.0.name must be one of learning_rate, momentum" '[[problem.tune]]' 'name = "momentun"'
grep -qF "did you mean 'momentum'?" err || fail "no guess for momentun: $(cat err)"
line "4:9: tune.0.start must be a list of at most 16 numbers" '[[problem.tune]]' 'start = "x"'
line '6:9: tune.1.knots must be an integer from 0 to 16, not 17' '[[problem.tune]]' 'name = "l2"' '[[problem.tune]]' 'knots = 17'
line '4:7: tune.0.per must be one of all, layer, tensor' '[[problem.tune]]' 'per = 3'
line '3:8: tune must be a list of at most 20 tables [[problem.tune]]' 'tune = 3'
line '3:1: tune must be a list of at most 20 tables [[problem.tune]], not a table' '[problem.tune]' 'name = "l2"'
line '3:1: tune must have at most 20 tables, not 21' "tune = [$(printf '{name = "l2"}, %.0s' $(seq 20)) {name = \"l2\"}]"
line ' tune.0.name must be one of' '[[problem.tune]]' 'start = 1'

# Bad input: tables as a whole.
line ' tune.1 lists momentum, as tune.0 does' 'tune = [{name = "momentum"}, {name = "momentum"}]'
line ' tune.0.bounds goes from 0.9 to 0.1' 'tune = [{name = "momentum", bounds = [0.9, 0.1]}]'
line ' tune.0.start: 0.9 is outside of the bounds of momentum, 0.1 to 0.5' 'tune = [{name = "momentum", bounds = [0.1, 0.5], start = 0.9}]'
line ' tune.0.start: the transform log cannot take 0' 'tune = [{name = "learning_rate", start = 0}]'
line ' tune.0.start: 1.5 is outside of the bounds' 'tune = [{name = "momentum", start = 1.5}]'
line ' tune.0.start has 3 values' 'tune = [{name = "momentum", start = [0.1, 0.2, 0.3]}]'
line ' tune.0: the inner optimizer sgd makes no use of beta2' 'tune = [{name = "beta2"}]'
line ' schedule and start are those of' 'schedule = "constant"' 'tune = [{name = "momentum"}]'
wrong 'x.toml: tune.0.per cannot be tensor: dropout' --set problem.tune.0.name=dropout
wrong '--set problem.tune.2.start=1: there is no tune.2: tune has 2 tables' --set problem.tune.2.start=1
wrong '--set problem.tune.start=1: tune is a list of tables' --set problem.tune.start=1
wrong "--set problem.tune.0.strat=1: tune.0 has no setting 'strat'" --set problem.tune.0.strat=1

# A run: every setting is in experiment.toml, which can be read again; the start is the seed's.
expect 0 '' -- "$PES" run x.toml --out whole
grep -qxF '[[problem.tune]]' whole/experiment.toml && grep -qF 'start_range = [0.0001, 0.01]' whole/experiment.toml ||
    fail "experiment.toml lost the tables"
expect 0 '' -- "$PES" run whole/experiment.toml --out again
same_run whole again
expect 0 '' -- "$PES" run x.toml --out other --set run.seed=2
python3 - <<'END' || fail "starts, names or values are not as they should be"
import json, math
def load(d): return json.load(open(d + "/result.json"))
a, b, names = load("whole"), load("other"), load("whole")["parameters"]
assert names == ["log_learning_rate." + t for t in "w0 b0 w1 b1 w2 b2".split()] + \
    ["logit_momentum.layer%d.%s" % (l, k) for l in range(3) for k in "az"], names
assert all(1e-4 < math.exp(x) < 1e-2 for d in (a, b) for x in d["start"][:6])
assert all(x != y for x, y in zip(a["start"][:6], b["start"]))
assert a["start"][6:] == [0.0] * 6
first = json.loads(open("whole/evaluations.jsonl").readline())
assert all(abs(x - y) < 1e-5 for x, y in zip(first["theta"], a["start"])), first
END

# Interrupted and resumed: nothing is drawn again.
expect 0 '' -- "$PES" run x.toml --out cut --set run.updates=20
sed -i 's/^updates = 20$/updates = 30/' cut/experiment.toml && rm cut/result.json
expect 0 '' -- "$PES" resume cut
same_run whole cut

# Sweeps, variants and --set reach the settings of a table.
many '[sweep]' '"problem.tune.1.start" = [0.2, 0.8]' '"run.seed" = [1, 2]' '[[variant]]' 'name = "rates"' \
    '"problem.tune.0.per" = "all"' '[[variant]]' 'name = "tensors"' >z.toml
expect 0 '' -- "$PES" run z.toml --out grid --set run.updates=2
[ "$(ls -d grid/*/ | wc -l)" -eq 8 ] || fail "the grid is $(ls grid)"
grep -qF 'start = [0.8]' grid/rates-tune.1.start0.8-seed2/experiment.toml || fail "names: $(ls grid)"
expect 0 '' -- "$PES" run z.toml --out fixed --set run.updates=2 --set problem.tune.1.start=0.5 --set run.seed=1
[ "$(ls -d fixed/*/ | wc -l)" -eq 2 ] || fail "--set does not fix an axis: $(ls fixed)"
expect 0 '' -- "$PES" run x.toml --out list --set 'problem.tune=[{name = "l2", start = 0.1}]' --set run.updates=1
python3 -c 'import json; assert json.load(open("list/result.json"))["parameters"] == ["log_l2"]' || fail "--set of a whole list"

# Forecasts, the table of settings, the self-test.
expect 0 '' -- "$PES" info x.toml
grep -qF 'parameters   12: log_learning_rate.w0' out || fail "pes info: $(cat out)"
expect 0 '' -- "$PES" info mlp_training --json
python3 - <<'END' || fail "pes info --json does not list the settings of a table"
import json
settings = {s["name"]: s for s in json.load(open("out"))["settings"]}
tune = settings["tune"]
assert tune["type"] == "list of tables" and tune["default"] == [], tune
rows = {s["name"]: s for s in tune["settings"]}
assert rows["name"]["default"] is None and "momentum" in rows["name"]["choices"]
END
finish
