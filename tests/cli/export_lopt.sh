# pes export and import of a learned optimizer: a safetensors file that is the start of another run,
# a file for PyTorch and one for C; and files that are no such thing, in a sentence. That the
# programs take the right steps is tested beside the architectures.
. "$(dirname "$0")/lib.sh"

cat >small.toml <<'TOML'
[problem]
name = "learned_optimizer"
dataset = "digits"
input_size = 8
hidden = [8]
batch_size = 8
training_images = 64
validation_images = 16
test_images = 16
horizon = 12
optimizer_hidden = [4, 3]
[estimator]
particles = 4
truncation = 4
sigma = 0.01
[run]
updates = 3
TOML
expect 0 '' -- "$PES" run small.toml --out first -q
expect 0 '' -- "$PES" export first --point end
[ "$(sort out | tr '\n' ' ')" = "first/export/optimizer.c first/export/optimizer.safetensors \
first/export/parameters.json first/export/pytorch.py " ] || fail "printed: $(cat out)"
file=first/export/optimizer.safetensors
python3 - <<'PY' || fail "optimizer.safetensors is not what it should be"
import json, struct
data = open("first/export/optimizer.safetensors", "rb").read()
length = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + length])
about = header.pop("__metadata__")
assert about["format"] == "pes learned optimizer 1" and about["architecture"] == "mlp", about
assert about["hidden"] == "4 3" and "run first (pes, update 3)" in about["what"], about
shapes = {name: tensor["shape"] for name, tensor in header.items()}
assert shapes == {"w0": [19, 4], "b0": [4], "w1": [4, 3], "b1": [3], "w2": [3, 2], "b2": [2]}
theta = []
for name in "w0", "b0", "w1", "b1", "w2", "b2":
    begin, end = header[name]["data_offsets"]
    theta += struct.unpack(f"<{(end - begin) // 4}f", data[8 + length + begin:8 + length + end])
points = json.load(open("first/export/parameters.json"))["points"]
as_float = lambda x: struct.unpack("<f", struct.pack("<f", x))[0]
assert theta == [as_float(p["theta"]) for p in points["end"]["parameters"]]
PY
if cc --version >/dev/null 2>&1; then
    cc -std=c99 -Wall -Wextra -Wpedantic -Werror -c first/export/optimizer.c -o optimizer.o ||
        fail "optimizer.c does not compile"
fi
python3 -m py_compile first/export/pytorch.py || fail "pytorch.py is no Python"

# What import prints begins a run where the first one ended.
expect 0 '' -- "$PES" import $file
grep -q '^optimizer_hidden = \[4, 3\]$' out || fail "import printed: $(cat out)"
{
    cat out
    sed -e '/^\[problem\]$/d' -e '/^name = /d' -e '/^optimizer_hidden/d' small.toml
} >second.toml
expect 0 '' -- "$PES" run second.toml --out second -q
expect 0 '' -- "$PES" export second --point start --format json
expect 0 '' -- "$PES" import $file --json
python3 - <<'PY' || fail "the second run does not begin where the first ended, or: $(cat out)"
import json, os
end = json.load(open("first/export/parameters.json"))["points"]["end"]["parameters"]
start = json.load(open("second/export/parameters.json"))["points"]["start"]["parameters"]
assert [p["theta"] for p in end] == [p["theta"] for p in start]
said = json.load(open("out"))
assert said == {"optimizer": "mlp", "optimizer_hidden": [4, 3], "parameters": 103,
                "start_file": os.path.abspath("first/export/optimizer.safetensors")}, said
PY

# Paths that an experiment cannot name. (Seen to fail: start_file = "", a start at random.)
odd=$(printf 'odd\377.safetensors')
if cp $file "$odd" 2>/dev/null; then
    expect 2 'no UTF-8' -- "$PES" import "$odd"
fi
deep=$(printf '%0200d' 0)/$(printf '%0100d' 0)
mkdir -p "$deep"
cp $file "$deep/x.safetensors"
expect 2 'start_file has room for 255 bytes' -- "$PES" import "$deep/x.safetensors"

# Files that cannot be a start.
expect 2 'holds an optimizer of the architecture mlp with 103 parameters; set optimizer' -- \
    "$PES" run second.toml --out third -q --set problem.optimizer_hidden='[4]'
expect 2 'holds an optimizer of the architecture mlp' -- \
    "$PES" run second.toml --out third -q --set problem.optimizer=adam --set problem.optimizer_hidden='[]'
expect 2 'cannot open nowhere' -- "$PES" import nowhere
expect 2 'cannot open' -- "$PES" run small.toml --out third -q --set problem.start_file=nowhere
checkpoint=$(ls first/checkpoint-*.safetensors | tail -n 1)
expect 2 'no learned optimizer: its metadata lacks' -- "$PES" import "$checkpoint"
printf 'x' | dd of=$file bs=1 seek=700 conv=notrunc 2>/dev/null
expect 2 'it is damaged' -- "$PES" import $file
expect 2 'cannot open x?]0;y?' -- "$PES" import "$(printf 'x\033]0;y\007')" # no terminal's command
head -c 300 small.toml >text
expect 2 'text cannot be used' -- "$PES" import text

# A run notes what it began with.
expect 0 '' -- "$PES" run small.toml --out other -q --set run.seed=2
expect 0 '' -- "$PES" export other --format safetensors --point end -o first/export
expect 2 'its content has changed; restore it, or begin a new run' -- "$PES" evaluate second
finish
