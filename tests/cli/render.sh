# pes render: an episode of a policy as a picture, moving or side by side, with its return; and
# tables and plots of policies show returns rather than losses.
. "$(dirname "$0")/lib.sh"

cat >pole.toml <<'END'
[problem]
name = "cart_pole"
horizon = 100
[estimator]
method = "pes"
particles = 40
truncation = 25
sigma = 0.3
shaping = "standardized"
[optimizer]
name = "adam"
learning_rate = 0.3
[run]
updates = 60
evaluate_every = 20
[sweep]
"run.seed" = [1, 2]
END
expect 0 '' -- "$PES" run pole.toml --out poles -q
first=$(find poles -name result.json | sort | head -1)
pole=$(dirname "$first")

expect 0 '' -- "$PES" render "$pole" -o moving.svg --point best --frames 12 --seconds 3
expect 0 '' -- "$PES" render "$pole" -o strip.svg --strip --point start
expect 0 '' -- "$PES" render "$pole" -o again.svg --strip --point start
cmp -s strip.svg again.svg || fail "the same episode gives another picture"
expect 0 '' -- "$PES" render "$pole" -o other.svg --strip --point start --episode 1
cmp -s strip.svg other.svg && fail "another episode has the same start"
python3 - <<'PY' || fail "the pictures are not what they should be"
import re, xml.etree.ElementTree as tree
svg = "{http://www.w3.org/2000/svg}"
moving, strip = tree.parse("moving.svg").getroot(), tree.parse("strip.svg").getroot()
texts = lambda root: [t.text.strip() for t in root.iter(svg + "text")]
assert texts(moving)[0] == "cart_pole, best: return 100 in 100 environment steps", texts(moving)
assert texts(moving)[1] == "0 environment steps" and texts(moving)[-1] == "100"
frames = [g for g in moving.iter(svg + "g")]
assert len(frames) == 12
# At every moment one frame is visible: what is hidden from t on is followed by the next one.
seen = []
for g in frames:
    move = g.find(svg + "animate")
    assert move.get("dur") == "3.00s"
    values = move.get("values").split(";")
    times = [float(t) for t in move.get("keyTimes").split(";")]
    assert len(values) == len(times) and values.count("visible") == 1
    at = values.index("visible")
    seen.append((times[at], times[at + 1] if at + 1 < len(times) else 1.0))
assert seen[0][0] == 0 and all(a[1] == b[0] for a, b in zip(seen, seen[1:])) and seen[-1][1] == 1
# The start falls early; its last frame leans farther than 12 degrees or has left the track.
words = texts(strip)
steps = int(words[0].split()[-3])
assert words[0] == f"cart_pole, start: return {steps} in {steps} environment steps" and steps < 100
last = list(strip.iter(svg + "g"))[-1].findall(svg + "line")
x1, y1, x2, y2 = (float(last[2].get(k)) for k in ("x1", "y1", "x2", "y2"))
assert abs(x2 - x1) > 0.2 * abs(y2 - y1), (x1, y1, x2, y2)
PY

# A part of the episode: its frames are where they were asked for, its return is the whole one's.
expect 0 '' -- "$PES" render "$pole" -o part.svg --strip --from 40 --every 3
expect 0 '' -- "$PES" render "$pole" -o tail.svg --strip --from 91 --frames 4
expect 0 '' -- "$PES" render "$pole" -o short.svg --strip --from 96 --every 3
python3 - <<'PY' || fail "frames are elsewhere"
import xml.etree.ElementTree as tree
texts = lambda file: [t.text.split()[0] for t in
                      tree.parse(file).getroot().iter("{http://www.w3.org/2000/svg}text")]
title = next(tree.parse("part.svg").getroot().iter("{http://www.w3.org/2000/svg}text")).text
assert title == "cart_pole, end: return 100 in 100 environment steps", title
assert texts("part.svg")[1:] == [str(40 + 3 * i) for i in range(8)], texts("part.svg")
assert texts("tail.svg")[1:] == ["91", "94", "97", "100"], texts("tail.svg")
assert texts("short.svg")[1:] == ["96", "99"], texts("short.svg")
PY
expect 2 '--from 100: the picture ends after 100 environment steps' -- "$PES" render "$pole" --from 100 -o x.svg

# Returns, not losses.
expect 0 '' -- "$PES" compare poles --target 90
grep -q 'final return' out && grep -q 'target: return >= 90; environment steps' out ||
    fail "no returns: $(cat out)"
grep -E 'pes +25 +40 +2 +100 +100 \.\. 100 +100 +[0-9]' out >/dev/null || fail "$(cat out)"
expect 0 '' -- "$PES" compare poles --target 90 --json
grep -q '"objective": -100' out || fail "JSON keeps the objective: $(cat out)"
grep -q '"target": -90' out || fail "JSON keeps the objective: $(cat out)"
if command -v gnuplot >/dev/null; then
    expect 0 '' -- "$PES" plot poles -o poles.svg
    grep -q '>return<' poles.svg && grep -q 'environment steps, all particles' poles.svg ||
        fail "the axes of the plot say something else"
fi

expect 2 '--point middle' -- "$PES" render "$pole" --point middle -o x.svg
expect 2 'nowhere is not a folder' -- "$PES" render nowhere -o x.svg
expect 2 'holds a sweep' -- "$PES" render poles -o x.svg
printf '[problem]\nname = "linear"\n[estimator]\nhorizon = 4\ntruncation = 2\n[run]\nupdates = 3\n' >linear.toml
expect 0 '' -- "$PES" run linear.toml --out linear -q
expect 2 'states of linear have no picture' -- "$PES" render linear -o x.svg
[ ! -e x.svg ] || fail "a picture of nothing"
finish
