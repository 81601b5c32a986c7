# A table of the user's: found beside its experiment, trained on, resumed from elsewhere, and noticed
# when it has changed.
. "$(dirname "$0")/lib.sh"

mkdir -p own elsewhere
awk 'BEGIN {
    print "first;second;price"
    for (i = 0; i < 120; i++) printf "%d;%.3f;%.3f\n", i % 11, i * i % 17 / 3, (i % 11) * 2 - (i * i % 17) / 5
}' >own/prices.csv
cat >own/prices.toml <<'END'
[problem]
name = "mlp_training"
dataset = "table"
table = "prices.csv"
task = "regression"
hidden = [6]
batch_size = 10
horizon = 20
objective = "validation_loss"
[estimator]
particles = 6
truncation = 5
[run]
updates = 6
evaluate_every = 2
checkpoint_every = 2
END

expect 0 '' -- "$PES" run own/prices.toml --out whole -q
grep -q '^table = "/.*own/prices.csv"' whole/experiment.toml || fail "the whole path is not noted"
sum=$(sha256sum own/prices.csv | cut -d' ' -f1)
grep -q "^table_sha256 = \"$sum\"" whole/experiment.toml || fail "the sum is not noted"
expect 0 '' -- "$PES" info own/prices.toml
expect 0 '' -- "$PES" selftest own/prices.toml

# An interrupted run goes on from any folder, on the same table only.
expect 0 '' -- "$PES" run own/prices.toml --out part -q --set run.updates=4
sed -i 's/^updates = 4/updates = 6/' part/experiment.toml
rm part/result.json
cp -r part changed
(cd elsewhere && expect 0 '' -- "$PES" resume ../part -q)
same_run whole part
cp own/prices.csv kept
sed -i '3s/;0.333;/;0.334;/' own/prices.csv
cmp -s own/prices.csv kept && fail "the table was not changed"
expect 2 'its content has changed; restore it, or begin a new run' -- "$PES" resume changed
cp kept own/prices.csv

# Sweeps, too, keep the path; a packed table is read; one that is not there is a sentence.
gzip -k own/prices.csv
expect 0 '' -- "$PES" run own/prices.toml --out both -q --set 'sweep.problem.table=["own/prices.csv", "own/prices.csv.gz"]'
expect 2 'there is no table gone.csv' -- "$PES" run own/prices.toml --out gone --set problem.table=gone.csv
expect 0 '' -- env PES_DATA="$work/own" "$PES" run own/prices.toml --out found -q --set problem.table=prices.csv
same_run whole found

# What is wrong with a table is one sentence with row and column.
sed '4s/$/x/' own/prices.csv >own/bad.csv
expect 2 'bad.csv: row 3 (line 4), column 3 (price) is' -- "$PES" run own/prices.toml --out bad --set problem.table=own/bad.csv
expect 2 'batch_size is 10, but there are only 6 validation rows' -- "$PES" run own/prices.toml --out few --set problem.validation_images=6
expect 2 "a regression has none; take validation_loss" -- "$PES" run own/prices.toml --out x --set problem.objective=validation_accuracy

# pes evaluate measures the loss at the end, on validation rows and on those held out.
expect 0 '' -- "$PES" run own/prices.toml --out held -q --set problem.test_images=12
expect 0 '' -- "$PES" evaluate held --episodes 2
grep -q 'validation loss' out && grep -q 'test loss' out || fail "no losses at the end: $(cat out)"
finish
