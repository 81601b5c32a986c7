# pes export --format pytorch: the module has the schedules of schedule.csv, its optimizers take the
# same steps as a written-down formula says, and a training run with it reaches the objective that pes
# evaluate measures, within its spread.
. "$(dirname "$0")/lib.sh"
export OMP_NUM_THREADS=1
find_python 'torch'

# ---- every schedule, transform and scope ---------------------------------------------------------

cat >many.toml <<'TOML'
[problem]
name = "mlp_training"
hidden = [8, 6]
batch_size = 10
horizon = 40
schedule_steps = 30
digits_size = 8
training_images = 200
validation_images = 100
inner_optimizer = "adamw"
activation = "gelu"
zero_nonfinite = true
[[problem.tune]]
name = "learning_rate"
per = "tensor"
schedule = "inverse_time"
start = [0.006, 2]
bounds = [2e-3, 0.008]
[[problem.tune]]
name = "momentum"
per = "layer"
schedule = "linear"
start = [0.5, 0.9]
[[problem.tune]]
name = "beta2"
schedule = "cosine"
start = [0.9, 0.999]
[[problem.tune]]
name = "weight_decay"
only = "weights"
schedule = "exponential"
start = [0.1, 3]
[[problem.tune]]
name = "l2"
only = "biases"
per = "tensor"
start = [1e-3]
[[problem.tune]]
name = "dropout"
per = "layer"
schedule = "piecewise"
knots = 3
start = [0.1, 0.4, 0.2]
bounds = [0.05, 0.6]
[[problem.tune]]
name = "active_units"
per = "layer"
start = [0.7]
[[problem.tune]]
name = "label_smoothing"
start = [0.1]
[[problem.tune]]
name = "clip_norm"
schedule = "piecewise"
knots = 4
start = [1, 2, 0.5, 1]
transform = "softplus"
[estimator]
particles = 4
truncation = 10
sigma = 0.2
[run]
updates = 5
TOML
expect 0 '' -- "$PES" run many.toml --out many -q
expect 0 '' -- "$PES" export many
"$PYTHON" - <<'PY' || fail "the module of many.toml is not what it should be: $(cat many/export/pytorch.py)"
import csv, math, sys
sys.path.insert(0, "many/export")
import pytorch as module
import torch

tensors = ["w0", "b0", "w1", "b1", "w2", "b2"]
def index(target):  # entries of a list that a curve stands for
    if target == "":
        return None
    if target[:5] == "layer":
        return 2 * int(target[5:])
    if target in ("weights", "biases"):
        return target == "biases"
    return int(target[1:]) if target[0] == "h" else tensors.index(target)

rows = list(csv.DictReader(open("many/export/schedule.csv")))
assert len(rows) == module.EPISODE == 40 and len(rows[0]) == 1 + 6 + 3 + 1 + 1 + 3 + 2 + 2 + 1 + 1, rows[0]
for row in rows:
    t = int(row["step"])
    for name, text in row.items():
        if name == "step":
            continue
        hyper, _, target = name.partition(".")
        entry = getattr(module, hyper.upper())
        if isinstance(entry, list):
            entry = entry[index(target) or 0]
        value = module.at(entry, t)
        assert math.isclose(value, float(text), rel_tol=1e-5), (name, t, value, text)

# What is not tuned: decay of biases, L2 of weights.
assert module.WEIGHT_DECAY[1::2] == [0] * 3 and module.L2[::2] == [0] * 3

# One step of AdamW with all of it, by the formulas.
torch.manual_seed(1)
model = module.make_model()
optimizer, schedule = module.make_optimizer(model)
inputs, labels = torch.randn(10, 64), torch.randint(10, (10,))
state = [(torch.zeros_like(p), torch.zeros_like(p)) for p in model.parameters()]
for t in range(3):
    before = [p.detach().clone() for p in model.parameters()]
    torch.manual_seed(7 + t)
    module.train_step(model, optimizer, schedule, inputs, labels)
    torch.manual_seed(7 + t)
    copy = module.make_model()
    torch.manual_seed(7 + t)
    for p, value in zip(copy.parameters(), before):
        p.data.copy_(value)
    copy.train()
    logits = copy(inputs, t)
    s = module.LABEL_SMOOTHING
    target = (1 - s) * torch.nn.functional.one_hot(labels, 10) + s / 10
    loss = -(target * torch.log_softmax(logits, 1)).sum(1).mean()
    loss.backward()
    norm = math.sqrt(sum(float((p.grad ** 2).sum()) for p in copy.parameters()))
    factor = min(1, module.at(module.CLIP_NORM, t) / (norm + 1e-6))
    for i, p in enumerate(copy.parameters()):
        rate, b1 = module.at(module.LEARNING_RATE[i], t), module.at(module.MOMENTUM[i], t)
        b2, wd = module.at(module.BETA2[i], t), module.at(module.WEIGHT_DECAY[i], t)
        g = p.grad * factor + module.at(module.L2[i], t) * before[i]
        m, v = state[i]
        m.mul_(b1).add_((1 - b1) * g)
        v.mul_(b2).add_((1 - b2) * g * g)
        step = rate / (1 - b1 ** (t + 1)) * m / (v.sqrt() / math.sqrt(1 - b2 ** (t + 1)) + module.EPSILON[i])
        expected = before[i] * (1 - rate * wd) - step
        got = list(model.parameters())[i].detach()
        assert torch.allclose(got, expected, rtol=1e-4, atol=1e-6), (t, i, (got - expected).abs().max())
PY

# ---- units that take part -------------------------------------------------------------------------

# As many as the run has, where a share is not what it seems in single precision: 0.29 of 100 are 29.
small 'updates = 1' >share.toml
expect 0 '' -- "$PES" run share.toml --out share -q --set 'problem.hidden=[100]' --set problem.active_units=0.29
expect 0 '' -- "$PES" export share --format pytorch --point end
"$PYTHON" - <<'PY' || fail "another number of units takes part: $(grep -n active share/export/pytorch.py)"
import sys
sys.path.insert(0, "share/export")
import pytorch as module
import torch
model = module.make_model()
model(torch.randn(50, module.INPUTS)).sum().backward()
used = int((model.layers[1].weight.grad.abs().sum(0) > 0).sum())
assert used == 29, used
PY

# ---- the objective ---------------------------------------------------------------------------------

"$PES" data generate digits --data drawn -q 2>/dev/null || "$PES" data generate digits --data drawn >/dev/null 2>&1
for optimizer in sgd nesterov rmsprop; do
    cat >one.toml <<TOML
[problem]
name = "mlp_training"
hidden = [16]
batch_size = 25
horizon = 120
digits_size = 28
training_images = 1000
validation_images = 100
inner_optimizer = "$optimizer"
start = [$([ $optimizer = rmsprop ] && echo 0.003 || echo 0.02), 1]
dropout = 0.1
[estimator]
particles = 4
sigma = 0.1
[run]
updates = 3
TOML
    expect 0 '' -- "$PES" run one.toml --out $optimizer -q
    expect 0 '' -- "$PES" export $optimizer --format pytorch --point end
    expect 0 '' -- "$PES" evaluate $optimizer --episodes 32 --json
    head -1 out >$optimizer/evaluation
    # The mean over 8 runs of PyTorch, whose spread is the same: 4 standard errors, with this seed.
    "$PYTHON" - $optimizer <<'PY' || fail "$optimizer: PyTorch reaches another objective"
import json, math, os, struct, sys
sys.path.insert(0, sys.argv[1] + "/export")
import pytorch as module
import torch
folder = next(d for d, _, files in os.walk("drawn") if "train-images-idx3-ubyte" in files)
count = 1000
images = open(folder + "/train-images-idx3-ubyte", "rb").read(16 + count * 784)[16:]
labels = open(folder + "/train-labels-idx1-ubyte", "rb").read(8 + count)[8:]
x = torch.tensor(list(images), dtype=torch.float32).reshape(count, 784)
x = module.SCALE[0] * x + module.SHIFT[0]
assert abs(float(x.mean())) < 1e-3 and abs(float(x.std()) - 1) < 1e-3, (x.mean(), x.std())
y = torch.tensor(list(labels))
torch.set_num_threads(1)
torch.manual_seed(3)
objectives = []
for run in range(8):
    model = module.make_model()
    optimizer, schedule = module.make_optimizer(model)
    total = 0
    for t in range(module.EPISODE):
        chosen = torch.randperm(count)[:module.BATCH_SIZE]
        module.train_step(model, optimizer, schedule, x[chosen], y[chosen])
        model.eval()
        fresh = torch.randperm(count)[:module.BATCH_SIZE]
        with torch.no_grad():
            total += float(torch.nn.functional.cross_entropy(model(x[fresh], t), y[fresh]))
    objectives.append(total)
mean = sum(objectives) / len(objectives)
own = json.load(open(sys.argv[1] + "/evaluation"))["objective"]
error = math.hypot(own["standard_error"], own["standard_deviation"] / math.sqrt(len(objectives)))
assert abs(mean - own["mean"]) < 4 * error, (mean, own, error)
assert own["standard_deviation"] < 0.1 * own["mean"], own  # or the comparison says little
PY
done

# ---- a table, and numbers to be told -----------------------------------------------------------------

"$PYTHON" -c '
import random
random.seed(1)
for i in range(200):
    a, b = random.gauss(0, 1), random.gauss(0, 1)
    print(a, 30 + 3 * a - b + random.gauss(0, 0.1), 100 + 5 * b, 7, sep=",")' >table.csv
cat >table.toml <<'TOML'
[problem]
name = "mlp_training"
dataset = "table"
table = "table.csv"
task = "regression"
target = "2"
hidden = [4]
batch_size = 10
horizon = 20
activation = "tanh"
[estimator]
particles = 4
[run]
updates = 2
TOML
expect 0 '' -- "$PES" run table.toml --out table -q
expect 0 '' -- "$PES" export table --format pytorch
"$PYTHON" - <<'PY' || fail "the module of table.toml is not what it should be: $(cat table/export/pytorch.py)"
import sys
sys.path.insert(0, "table/export")
import pytorch as module
import torch
model = module.make_model()
optimizer, schedule = module.make_optimizer(model)
x = torch.randn(10, 3)
y = 3 * x[:, 0] - x[:, 1]
expected = float((0.5 * (model(x)[:, 0] - y) ** 2).mean())
assert abs(module.train_step(model, optimizer, schedule, x, y) - expected) < 1e-6

# The scale of each column, which the rows for training gave: nearly that of all rows.
rows = torch.tensor([[float(cell) for cell in line.split(",")] for line in open("table.csv")])
mean, deviation = rows.mean(0).tolist(), rows.std(0, unbiased=False).tolist()
for scaled, i in zip(zip(module.MEAN, module.DEVIATION), [0, 2]):
    assert abs(scaled[0] - mean[i]) < 0.2 * deviation[i], (scaled, mean[i])
    assert abs(scaled[1] / deviation[i] - 1) < 0.1, (scaled, deviation[i])
assert module.MEAN[2] == 7 and module.DEVIATION[2] == float("inf"), module.DEVIATION
assert abs(module.TARGET_MEAN - mean[1]) < 0.2 * deviation[1], module.TARGET_MEAN
assert abs(module.TARGET_DEVIATION / deviation[1] - 1) < 0.1, module.TARGET_DEVIATION
PY
finish
