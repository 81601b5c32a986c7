# pes plot: pictures exist and are what their names say; what cannot be drawn is said in a sentence.
. "$(dirname "$0")/lib.sh"
command -v gnuplot >/dev/null || exit 77

small 'updates = 40' 'evaluate_every = 10' '[sweep]' '"estimator.method" = ["pes", "truncated_es"]' \
    '"run.seed" = [1, 2]' >x.toml
expect 0 '' -- "$PES" run x.toml --out sweep --quiet

# png FILE: the signature, and a size worth looking at.
png() {
    python3 - "$1" <<'END' || fail "$1 is no picture of 1000 x 500 pixels or more"
import struct, sys
data = open(sys.argv[1], "rb").read()
width, height = struct.unpack(">II", data[16:24])
assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[-8:-4] == b"IEND"
assert width >= 1000 and height >= 500, (width, height)
END
}

expect 0 '' -- "$PES" plot sweep
png sweep/plot.png
[ ! -s err ] || fail "gnuplot had something to say: $(cat err)"
grep -qx 'sweep/plot.png' out || fail "the picture's name is not printed: $(cat out)"

# Names with blanks, quotes and a leading dash, in folders of their own; the data and the script lie
# beside the picture and draw it again.
mkdir "a folder's"
for name in "a folder's/my picture.png" "a folder's/-x.png" "-y.png"; do
    expect 0 '' -- "$PES" plot sweep/pes-seed1 sweep/truncated_es-seed2 --output="$name"
    png "./$name"
    [ -s "./${name%.png}.dat" ] && [ -s "./${name%.png}.gp" ] || fail "no data beside $name"
done
rm "a folder's/my picture.png"
(cd "a folder's" && gnuplot "my picture.gp") || fail "the script does not run by hand"
png "a folder's/my picture.png"
rm "a folder's/my picture.png"
gnuplot "a folder's/my picture.gp" || fail "the script does not run from another folder"
png "a folder's/my picture.png"

expect 0 '' -- "$PES" plot sweep -o x.svg
python3 -c 'import xml.etree.ElementTree as E; assert E.parse("x.svg").getroot().tag.endswith("svg")' ||
    fail "x.svg is no SVG"
grep -qi 'persistent evolution strategies' x.svg || fail "the legend does not name the method"
grep -qi 'learning rate' x.svg || fail "the schedule is not drawn"

# The numbers are the runs' own: the mean of two seeds' last evaluations.
python3 - <<'END' || fail "x.dat does not hold the mean over seeds"
import json
def last(run):
    return json.loads(open(f"sweep/{run}/evaluations.jsonl").read().splitlines()[-1])["objective"]
mean = (last("pes-seed1") + last("pes-seed2")) / 2
rows = [line.split() for line in open("x.dat") if line[0] not in "#\n"]
assert any(len(r) == 2 and float(r[0]) == 40 and abs(float(r[1]) / mean - 1) < 1e-6 for r in rows)
END

# Whatever the locale.
expect 0 '' -- env LC_ALL=C "$PES" plot sweep -o c.svg
[ ! -s err ] || fail "gnuplot had something to say in the C locale: $(cat err)"

# A mean is one of all seeds: where two end at updates of their own, neither is drawn.
cp -r sweep ends
sed -i 's/"update":40,/"update":41,/' ends/pes-seed2/evaluations.jsonl
expect 0 '' -- "$PES" plot ends/pes-seed1 ends/pes-seed2 -o ends.svg
python3 - <<'END' || fail "ends.dat has means of one seed"
blocks = open("ends.dat").read().split("\n\n\n")
mean = [b for b in blocks if "Objective by update" in b.splitlines()[0]]
assert mean and all(line.split()[0] in {"0", "10", "20", "30"} for b in mean
                    for line in b.splitlines() if line[:1] not in {"#", ""}), mean
END

# Losses of runs with different truncations are drawn per inner step, and the axis of updates ends
# with a mark.
sed 's/"estimator.method".*/"estimator.truncation" = [5, 20]/; s/\[1, 2\]/[1]/' x.toml >k.toml
expect 0 '' -- "$PES" run k.toml --out k --quiet
expect 0 '' -- "$PES" plot k -o k.svg
python3 - <<'END' || fail "the loss is not drawn per inner step"
import json, re
def first(run):
    return json.loads(open(f"k/{run}/log.jsonl").readline())["loss"]
blocks = [b for b in open("k.dat").read().split("\n\n\n") if "Training loss" in b]
assert len(blocks) == 2
for block, (run, K) in zip(blocks, [("5-seed1", 5), ("20-seed1", 20)]):
    row = [line.split() for line in block.splitlines() if line[0] != "#"][0]
    assert abs(float(row[1]) * K / first(run) - 1) < 1e-6, (row, first(run), K)
END
grep -q 'set xrange \[0:40\]' k.gp && grep -q 'set xtics 0,10' k.gp || fail "the x axis ends without a mark"

# Runs of very different work share a logarithmic axis, which has no zero; a run whose theta runs away
# does not decide the axis of the parameters.
cat >away.toml <<'END'
[problem]
name = "influence"
[optimizer]
name = "sgd"
learning_rate = 1e-4
[run]
updates = 1500
evaluate_every = 50
evaluation_steps = 500
evaluation_objective = "final"
[[variant]]
name = "RTRL"
"estimator.method" = "rtrl"
"estimator.particles" = 1
"estimator.truncation" = 1
[[variant]]
name = "TBPTT"
"estimator.method" = "tbptt"
"estimator.truncation" = 10
"problem.loss_every" = 10
END
expect 0 '' -- "$PES" run away.toml --out away --quiet
expect 0 '' -- "$PES" plot away -o away.svg
[ ! -s err ] || fail "gnuplot had something to say: $(cat err)"
python3 - <<'END' || fail "the axes of away.svg are not those of its runs"
import re
panels = re.split(r"\n# (?=[A-Z])", open("away.gp").read())
panel = {p.split("\n")[0].split(" (")[0]: p for p in panels[1:]}
assert "set logscale x" in panel["Objective by computation"]
assert "set logscale x" not in panel["Objective by update"]
assert "(cut off where they run away)" in panel["Parameters, every seed"]
low, high = map(float, re.search(r"yrange \[(.*):(.*)\]", panel["Parameters, every seed"]).groups())
assert -0.25 < low < -0.166 and 0.5 < high < 0.6, (low, high)
blocks = [b for b in open("away.dat").read().split("\n\n\n") if "Objective by computation" in b]
assert len(blocks) == 2 and all(b.splitlines()[2].split()[0] != "0" for b in blocks)
END
! grep -q 'set logscale x' x.gp || fail "runs of equal work are drawn on a logarithmic axis"
! grep -q 'cut off' x.gp || fail "an axis is cut off where nothing runs away"

# A surface below the paths.
expect 0 '' -- "$PES" surface sweep/pes-seed1/experiment.toml --x log_a=-7:-3:3 --y log_b=0:4:4 \
    -o grid.dat --quiet
expect 0 '' -- "$PES" plot sweep --surface grid.dat -o s.png
png s.png
[ ! -s err ] || fail "gnuplot had something to say: $(cat err)"
cp grid.dat kept.dat
expect 2 "the picture's numbers are written to grid.dat, which is the surface's table" -- \
    "$PES" plot sweep --surface grid.dat -o grid.png
cmp grid.dat kept.dat || fail "the surface's table was written over"
echo 'not a table' >wrong.dat
: >empty.dat
expect 2 'wrong.dat:1: a line of the table is x y z' -- "$PES" plot sweep --surface wrong.dat -o s.png
expect 2 'empty.dat holds no grid' -- "$PES" plot sweep --surface empty.dat -o s.png
expect 2 'none.dat could not be read' -- "$PES" plot sweep --surface none.dat -o s.png

# A run that has only begun can be drawn; its last row may be cut short.
cp -r sweep/pes-seed1 begun
rm begun/result.json
head -c -20 sweep/pes-seed1/log.jsonl >begun/log.jsonl
expect 0 '' -- "$PES" plot begun -o begun.png
png begun.png
rm begun/log.jsonl begun/evaluations.jsonl
expect 2 'begun has nothing to draw yet' -- "$PES" plot begun -o none.png

# What does not belong together: runs of two problems, sums beside means, a surface of something else.
printf '[problem]\nname = "linear"\ndimension = 2\nhorizon = 20\n[run]\nupdates = 2\nevaluate_every = 1\n' >linear.toml
expect 0 '' -- "$PES" run linear.toml --out linear --quiet
expect 0 '' -- "$PES" run linear.toml --out mean --quiet --set estimator.objective=mean
expect 0 '' -- "$PES" surface linear.toml --x 0=-1:1:3 --y 1=-1:1:3 -o linear.dat --quiet
expect 2 'name runs of one problem only' -- "$PES" plot sweep linear -o none.png
expect 2 "linear reports the objective 'sum' and mean reports 'mean'" -- \
    "$PES" plot linear mean -o none.png
expect 0 '' -- "$PES" run linear.toml --out same --quiet --set estimator.objective=mean \
    --set run.evaluation_objective=sum
expect 0 '' -- "$PES" plot linear same -o both.png
expect 2 'the surface is one of linear and sweep/pes-seed1 is a run of mlp_training' -- \
    "$PES" plot sweep --surface linear.dat -o none.png
[ ! -e none.png ] || fail "a picture of what does not belong together"
expect 0 '' -- "$PES" plot linear --surface linear.dat -o both.png

# A variant may be called anything: the picture is XML, and says it.
cat >odd.toml <<'END'
[problem]
name = "linear"
horizon = 20
[run]
updates = 2
evaluate_every = 1
[[variant]]
name = 'A & <B> "C" {D}^2_é'
[[variant]]
name = 'plain'
"estimator.method" = "nres"
END
expect 0 '' -- "$PES" run odd.toml --out odd --quiet
expect 0 '' -- "$PES" plot odd -o odd.svg
python3 - <<'END' || fail "a name broke the picture: $(grep -n 'A ' odd.svg)"
import xml.etree.ElementTree as tree
texts = ["".join(t.itertext()) for t in tree.parse("odd.svg").iter("{http://www.w3.org/2000/svg}text")]
assert 'A & <B> "C" {D}^2_é' in texts, texts
END

# What cannot be drawn.
expect 2 '/dev/zero could not be read: File too large' -- timeout 60 "$PES" plot linear --surface /dev/zero -o none.png
mkdir empty
expect 2 'empty holds no run' -- "$PES" plot empty
expect 2 'nowhere is not a folder' -- "$PES" plot nowhere
expect 2 "ends in .png or .svg, not as in 'x.pdf'" -- "$PES" plot sweep -o x.pdf
expect 2 "ends in .png or .svg, not as in '.png'" -- "$PES" plot sweep -o .png
printf '[problem]\nname = "linear"\n[run]\nupdates = 3\n' >linear.toml
expect 0 '' -- "$PES" run linear.toml --out other --quiet
expect 2 'name runs of one problem only' -- "$PES" plot sweep other -o x.png
cp -r sweep/pes-seed1 damaged
sed -i '2s/.*/{"update":/' damaged/log.jsonl
expect 2 'damaged/log.jsonl:2: ' -- "$PES" plot damaged -o x.png
sed -i '2s/.*/{"update": "two"}/' damaged/log.jsonl
expect 2 'damaged/log.jsonl:2: this is no row of a run; restore the file or, if the run is finished, remove the line' -- "$PES" plot damaged -o x.png

# Many hyperparameters: a panel for each, with the values of all its parameters.
small 'updates = 20' 'evaluate_every = 10' '[[problem.tune]]' 'name = "learning_rate"' 'per = "tensor"' \
    '[[problem.tune]]' 'name = "momentum"' 'schedule = "linear"' >many.toml
expect 0 '' -- "$PES" run many.toml --out many --quiet
expect 0 '' -- "$PES" plot many -o many.png
png many.png
for title in 'learning_rate, every parameter and seed' 'momentum, every parameter and seed'; do
    grep -qF "$title" many.gp || fail "no panel '$title'"
done
[ "$(grep -c ': updates, value of theta\[' many.dat)" -eq 6 ] || fail "not a curve for each parameter"
grep -q '^20 0\.9' many.dat || fail "values are not as people read them"

# Without gnuplot, and with one that fails.
mkdir bin failing
printf '#!/bin/sh\nexit 3\n' >failing/gnuplot
chmod +x failing/gnuplot
expect 1 'gnuplot draws the pictures and is not in PATH' -- env PATH="$work/bin" "$PES" plot sweep -o x.png
expect 1 'gnuplot could not draw y.png' -- env PATH="$work/failing:$PATH" "$PES" plot sweep -o y.png
expect 1 'could not be written' -- "$PES" plot sweep -o nowhere/x.png
finish
