# Settings that are fine one by one, but not together, and data that is not there or not right.
. "$(dirname "$0")/lib.sh"
small 'updates = 2' >x.toml

refused() { # TEXT ARGUMENTS...
    local text=$1
    shift
    expect 2 "$text" -- "$PES" run x.toml --out new "$@"
    [ ! -e new ] || fail "a refused run left a folder: $text"
}

refused 'even' --set estimator.particles=7
expect 0 '' -- "$PES" run x.toml --out plain --set estimator.particles=7 --set estimator.antithetic=false
refused 'horizon' --set estimator.truncation=61
refused 'x.toml: run pes-61: ' --set 'sweep.estimator.method=["pes"]' --set 'sweep.estimator.truncation=[10, 61]'

# Data sets: missing, cut off, of the wrong kind.
refused 'mnist' --set problem.dataset=mnist
grep -qF 'train-images-idx3-ubyte' err || fail "the sentence does not name the file: $(cat err)"
refused "$work/nowhere" --set problem.dataset=mnist --data "$work/nowhere"

mkdir -p data/mnist
for part in train t10k; do
    printf '\0\0\010\003\0\0\0\002\0\0\0\034\0\0\0\034' >data/mnist/$part-images-idx3-ubyte
    head -c 100 /dev/zero >>data/mnist/$part-images-idx3-ubyte
    printf '\0\0\010\001\0\0\0\002\001\002' >data/mnist/$part-labels-idx1-ubyte
done
refused 'train-images-idx3-ubyte' --set problem.dataset=mnist --data data
echo 'these are not images' >data/mnist/train-images-idx3-ubyte
refused 'train-images-idx3-ubyte' --set problem.dataset=mnist --data data
: >data/mnist/train-images-idx3-ubyte
refused 'train-images-idx3-ubyte' --set problem.dataset=mnist --data data
head -c 200 /dev/urandom | gzip >data/mnist/train-images-idx3-ubyte.gz
head -c 100 data/mnist/train-images-idx3-ubyte.gz >cut && mv cut data/mnist/train-images-idx3-ubyte.gz
refused 'train-images-idx3-ubyte' --set problem.dataset=mnist --data data
PES_DATA=data refused 'data/mnist' --set problem.dataset=mnist
refused 'images' --set problem.training_images=10000000 --set problem.dataset=mnist --data data

# Judged at the end: an episode must last as long as the problem says.
end='problem.judge="at_the_end"'
expect 0 '' -- "$PES" run x.toml --out end --set "$end"
refused '60 inner steps (problem.horizon), but estimator.horizon is 50' --set "$end" --set estimator.horizon=50
refused 'run.evaluation_steps is 30' --set "$end" --set run.evaluation_steps=30
refused 'needs estimator.lengths = "fixed"' --set "$end" --set 'estimator.lengths="uniform"' --set estimator.shortest=20
refused 'judges its episodes at their end, and hyperband drops points before' --set "$end" --set search.method=hyperband
refused 'successive_halving drops points before' --set "$end" --set search.method=successive_halving
expect 0 '' -- "$PES" run x.toml --out random --set "$end" --set search.method=random --set search.points=2
expect 0 '' -- "$PES" run x.toml --out hyperband --set search.method=hyperband
expect 0 '' -- "$PES" evaluate hyperband --episodes 1
expect 0 '' -- "$PES" run x.toml --out longer --set "$end" --set estimator.horizon=50 --set problem.horizon=50
sed 's/^horizon = 60/&\njudge = "at_the_end"/' x.toml >end.toml
expect 2 'a horizon of the surface is 30' -- "$PES" surface end.toml --x log_a=-4:-3:2 --horizons 30,60 -o grid.txt
finish
