# Whatever is wrong in an experiment is said in one sentence, with its place; nothing is begun.
. "$(dirname "$0")/lib.sh"

# wrong SENTENCE LINE...: a file of these lines is refused with x.toml:SENTENCE.
wrong() {
    local sentence=$1
    shift
    printf '%s\n' "$@" >x.toml
    expect 2 "pes: x.toml:$sentence" -- "$PES" run x.toml --out new
    [ ! -e new ] || fail "an experiment with an error made a folder: $sentence"
}

problem='[problem]
name = "mlp_training"'

# Not a file, not TOML.
expect 2 'missing.toml could not be read: No such file' -- "$PES" run missing.toml
mkdir folder.toml
expect 2 'folder.toml/experiment.toml could not be read' -- "$PES" run folder.toml
wrong '2:8: this is not TOML' '[problem]' 'name = mlp'
wrong '1:1: this is not TOML' ']'
wrong '4:1: this is not TOML' '[problem]' 'name = "linear"' '[run]' '[run]'
printf '[problem]\nname = "\377\376"\n' >x.toml
expect 2 'this is not TOML' -- "$PES" run x.toml
head -c 4096 /dev/urandom >x.toml
expect 2 'x.toml' -- "$PES" run x.toml

# The problem.
wrong ' [problem] needs a name' '[run]' 'updates = 1'
wrong "2:8: there is no problem 'mlp_trainin'; did you mean 'mlp_training'?" '[problem]' 'name = "mlp_trainin"'
wrong "2:8: there is no problem 'x'; 'pes list problems' lists them" '[problem]' 'name = "x"'
wrong '2:8: name must be a text' '[problem]' 'name = 3'

# Names.
wrong "3:2: there is no table [estimtor]; did you mean [estimator]?" "$problem" '[estimtor]'
wrong "3:2: there is no table [x]; the tables are problem, estimator, optimizer, search, run, sweep" "$problem" '[x]' 'y = 1'
wrong "1:1: 'updates' stands outside every table" 'updates = 3' "$problem"
wrong "4:1: [estimator] has no setting 'sigm'; did you mean 'sigma'?" "$problem" '[estimator]' 'sigm = 0.1'
wrong "4:1: [run] has no setting 'colour'; 'pes info run' lists them" "$problem" '[run]' 'colour = 1'
wrong "3:1: [problem] has no setting 'hiden' for mlp_training; did you mean 'hidden'?" "$problem" 'hiden = [3]'
wrong "4:1: 'seed' belongs into [run], not into [estimator]" "$problem" '[estimator]' 'seed = 3'

# Types.
wrong '4:13: particles must be an integer from 1' "$problem" '[estimator]' 'particles = "many"'
wrong '4:13: particles must be an integer from 1' "$problem" '[estimator]' 'particles = 10.5'
wrong '4:9: sigma must be a number from 1e-15' "$problem" '[estimator]' 'sigma = true'
wrong '4:9: sigma must be a number from 1e-15 to 10000000000, not a date' "$problem" '[estimator]' 'sigma = 2020-01-01'
wrong '4:9: sigma must be a number from 1e-15 to 10000000000, not a table' "$problem" '[estimator]' 'sigma = {x = 1}'
wrong '4:14: antithetic must be true or false' "$problem" '[estimator]' 'antithetic = 1'
wrong '3:10: hidden must be a list of at most 16 integers from 1 to 4096, not a list of other things' "$problem" 'hidden = ["a"]'
wrong '3:10: hidden must be a list of at most 16 integers' "$problem" 'hidden = 10.5'
wrong '4:8: seed must be an integer from 0 upwards' "$problem" '[run]' 'seed = -1'

# Ranges and choices.
wrong '4:9: sigma must be a number from 1e-15 to 10000000000, not -1' "$problem" '[estimator]' 'sigma = -1'
wrong '4:9: sigma must be a number from 1e-15 to 10000000000, not nan' "$problem" '[estimator]' 'sigma = nan'
wrong '4:13: particles must be an integer from 1 to 1000000000, not 0' "$problem" '[estimator]' 'particles = 0'
wrong "4:10: method must be one of" "$problem" '[estimator]' 'method = "PES"'
wrong "4:8: name must be one of sgd" "$problem" '[optimizer]' 'name = "adan"'
grep -q "did you mean 'adam'?" err || fail "no guess for adan: $(cat err)"
wrong '3:10: hidden must have at most 16 elements, not 17' "$problem" 'hidden = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]'
wrong '3:10: hidden must be' "$problem" 'hidden = [10, 0]'

# Sweeps.
sweep="$problem
[sweep]"
wrong '4:21: the axis "estimator.sigma" is empty' "$sweep" '"estimator.sigma" = []'
wrong '4:1: there is no table [estimater]; did you mean [estimator]?' "$sweep" '"estimater.sigma" = [1]'
wrong "4:1: [estimator] has no setting 'sigmas'; did you mean 'sigma'?" "$sweep" '"estimator.sigmas" = [1]'
wrong "4:1: an axis is named after its table and setting" "$sweep" 'sigma = [1]'
wrong '4:21: the axis "estimator.sigma" must be a list' "$sweep" '"estimator.sigma" = 1'
wrong '4:27: sigma must be a number from 1e-15' "$sweep" '"estimator.sigma" = [0.1, -1]'
wrong '4:28: the axis "estimator.sigma" has this value twice' "$sweep" '"estimator.sigma" = [1, 2, 1.0]'
wrong '5:14: this is not TOML: this name is set twice' "$sweep" '"run.seed" = [1]' '"run.seed" = [2]'
wrong '4:1: a sweep stays with one problem' "$sweep" '"problem.name" = ["linear", "quadratic"]'
wrong '4:15: seed must be an integer from 0 upwards' "$sweep" '"run.seed" = ["one"]'

# --set: the option is named, and the file stays as it is.
small 'updates = 2' >good.toml
expect 2 "pes: --set estimator.sigm=1: [estimator] has no setting 'sigm'; did you mean 'sigma'?" -- \
    "$PES" run good.toml --set estimator.sigm=1
expect 2 'pes: --set estimator.sigma=-1: sigma must be a number from 1e-15' -- "$PES" run good.toml --set estimator.sigma=-1
expect 2 'pes: --set sigma=1: write it as table.key=value' -- "$PES" run good.toml --set sigma=1
expect 2 'write it as table.key=value' -- "$PES" run good.toml --set estimator.sigma
expect 2 'write it as table.key=value' -- "$PES" run good.toml --set =1
expect 2 'there is no table [x]' -- "$PES" run good.toml --set x.y=1
expect 2 'the value is not TOML' -- "$PES" run good.toml --set 'estimator.sigma=[1'
expect 2 'the value is not TOML' -- "$PES" run good.toml --set 'estimator.sigma='
expect 2 '--set' -- "$PES" run good.toml --set 'estimator.sigma=1
[run]
seed = 2'
expect 2 'the axis "run.seed" is empty' -- "$PES" run good.toml --set 'sweep.run.seed=[]'
[ ! -e runs ] || fail "a refused experiment left a folder"
expect 0 '' -- "$PES" run good.toml --set optimizer.name=sgd --set run.updates=3 --set 'problem.hidden=[4, 4]'
grep -qF 'name = "sgd"' runs/good/experiment.toml && grep -qF 'hidden = [4, 4]' runs/good/experiment.toml ||
    fail "--set did not reach the run"
finish
